"""The installation's own table of exchange rates. None are shipped: a rate has a day and a source."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from django.db import transaction

from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.core.models import ExchangeRate
from tandem.core.money.rates import Rate, Rates

PLACES = Decimal("1e-8")
TOO_LARGE = Decimal(10) ** 10


def load_rates(until: date | None = None) -> Rates:
    """The rates needed to convert on any day, or on all days until one. One query."""
    dated = ExchangeRate.objects.all() if until is None else ExchangeRate.objects.filter(on__lte=until)
    found = dated.values_list("base", "quote", "on", "rate", "source")
    return Rates(Rate(base=base, quote=quote, on=day, rate=rate, source=told) for base, quote, day, rate, told in found)


def set_rate(*, base: str, quote: str, on: date, rate: Decimal, source: str, actor: Actor) -> bool:
    """Write one day's rate; False: it stood there already. The caller has checked that the actor may.

    rate : units of `quote` for one `base`; kept with 8 places
    source : who publishes it, e.g. "ECB reference rate"
    """
    if not source.strip():
        raise InvalidInput("The rate has no source.", hint="Say who publishes it.", code="money.rate_source")
    given = Rate(base=base, quote=quote, on=on, rate=rate, source=source.strip())
    kept = rate.quantize(PLACES, ROUND_HALF_EVEN, Context(prec=100))
    if kept == 0 or kept >= TOO_LARGE:
        raise InvalidInput(
            f"1 {base} = {rate} {quote} can't be kept with 8 places.", hint="Give the inverse pair.", code="money.rate"
        )
    with transaction.atomic():
        counts = bulk.upsert(
            ExchangeRate,
            ("base", "quote", "on", "rate", "source"),
            [(base, quote, on, kept, given.source)],
            conflict=("base", "quote", "on"),
            update=("rate", "source"),
        )
        if counts.unchanged:
            return False
        facts = {"on": on.isoformat(), "rate": str(kept), "source": given.source}
        ledger.append(actor, "core.exchange_rate_set", subject=f"rate:{base}-{quote}", **facts)
    return True
