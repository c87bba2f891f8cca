"""API of the rights desk: reading requests with their clocks, and taking one in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.compliance.actions import carrying_out
from tandem.compliance.contracts.requests import Deadline, RequestKind, RequestRoad, RequestState
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.queries import rights as reads
from tandem.compliance.queries.rights import RequestFilters, RequestRow
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable

router = Router()


class Work(Schema):
    """What a request did in one store. `count` is null while it is not done."""

    store: str
    title: str
    deed: str
    state: str
    count: int | None
    told: str
    finished_at: datetime | None


class RequestDetail(Schema):
    """One request with its clock and what was done in every store."""

    id: int
    kind: RequestKind
    state: RequestState
    due_on: date
    received_at: datetime
    finished_at: datetime | None
    clock: list[Deadline]
    work: list[Work]
    outcome: dict[str, Any]


class NewRequest(Schema):
    """A request of a person. One address is needed."""

    kind: RequestKind
    emails: list[str] = Field(default=[], max_length=20)
    phones: list[str] = Field(default=[], max_length=20)
    names: list[str] = Field(default=[], max_length=5)
    subjects: list[str] = Field(default=[], max_length=5, description="Keys of other rooms: contact:12.")
    places: list[str] = Field(default=[], max_length=8, description="DE, US-CA; empty: the strictest law counts.")
    note: str = Field(default="", max_length=4_000)
    changes: dict[str, str] = Field(default={}, description="For a correction: given_name, family_name, email ...")
    received_at: datetime | None = Field(default=None, description="When it came in; null: now.")


class TakenIn(Schema):
    """Its number, and whether it is new or was open already."""

    id: int
    is_new: bool


@router.get("/requests", response=Listed[RequestRow], tags=["requests"], summary="Requests of people, by id")
@api("request", "view")
def list_requests(
    request: HttpRequest,
    address: Annotated[str, Query(description="An address in any form.", max_length=254)] = "",
    kind: Annotated[RequestKind | None, Query(description="Only these.")] = None,
    state: Annotated[RequestState | None, Query(description="Only these.")] = None,
    overdue: Annotated[bool, Query(description="Only those past their last day.")] = False,
    over: Annotated[bool, Query(description="Also those that are over.")] = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Requests in the caller's sight."""
    filters = RequestFilters(text=address, kind=kind or "", state=state or "", overdue=overdue, over=over)
    found = reads.list_requests(
        actor_of(request), filters, now=moment_of(request), sort="id", after_id=place(cursor), limit=limit + 1
    )
    return listed(found, limit)


@router.get("/requests/{int:request_id}", response=RequestDetail, tags=["requests"], summary="One request")
@api("request", "view")
def get_request(request: HttpRequest, request_id: int) -> dict[str, Any]:
    """One request with its clock, the work in every store and what the look afterwards found."""
    row = reads.get_request(actor_of(request), request_id)
    names = ("id", "kind", "state", "due_on", "received_at", "finished_at", "outcome")
    return {
        **{name: getattr(row, name) for name in names},
        "clock": reads.deadlines_of(row),
        "work": [
            {name: getattr(one, name) for name in Work.model_fields} for one in reads.work_of(request_id)
        ],
    }  # fmt: skip


@router.post("/requests", response=TakenIn, tags=["requests"], summary="Take in a request")
@api("request", "edit")
@repeatable
def add_request(request: HttpRequest, body: NewRequest) -> dict[str, Any]:
    """Take in a request; the clock runs from now or from `received_at`. An objection is carried out at once."""
    number, is_new = carrying_out.take_in(
        body.kind,
        PersonKeys(
            emails=tuple(body.emails),
            phones=tuple(body.phones),
            names=tuple(body.names),
            subjects=tuple(body.subjects),
        ),
        road=RequestRoad.API,
        places=body.places,
        note=body.note,
        changes=body.changes,
        received_at=body.received_at,
        actor=actor_of(request),
        now=moment_of(request),
    )
    return {"id": number, "is_new": is_new}
