"""Addresses of intent: each web module brings its own."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
