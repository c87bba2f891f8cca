"""Registers the room with Django, and the chain as the ledger behind `core.ledger`."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """The `compliance` room."""

    name = "tandem.compliance"
    label = "compliance"

    def ready(self) -> None:
        """Every layer's entries go to the chain from now on, and agents and exits are held to the switches."""
        from tandem.compliance import actions
        from tandem.compliance.actions import erasure_log
        from tandem.compliance.actions.exits import check_exit
        from tandem.compliance.actions.own_retention import register_own_retention
        from tandem.compliance.actions.own_stores import register_own_stores
        from tandem.compliance.actions.stores import register_crawler
        from tandem.compliance.queries import switches
        from tandem.compliance.queries.crawling import crawl
        from tandem.core import archive, exits, gate, ledger

        ledger.register(actions.append)
        gate.register_stop_check(switches.stops_agent)
        exits.register(check_exit)
        register_own_stores()
        register_crawler("installation", crawl)
        archive.register_after_restore(erasure_log.replay_now)
        register_own_retention()
