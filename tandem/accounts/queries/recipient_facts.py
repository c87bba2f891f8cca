"""What accounts knows of people somebody wants to write to or call: for the gate, many at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min

from tandem.accounts.contracts import ActivityKind, SourceKind
from tandem.accounts.domain.time_zones import known_zone
from tandem.accounts.models import Account, Activity, ActivityParticipant, Contact, ContactPoint, Opportunity
from tandem.accounts.queries.totals import Piece, Rates
from tandem.compliance.contracts.gate import RecipientFacts
from tandem.compliance.queries import objections_of
from tandem.core import clock

Whom = tuple[str, str, str]  # subject, account, address

TOUCH_DAYS = 400
VALUE_DAYS = 365
# Roads as rules name them; what is no touch (notes, tasks, meetings both sides agreed to) is left out.
ROADS: Mapping[str, str] = {
    ActivityKind.EMAIL: "email",
    ActivityKind.CALL: "phone_manual",
    ActivityKind.SMS: "sms",
    ActivityKind.SOCIAL: "linkedin",
    ActivityKind.CHAT: "whatsapp",
}
GENERIC = re.compile(
    r"(info|office|sales|contact|kontakt|hello|hallo|mail|post|service|support|admin|team|welcome|enquir(y|ies)|marketing|"
    r"vertrieb|verkauf|einkauf|bestellung|accueil|ventes|ventas|commerciale|jobs|hr|press|presse|billing|accounts?)"
    r"[0-9]*"
)
ONE_PERSON = re.compile(
    r"\b(e\.? ?k\.?|e\. ?kfm\.|einzelunternehm\w*|freelance\w*|sole trader|autónomo|auto-?entrepreneur)(\s|$)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Company:
    """What the batch found of one account."""

    open_deals: list[str] = field(default_factory=list)
    value: Decimal | None = None
    bought_at: datetime | None = None
    objections: Mapping[str, datetime] = field(default_factory=dict)


def recipient_facts(asked: Sequence[Whom]) -> dict[Whom, RecipientFacts]:
    """Facts of each recipient that is known here; who is not known is left out.

    asked : (subject "contact:12", account "account:3", address); subject or account may be empty, and then the
        address says who it is, if it belongs to one person alone
    """
    people = _people(asked)
    if not people:
        return {}
    contacts = {contact.id: contact for contact in people.values()}
    points = _points(contacts)
    touches = _touches(contacts)
    companies = _companies({contact.account_id for contact in contacts.values() if contact.account_id})
    bought = _bought(contacts)
    return {
        whom: _facts(contact, companies.get(contact.account_id or 0), points[contact.id], touches[contact.id], bought)
        for whom, contact in people.items()
    }


def _people(asked: Sequence[Whom]) -> dict[Whom, Contact]:
    """The contact meant by each request."""
    ids = {whom: int(whom[0].removeprefix("contact:")) for whom in asked if _is_id(whom[0])}
    by_id = Contact.objects.select_related("account").in_bulk(set(ids.values()))
    found = {whom: by_id[number] for whom, number in ids.items() if number in by_id}
    unnamed = {whom[2].strip().lower(): whom for whom in asked if not whom[0] and whom[2]}
    if unnamed:
        owners: dict[str, set[int]] = defaultdict(set)
        for value, contact in ContactPoint.objects.filter(value__in=unnamed).values_list("value", "contact_id"):
            owners[value].add(contact)
        single = {value: next(iter(some)) for value, some in owners.items() if len(some) == 1}
        by_id = Contact.objects.select_related("account").in_bulk(set(single.values()))
        found |= {unnamed[value]: by_id[number] for value, number in single.items()}
    return found


def _is_id(subject: str) -> bool:
    return subject.startswith("contact:") and subject.removeprefix("contact:").isdecimal()


def _points(contacts: Mapping[int, Contact]) -> dict[int, set[str]]:
    """Every address and number of each contact."""
    found: dict[int, set[str]] = defaultdict(set)
    for contact in contacts.values():
        found[contact.id] |= {contact.email, contact.phone} - {""}
    rows = ContactPoint.objects.filter(contact__in=contacts).exclude(kind=ContactPoint.Kind.LINKEDIN)
    for number, value in rows.values_list("contact_id", "value"):
        found[number].add(value)
    return found


def _touches(contacts: Mapping[int, Contact]) -> dict[int, list[tuple[str, datetime]]]:
    """What went to each contact, on any road. Two queries, each along an index."""
    told: dict[str, Any] = {"at__gte": clock.now() - timedelta(days=TOUCH_DAYS), "kind__in": list(ROADS)}
    own = Activity.objects.filter(contact__in=contacts, **told).exclude(is_inbound=True)
    others = ActivityParticipant.objects.filter(
        contact__in=contacts, **{f"activity__{name}": value for name, value in told.items()}
    ).exclude(activity__is_inbound=True)
    found: dict[int, set[tuple[str, datetime]]] = defaultdict(set)
    for kind, at, number in own.values_list("kind", "at", "contact_id"):
        found[number or 0].add((ROADS[kind], at))
    for kind, at, number in others.values_list("activity__kind", "activity__at", "contact_id"):
        found[number or 0].add((ROADS[kind], at))
    return defaultdict(list, {number: sorted(some, key=lambda one: one[1]) for number, some in found.items()})


def _companies(ids: Iterable[int]) -> dict[int, _Company]:
    """Open deals, what is open or was won within a year, and the last purchase, of each account."""
    now = clock.now()
    found: dict[int, _Company] = defaultdict(_Company)
    pieces: dict[int, list[Piece]] = defaultdict(list)
    for deal in Opportunity.objects.filter(account__in=set(ids)).order_by("id"):
        company = found[deal.account_id or 0]
        ended = datetime.combine(deal.closed_on, time(12), UTC) if deal.closed_on else None
        if not deal.is_closed:
            company.open_deals.append(f"deal:{deal.id}")
        elif deal.is_won and ended is not None:
            company.bought_at = max(filter(None, (company.bought_at, ended)))
        is_recent = ended is not None and deal.is_won and now - ended <= timedelta(days=VALUE_DAYS)
        if not deal.is_closed or is_recent:
            pieces[deal.account_id or 0].append(
                Piece(currency=deal.currency, amount=deal.amount, on=deal.closed_on or now.date())
            )
    for number, told in _objections(ids).items():
        found[number].objections = told
    rates = Rates()
    for number, some in pieces.items():
        found[number].value = rates.total(some).amount
    return found


def _objections(accounts: Iterable[int]) -> dict[int, dict[str, datetime]]:
    """Who at each account asked to be left alone, and when: (account) to (contact's key) to moment."""
    people = Contact.objects.filter(account__in=set(accounts)).values_list("id", "account_id")
    at = {f"contact:{number}": account for number, account in people}
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for subject, said in objections_of(list(at)).items():
        found[at[subject] or 0][subject] = said
    return found


def _bought(contacts: Mapping[int, Contact]) -> dict[int, datetime]:
    """Contacts whom only bought lists know, with the day the first list came in."""
    rows = ContactPoint.objects.filter(contact__in=contacts).values("contact_id", "source__kind")
    kinds: dict[int, set[str]] = defaultdict(set)
    since: dict[int, datetime] = {}
    for row in rows.annotate(first=Min("contact__created_at")):
        kinds[row["contact_id"]].add(row["source__kind"])
        since[row["contact_id"]] = row["first"]
    return {number: since[number] for number, told in kinds.items() if told == {SourceKind.VENDOR.value}}


def _facts(
    contact: Contact,
    company: _Company | None,
    points: set[str],
    touches: list[tuple[str, datetime]],
    bought: Mapping[int, datetime],
) -> RecipientFacts:
    account = contact.account
    return RecipientFacts(
        subject=f"contact:{contact.id}",
        account=f"account:{account.id}" if account else "",
        addresses=tuple(sorted(points)),
        kind=_kind(contact, account),
        country=contact.country,
        region=contact.region,
        time_zone=known_zone(contact.time_zone),
        candidate_locations=tuple(_places(account)),
        industry=account.industry if account else "",
        open_deals=tuple(company.open_deals) if company else (),
        owner_id=contact.owner_id or (account.owner_id if account else None),
        name=f"{contact.name}, {account.name}" if account else contact.name,
        colleague_objected_at=_colleague_objected(contact, company),
        value=company.value if company else None,
        touches=tuple(touches),
        address_facts=_address_facts(contact, company, bought),
        relationship={"kind": "purchase", "at": company.bought_at.isoformat()} if company and company.bought_at else {},
    )


def _colleague_objected(contact: Contact, company: _Company | None) -> datetime | None:
    said = company.objections if company else {}
    return max((at for subject, at in said.items() if subject != f"contact:{contact.id}"), default=None)


def _kind(contact: Contact, account: Account | None) -> str:
    """What sort of recipient; empty where the records leave it open, and rules then count all kinds."""
    if account is None or not contact.email:
        return ""
    if ONE_PERSON.search(account.name) or account.employees == 1:
        return "sole_trader"
    if GENERIC.fullmatch(contact.email.partition("@")[0].lower()):
        return "corporate_generic"
    return "corporate_named"


def _places(account: Account | None) -> list[str]:
    """The company's seat, beside the person's own place."""
    if account is None or not account.country:
        return []
    is_code = re.fullmatch(r"[A-Z]{2,3}", account.region) is not None
    return [f"{account.country}-{account.region}" if is_code else account.country]


def _address_facts(contact: Contact, company: _Company | None, bought: Mapping[int, datetime]) -> dict[str, Any]:
    """Where the address comes from, in the words of the shell contract; empty: not known."""
    if contact.id in bought:
        return {"source": "purchased", "collected_at": bought[contact.id].isoformat()}
    if company is not None and company.bought_at is not None:
        return {"source": "own_customer", "collected_at": contact.created_at.isoformat()}
    return {}
