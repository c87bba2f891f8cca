"""API of the inbox: what came in, one message with what followed, and what a person does with it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.core.api import Limit, actor_of, moment_of, repeatable
from tandem.engagement.actions import reply_tasks, taking_back
from tandem.engagement.actions.answering import answer, find
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.reply_work import CloseReason
from tandem.engagement.queries import inbox as queries
from tandem.engagement.queries.inbox import InboxFilters, InboxRow

router = Router(tags=["engagement"])


class MessageOut(Schema):
    """A message that came in."""

    id: int
    whom: str
    account_id: int | None
    contact_id: int | None
    subject: str
    channel: str
    kind: str = Field(description="reply, auto_reply, bounce, complaint or other.")
    label: str = Field(description="One of seven; empty: none can be told.")
    confidence: float
    by_person: bool = Field(description="A person said what it is.")
    received_at: datetime
    owner: str = Field(description="Who answers; empty: nobody was asked.")
    why: str
    due_at: datetime | None = Field(description="When it is late. Null: nobody was asked.")
    clock: str = Field(description="running, escalated, late, stopped or stopped_late; empty: nobody was asked.")
    minutes_left: float | None = Field(description="Business minutes until it is late, or that it took once stopped.")
    closed_as: str = Field(description="answered, done or relabelled; empty: open.")


class Messages(Schema):
    """Messages of a view."""

    items: list[MessageOut]


class EffectOut(Schema):
    """One thing that followed by a rule."""

    id: int
    kind: str
    rule: str
    told: str
    done_at: datetime
    undone_at: datetime | None
    may_be_undone: bool


class WholeMessage(MessageOut):
    """A message with its words, what they were read as, and what followed."""

    text: str
    evidence: str
    language: str
    effects: list[EffectOut]
    answer: str = Field(description="Drafted or sent; empty: none.")
    answer_state: str


class LabelIn(Schema):
    """What a person says it is."""

    label: ReplyLabel | None = Field(description="Null: none of the seven.")


class AnswerIn(Schema):
    """A person's answer."""

    body: str = Field(max_length=20_000, min_length=1)


class HandIn(Schema):
    """Who has it from now on, and why."""

    to: int
    why: str = Field(max_length=300, min_length=1)


class NumbersOut(Schema):
    """Clocks and the split of replies, over the last days, in the caller's sight."""

    days: int
    started: int = Field(description="Messages that needed a person.")
    stopped: int = Field(description="Of these, taken or answered.")
    median_minutes: float | None = Field(description="Business minutes until a person had it. Null: none did yet.")
    late: int
    escalated: int
    by_software: int = Field(description="Replies handled without a person.")
    by_people: int


def _told(one: InboxRow) -> dict[str, Any]:
    clock = one.clock
    return {
        "id": one.id, "whom": one.whom, "account_id": one.account_id, "contact_id": one.contact_id,
        "subject": one.subject, "channel": one.channel, "kind": one.kind, "label": one.label,
        "confidence": one.confidence, "by_person": one.by_person, "received_at": one.received_at, "owner": one.owner,
        "why": one.why, "due_at": clock.due_at if clock else None, "clock": clock.state.value if clock else "",
        "minutes_left": clock.minutes_left if clock else None, "closed_as": one.closed_as,
    }  # fmt: skip


def _whole(request: HttpRequest, inbound_id: int) -> dict[str, Any]:
    actor, now = actor_of(request), moment_of(request)
    found = queries.message_in_inbox(actor, find(inbound_id, actor), now=now)
    return _told(found.row) | {
        "text": found.inbound.new_text, "evidence": found.inbound.evidence, "language": found.inbound.language,
        "effects": [asdict(one) for one in found.effects], "answer": found.body, "answer_state": found.answer_state,
    }  # fmt: skip


@router.get("/inbox", response=Messages, summary="Messages that came in")
@api("campaign", "view")
def list_messages(
    request: HttpRequest,
    view: Annotated[Literal["open", "software", "done", "all"], Query()] = "open",
    text: Annotated[str, Query(max_length=200)] = "",
    label: Annotated[str, Query(max_length=16)] = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Messages in sight: those that wait by their deadline, others the newest first."""
    filters = InboxFilters(view=view, text=text, label=label)
    rows = queries.inbox_rows(actor_of(request), filters, now=moment_of(request), limit=limit)
    return {"items": [_told(one) for one in rows]}


@router.get("/inbox/numbers", response=NumbersOut, summary="How long replies wait, and who handles them")
@api("campaign", "view")
def get_numbers(request: HttpRequest) -> dict[str, Any]:
    """Over the last 30 days."""
    found = queries.numbers(actor_of(request), now=moment_of(request))
    split = {"by_software": found.split.by_software, "by_people": found.split.by_people}
    return {"days": found.days, **asdict(found.clocks), **split}


@router.get("/inbox/{inbound_id}", response=WholeMessage, summary="One message")
@api("campaign", "view")
def get_message(request: HttpRequest, inbound_id: int) -> dict[str, Any]:
    """With its words, what they were read as, and what followed."""
    return _whole(request, inbound_id)


@router.post("/inbox/{inbound_id}/label", response=WholeMessage, summary="Correct what a message is")
@api("campaign", "decide")
@repeatable
def set_label(request: HttpRequest, inbound_id: int, body: LabelIn) -> dict[str, Any]:
    """What followed from the old reading is taken back where it can be, and what follows now is done."""
    taking_back.relabel(inbound_id, body.label, actor=actor_of(request), now=moment_of(request))
    return _whole(request, inbound_id)


@router.post("/inbox/{inbound_id}/take", response=WholeMessage, summary="Take a message")
@api("campaign", "decide")
@repeatable
def take_message(request: HttpRequest, inbound_id: int) -> dict[str, Any]:
    """The clock stops."""
    reply_tasks.take(inbound_id, actor=actor_of(request), now=moment_of(request))
    return _whole(request, inbound_id)


@router.post("/inbox/{inbound_id}/hand-over", response=MessageOut, summary="Hand a message over")
@api("campaign", "decide")
@repeatable
def hand_message(request: HttpRequest, inbound_id: int, body: HandIn) -> dict[str, Any]:
    """A colleague has it; the clock goes on where it stood."""
    actor, now = actor_of(request), moment_of(request)
    inbound = find(inbound_id, actor, verb="decide")
    reply_tasks.hand_over(inbound_id, to=body.to, why=body.why, actor=actor, now=now)
    return _told(queries.row_of(inbound, now))


@router.post("/inbox/{inbound_id}/done", response=WholeMessage, summary="Nothing to answer")
@api("campaign", "decide")
@repeatable
def close_message(request: HttpRequest, inbound_id: int) -> dict[str, Any]:
    """Off the list."""
    reply_tasks.close(inbound_id, as_=CloseReason.DONE, actor=actor_of(request), now=moment_of(request))
    return _whole(request, inbound_id)


@router.post("/inbox/{inbound_id}/answer", response=WholeMessage, summary="Answer a message")
@api("campaign", "decide")
@repeatable
def answer_message(request: HttpRequest, inbound_id: int, body: AnswerIn) -> dict[str, Any]:
    """A person's words, to the gate; an answer that answers nothing is refused."""
    answer(inbound_id, body=body.body, actor=actor_of(request), now=moment_of(request))
    return _whole(request, inbound_id)


@router.post("/inbox/{inbound_id}/effects/{effect_id}/undo", response=WholeMessage, summary="Take back what followed")
@api("campaign", "decide")
@repeatable
def undo_effect(request: HttpRequest, inbound_id: int, effect_id: int) -> dict[str, Any]:
    """A pause, the end of a plan, a proposal or an answer that has not left."""
    taking_back.undo(effect_id, actor=actor_of(request), now=moment_of(request))
    return _whole(request, inbound_id)
