"""Registers the room with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The `accounts` room."""

    name = "tandem.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Tell lower rooms what they may not look up themselves."""
        from tandem.access.queries import register_busiest
        from tandem.accounts.queries.books import busiest_owner
        from tandem.accounts.queries.recipient_facts import recipient_facts
        from tandem.accounts.queries.decision_subjects import SOURCE
        from tandem.compliance.queries.decision_subjects import register_decision_subjects
        from tandem.compliance.queries.gate import register_recipient_facts

        register_busiest(busiest_owner)
        register_recipient_facts(recipient_facts)
        register_decision_subjects("contacts", SOURCE)
