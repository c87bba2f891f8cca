"""What a person does by hand: LinkedIn messages and calls, done, left out or put off, each through the gate."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.approving import approve
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import Clearance, GateAnswer
from tandem.compliance.queries.hand_offs import hand_offs_of
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound
from tandem.engagement.actions import concluding
from tandem.engagement.actions.asking import ask_gate, told
from tandem.engagement.channels.by_hand import HandLine
from tandem.engagement.contracts import BY_HAND, TouchState
from tandem.engagement.models import Touch
from tandem.engagement.queries.messages import OutgoingMessage
from tandem.engagement.queries.sight import touches_in_sight

LONGEST_NOTE = 200
PUT_OFF = timedelta(days=1)


def mark_done(touch_id: int, *, note: str, actor: Actor, now: datetime) -> None:
    """The person did it. Who does it reads it: where a text needs one approval, this is it.

    Raises NotFound for what is not in sight or no task, Conflict when the gate forbids it (nothing is written down as
    done), NotAllowed without "gate.send".
    """
    touch = _task(touch_id, actor)
    answer, message = _leave(touch, actor, now)
    if answer.outcome is Outcome.REVIEW and answer.approvals_needed == 1:
        approve(answer.id, content_hash=answer.content_hash, actor=actor, now=now, reason="Done by hand.")
        answer, message = _leave(touch, actor, now)
    if answer.clearance is None:
        raise Conflict(f"This may not be done now. {told(answer.decision)}", hint="Leave it out, or wait.")
    _record(touch, answer.clearance, message, note.strip()[:LONGEST_NOTE], actor, now)


def _record(
    touch: Touch, clearance: Clearance, message: OutgoingMessage, note: str, actor: Actor, now: datetime
) -> None:
    HandLine(note).hand_over(clearance, message.content, sender="", actor=actor, moment=lambda: now)
    with transaction.atomic():
        concluding.sent(touch, at=now, recipient="")
        if note:
            Touch.objects.filter(id=touch.id).update(why=note)
        ledger.append(actor, "engagement.task_done", subject=f"touch:{touch.id}", channel=touch.channel, note=note)


def _leave(touch: Touch, actor: Actor, now: datetime) -> tuple[GateAnswer, OutgoingMessage]:
    asked = ask_gate([touch.id], actor=actor, now=now, is_leaving=True)
    if touch.id in asked.not_asked:
        raise InvalidInput(asked.not_asked[touch.id], hint="Mend that first.")
    return asked.answers[touch.id], asked.messages[touch.id]


def skip(touch_id: int, *, why: str, actor: Actor, now: datetime) -> None:
    """Leave it out; the plan goes on. Raises NotFound, InvalidInput without a reason."""
    touch = _task(touch_id, actor)
    if not why.strip():
        raise InvalidInput("The reason is empty.", hint="Say in a few words why it is left out.")
    with transaction.atomic():
        changed = Touch.objects.filter(id=touch.id, state=touch.state).update(
            state=TouchState.SKIPPED.value, why=why.strip()[:300]
        )
        if not changed:
            raise Conflict("Somebody was there first.", hint="Reload the page.")
        ledger.append(actor, "engagement.task_skipped", subject=f"touch:{touch.id}", why=why.strip()[:300])


def put_off(touch_id: int, *, actor: Actor, now: datetime) -> datetime:
    """Not today: it comes back tomorrow at the same hour; returns when. Raises NotFound."""
    touch = _task(touch_id, actor)
    due_at = max(touch.due_at, now) + PUT_OFF
    with transaction.atomic():
        Touch.objects.filter(id=touch.id, state=touch.state).update(due_at=due_at)
        ledger.append(actor, "engagement.task_put_off", subject=f"touch:{touch.id}", due_at=due_at.isoformat())
    return due_at


def _task(touch_id: int, actor: Actor) -> Touch:
    """A task in sight that still waits."""
    require(actor, "campaign.edit")
    channels = [road.value for road in BY_HAND]
    waiting = (TouchState.TO_DO.value, TouchState.WRITTEN.value)
    touch = touches_in_sight(actor, "edit").filter(id=touch_id, channel__in=channels, state__in=waiting).first()
    if touch is None:
        raise NotFound(f"There is no task {touch_id} to do.", hint="It may be done, or somebody else's.")
    known = hand_offs_of([touch.key]).get(touch.key)
    if known is not None and known.has_left:
        raise Conflict("It was done already.", hint="Reload the page.")
    return touch
