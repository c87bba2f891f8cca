"""Registers the room with Django, and the chain as the ledger behind `core.ledger`."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """The `compliance` room."""

    name = "tandem.compliance"
    label = "compliance"

    def ready(self) -> None:
        """Every layer's entries go to the chain from now on."""
        from tandem.compliance import actions
        from tandem.core import ledger

        ledger.register(actions.append)
