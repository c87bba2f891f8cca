"""Registers the room with Django."""

from django.apps import AppConfig


class ProspectingConfig(AppConfig):
    """The `prospecting` room."""

    name = "tandem.prospecting"
    label = "prospecting"
