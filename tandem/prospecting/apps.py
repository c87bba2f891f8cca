"""Registers the room with Django."""

from django.apps import AppConfig


class ProspectingConfig(AppConfig):
    """The `prospecting` room."""

    name = "tandem.prospecting"
    label = "prospecting"

    def ready(self) -> None:
        """Make the room's AI tasks known, and what it holds of people."""
        from tandem.agents.actions.tasks import register
        from tandem.compliance.actions.stores import register_store
        from tandem.prospecting.actions.checks_store import ChecksStore
        from tandem.prospecting.actions.person_store import ResearchStore
        from tandem.prospecting.ai.brief import BRIEF
        from tandem.prospecting.ai.fact_sheet import FACT_SHEET
        from tandem.prospecting.ai.rationale import RATIONALE
        from tandem.prospecting.ai.search_query import SEARCH_QUERY

        for task in (SEARCH_QUERY, RATIONALE, BRIEF, FACT_SHEET):
            register(task)
        register_store(ResearchStore())
        register_store(ChecksStore())
