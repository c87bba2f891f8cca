"""Registers the room with Django, and the chain as the ledger behind `core.ledger`."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """The `compliance` room."""

    name = "tandem.compliance"
    label = "compliance"

    def ready(self) -> None:
        """Every layer's entries go to the chain from now on, and every agent is held to the switches."""
        from tandem.compliance import actions
        from tandem.compliance.actions.own_retention import register_own_retention
        from tandem.compliance.actions.own_stores import register_own_stores
        from tandem.compliance.queries import switches
        from tandem.core import gate, ledger

        ledger.register(actions.append)
        gate.register_stop_check(switches.stops_agent)
        register_own_stores()
        register_own_retention()
