"""The check before every write and every door: does the table of rights allow it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from tandem.access import queries
from tandem.access.contracts import Reach, Role
from tandem.access.domain import rights
from tandem.access.models import ScopeUse
from tandem.core import clock, gate
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotAllowed

USE_WRITTEN_EVERY_SECONDS = 60


def require(actor: Actor, right: str) -> None:
    """Refuse unless the actor has the right "kind.verb" with any reach.

    Agents are looked up anew each time, so that a revocation or a switch holds at the very next call in every process.
    Raises NotAllowed.
    """
    kind, verb = right.split(".", 1)
    if actor.is_agent:
        _require_scope(actor, kind, verb)
        return
    if rights.reach_of(Role(str(actor.role)), kind, verb) is Reach.NONE:
        raise NotAllowed(
            f"Your role ({actor.role}) may not {verb} this.",
            hint="RevOps can change roles; the table of rights is under People.",
            context={"right": right},
        )


def _require_scope(actor: Actor, kind: str, verb: str) -> None:
    if queries.is_revoked(actor):
        raise NotAllowed(f"The agent {actor.name} is revoked.", hint="RevOps or compliance can give it back.")
    if why := gate.stopped(actor.id, f"{kind}.{verb}"):
        raise NotAllowed(
            f"The agent {actor.name} may not act now: {why}",
            hint="RevOps or compliance lifts the switch under Switches.",
            code="gate.stopped",
        )
    scope = rights.scope_for(kind, verb, actor.scopes, is_built_in=actor.id == 0)
    if scope is None:
        raise NotAllowed(
            f"The agent {actor.name} has no scope to {verb} this.",
            hint="Give the agent the scope it needs, and no more.",
            context={"right": f"{kind}.{verb}"},
        )
    if actor.id:
        _note_use(actor.id, scope, clock.now())


def _note_use(agent_id: int, scope: str, now: datetime) -> None:
    """Remember the use; at most one write a minute for each scope."""
    use, is_new = ScopeUse.objects.get_or_create(
        agent_id=agent_id, scope=scope, defaults={"first_used_at": now, "last_used_at": now, "count": 1}
    )
    if not is_new and (now - use.last_used_at).total_seconds() >= USE_WRITTEN_EVERY_SECONDS:
        ScopeUse.objects.filter(id=use.id).update(last_used_at=now, count=F("count") + 1)


def require_reason(reason: str) -> str:
    """The reason without blanks around it. Raises InvalidInput when there is none."""
    if not reason.strip():
        raise InvalidInput("The reason is empty.", hint="Say in a few words why; the ledger keeps it.")
    return reason.strip()
