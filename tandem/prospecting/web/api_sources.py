"""API of sources outside: providers, what asking would cost, who may be written to, checks, finding and enriching."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.accounts.contracts import Entity
from tandem.accounts.queries.visible import accounts_in_sight, contacts_in_sight
from tandem.core.api import actor_of, moment_of, repeatable
from tandem.core.errors import NotFound
from tandem.core.intervals import Share
from tandem.prospecting.actions import finding, ordering
from tandem.prospecting.connectors.base import AccountQuery, PersonQuery
from tandem.prospecting.domain.providers import CallKind
from tandem.prospecting.queries import costs, providers, sources

router = Router(tags=["sources"])
MOST_IDS = 1_000
LIMIT = Annotated[int, Field(description=f"Rows; at most {finding.MOST_LIMIT}.", ge=1)]
Ids = Annotated[list[int], Field(max_length=MOST_IDS)]
Words = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)]


class ShareOut(Schema):
    """Hits among n with a 95 % interval. `value` none: nothing was seen."""

    hits: int
    n: int
    value: float | None
    low: float
    high: float


class ProviderOut(Schema):
    """A provider; money and calls are of this month."""

    key: str
    name: str
    is_on: bool
    state: str = Field(description="ready, off, no_key, throttled, key_refused, no_credit or failing.")
    spent: Decimal
    budget: Decimal | None = Field(description="Null: no bound.")
    currency: str
    calls: int
    uncertain: int = Field(description="Sent, and nobody knows how they ended; counted as charged.")
    hits: ShareOut
    mail: ShareOut = Field(description="Addresses that took mail, among those with an outcome.")
    wrong: ShareOut = Field(description="Stale or wrong addresses and employers.")


class Providers(Schema):
    """All providers."""

    items: list[ProviderOut]


class EstimateOut(Schema):
    """What asking would cost."""

    kind: CallKind
    count: int
    provider: str = Field(description="Asked first; empty: none can be asked.")
    currency: str
    expected: Decimal
    most: Decimal
    left: Decimal | None = Field(description="Of the month's budget; null: no bound.")
    is_within: bool
    because: str


class CheckOut(Schema):
    """The standing check of an address."""

    verifier: str
    result: str
    is_weak: bool = Field(description="The receiving server was not asked.")
    chance: float = Field(description="Of taking mail today.")
    checked_at: datetime
    until: datetime
    is_fresh: bool
    reasons: list[str]


class ContactOut(Schema):
    """Whether a contact may be written to, and why not."""

    contact_id: int
    name: str
    email: str
    is_usable: bool
    sources: list[str]
    is_reconciled: bool
    reasons: list[str]
    check: CheckOut | None


class ContactsOut(Schema):
    """The contacts of an account."""

    usable: list[ContactOut]
    others: list[ContactOut]


class ContactIds(Schema):
    """Contacts in sight."""

    contact_ids: Ids


class Ordered(Schema):
    """Work that the worker does: its job."""

    job_id: int


class SearchIn(Schema):
    """What is looked for at a provider. Empty lists do not narrow."""

    provider: str = Field("apollo", max_length=40)
    text: str = Field("", max_length=200)
    domains: Words = []
    countries: Words = []
    industries: Words = []
    technologies: Words = []
    least_employees: int | None = Field(None, ge=1)
    most_employees: int | None = Field(None, ge=1)
    limit: LIMIT = finding.USUAL_LIMIT


class PeopleSearchIn(Schema):
    """What people are looked for at a provider."""

    provider: str = Field("apollo", max_length=40)
    domains: Words
    titles: Words = []
    seniorities: Words = []
    limit: LIMIT = finding.USUAL_LIMIT


class Asked(StrEnum):
    """What can be asked about."""

    ACCOUNT = Entity.ACCOUNT.value
    CONTACT = Entity.CONTACT.value


class EnrichIn(Schema):
    """Accounts or contacts whose missing fields are asked for."""

    entity: Asked
    ids: Ids
    fields: Words = []


def _share(share: Share) -> dict[str, Any]:
    return {name: getattr(share, name) for name in ("hits", "n", "value", "low", "high")}


@router.get("/prospecting/providers", response=Providers, summary="Providers, their cost and how right they were")
@api("prospect", "view")
def list_providers(request: HttpRequest) -> dict[str, Any]:
    """Every provider the product knows."""
    items = [
        {
            "key": row.key, "name": row.name, "is_on": row.is_on, "state": row.state, "spent": row.spent.amount,
            "budget": row.budget.amount if row.budget else None, "currency": row.spent.currency, "calls": row.calls,
            "uncertain": row.uncertain, "hits": _share(row.hits), "mail": _share(row.mail), "wrong": _share(row.wrong),
        }
        for row in providers.board(now=moment_of(request))
    ]  # fmt: skip
    return {"items": items}


@router.get("/prospecting/costs", response=EstimateOut, summary="What a number of questions would cost")
@api("prospect", "view")
def estimate_cost(
    request: HttpRequest, kind: CallKind, count: Annotated[int, Query(ge=0, le=1_000_000)]
) -> dict[str, Any]:
    """At the provider that is asked first."""
    found = costs.estimate(kind, count, now=moment_of(request))
    names = ("kind", "count", "provider", "is_within", "because")
    return {name: getattr(found, name) for name in names} | {
        "currency": found.most.currency, "expected": found.expected.amount, "most": found.most.amount,
        "left": found.left.amount if found.left else None,
    }  # fmt: skip


@router.get("/prospecting/accounts/{account_id}/contacts", response=ContactsOut, summary="Who may be written to")
@api("prospect", "view")
def account_contacts(request: HttpRequest, account_id: int) -> dict[str, Any]:
    """Usable contacts of an account in sight, and the others with their reasons."""
    if not accounts_in_sight(actor_of(request)).filter(id=account_id).exists():
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    found = sources.usable_contacts(account_id, now=moment_of(request))
    return {"usable": [_contact(one) for one in found.usable], "others": [_contact(one) for one in found.others]}


def _contact(state: sources.ContactState) -> dict[str, Any]:
    names = ("contact_id", "name", "email", "is_usable", "sources", "is_reconciled", "reasons")
    told = {name: getattr(state, name) for name in names}
    check = state.check
    fields = ("verifier", "is_weak", "chance", "checked_at", "until", "is_fresh", "reasons")
    seen = {name: getattr(check, name) for name in fields} | {"result": check.result.value} if check else None
    return told | {"sources": list(state.sources), "reasons": list(state.reasons), "check": seen}


@router.post("/prospecting/contacts/check", response=Ordered, summary="Check addresses of contacts")
@api("prospect", "edit")
@repeatable
def check_addresses(request: HttpRequest, body: ContactIds) -> dict[str, int]:
    """Contacts out of sight are passed over; a check that still counts is not made again."""
    seen = contacts_in_sight(actor_of(request)).filter(id__in=body.contact_ids).values_list("id", flat=True)
    return {"job_id": ordering.order_checks(list(seen), actor=actor_of(request))}


@router.post("/prospecting/find/accounts", response=Ordered, summary="Find companies at a provider")
@api("prospect", "manage")
@repeatable
def find_accounts(request: HttpRequest, body: SearchIn) -> dict[str, int]:
    """What is found becomes source records of the provider."""
    query = AccountQuery(
        text=body.text, domains=tuple(body.domains), countries=tuple(body.countries),
        industries=tuple(body.industries), technologies=tuple(body.technologies),
        employees=(body.least_employees, body.most_employees),
    )  # fmt: skip
    return {"job_id": ordering.order_search(body.provider, query, limit=body.limit, actor=actor_of(request))}


@router.post("/prospecting/find/people", response=Ordered, summary="Find people at a provider")
@api("prospect", "manage")
@repeatable
def find_people(request: HttpRequest, body: PeopleSearchIn) -> dict[str, int]:
    """What is found becomes source records of the provider."""
    query = PersonQuery(domains=tuple(body.domains), titles=tuple(body.titles), seniorities=tuple(body.seniorities))
    return {"job_id": ordering.order_search(body.provider, query, limit=body.limit, actor=actor_of(request))}


@router.post("/prospecting/enrich", response=Ordered, summary="Ask providers for missing fields")
@api("prospect", "edit")
@repeatable
def enrich(request: HttpRequest, body: EnrichIn) -> dict[str, int]:
    """What is out of sight is passed over."""
    entity, actor = Entity(body.entity.value), actor_of(request)
    rows = accounts_in_sight(actor) if entity is Entity.ACCOUNT else contacts_in_sight(actor)
    seen = list(rows.filter(id__in=body.ids).values_list("id", flat=True))
    return {"job_id": ordering.order_enriching(entity, seen, body.fields, actor=actor)}


@router.post("/prospecting/rows", response=Ordered, summary="Send accounts or contacts to the Clay table")
@api("prospect", "export")
@repeatable
def send_rows(request: HttpRequest, body: EnrichIn) -> dict[str, int]:
    """Each goes once in the table's life; what may not be exported is passed over. `fields` is not used."""
    entity, actor = Entity(body.entity.value), actor_of(request)
    visible = accounts_in_sight if entity is Entity.ACCOUNT else contacts_in_sight
    seen = list(visible(actor, "export").filter(id__in=body.ids).values_list("id", flat=True))
    return {"job_id": ordering.order_rows(entity, seen, actor=actor)}
