"""Registers the room with Django."""

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """The `engagement` room."""

    name = "tandem.engagement"
    label = "engagement"

    def ready(self) -> None:
        """Make the room's AI tasks known, and where it holds people."""
        from tandem.agents.actions.tasks import register
        from tandem.engagement.actions.person_store import register_stores
        from tandem.engagement.ai.classify_reply import CLASSIFY_REPLY
        from tandem.engagement.ai.first_touch import FIRST_TOUCH
        from tandem.engagement.ai.follow_up import FOLLOW_UP
        from tandem.engagement.ai.hand_sheet import HAND_SHEET
        from tandem.engagement.ai.reply_draft import REPLY_DRAFT

        for task in (CLASSIFY_REPLY, FIRST_TOUCH, FOLLOW_UP, HAND_SHEET, REPLY_DRAFT):
            register(task)
        register_stores()
