"""Registers the room with Django."""

from django.apps import AppConfig


class IntentConfig(AppConfig):
    """The `intent` room."""

    name = "tandem.intent"
    label = "intent"
