"""What happened after somebody was first written to: meetings with the person, deals that opened at their company.

All people and accounts asked for: the caller limits what is shown to the actor's sight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tandem.accounts.contracts import ActivityKind, Motion
from tandem.accounts.models import ActivityParticipant, Opportunity
from tandem.accounts.queries.choosing.records import in_slices


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDeal:
    """A deal that opened. amount : None: not told"""

    id: int
    name: str
    opened_on: date
    amount: Decimal | None
    currency: str


def meetings_since(contact_ids: Collection[int], since: datetime) -> Mapping[int, Sequence[datetime]]:
    """When each of these people took part in a meeting, oldest first. A query for each 1,000 people."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for some in in_slices(sorted(contact_ids), 1_000):
        rows = ActivityParticipant.objects.filter(
            contact_id__in=some, activity__kind=ActivityKind.MEETING, activity__at__gte=since
        )
        for contact_id, at in rows.order_by("activity__at").values_list("contact_id", "activity__at"):
            if contact_id is not None:
                found[contact_id].append(at)
    return found


def deals_opened_since(account_ids: Collection[int], since: date) -> Mapping[int, Sequence[OpenedDeal]]:
    """Deals of these accounts opened on or after a day, oldest first. Renewals, which come by the calendar, are left
    out. A query for each 1,000 accounts.
    """
    found: defaultdict[int, list[OpenedDeal]] = defaultdict(list)
    for some in in_slices(sorted(account_ids), 1_000):
        rows = Opportunity.objects.filter(account_id__in=some, opened_on__gte=since).exclude(motion=Motion.RENEWAL)
        for row in rows.order_by("opened_on", "id").only("id", "name", "account", "opened_on", "amount", "currency"):
            if row.account_id is not None and row.opened_on is not None:
                found[row.account_id].append(
                    OpenedDeal(
                        id=row.id, name=row.name, opened_on=row.opened_on, amount=row.amount, currency=row.currency
                    )
                )
    return found
