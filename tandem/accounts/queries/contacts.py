"""Reads of contacts: the list, one person with employments, ways to reach them, and deals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet

from tandem.access.queries import sight_of
from tandem.accounts.models import Contact, ContactPoint, Employment, OpportunityContact, SourceRecord
from tandem.accounts.queries.erased_people import is_erased_contact
from tandem.accounts.queries.visible import contacts_in_sight, deals_in_sight, reaches
from tandem.core.actors import Actor
from tandem.core.errors import NotFound

CSV_ROWS_AT_ONCE = 2_000
AGREEING_FOR_OUTREACH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilters:
    """What a list of contacts is narrowed to. Empty and None mean: not narrowed.

    usable : at least two independent sources agree, not opted out, not gone, with a mail address
    """

    text: str = ""
    owner: str = ""
    account: int | None = None
    country: str = ""
    department: str = ""
    seniority: str = ""
    source: str = ""
    usable: bool | None = None
    has_left: bool | None = None
    opted_out: bool | None = None
    known_by_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """A contact as lists show it. `account_in_sight` False: the employer's record can't be opened."""

    id: int
    name: str
    title: str
    department: str
    seniority: str
    account_id: int | None
    account_name: str
    email: str
    phone: str
    country: str
    owner_name: str
    source_count: int
    agreeing_sources: int
    opted_out: bool
    do_not_call: bool
    has_left: bool
    last_activity_at: datetime | None
    updated_at: datetime
    roles: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether outreach may use the address: two sources agree, and nothing speaks against it."""
        blocked = self.opted_out or self.has_left or not self.email
        return self.agreeing_sources >= AGREEING_FOR_OUTREACH and not blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One way to reach a person: every source that tells it, and its last known state.

    verification : the strictest any source knows: bounced, invalid, risky, valid, unverified
    """

    kind: str
    value: str
    sources: tuple[str, ...]
    verification: str
    verified_at: datetime | None
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A time at a company, as the named sources tell it. `account_id` None: not an account here, or out of sight."""

    account_id: int | None
    account_name: str
    title: str
    starts_on: date | None
    ends_on: date | None
    is_current: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A person's part in a deal."""

    deal_id: int
    deal_name: str
    stage: str
    is_closed: bool
    is_won: bool
    amount: Decimal | None
    currency: str
    close_on: date | None
    role: str
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHead:
    """One person, with what their page says at the top."""

    row: ContactRow
    first_name: str
    last_name: str
    linkedin: str
    city: str
    region: str
    language: str
    time_zone: str
    owner_id: int | None
    created_at: datetime
    points: tuple[Point, ...] = ()
    jobs: tuple[Job, ...] = ()
    parts: tuple[Part, ...] = ()


SORTS = {
    "name": "name",
    "account": "account__name",
    "title": "title",
    "country": "country",
    "sources": "agreeing_sources",
    "activity": "last_activity_at",
}
COLUMNS = (
    "id", "name", "title", "department", "seniority", "account_id", "account__name", "email", "phone", "country",
    "owner__name", "source_count", "agreeing_sources", "opted_out", "do_not_call", "has_left", "last_activity_at",
    "updated_at",
)  # fmt: skip
FIELDS = (
    "id", "name", "title", "department", "seniority", "account_id", "account_name", "email", "phone", "country",
    "owner_name", "source_count", "agreeing_sources", "opted_out", "do_not_call", "has_left", "last_activity_at",
    "updated_at",
)  # fmt: skip
WORST_FIRST = ("bounced", "invalid", "risky", "valid", "unverified")
USABLE = Q(agreeing_sources__gte=AGREEING_FOR_OUTREACH, opted_out=False, has_left=False) & ~Q(email="")


def filter_contacts(actor: Actor, filters: ContactFilters, *, verb: str = "view") -> QuerySet[Contact]:
    """Contacts in sight that fit; internal to the room."""
    exact = {
        "country": filters.country or None,
        "department": filters.department or None,
        "seniority": filters.seniority or None,
        "account_id": filters.account,
        "has_left": filters.has_left,
        "opted_out": filters.opted_out,
        "source_count": 1 if filters.known_by_one else None,
    }
    rows = contacts_in_sight(actor, verb).filter(**{name: value for name, value in exact.items() if value is not None})
    if filters.text:
        in_text = Q(name__icontains=filters.text) | Q(email__icontains=filters.text) | Q(title__icontains=filters.text)
        rows = rows.filter(in_text)
    if filters.owner == "none":
        rows = rows.filter(owner=None)
    elif filters.owner:
        rows = rows.filter(owner_id=int(filters.owner) if filters.owner.isdecimal() else -1)
    if filters.source:
        told = SourceRecord.objects.filter(entity="contact", source__key=filters.source, golden_id__isnull=False)
        rows = rows.filter(id__in=told.values("golden_id"))
    if filters.usable is not None:
        rows = rows.filter(USABLE if filters.usable else ~USABLE)
    return rows


def count_contacts(actor: Actor, filters: ContactFilters) -> int:
    """How many contacts in sight fit."""
    return filter_contacts(actor, filters).count()


def list_contacts(
    actor: Actor, filters: ContactFilters, *, sort: str = "name", offset: int = 0, limit: int = 50
) -> Sequence[ContactRow]:
    """A page of contacts. `sort`: a word of SORTS, with a leading minus for downwards."""
    rows = _sorted(filter_contacts(actor, filters), sort)
    return [_row(found) for found in rows.values_list(*COLUMNS)[offset : offset + limit]]


def each_contact(actor: Actor, filters: ContactFilters, *, sort: str = "name") -> Iterator[ContactRow]:
    """All contacts that fit and may be exported, read in bounded memory."""
    rows = _sorted(filter_contacts(actor, filters, verb="export"), sort)
    for found in rows.values_list(*COLUMNS).iterator(chunk_size=CSV_ROWS_AT_ONCE):
        yield _row(found)


def list_contacts_after(actor: Actor, *, after_id: int, limit: int) -> Sequence[ContactRow]:
    """Contacts in sight by id, strictly after one: the API's pages."""
    rows = contacts_in_sight(actor).filter(id__gt=after_id).order_by("id")
    return [_row(found) for found in rows.values_list(*COLUMNS)[:limit]]


def _sorted(rows: QuerySet[Contact], sort: str) -> QuerySet[Contact]:
    column = F(SORTS.get(sort.lstrip("-"), "name"))
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return rows.order_by(order, "name", "id")


def _row(found: tuple, roles: tuple[str, ...] = ()) -> ContactRow:  # type: ignore[type-arg]
    values = dict(zip(FIELDS, found, strict=True))
    return ContactRow(
        **values | {"account_name": values["account_name"] or "", "owner_name": values["owner_name"] or ""}, roles=roles
    )


def contact_choices(actor: Actor) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the filters country, department and seniority can be set to, among contacts in sight."""
    rows = contacts_in_sight(actor).order_by()
    found = {}
    for column in ("country", "department", "seniority"):
        words = rows.exclude(**{column: ""}).values_list(column).annotate(n=Count("id")).order_by("-n", column)
        found[column] = tuple(sorted(((word, word) for word, _ in words[:200]), key=lambda pair: pair[0].casefold()))
    return found


def list_people_of_account(actor: Actor, account_id: int, *, limit: int = 500) -> Sequence[ContactRow]:
    """Who works at an account in sight: those with a part in an open deal first, then by last touch.

    Roles are those named in deals the actor can see.
    """
    rows = list(contacts_in_sight(actor).filter(account_id=account_id).values_list(*COLUMNS)[:limit])
    roles: dict[int, list[str]] = defaultdict(list)
    deals = deals_in_sight(actor).filter(account_id=account_id)
    parts = OpportunityContact.objects.filter(opportunity__in=deals).order_by("opportunity__is_closed", "-is_primary")
    for contact_id, role in parts.values_list("contact_id", "role"):
        words = roles[contact_id]
        if (role or "named in a deal") not in words:
            words.append(role or "named in a deal")
    people = [_row(row, tuple(roles[row[0]])) for row in rows]
    return sorted(people, key=lambda one: (one.has_left, not one.roles, -_seconds(one.last_activity_at), one.name))


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def get_contact(actor: Actor, contact_id: int) -> ContactHead:
    """One contact in sight. Raises NotFound, also for one that exists out of sight, and for somebody who was erased."""
    row = contacts_in_sight(actor).select_related("account", "owner").filter(id=contact_id).first()
    if row is None:
        if is_erased_contact(contact_id):
            raise NotFound(
                f"Contact {contact_id} is an erased person.",
                hint="They were erased at their request; only this id is left, so that links can say so.",
                code="contact.erased",
            )
        raise NotFound(f"There is no contact {contact_id} that you can see.", hint="Open the list of contacts.")
    values = {name: getattr(row, name) for name in FIELDS if name not in ("account_name", "owner_name")}
    extra = ("first_name", "last_name", "linkedin", "city", "region", "language", "time_zone", "owner_id", "created_at")
    return ContactHead(
        row=ContactRow(
            **values,
            account_name=row.account.name if row.account else "",
            owner_name=row.owner.name if row.owner else "",
        ),
        points=points_of(contact_id),
        jobs=_jobs(actor, contact_id),
        parts=_parts(actor, contact_id),
        **{name: getattr(row, name) for name in extra},
    )


def points_of(contact_id: int) -> tuple[Point, ...]:
    """Every way to reach a person, once a value, with all sources that tell it; the primary ones first."""
    found: dict[tuple[str, str], list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.filter(contact_id=contact_id).select_related("source").order_by("id"):
        found[point.kind, point.value].append(point)
    points = [_point(rows) for rows in found.values()]
    return tuple(sorted(points, key=lambda one: (one.kind, not one.is_primary, -len(one.sources), one.value)))


def _point(rows: list[ContactPoint]) -> Point:
    worst = min(rows, key=lambda row: WORST_FIRST.index(row.verification))
    return Point(
        kind=rows[0].kind,
        value=rows[0].value,
        sources=tuple(sorted({row.source.name for row in rows})),
        verification=worst.verification,
        verified_at=worst.verified_at,
        is_primary=any(row.is_primary for row in rows),
    )


def _jobs(actor: Actor, contact_id: int) -> tuple[Job, ...]:
    sight = sight_of(actor, "view", "account")
    found: dict[tuple[int | None, str, str], list[Employment]] = defaultdict(list)
    rows = Employment.objects.filter(contact_id=contact_id).select_related("account", "source").order_by("id")
    for row in rows:
        name = row.account.name if row.account else row.account_name
        found[row.account_id, name, row.title].append(row)
    jobs = [_job(key, rows, reaches(sight, _owner(rows[0]))) for key, rows in found.items()]
    return tuple(sorted(jobs, key=lambda job: (not job.is_current, -len(job.sources), job.account_name)))


def _owner(row: Employment) -> int | None:
    return row.account.owner_id if row.account else None


def _job(key: tuple[int | None, str, str], rows: list[Employment], in_sight: bool) -> Job:
    account_id, name, title = key
    return Job(
        account_id=account_id if in_sight else None,
        account_name=name,
        title=title,
        starts_on=min((row.starts_on for row in rows if row.starts_on), default=None),
        ends_on=max((row.ends_on for row in rows if row.ends_on), default=None),
        is_current=any(row.is_current for row in rows),
        sources=tuple(sorted({row.source.name for row in rows})),
    )


def _parts(actor: Actor, contact_id: int) -> tuple[Part, ...]:
    rows = OpportunityContact.objects.filter(contact_id=contact_id, opportunity__in=deals_in_sight(actor))
    rows = rows.select_related("opportunity").order_by("opportunity__is_closed", "-opportunity__close_on", "id")
    return tuple(
        Part(
            deal_id=row.opportunity_id,
            deal_name=row.opportunity.name,
            stage=row.opportunity.stage,
            is_closed=row.opportunity.is_closed,
            is_won=row.opportunity.is_won,
            amount=row.opportunity.amount,
            currency=row.opportunity.currency,
            close_on=row.opportunity.close_on,
            role=row.role,
            is_primary=row.is_primary,
        )
        for row in rows
    )
