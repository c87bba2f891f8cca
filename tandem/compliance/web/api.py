"""API of the ledger: reading it, and checking that nobody changed it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.compliance import queries
from tandem.compliance.contracts import Entry, Verification
from tandem.compliance.contracts.anchors import StreamFormat
from tandem.compliance.web import api_registers, api_registries, api_switches, residency, rights_api
from tandem.core.api import Cursor, Limit, Listed, listed, place

router = Router()
router.add_router("", residency.router)
router.add_router("", rights_api.router)
router.add_router("", api_registries.router)
router.add_router("", api_registers.router)
router.add_router("", api_switches.router)


@router.get("/ledger", response=Listed[Entry], tags=["ledger"], summary="Ledger entries, newest first")
@api("ledger", "view")
def list_entries(
    request: HttpRequest,
    subject: Annotated[str, Query(description="What it is about, e.g. account:42.", max_length=120)] = "",
    action: Annotated[str, Query(description="Beginning of the action, e.g. access.", max_length=80)] = "",
    actor_kind: Annotated[str, Query(description="person or agent.", pattern="^(person|agent)?$")] = "",
    actor_name: Annotated[str, Query(description="Part of the actor's name.", max_length=200)] = "",
    since: Annotated[datetime | None, Query(description="Not before this moment.")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Entries that fit, newest first. `facts` is the canonical JSON text that was hashed."""
    found = queries.list_entries(
        subject=subject,
        action=action,
        actor_kind=actor_kind,
        actor_name=actor_name,
        since=since,
        before_number=place(cursor) or None,
        limit=limit + 1,
    )
    return listed(found, limit, id_name="number")


@router.get("/ledger/verification", response=Verification, tags=["ledger"], summary="Whether the chain holds")
@api("ledger", "view")
def verify(
    request: HttpRequest,
    head: Annotated[str, Query(description="Hash that an outside anchor says the last entry has.", max_length=64)] = "",
) -> Verification:
    """Recompute the whole chain, some 250,000 entries a second; names the first entry that does not hold."""
    return queries.verify(expected_head=head or None)


class Streamed(Schema):
    """Entries behind a place. `next` is the place to ask from next; `head` is the last entry there is."""

    items: list[dict[str, Any]] = Field(description="Entries, oldest first, in the form that was asked for.")
    next: int = Field(description="Number of the last entry given: `after` of the next call.")
    head: int = Field(description="Number of the ledger's last entry.")


@router.get("/ledger/stream", response=Streamed, tags=["ledger"], summary="Ledger entries behind a place, for a SIEM")
@api("ledger", "view")
def stream(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Number of the last entry that you have.")] = 0,
    limit: Limit = 200,
    form: Annotated[StreamFormat, Query(description="Elastic Common Schema, or as exported.")] = StreamFormat.ECS,
) -> dict[str, Any]:
    """Entries in order without a gap; keep `next` once you have stored them, and nothing is missed or skipped."""
    entries = queries.entries_after(after, limit=limit)
    return {
        "items": queries.told_outside(entries, form),
        "next": entries[-1].number if entries else after,
        "head": queries.head()[0],
    }


@router.get("/ledger/{int:number}", response=Entry, tags=["ledger"], summary="One ledger entry")
@api("ledger", "view")
def get_entry(request: HttpRequest, number: int) -> Entry:
    """One entry by its number."""
    return queries.get_entry(number)
