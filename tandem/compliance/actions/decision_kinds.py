"""A person in the loop: decisions that materially affect somebody are refused to software."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.access.contracts import Role
from tandem.compliance.actions.ledger import append
from tandem.compliance.models import DecisionRule
from tandem.compliance.queries.decision_kinds import get_decision_kind
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotAllowed


def require_person(decision: str, actor: Actor) -> None:
    """Refuse software where the decision materially affects somebody. Any room may ask before it decides.

    decision : name of a kind in `domain.rights.decision_kinds`, e.g. "request.refused"

    Raises NotAllowed for an agent, NotFound for a kind that is not known: what nobody described is not decided.
    """
    row = get_decision_kind(decision)
    if actor.is_agent and row.is_material:
        raise NotAllowed(
            f"{row.kind.title}: this is decided by a person, never by software ({actor.name}).",
            hint="Put it before a person; they see what you propose and why.",
            code="decision.person_needed",
            context={"decision": decision},
        )


def set_material(decision: str, is_material: bool, *, reason: str, actor: Actor, now: datetime) -> None:
    """Say that a kind of decision must, or need not, be a person's. Only compliance may.

    Raises NotFound, NotAllowed for everybody else, Conflict for kinds that are always a person's, InvalidInput without
    a reason.
    """
    row = get_decision_kind(decision)
    require(actor, "request.manage")
    if actor.is_agent or actor.role != Role.COMPLIANCE:
        raise NotAllowed("Only compliance changes which decisions a person must take.", hint="Ask them.")
    if not is_material and not row.kind.can_be_lax:
        raise Conflict(f"{row.kind.title}: this is always a person's decision.", code="decision.always_a_person")
    reason = require_reason(reason)
    values = {"is_material": is_material, "reason": reason[:300], "set_at": now, "set_by_id": actor.id}
    with transaction.atomic():
        DecisionRule.objects.update_or_create(kind=decision, defaults=values)
        append(
            actor=actor,
            action="compliance.decision_rule_set",
            subject=f"decision_kind:{decision}",
            facts={"is_material": is_material, "reason": reason},
        )
