"""Where people and deals are, for residency: counts by place, and what each company contributes to the roll-up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet

from tandem.accounts.models import Contact, Opportunity
from tandem.compliance.contracts.residency import Region, RollupUnit
from tandem.compliance.queries.residency import region_of
from tandem.core.money.store import load_rates

UNKNOWN = "unknown"
LONGEST_LABEL = 40


def place_counts() -> dict[tuple[str, ...], int]:
    """People by the places that speak for them: their own country and the seat of their employer. One query."""
    living = Contact.objects.filter(merged_into=None)
    rows = living.values_list("country", "account__country").annotate(Count("id")).order_by()
    counts: Counter[tuple[str, ...]] = Counter()
    for own, seat, number in rows:
        counts[tuple(sorted({place for place in (own, seat) if place}))] += number
    return dict(counts)


def regions_of_contacts(contacts: QuerySet[Contact] | None = None) -> frozenset[Region]:
    """Whose law people are under: these, or all that are here. One query."""
    chosen = Contact.objects.filter(merged_into=None) if contacts is None else contacts
    rows = chosen.values_list("country", "account__country").distinct().order_by()
    return frozenset(region_of(filter(None, places)).region for places in rows)


def rollup_units(currency: str, today: date) -> Iterator[RollupUnit]:
    """Each company's deals by region of its seat, segment, stage and quarter of the close date.

    Amounts are converted at the rates of `today`; where no rate leads to the currency a deal counts without amount.
    """
    rates = load_rates()
    factors: dict[str, Decimal | None] = {currency: Decimal(1)}
    deals: Counter[tuple[tuple[str, ...], int]] = Counter()
    amounts: dict[tuple[tuple[str, ...], int], Decimal] = defaultdict(Decimal)
    told = Opportunity.objects.values_list(
        "id", "account_id", "account__country", "account__segment", "stage", "close_on", "currency", "amount"
    )
    for deal, account, country, segment, stage, close_on, code, amount in told.iterator(chunk_size=10_000):
        if code not in factors:
            is_known = code in rates.currencies and currency in rates.currencies
            found = rates.find_factor(code, currency, today) if is_known else None
            factors[code] = None if found is None else found.value
        path: tuple[str, ...] = (_region(country or ""), _label(segment), _label(stage), _quarter(close_on))
        cell = (path, account if account is not None else -deal)
        deals[cell] += 1
        amounts[cell] += (amount or Decimal(0)) * (factors[code] or Decimal(0))
    for cell, count in deals.items():
        yield RollupUnit(path=cell[0], unit=cell[1], deals=count, amount=round(amounts[cell]))


def _region(country: str) -> str:
    answer = region_of([country] if country else [])
    return answer.region.value if answer.is_known else UNKNOWN


def _label(text: str | None) -> str:
    return (text or "").strip()[:LONGEST_LABEL] or UNKNOWN


def _quarter(day: date | None) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}" if day is not None else UNKNOWN
