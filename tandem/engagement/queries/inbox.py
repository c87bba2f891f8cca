"""The inbox: what waits for a person by its clock, what software handled, and one message with all around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from tandem.access.queries import list_people
from tandem.core.actors import Actor
from tandem.engagement.contracts import DraftState, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.business_clock import ClockState, Deadline, Measured, state_of
from tandem.engagement.domain.consequences import is_reversible
from tandem.engagement.models import Draft, Inbound, InboundEffect, RedirectProposal, ReplyTask, Touch
from tandem.engagement.queries.calendars import calendar_of
from tandem.engagement.queries.context import SharedContext, shared_context
from tandem.engagement.queries.sight import inbound_in_sight
from tandem.engagement.queries.tasks import Split, clocks, split
from tandem.engagement.queries.threading import THREADED_WORDS, Threaded

SHOWN_ROWS = 100
VIEWS = {"open": "Waits for a person", "software": "Handled by software", "done": "Done", "all": "Everything"}
LABEL_WORDS = {
    ReplyLabel.POSITIVE_MEETING: "wants to meet",
    ReplyLabel.POSITIVE_INFO: "wants to know more",
    ReplyLabel.NEGATIVE_NOW: "not now",
    ReplyLabel.NEGATIVE_EVER: "no, for good",
    ReplyLabel.WRONG_PERSON: "wrong person",
    ReplyLabel.OOO: "away",
    ReplyLabel.UNSUBSCRIBE: "no more mail",
}
KIND_WORDS = {
    MailKind.REPLY: "not told", MailKind.AUTO_REPLY: "automatic", MailKind.BOUNCE: "did not arrive",
    MailKind.COMPLAINT: "complaint", MailKind.OTHER: "not told",
}  # fmt: skip
MEASURED_DAYS = 30
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilters:
    """What the inbox is narrowed to. view : key of `VIEWS`; text : part of a name, company, subject or words"""

    view: str = "open"
    text: str = ""
    label: str = ""
    mine: bool = False

    @property
    def is_set(self) -> bool:
        """Whether anything is asked for beside the view."""
        return bool(self.text or self.label or self.mine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How a message's clock stands.

    minutes_left : business minutes until it is late; below 0: late by so many; when stopped: minutes it took
    is_open : whether the team's hours run now; opens_at : when they next do, where they do not
    """

    state: ClockState
    minutes_left: float
    is_open: bool
    opens_at: datetime | None
    due_at: datetime

    @property
    def is_running(self) -> bool:
        """Whether it still counts."""
        return self.state not in (ClockState.STOPPED, ClockState.STOPPED_LATE)

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed, or had when it stopped."""
        return self.state in (ClockState.LATE, ClockState.STOPPED_LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A message as lists show it. clock : None: nobody was asked"""

    id: int
    whom: str
    account: str
    account_id: int | None
    contact_id: int | None
    subject: str
    snippet: str
    channel: str
    kind: str
    label: str
    label_words: str
    confidence: float
    by_person: bool
    received_at: datetime
    owner: str
    why: str
    closed_as: str
    clock: Clock | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSeen:
    """One thing that followed."""

    id: int
    kind: str
    rule: str
    told: str
    done_at: datetime
    undone_at: datetime | None
    undone_by: str
    may_be_undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """One message with all around it.

    pieces : its new words, and whether each piece is what the label rests on
    body : a draft of an answer, or the answer; empty: none
    answer_state : of the answer's touch; empty: nothing was written
    """

    row: InboxRow
    inbound: Inbound
    pieces: Sequence[tuple[str, bool]]
    by_words: str
    effects: Sequence[EffectSeen]
    task: ReplyTask | None
    redirect: RedirectProposal | None
    body: str
    is_by_ai: bool
    answer_state: str
    answered_at: datetime | None
    context: SharedContext | None
    colleagues: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Clocks and the split of replies over the last 30 days, in the actor's sight."""

    clocks: Measured
    split: Split
    days: int = MEASURED_DAYS


def inbox_rows(actor: Actor, filters: InboxFilters, *, now: datetime, limit: int | None = SHOWN_ROWS) -> list[InboxRow]:
    """Messages that fit, those that wait by their deadline, others the newest first."""
    rows = _narrowed(actor, filters).select_related("contact", "account", "task__owner", "task__calendar")
    order = ("task__due_at", "id") if filters.view == "open" else ("-received_at", "-id")
    found = rows.order_by(*order).defer("content")
    return [row_of(one, now) for one in (found if limit is None else found[:limit])]


def inbox_counts(actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many wait, and how many of these are late."""
    waiting = _narrowed(actor, InboxFilters())
    return {"open": waiting.count(), "late": waiting.filter(task__taken_at=None, task__due_at__lt=now).count()}


def numbers(actor: Actor, *, now: datetime) -> Numbers:
    """What the page says of the last 30 days."""
    since = now - timedelta(days=MEASURED_DAYS)
    return Numbers(clocks=clocks(actor, since=since, until=now), split=split(actor, since=since, until=now))


def message_in_inbox(actor: Actor, inbound: Inbound, *, now: datetime) -> InboxMessage:
    """One message; the caller found it in the actor's sight."""
    task = (
        ReplyTask.objects.filter(inbound=inbound)
        .select_related("owner", "calendar", "escalated_to", "taken_by")
        .first()
    )
    effects = InboundEffect.objects.filter(inbound=inbound).order_by("id")
    touch = Touch.objects.filter(answers=inbound).order_by("-id").first()
    draft = _draft(touch)
    told = inbound.reading or {}
    return InboxMessage(
        row=row_of(inbound, now, task=task),
        inbound=inbound,
        pieces=_pieces(inbound.new_text, inbound.evidence),
        by_words=THREADED_WORDS.get(Threaded(told.get("by", Threaded.NOTHING)), ""),
        effects=[
            EffectSeen(
                id=one.id, kind=one.kind, rule=one.rule, told=one.told, done_at=one.done_at, undone_at=one.undone_at,
                undone_by=one.undone_by, may_be_undone=one.undone_at is None and is_reversible(one.kind, one.rule),
            )
            for one in effects
        ],
        task=task,
        redirect=RedirectProposal.objects.filter(inbound=inbound).select_related("contact").first(),
        body=draft.body if draft else "",
        is_by_ai=bool(draft and draft.is_by_ai),
        answer_state=touch.state if touch else "",
        answered_at=touch.sent_at if touch else None,
        context=shared_context(inbound.contact_id) if inbound.contact_id else None,
        colleagues=[(one.id, one.name) for one in list_people(active_only=True) if one.id != actor.id],
    )  # fmt: skip


def row_of(inbound: Inbound, now: datetime, *, task: ReplyTask | None = None) -> InboxRow:
    """A message as lists show it."""
    task = task or getattr(inbound, "task", None)
    label = ReplyLabel(inbound.label) if inbound.label else None
    whom = inbound.contact.name if inbound.contact else inbound.sender_name or inbound.sender
    return InboxRow(
        id=inbound.id, whom=whom, account=inbound.account.name if inbound.account else "",
        account_id=inbound.account_id, contact_id=inbound.contact_id, subject=inbound.subject,
        snippet=" ".join(inbound.new_text.split())[:140], channel=inbound.channel, kind=inbound.kind,
        label=inbound.label, label_words=LABEL_WORDS[label] if label else KIND_WORDS[MailKind(inbound.kind)],
        confidence=inbound.confidence, by_person=bool(inbound.labelled_by), received_at=inbound.received_at,
        owner=task.owner.name if task and task.owner else "", why=task.why if task else "",
        closed_as=task.closed_as if task else "", clock=clock_of(task, now) if task else None,
    )  # fmt: skip


def clock_of(task: ReplyTask, now: datetime) -> Clock:
    """How the clock of a task stands."""
    calendar = calendar_of(task.calendar)
    deadline = Deadline(escalate_at=task.escalate_at, due_at=task.due_at)
    state = state_of(deadline, stopped_at=task.taken_at, now=now)
    if task.taken_at is not None:
        return Clock(
            state=state, minutes_left=task.business_minutes or 0.0, is_open=False, opens_at=None, due_at=task.due_at
        )
    left = calendar.business_minutes_between(now, task.due_at) - calendar.business_minutes_between(task.due_at, now)
    is_open = calendar.is_open(now)
    return Clock(
        state=state, minutes_left=left, is_open=is_open, opens_at=None if is_open else calendar.next_open(now),
        due_at=task.due_at,
    )  # fmt: skip


def _narrowed(actor: Actor, filters: InboxFilters) -> QuerySet[Inbound]:
    """Messages of the view that fit, in the actor's sight or given to them."""
    seen = Q(id__in=inbound_in_sight(actor).order_by().values("id"))
    rows = Inbound.objects.filter(seen if actor.is_agent else seen | Q(task__owner_id=actor.id))
    if filters.view == "open":
        rows = rows.filter(task__isnull=False, task__closed_at=None)
    elif filters.view == "done":
        rows = rows.filter(task__closed_at__isnull=False)
    elif filters.view == "software":
        rows = rows.filter(task=None, handled_at__isnull=False).exclude(contact=None)
    if filters.mine and not actor.is_agent:
        rows = rows.filter(task__owner_id=actor.id)
    if filters.label:
        rows = rows.filter(label="" if filters.label == "none" else filters.label)
    if text := filters.text:
        rows = rows.filter(
            Q(sender_name__icontains=text) | Q(sender__icontains=text) | Q(subject__icontains=text)
            | Q(contact__name__icontains=text) | Q(account__name__icontains=text) | Q(new_text__icontains=text)
        )  # fmt: skip
    return rows


def _draft(touch: Touch | None) -> Draft | None:
    if touch is None or touch.state == TouchState.CANCELLED:
        return None
    standing = Draft.objects.filter(touch=touch).exclude(
        state__in=[DraftState.REPLACED.value, DraftState.REJECTED.value]
    )
    return standing.order_by("-number").first()


def _pieces(text: str, evidence: str) -> list[tuple[str, bool]]:
    """The words cut where the label's evidence begins and ends."""
    wanted = evidence.strip()
    at = text.find(wanted) if wanted else -1
    if at < 0:
        return [(text, False)] if text else []
    cut: list[tuple[str, Any]] = [(text[:at], False), (wanted, True), (text[at + len(wanted) :], False)]
    return [one for one in cut if one[0]]
