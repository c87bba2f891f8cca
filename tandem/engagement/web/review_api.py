"""API of the review queue: what waits, one draft with all around it, and a person's answer."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable
from tandem.engagement.actions import reviewing
from tandem.engagement.domain.review import RejectReason
from tandem.engagement.queries import review as queries
from tandem.engagement.queries.review import QueueFilters
from tandem.engagement.queries.reviewed_draft import DraftInReview, draft_in_review

router = Router(tags=["engagement"])
LONGEST_BODY = 8_000


class WaitingOut(Schema):
    """A draft that waits for a person."""

    id: int
    touch_id: int
    heading: str
    whom: str
    account: str
    account_id: int | None
    contact_id: int | None
    campaign: str
    campaign_id: int | None
    segment: str
    channel: str
    language: str
    step: int | None
    is_reply: bool
    due_at: datetime
    outcome: str = Field(description="Of the gate; empty: not asked yet.")
    people_needed: int
    approved_by: list[str]
    faults: int
    hard_faults: int = Field(description="To be mended before it may leave.")
    value: Decimal | None = Field(description="Expected of the account; null: not ranked.")
    content_hash: str = Field(description="What an approval must name.")


class FactOut(Schema):
    """A fact that the text uses."""

    number: int
    id: str
    text: str
    source: str
    url: str
    date: str


class FaultOut(Schema):
    """Something that is wrong with the text."""

    rule: str
    message: str
    is_hard: bool
    start: int
    end: int


class DraftOut(Schema):
    """One draft with what it rests on and what the gate says."""

    id: int
    touch_id: int
    state: str
    is_waiting: bool
    is_by_ai: bool
    subject: str
    body: str
    language: str
    channel: str
    contact_id: int | None
    name: str
    account_id: int | None
    account: str
    campaign: str
    step: int | None
    sends_at: datetime
    content_hash: str
    outcome: str = Field(description="Of the gate; empty: not asked yet.")
    explanation: str
    people_needed: int
    approved_by: list[str]
    facts: list[FactOut]
    faults: list[FaultOut]


class AnswerOut(Schema):
    """What came of an answer."""

    review_id: int | None = Field(description="Null: nothing was decided; `why_not` says why.")
    draft_id: int
    touch_id: int
    people_missing: int
    why_not: str


class Approval(Schema):
    """The words that were seen."""

    content_hash: str = Field("", max_length=64, description="As the draft showed it; empty: it had none.")


class Edit(Schema):
    """A person's own words."""

    subject: str = Field("", max_length=200)
    body: str = Field(min_length=1, max_length=LONGEST_BODY)


class Rejection(Schema):
    """Why it may not leave."""

    reason: RejectReason
    note: str = Field("", max_length=reviewing.LONGEST_NOTE)
    is_sent_back: bool | None = Field(None, description="Whether another text is written; null: as the reason says.")


@router.get("/drafts", response=Listed[WaitingOut], summary="Drafts that wait for a person")
@api("campaign", "view")
def list_drafts(
    request: HttpRequest,
    campaign: Annotated[int | None, Query(ge=1, lt=2**63, description="Campaign's id.")] = None,
    channel: Annotated[str, Query(max_length=16)] = "",
    language: Annotated[str, Query(max_length=8)] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """By id; the page orders them by due day and value."""
    filters = QueueFilters(campaign=campaign, channel=channel, language=language)
    found = queries.drafts_after(actor_of(request), filters, after_id=place(cursor), limit=limit + 1)
    return listed(found, limit)


@router.get("/drafts/{int:draft_id}", response=DraftOut, summary="One draft with all around it")
@api("campaign", "view")
def get_draft(request: HttpRequest, draft_id: int) -> dict[str, Any]:
    """Also one that was answered already."""
    return _told(draft_in_review(actor_of(request), draft_id))


def _told(found: DraftInReview) -> dict[str, Any]:
    names = DraftOut.model_fields.keys() - {"outcome", "explanation", "approved_by", "facts", "faults"}
    gate = found.gate
    return {name: getattr(found, name) for name in names} | {
        "outcome": gate.outcome if gate else "",
        "explanation": gate.explanation if gate else "",
        "approved_by": [one.person for one in gate.approved_by] if gate else [],
        "facts": [asdict(one) for one in found.facts],
        "faults": [asdict(one) for one in found.faults],
    }


@router.post("/drafts/{int:draft_id}/approve", response=AnswerOut, summary="Approve a draft as it is")
@api("campaign", "decide")
@repeatable
def approve_draft(request: HttpRequest, draft_id: int, body: Approval) -> reviewing.Answered:
    """For people alone; an agent's token is refused."""
    return reviewing.approve(draft_id, content_hash=body.content_hash, actor=actor_of(request), now=moment_of(request))


@router.post("/drafts/{int:draft_id}/edit", response=AnswerOut, summary="Approve one's own words in its place")
@api("campaign", "decide")
@repeatable
def edit_draft(request: HttpRequest, draft_id: int, body: Edit) -> reviewing.Answered:
    """The gate is asked about the new words; with a fault that must be mended they are kept and not approved."""
    return reviewing.approve_edited(
        draft_id, subject=body.subject, body=body.body, actor=actor_of(request), now=moment_of(request)
    )


@router.post("/drafts/{int:draft_id}/reject", response=AnswerOut, summary="Reject a draft")
@api("campaign", "decide")
@repeatable
def reject_draft(request: HttpRequest, draft_id: int, body: Rejection) -> reviewing.Answered:
    """Another text is written where that can help; otherwise the touch is cancelled."""
    return reviewing.reject(
        draft_id, reason=body.reason, note=body.note, is_sent_back=body.is_sent_back, actor=actor_of(request),
        now=moment_of(request),
    )  # fmt: skip


@router.post("/reviews/{int:review_id}/undo", summary="Take one's own answer back")
@api("campaign", "decide")
@repeatable
def undo_review(request: HttpRequest, review_id: int) -> dict[str, int]:
    """While the message has not left."""
    return {"draft_id": reviewing.undo(review_id, actor=actor_of(request), now=moment_of(request))}
