"""What the outreach programme cost, month by month: without it pipeline per money spent can't be told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from tandem.access.actions import require
from tandem.access.queries import get_organisation
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.core.money import require_currency
from tandem.engagement.models import Campaign, OutreachSpend

KINDS = ("people", "tools", "data", "models")


def write_spend(
    month: date,
    kind: str,
    amount: Decimal,
    *,
    actor: Actor,
    now: datetime,
    currency: str = "",
    campaign_id: int | None = None,
) -> None:
    """Write down what one kind of cost came to in a month; a later word for the same takes its place.

    month : any day of it
    currency : ISO 4217; empty: the organisation's
    campaign_id : None: of the whole programme

    Raises NotAllowed without "campaign.manage", InvalidInput for a kind or amount that is none.
    """
    require(actor, "campaign.manage")
    if kind not in KINDS:
        raise InvalidInput(f"{kind!r} is no kind of cost.", hint=f"Use {', '.join(KINDS)}.")
    if amount < 0:
        raise InvalidInput("A cost can't be below nothing.", hint="Give 0 or more.")
    told = require_currency(currency) if currency else get_organisation().currency
    first = month.replace(day=1)
    with transaction.atomic():
        by = f"{actor.kind.value}:{actor.id}"
        values = {"amount": amount, "currency": told, "written_at": now, "written_by": by}
        campaign = None if campaign_id is None else Campaign.objects.get(id=campaign_id)
        OutreachSpend.objects.update_or_create(campaign=campaign, month=first, kind=kind, defaults=values)
        ledger.append(
            actor,
            "engagement.spend_written",
            subject=f"month:{first:%Y-%m}",
            kind=kind,
            amount=str(amount),
            currency=told,
        )
