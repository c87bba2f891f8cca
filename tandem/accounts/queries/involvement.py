"""Who works at accounts, what passed with whom, and who has a part in which deal: many accounts at once.

All accounts: the caller limits what is shown to the actor's sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity, ActivityParticipant, Competitor, Contact, Opportunity, OpportunityContact
from tandem.accounts.queries.choosing.records import in_slices

TOUCHES = (ActivityKind.EMAIL, ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.CHAT, ActivityKind.SMS,
           ActivityKind.SOCIAL, ActivityKind.FORM)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPerson:
    """Somebody who works at an account, as far as it matters for whom to write to."""

    contact_id: int
    account_id: int
    name: str
    first_name: str
    last_name: str
    title: str
    department: str
    seniority: str
    email: str
    opted_out: bool
    has_left: bool
    agreeing_sources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingPart:
    """One participant of a touch. contact_id None: one of us, or unknown; role as the source names it ("cc")."""

    contact_id: int | None
    is_ours: bool
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One mail, call, meeting or message with an account.

    contact_id : whom the source names; the other participants are in `people`
    is_inbound : from them; None: no direction
    words : of each speaker of a recorded meeting, by name
    """

    id: int
    account_id: int
    kind: str
    is_inbound: bool | None
    at: datetime
    subject: str
    body: str
    source: str
    contact_id: int | None
    deal_id: int | None
    duration_seconds: int | None = None
    people: tuple[TakingPart, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDeal:
    """A deal of an account and who has a part in it: (contact, role as the source names it, primary)."""

    id: int
    account_id: int
    name: str
    motion: str
    stage: str
    amount: Decimal | None
    currency: str
    is_closed: bool
    is_won: bool
    opened_on: date | None
    close_on: date | None
    closed_on: date | None
    lost_reason: str
    competitor: str
    people: tuple[tuple[int, str, bool], ...] = ()


PERSON = (
    "id", "account_id", "name", "first_name", "last_name", "title", "department", "seniority", "email", "opted_out",
    "has_left", "agreeing_sources",
)  # fmt: skip
TOUCH = (
    "id", "account_id", "kind", "is_inbound", "at", "subject", "body", "source__name", "contact_id", "opportunity_id",
    "duration_seconds", "details__speakers",
)  # fmt: skip
DEAL = (
    "id", "account_id", "name", "motion", "stage", "amount", "currency", "is_closed", "is_won", "opened_on",
    "close_on", "closed_on", "lost_reason", "competitor__name",
)  # fmt: skip


def people_by_account(account_ids: Iterable[int]) -> dict[int, list[AccountPerson]]:
    """Living contacts by their present employer, in the order of their ids."""
    found: dict[int, list[AccountPerson]] = defaultdict(list)
    for some in in_slices(sorted(account_ids)):
        rows = Contact.objects.filter(account_id__in=some, merged_into=None).order_by("id").values_list(*PERSON)
        for row in rows:
            person = AccountPerson(**dict(zip(("contact_id", *PERSON[1:]), row, strict=True)))
            found[person.account_id].append(person)
    return found


def people_by_id(contact_ids: Iterable[int]) -> dict[int, AccountPerson]:
    """Living contacts that work at an account, by their id."""
    found = {}
    for some in in_slices(sorted(set(contact_ids))):
        rows = Contact.objects.filter(id__in=some, merged_into=None).exclude(account=None).order_by("id")
        for row in rows.values_list(*PERSON):
            person = AccountPerson(**dict(zip(("contact_id", *PERSON[1:]), row, strict=True)))
            found[person.contact_id] = person
    return found


def competitor_names() -> tuple[str, ...]:
    """What we meet in deals, by every name it has."""
    rows = Competitor.objects.order_by("name").values_list("name", "aliases")
    return tuple(dict.fromkeys(name for main, others in rows for name in (main, *(others or ())) if name))


def touches_by_account(account_ids: Iterable[int], *, since: datetime, until: datetime) -> dict[int, list[Touch]]:
    """What passed with each account in a span, oldest first, with everybody who took part. No tasks, no notes."""
    found: dict[int, list[Touch]] = defaultdict(list)
    for some in in_slices(sorted(account_ids)):
        rows = Activity.objects.filter(account_id__in=some, at__gte=since, at__lte=until, kind__in=TOUCHES)
        parts = _participants(rows)
        for row in rows.order_by("at", "id").values_list(*TOUCH):
            touch = _touch(row, parts.get(row[0], ()))
            found[touch.account_id].append(touch)
    return found


def _participants(activities: QuerySet[Activity]) -> dict[int, tuple[TakingPart, ...]]:
    found: dict[int, list[TakingPart]] = defaultdict(list)
    rows = ActivityParticipant.objects.filter(activity__in=activities.values("id")).order_by("id")
    for activity, contact, person, name, role in rows.values_list(
        "activity_id", "contact_id", "person_id", "name", "role"
    ):
        found[activity].append(TakingPart(contact_id=contact, is_ours=person is not None, name=name, role=role))
    return {activity: tuple(parts) for activity, parts in found.items()}


def _touch(row: Sequence[object], parts: tuple[TakingPart, ...]) -> Touch:
    values = dict(zip(TOUCH, row, strict=True))
    spoken = values.pop("details__speakers") or {}
    words = (
        {str(name): int(told.get("words") or 0) for name, told in spoken.items()} if isinstance(spoken, dict) else {}
    )
    source, deal = values.pop("source__name"), values.pop("opportunity_id")
    return Touch(**values, source=source, deal_id=deal, people=parts, words=words)  # type: ignore[arg-type]


def deals_by_account(account_ids: Iterable[int]) -> dict[int, list[AccountDeal]]:
    """Every deal of each account, oldest first, with the people named in it."""
    found: dict[int, list[AccountDeal]] = defaultdict(list)
    for some in in_slices(sorted(account_ids)):
        rows = Opportunity.objects.filter(account_id__in=some)
        parts: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
        named = OpportunityContact.objects.filter(opportunity__in=rows).order_by("-is_primary", "id")
        for deal_id, contact, role, primary in named.values_list("opportunity_id", "contact_id", "role", "is_primary"):
            parts[deal_id].append((contact, role, primary))
        for row in rows.order_by("created_at", "id").values_list(*DEAL):
            values = dict(zip(DEAL, row, strict=True))
            competitor = values.pop("competitor__name") or ""
            deal = AccountDeal(**values, competitor=competitor, people=tuple(parts.get(row[0], ())))
            found[deal.account_id].append(deal)
    return found
