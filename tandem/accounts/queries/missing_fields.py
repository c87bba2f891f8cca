"""Golden fields of companies and people that sources outside could tell: what is there and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tandem.accounts.models import Account, Contact
from tandem.accounts.queries.choosing.records import in_slices

ACCOUNT_FIELDS = ("industry", "employees", "annual_revenue", "country", "city", "phone", "description")
CONTACT_FIELDS = ("email", "title", "seniority", "department", "phone", "linkedin", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAbout:
    """One company or person with what is known to ask by. missing : golden fields that no source tells."""

    id: int
    name: str
    domain: str
    missing: frozenset[str]
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    linkedin: str = ""
    places: tuple[str, ...] = ()


def accounts_to_ask(ids: Iterable[int]) -> dict[int, AskedAbout]:
    """Living accounts by id."""
    found: dict[int, AskedAbout] = {}
    for some in in_slices(sorted(set(ids))):
        rows = Account.objects.filter(id__in=list(some), merged_into=None)
        for pk, name, domain, *values in rows.values_list("id", "name", "domain", *ACCOUNT_FIELDS):
            found[pk] = AskedAbout(id=pk, name=name, domain=domain, missing=_missing(ACCOUNT_FIELDS, values))
    return found


def contacts_to_ask(ids: Iterable[int]) -> dict[int, AskedAbout]:
    """Living contacts by id, with their employer's domain."""
    found: dict[int, AskedAbout] = {}
    named = ("id", "name", "account__domain", "first_name", "last_name", "account__country")
    for some in in_slices(sorted(set(ids))):
        rows = Contact.objects.filter(id__in=list(some), merged_into=None)
        for pk, name, domain, first, last, seat, *values in rows.values_list(*named, *CONTACT_FIELDS):
            told = dict(zip(CONTACT_FIELDS, values, strict=True))
            found[pk] = AskedAbout(
                id=pk, name=name, domain=domain or "", first_name=first, last_name=last, email=told["email"],
                linkedin=told["linkedin"], missing=_missing(CONTACT_FIELDS, values),
                places=tuple(dict.fromkeys(place for place in (told["country"], seat) if place)),
            )  # fmt: skip
    return found


def _missing(fields: tuple[str, ...], values: Iterable[str | int | Decimal | None]) -> frozenset[str]:
    return frozenset(field for field, value in zip(fields, values, strict=True) if value in (None, ""))
