"""A person's yes or no to one exact text. Change a byte of what the recipient reads, and it is another text."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append
from tandem.compliance.models import Approval
from tandem.compliance.queries.messages import decisions_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound


def approve(decision_id: int, *, content_hash: str, actor: Actor, now: datetime, reason: str = "") -> int:
    """Say yes to the text a decision was about; returns the approval's id.

    content_hash : of the text that the person saw, so that nobody approves what changed under their eyes

    Raises NotAllowed for agents and without "gate.decide", NotFound, Conflict when the text is another one or the
    person has said so already.
    """
    return _say(decision_id, content_hash=content_hash, is_yes=True, reason=reason, actor=actor, now=now)


def reject(decision_id: int, *, content_hash: str, reason: str, actor: Actor, now: datetime) -> int:
    """Say no to a text, for good unless it is taken back; raises as `approve`, and InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput("The reason is empty.", hint="Say in a few words why it should not leave.")
    return _say(decision_id, content_hash=content_hash, is_yes=False, reason=reason, actor=actor, now=now)


def withdraw_approval(approval_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back one's own yes or no. Raises NotFound; what has left has left."""
    require(actor, "gate.decide")
    with transaction.atomic():
        changed = Approval.objects.filter(id=approval_id, person_id=actor.id, withdrawn_at=None).update(
            withdrawn_at=now
        )
        if not changed:
            raise NotFound(f"You have no standing approval {approval_id}.")
        append(actor=actor, action="compliance.approval_withdrawn", subject=f"approval:{approval_id}", facts={})


def _say(decision_id: int, *, content_hash: str, is_yes: bool, reason: str, actor: Actor, now: datetime) -> int:
    if actor.is_agent:
        raise NotAllowed("Only people approve.", hint="Leave it in the queue for a person.", code="gate.agent_approval")
    require(actor, "gate.decide")
    row = decisions_in_sight(actor, "decide").filter(id=decision_id).first()
    if row is None:
        raise NotFound(f"There is no decision {decision_id}.", hint="It may be somebody else's to decide.")
    if row.content_hash != content_hash:
        raise Conflict("The text has changed since you saw it.", hint="Read it again.", code="gate.text_changed")
    try:
        with transaction.atomic():
            said = Approval.objects.create(
                content_hash=content_hash, touch=row.touch, is_yes=is_yes, person_id=actor.id, at=now,
                reason=reason.strip()[:300],
            )  # fmt: skip
            append(
                actor=actor, action="compliance.approved" if is_yes else "compliance.rejected",
                subject=f"message:{row.message_key}",
                facts={"approval": said.id, "decision": row.id, "content_hash": content_hash, "touch": row.touch},
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("You have answered for this text already.", hint="Take that back first.") from error
    return said.id
