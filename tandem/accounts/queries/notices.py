"""Contacts whose addresses only bought lists know: who has to be told where their data come from (GDPR Article 14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from tandem.accounts.contracts import SourceKind
from tandem.accounts.models import Contact, ContactPoint
from tandem.compliance.contracts.requests import BoughtContact

ROWS_AT_ONCE = 2_000
SUBJECT = "contact:"


def bought_contacts(*, now: datetime, subjects: Sequence[str] | None = None) -> Iterator[BoughtContact]:
    """Contacts whose addresses came from vendors alone, the longest here first; the gate counts the same ones.

    Whose address the own CRM, mail or a form knows as well gave it, or was told, on that road.

    subjects : only these, "contact:12"; what is no contact is passed over. None: all
    """
    rows = _bought().filter(created_at__lte=now)
    if subjects is not None:
        numbers = (one.removeprefix(SUBJECT) for one in subjects if one.startswith(SUBJECT))
        rows = rows.filter(id__in=[int(number) for number in numbers if number.isdecimal()])
    columns = ("id", "name", "email", "country", "vendor", "created_at")
    found = rows.order_by("created_at", "id").values_list(*columns)
    for number, name, email, country, vendor, at in found.iterator(chunk_size=ROWS_AT_ONCE):
        yield BoughtContact(
            subject=f"{SUBJECT}{number}", name=name, email=email, country=country, source=vendor, collected_at=at
        )


def _bought() -> QuerySet[Contact]:
    points = ContactPoint.objects.filter(contact=OuterRef("id"))
    vendors = points.filter(source__kind=SourceKind.VENDOR.value)
    others = points.exclude(source__kind=SourceKind.VENDOR.value)
    first = Subquery(vendors.order_by("id").values("source__name")[:1])
    return Contact.objects.filter(Exists(vendors), ~Exists(others), merged_into=None).annotate(vendor=first)
