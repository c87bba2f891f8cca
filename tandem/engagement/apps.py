"""Registers the room with Django."""

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """The `engagement` room."""

    name = "tandem.engagement"
    label = "engagement"
