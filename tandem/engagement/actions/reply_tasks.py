"""The clock of each message that a person must answer: started, escalated, stopped, handed over, covered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.access.actions.checks import require_reason
from tandem.access.queries import find_manager
from tandem.access.queries import get_person as person_summary
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.domain.business_clock import MINUTES, deadline_of, minutes_used
from tandem.engagement.domain.reply_work import CloseReason
from tandem.engagement.models import Inbound, ReplyTask
from tandem.engagement.queries.calendars import answers_for, calendar_of, calendar_row_of
from tandem.engagement.queries.sight import inbound_in_sight
from tandem.engagement.queries.tasks import owner_of

RUNNING = {"taken_at": None, "closed_at": None}


def open_task(inbound: Inbound, *, why: str, actor: Actor, now: datetime, minutes: int = MINUTES) -> ReplyTask:
    """Give a message to a person, the clock running since it came in; the one that is there where there is one.

    minutes : of business hours, until it is late
    Whoever covers for the seller on that day gets it. For this room alone, inside the caller's transaction.
    """
    known = ReplyTask.objects.filter(inbound=inbound).first()
    if known is not None:
        return known
    owner_id = owner_of(inbound)
    row = calendar_row_of(owner_id)
    calendar = calendar_of(row)
    owner_id = answers_for(owner_id, calendar.local_day(now))
    deadline = deadline_of(inbound.received_at, calendar, minutes=minutes)
    task = ReplyTask.objects.create(
        inbound=inbound, owner_id=owner_id, why=why[:200], calendar=row, started_at=inbound.received_at,
        minutes=minutes, escalate_at=deadline.escalate_at, due_at=deadline.due_at,
    )  # fmt: skip
    ledger.append(
        actor, "engagement.reply_task_opened", subject=f"inbound:{inbound.id}", task=task.id, owner=owner_id, why=why,
        due_at=deadline.due_at.isoformat(),
    )  # fmt: skip
    return task


def watch_clocks(*, actor: Actor, now: datetime) -> tuple[int, int]:
    """Tell managers of messages that nobody took, before they are late; write down what is late. Returns both counts.

    Who covers for an absent seller gets the message first. Safe to run from many workers: each change is conditional.
    """
    require(actor, "campaign.manage")
    escalated = late = 0
    due = ReplyTask.objects.filter(**RUNNING, escalate_at__lte=now).order_by("escalate_at")
    for task in due.filter(escalated_at=None):
        escalated += _escalate(task, actor=actor, now=now)
    for task in due.filter(due_at__lt=now, breached_at=None):
        with transaction.atomic():
            if ReplyTask.objects.filter(id=task.id, breached_at=None, **RUNNING).update(breached_at=now):
                late += 1
                _note(actor, "engagement.reply_late", task, due_at=task.due_at.isoformat())
    return escalated, late


def _escalate(task: ReplyTask, *, actor: Actor, now: datetime) -> int:
    manager = find_manager(task.owner_id) if task.owner_id else None
    told = answers_for(manager.id, calendar_of(task.calendar).local_day(now)) if manager else None
    with transaction.atomic():
        changed = ReplyTask.objects.filter(id=task.id, escalated_at=None, **RUNNING).update(
            escalated_at=now, escalated_to_id=told
        )
        if changed:
            _note(actor, "engagement.reply_escalated", task, to=told, rule="unanswered", minutes=task.minutes)
    return changed


def take(inbound_id: int, *, actor: Actor, now: datetime) -> ReplyTask:
    """A person has the message now: the clock stops. Taking what one has already changes nothing.

    Raises NotAllowed for agents and without "campaign.decide", NotFound, Conflict when a colleague has it.
    """
    task = _task(inbound_id, actor)
    if task.taken_at is not None:
        if task.taken_by_id not in (None, actor.id):
            raise Conflict(
                f"{person_summary(task.taken_by_id).name} has taken it already.", hint="Ask them to hand it over."
            )
        ReplyTask.objects.filter(id=task.id).update(taken_by_id=actor.id)
        return task
    used = minutes_used(task.started_at, now, calendar_of(task.calendar))
    with transaction.atomic():
        changed = ReplyTask.objects.filter(id=task.id, taken_at=None).update(
            taken_at=now, taken_by_id=actor.id, business_minutes=used
        )
        if not changed:
            raise Conflict("Somebody took it a moment ago.", hint="Reload the page.")
        _note(actor, "engagement.reply_taken", task, minutes=round(used, 2), late=now > task.due_at)
    task.refresh_from_db()
    return task


def hand_over(inbound_id: int, *, to: int, why: str, actor: Actor, now: datetime) -> None:
    """Give a message to a colleague, with a reason. The clock goes on where it stands; a stopped one stays stopped.

    Raises NotAllowed for agents and without "campaign.decide", NotFound, InvalidInput for oneself or nobody,
    Conflict when it is closed.
    """
    task = _task(inbound_id, actor)
    reason = require_reason(why)[:300]
    colleague = person_summary(to)
    if not colleague.is_active or to == (task.handed_to_id or task.owner_id):
        raise InvalidInput("It has to go to somebody else who works here.", hint="Choose another colleague.")
    if task.closed_at is not None:
        raise Conflict("It is done already.", hint="Write to your colleague about it.")
    with transaction.atomic():
        ReplyTask.objects.filter(id=task.id).update(
            owner_id=to, handed_to_id=to, handed_at=now, handed_why=reason, taken_by_id=None
        )
        _note(actor, "engagement.reply_handed_over", task, to=to, why=reason)


def close(inbound_id: int, *, as_: CloseReason, actor: Actor, now: datetime) -> None:
    """It is answered, or there is nothing to answer: off the list. Doing it twice changes nothing.

    The clock stops now if nobody had taken it. Raises NotAllowed, NotFound.
    """
    task = _task(inbound_id, actor)
    close_task(task, as_=as_, person_id=actor.id, actor=actor, now=now)


def close_task(task: ReplyTask, *, as_: CloseReason, person_id: int | None, actor: Actor, now: datetime) -> None:
    """The same without a look at rights; for this room alone, on a person's doing."""
    used = minutes_used(task.started_at, now, calendar_of(task.calendar))
    with transaction.atomic():
        changed = ReplyTask.objects.filter(id=task.id, closed_at=None).update(closed_at=now, closed_as=as_.value)
        if not changed:
            return
        ReplyTask.objects.filter(id=task.id, taken_at=None).update(
            taken_at=now, taken_by_id=person_id, business_minutes=used
        )
        _note(actor, "engagement.reply_closed", task, closed_as=as_.value)


def reopen(inbound_id: int, *, actor: Actor) -> None:
    """Take a "done" back; the clock stays as it stopped. Raises NotAllowed, NotFound, Conflict when it was answered."""
    task = _task(inbound_id, actor)
    if task.closed_as == CloseReason.ANSWERED:
        raise Conflict("It was answered: the answer has left.", hint="Write again if something is missing.")
    with transaction.atomic():
        if ReplyTask.objects.filter(id=task.id).exclude(closed_at=None).update(closed_at=None, closed_as=""):
            _note(actor, "engagement.reply_reopened", task)


def _task(inbound_id: int, actor: Actor) -> ReplyTask:
    """The task of a message in the actor's sight."""
    require(actor, "campaign.decide")
    if actor.is_agent:
        raise NotAllowed("A person takes, hands over and closes replies.", hint="Sign in to do it.")
    found = ReplyTask.objects.filter(inbound_id=inbound_id, inbound__in=inbound_in_sight(actor, "decide").values("id"))
    own = ReplyTask.objects.filter(inbound_id=inbound_id, owner_id=actor.id)
    task = (found | own).select_related("calendar").first()
    if task is None:
        raise NotFound(f"No reply {inbound_id} waits for a person in your sight.")
    return task


def _note(actor: Actor, action: str, task: ReplyTask, **facts: object) -> None:
    ledger.append(actor, action, subject=f"inbound:{task.inbound_id}", task=task.id, **facts)
