"""Registers the room with Django."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """The `compliance` room."""

    name = "tandem.compliance"
    label = "compliance"
