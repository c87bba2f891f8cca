"""Registers the room with Django."""

from django.apps import AppConfig


class IntentConfig(AppConfig):
    """The `intent` room."""

    name = "tandem.intent"
    label = "intent"

    def ready(self) -> None:
        """Let the rights desk reach received events."""
        from tandem.compliance.actions.retention import register_retained
        from tandem.compliance.actions.stores import register_store
        from tandem.intent.actions.stores import EventsStore, OldEvents

        register_store(EventsStore())
        register_retained(OldEvents())
