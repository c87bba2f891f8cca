"""Registers the room with Django."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The `agents` room."""

    name = "tandem.agents"
    label = "agents"
