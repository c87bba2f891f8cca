"""Registers the room with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The `core` room."""

    name = "tandem.core"
    label = "core"
