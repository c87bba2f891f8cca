"""What every source says of contacts and what came of their addresses, many at once: to decide who is usable.

All contacts: the caller limits what is shown to the actor's sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from tandem.accounts.connectors import mapped
from tandem.accounts.contracts import ActivityKind, Entity, SourceKind
from tandem.accounts.models import Activity, ActivityParticipant, Contact, ContactPoint, Employment, SourceRecord
from tandem.accounts.queries.choosing.records import in_slices

OUTREACH, BOUNCED_WORD = "outreach", "bounced"  # as `actions.noting` writes down what came back
BOUNCED = frozenset({ContactPoint.Verification.BOUNCED.value, ContactPoint.Verification.INVALID.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEmployer:
    """What one source says of a job. is_here : at the account where the contact stands now; system : who wrote it"""

    source_key: str
    system: str
    kind: str
    is_current: bool
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAddress:
    """A mail address as one source tells it. is_dead : bounced for good or invalid; at : since when, None: not told"""

    source_key: str
    system: str
    kind: str
    value: str
    is_dead: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvidence:
    """One living contact. places : countries that speak for the person: their own and their employer's.

    wrote_at : address to the last mail that came from it; mailed_at : to the last mail that went to it
    corrected : fields that a person put right or confirmed by hand
    """

    id: int
    account_id: int | None
    account_domain: str
    name: str
    first_name: str
    last_name: str
    email: str
    linkedin: str
    places: tuple[str, ...]
    opted_out: bool
    has_left: bool
    owner_id: int | None
    account_owner_id: int | None
    employers: tuple[ToldEmployer, ...]
    addresses: tuple[ToldAddress, ...]
    wrote_at: Mapping[str, datetime]
    mailed_at: Mapping[str, datetime]
    corrected: frozenset[str]


COLUMNS = (
    "id", "account_id", "account__domain", "name", "first_name", "last_name", "email", "linkedin", "country",
    "account__country", "opted_out", "has_left", "owner_id", "account__owner_id",
)  # fmt: skip


def contact_evidence(
    contact_ids: Iterable[int] | None = None, *, account_ids: Iterable[int] | None = None
) -> dict[int, ContactEvidence]:
    """Evidence of contacts by id: those named, those at the accounts, or all where neither is given.

    Seven queries for each ten thousand.
    """
    rows = Contact.objects.filter(merged_into=None).order_by("id")
    if account_ids is not None:
        rows = rows.filter(account__in=list(account_ids))
    found: dict[int, ContactEvidence] = {}
    wanted = sorted(set(contact_ids)) if contact_ids is not None else list(rows.values_list("id", flat=True))
    for some in in_slices(wanted):
        found |= _evidence(rows.filter(id__in=list(some)), list(some))
    return found


def _evidence(rows: QuerySet[Contact], ids: list[int]) -> dict[int, ContactEvidence]:
    people = list(rows.values_list(*COLUMNS))
    employers = _employers(ids, {row[0]: row[1] for row in people})
    addresses, corrected = _addresses(ids), _corrected(ids)
    wrote, mailed = _mails(ids, "from", is_inbound=True), _mails(ids, "to", is_inbound=False)
    return {
        row[0]: ContactEvidence(
            id=row[0],
            account_id=row[1],
            account_domain=row[2] or "",
            name=row[3],
            first_name=row[4],
            last_name=row[5],
            email=row[6],
            linkedin=row[7],
            places=tuple(dict.fromkeys(place for place in (row[8], row[9]) if place)),
            opted_out=row[10],
            has_left=row[11],
            owner_id=row[12],
            account_owner_id=row[13],
            employers=tuple(employers.get(row[0], ())),
            addresses=tuple(addresses.get(row[0], ())),
            wrote_at=wrote.get(row[0], {}),
            mailed_at=mailed.get(row[0], {}),
            corrected=frozenset(corrected.get(row[0], ())),
        )
        for row in people
    }


def _employers(ids: list[int], at: Mapping[int, int | None]) -> dict[int, list[ToldEmployer]]:
    found: dict[int, list[ToldEmployer]] = defaultdict(list)
    columns = ("contact_id", "account_id", "is_current", "source__key", "source__system", "source__kind")
    for contact, account, is_current, key, system, kind in (
        Employment.objects.filter(contact__in=ids).order_by("id").values_list(*columns)
    ):
        is_here = account is not None and account == at.get(contact)
        found[contact].append(
            ToldEmployer(source_key=key, system=_system(key, system), kind=kind, is_current=is_current, is_here=is_here)
        )
    return found


def _system(key: str, system: str) -> str:
    """Who wrote it; of files read by a mapping, each source is a system of its own."""
    return key if system in ("", mapped.SYSTEM) else system


def _addresses(ids: list[int]) -> dict[int, list[ToldAddress]]:
    found: dict[int, list[ToldAddress]] = defaultdict(list)
    columns = ("contact_id", "value", "verification", "verified_at", "source__key", "source__system", "source__kind")
    points = ContactPoint.objects.filter(contact__in=ids, kind=ContactPoint.Kind.EMAIL).order_by("id")
    failed = _failed(ids)
    for contact, value, state, at, key, system, kind in points.values_list(*columns):
        failed_at, is_bad = failed.get((contact, value)), state in BOUNCED
        found[contact].append(
            ToldAddress(
                source_key=key, system=_system(key, system), kind=kind, value=value,
                is_dead=is_bad or failed_at is not None, at=at if is_bad and at else failed_at or at,
            )
        )  # fmt: skip
    return found


def _failed(ids: list[int]) -> dict[tuple[int, str], datetime]:
    """Addresses of contacts that our own mail could not reach, with when that was last told."""
    rows = Activity.objects.filter(source__key=OUTREACH, contact__in=ids, details__has_key=BOUNCED_WORD)
    found: dict[tuple[int, str], datetime] = {}
    for contact, details, at in rows.order_by("at").values_list("contact_id", "details", "at"):
        found |= {(contact or 0, str(address).lower()): at for address in details[BOUNCED_WORD]}
    return found


def _mails(ids: list[int], role: str, *, is_inbound: bool) -> dict[int, dict[str, datetime]]:
    """The last mail from or to each address of each contact."""
    mails = ActivityParticipant.objects.filter(
        contact__in=ids, role=role, activity__kind=ActivityKind.EMAIL.value, activity__is_inbound=is_inbound
    )
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for contact, address, at in mails.values_list("contact_id", "address").annotate(at=Max("activity__at")):
        found[contact or 0][address.lower()] = at
    return found


def _corrected(ids: list[int]) -> dict[int, set[str]]:
    rows = SourceRecord.objects.filter(
        entity=Entity.CONTACT, golden_id__in=ids, source__kind=SourceKind.CORRECTION.value
    )
    found: dict[int, set[str]] = defaultdict(set)
    data: dict[str, Any]
    for golden, data in rows.values_list("golden_id", "data"):
        found[golden or 0] |= {"account" if word == "account_id" else word for word in data}
    return found


def contact_ids_at(account_ids: Iterable[int] | None) -> list[int]:
    """Living contacts with a mail address at the accounts, by id; None: all of them."""
    rows = Contact.objects.filter(merged_into=None).exclude(email="").order_by("id")
    if account_ids is None:
        return list(rows.values_list("id", flat=True))
    found: list[int] = []
    for some in in_slices(sorted(set(account_ids))):
        found += rows.filter(account__in=list(some)).values_list("id", flat=True)
    return sorted(found)
