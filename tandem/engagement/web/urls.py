"""Addresses of engagement: each web module brings its own."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
