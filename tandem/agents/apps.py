"""Registers the room with Django."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The `agents` room."""

    name = "tandem.agents"
    label = "agents"

    def ready(self) -> None:
        """Make the room's own tools and its trial task known, and its runs to the rights desk."""
        from tandem.agents.actions.own_tools import register_own_tools
        from tandem.agents.actions.stores import register_stores
        from tandem.agents.actions.tasks import register
        from tandem.agents.ai.trial import TRIAL

        register(TRIAL)
        register_stores()
        register_own_tools()
