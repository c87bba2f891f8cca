"""Registers the room with Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The `access` room."""

    name = "tandem.access"
    label = "access"
