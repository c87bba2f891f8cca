"""What a number of questions would cost, before they are asked: what is known already costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal

from django.db.models import Count, Q

from tandem.core import clock
from tandem.core.money import Money
from tandem.prospecting.domain.providers import PROVIDERS, CallKind
from tandem.prospecting.models import CallState, ProviderAccount, ProviderCall
from tandem.prospecting.queries.providers import accounts_on, can_be_asked, price_of, spent_by

LEAST_ANSWERS = 20  # before the own hit rate counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What asking would cost.

    provider : that would be asked first; empty: none can be asked, and nothing is paid
    expected : with the provider's own share of hits, where misses cost nothing
    most : if every answer is a hit
    left : of the month's budget; None: no bound
    is_within : `most` fits into what is left
    because : in words
    """

    kind: CallKind
    count: int
    provider: str
    expected: Money
    most: Money
    left: Money | None
    is_within: bool
    because: str


def estimate(kind: CallKind, count: int, *, now: datetime | None = None) -> Estimate:
    """What `count` questions of a kind would cost at the provider that is asked first. Three queries.

    Take questions off the count that were answered before (`known_questions`): they are not asked again.
    """
    moment = now or clock.now()
    accounts = accounts_on()
    able = [
        (price_of(row, provider, kind), provider, row)
        for provider in PROVIDERS
        if kind in provider.kinds and (row := accounts.get(provider.key)) and can_be_asked(row, moment)
    ]
    if not able:
        nothing = Money(Decimal(0), "USD")
        because = "No provider for this is switched on: only what is here already is used."
        return Estimate(
            kind=kind, count=count, provider="", expected=nothing, most=nothing, left=None, is_within=True,
            because=because,
        )  # fmt: skip
    price, provider, row = min(able, key=lambda one: (one[0], one[1].key))
    rate = 1.0 if provider.charges_misses else _hit_rate(row, kind)
    most = price * count
    expected = (most * Decimal(str(rate))).quantize(Decimal("0.01"), ROUND_UP)
    left = None
    if row.monthly_budget is not None:
        left = max(row.monthly_budget - spent_by([row.id], now=moment).get(row.id, Decimal(0)), Decimal(0))
    is_within = left is None or most <= left
    because = f"{count:,} times {price} {row.currency} at {provider.name}; {rate:.0%} are expected to be charged."
    return Estimate(
        kind=kind,
        count=count,
        provider=provider.key,
        expected=Money(expected, row.currency),
        most=Money(most, row.currency),
        left=None if left is None else Money(left, row.currency),
        is_within=is_within,
        because=because if is_within else f"{because} The month's budget does not carry it.",
    )


def _hit_rate(row: ProviderAccount, kind: CallKind) -> float:
    """The provider's own share of hits for this kind; 1 before there are 20 answers."""
    found = ProviderCall.objects.filter(provider=row, kind=kind.value).aggregate(
        hit=Count("id", filter=Q(state=CallState.ANSWERED)), missed=Count("id", filter=Q(state=CallState.MISSED))
    )
    n = found["hit"] + found["missed"]
    return found["hit"] / n if n >= LEAST_ANSWERS else 1.0


def known_questions(kind: CallKind, subjects: list[str], *, now: datetime) -> frozenset[str]:
    """Those of the subjects ("account:3") that were asked about and whose answer still holds, also a miss."""
    rows = ProviderCall.objects.filter(
        kind=kind.value, subject__in=subjects, good_until__gt=now, state__in=(CallState.ANSWERED, CallState.MISSED)
    )
    return frozenset(rows.values_list("subject", flat=True))
