"""Registers the room with Django."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The `agents` room."""

    name = "tandem.agents"
    label = "agents"

    def ready(self) -> None:
        """Make the room's own tools known."""
        from tandem.agents.actions.own_tools import register_own_tools

        register_own_tools()
