"""The baseline that time spared is measured against: entered by RevOps, never changed, the newest counts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.prospecting.domain.time_saved import LEAST_HOURS, MOST_HOURS
from tandem.prospecting.models import ListTimeBaseline

MOST_ACCOUNTS = 10_000


def enter_baseline(
    hours: Decimal, accounts: int, measured_on: date, method: str, *, actor: Actor, now: datetime
) -> None:
    """Keep how long list building took one seller in one week before.

    hours : on list building; accounts : that came of those hours; measured_on : not in the future
    Raises NotAllowed without "prospect.manage", InvalidInput.
    """
    require(actor, "prospect.manage")
    words = " ".join(method.split())[:200]
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise InvalidInput(f"{hours} hours a week can't be.", hint=f"Enter {LEAST_HOURS:g} to {MOST_HOURS:g} hours.")
    if not 1 <= accounts <= MOST_ACCOUNTS:
        raise InvalidInput(f"{accounts:,} accounts can't be.", hint=f"Enter 1 to {MOST_ACCOUNTS:,} accounts.")
    if measured_on > now.date():
        raise InvalidInput(f"{measured_on} has not come yet.", hint="Enter the day on which it was measured.")
    if not words:
        raise InvalidInput("It is not said how it was measured.", hint="Write for example: time sheets of six weeks.")
    with transaction.atomic():
        row = ListTimeBaseline.objects.create(
            hours=hours, accounts=accounts, measured_on=measured_on, method=words, entered_by=actor.name, entered_at=now
        )
        ledger.append(
            actor, "prospecting.baseline_entered", subject=f"baseline:{row.id}", hours=str(hours), accounts=accounts
        )
