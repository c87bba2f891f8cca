"""Template tags of the design system, available in every template."""

from django import template

register = template.Library()
