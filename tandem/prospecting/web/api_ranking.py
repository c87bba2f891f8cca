"""API of the ranking and of the ideal customer profile it goes by."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable
from tandem.prospecting.actions import icp as actions
from tandem.prospecting.queries import icp as icp_queries
from tandem.prospecting.queries import ranking as queries
from tandem.prospecting.queries.icp import IcpRow

router = Router(tags=["ranking"])

Week = Annotated[str, Query(description="ISO week, 2026-W48; empty: the last that was ranked.", max_length=8)]


class IcpVersionOut(Schema):
    """A version of the ideal customer profile."""

    number: int
    state: str = Field(description="draft, live or retired.")
    hash: str = Field(description="SHA-256 of the canonical JSON.")
    note: str
    author: str
    created_at: datetime
    published_at: datetime | None
    valid_until: date | None = Field(description="Last day of its quarter; null: a draft.")
    is_overdue: bool
    body: dict[str, Any] = Field(description="The document; its JSON Schema is at /prospecting/icp/schema.json.")


class IcpVersions(Schema):
    """All versions, newest first."""

    items: list[IcpVersionOut]


class IcpDraft(Schema):
    """A document to keep as the draft."""

    body: dict[str, Any] = Field(description="The whole document.")
    note: str = Field("", description="Why it changes.", max_length=actions.LONGEST_NOTE)


class PublishDraft(Schema):
    """Why the draft goes into force."""

    note: str = Field("", description="Empty: the draft's own note stays.", max_length=actions.LONGEST_NOTE)


class RankOut(Schema):
    """An account's place in a week."""

    account_id: int
    name: str
    owner_id: int | None
    place: int = Field(description="In its owner's book; 1 is first.")
    fit: float
    intent: float
    capacity: float
    expected_value: Decimal
    low: Decimal = Field(description="80% interval of the mean.")
    high: Decimal
    currency: str
    excluded_by: str = Field(description="Empty: not excluded.")
    reason: str


class RankDetailOut(RankOut):
    """An account's place with everything it rests on."""

    week: str
    chance: float = Field(description="Of a deal that opens within four weeks and is won, at full marks.")
    value: Decimal = Field(description="If won.")
    icp_version: int
    intent_day: date
    parts: dict[str, Any] = Field(description="Signals of fit with points and evidence; points of intent by kind.")
    load: dict[str, Any] = Field(description="What the owner's capacity comes from.")


@router.get("/icp", response=IcpVersions, summary="Versions of the ideal customer profile")
@api("prospect", "view")
def list_icps(request: HttpRequest) -> dict[str, object]:
    """All versions, newest first; the one that is live counts."""
    return {"items": [_version(row) for row in icp_queries.list_versions()]}


@router.get("/icp/{int:number}", response=IcpVersionOut, summary="One version of the profile")
@api("prospect", "view")
def get_icp(request: HttpRequest, number: int) -> dict[str, object]:
    """The document with who made it and until when it holds."""
    return _version(icp_queries.get_version(number))


@router.put("/icp/draft", response=IcpVersionOut, summary="Keep a draft of the profile")
@api("prospect", "manage")
@repeatable
def put_draft(request: HttpRequest, body: IcpDraft) -> dict[str, object]:
    """There is one draft at a time; keeping again changes it. Nothing counts before it is published."""
    number = actions.save_draft(body.body, note=body.note, actor=actor_of(request), now=moment_of(request))
    return _version(icp_queries.get_version(number))


@router.post("/icp/{int:number}/publish", response=IcpVersionOut, summary="Put the draft in force for a quarter")
@api("prospect", "manage")
@repeatable
def publish_icp(request: HttpRequest, number: int, body: PublishDraft) -> dict[str, object]:
    """The version before it is retired; the ranking follows with the next night."""
    actions.publish(number, actor=actor_of(request), now=moment_of(request), note=body.note)
    return _version(icp_queries.get_version(number))


@router.get("/ranks", response=Listed[RankOut], summary="The ranking of a week, by account id")
@api("prospect", "view")
def list_ranks(request: HttpRequest, week: Week = "", cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Accounts in sight with their factors and what they are expected to bring, excluded ones too."""
    known = queries.run_of(week).week if week else (queries.latest_week() or "")
    rows = queries.ranks_after(actor_of(request), week=known, after_id=place(cursor), limit=limit + 1)
    return listed(rows, limit, id_name="account_id")


@router.get("/ranks/{int:account_id}", response=RankDetailOut, summary="Why an account stands where it stands")
@api("prospect", "view")
def get_rank(request: HttpRequest, account_id: int, week: Week = "") -> dict[str, object]:
    """The three factors of an account in any week that was ranked, down to what they rest on."""
    found = queries.rank_detail(actor_of(request), account_id, week=week or queries.latest_week() or "")
    row = {name: getattr(found.row, name) for name in RankOut.model_fields}
    return {
        **row,
        "week": found.run.week,
        "chance": found.chance,
        "value": found.value,
        "icp_version": found.run.icp_number,
        "intent_day": found.run.intent_day,
        "parts": found.parts,
        "load": found.capacity,
    }


def _version(row: IcpRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in IcpVersionOut.model_fields}
