"""Prospects whom nobody has dealt with for a long time: what storage limitation (GDPR Article 5(1)(e)) lets go of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from tandem.accounts.models import Contact, Opportunity

ROWS_AT_ONCE = 2_000
Aged = tuple[int, int | None, str]


def aged_prospects(before: datetime) -> Iterator[Aged]:
    """(contact id, account id, mail address) of contacts without a relationship, not dealt with since, by id.

    A relationship is a deal of the company that is open or was won: its contacts stay. Whoever was merged into another
    goes with that one.
    """
    deals = Opportunity.objects.filter(Q(is_closed=False) | Q(is_won=True), account=OuterRef("account"))
    rows = Contact.objects.filter(
        Q(last_activity_at=None) | Q(last_activity_at__lt=before),
        ~Exists(deals),
        created_at__lt=before,
        merged_into=None,
    )
    found = rows.order_by("id").values_list("id", F("account_id"), "email")
    yield from found.iterator(chunk_size=ROWS_AT_ONCE)
