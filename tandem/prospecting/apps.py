"""Registers the room with Django."""

from django.apps import AppConfig


class ProspectingConfig(AppConfig):
    """The `prospecting` room."""

    name = "tandem.prospecting"
    label = "prospecting"

    def ready(self) -> None:
        """Make the room's AI tasks known."""
        from tandem.agents.actions.tasks import register
        from tandem.prospecting.ai.search_query import SEARCH_QUERY

        register(SEARCH_QUERY)
