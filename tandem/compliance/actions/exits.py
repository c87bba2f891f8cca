"""Whether data may leave: files, writes into other systems, answers of tools. All layers ask through `core.exits`.

A stop and a leave take the same lock, so that each stands wholly before or wholly after the other.
"""

from __future__ import annotations

from tandem.access.queries import is_revoked
from tandem.compliance.actions.ledger import lock_chain
from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.queries import switches
from tandem.core.actors import Actor
from tandem.core.errors import NotAllowed
from tandem.core.exits import Exit


def check_exit(actor: Actor, exit_: Exit, *, leaves: bool) -> None:
    """Refuse while everything, the road, the agent or the region whose data it is stands still.

    leaves : called in the transaction that writes the leave down; takes the ledger's lock first

    Raises NotAllowed.
    """
    if leaves:
        lock_chain()
    if actor.is_agent and is_revoked(actor):
        raise NotAllowed(f"The agent {actor.name} is revoked.", hint="RevOps or compliance can give it back.")
    thrown = switches.thrown(
        channel=exit_.road,
        agent_id=actor.id if actor.is_agent else None,
        domain="",
        campaign="",
        places=exit_.places,
    )
    if not exit_.places:  # a switch of a region is about people there, and says nothing of data of everywhere
        thrown = [one for one in thrown if one.scope is not SwitchScope.REGION]
    if thrown:
        raise NotAllowed(
            f"{exit_.what} may not leave now. {thrown[0].sentence}",
            hint="RevOps or compliance lifts the switch under Switches; then try again.",
            code="gate.stopped",
        )
