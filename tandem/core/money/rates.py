"""Converting by a dated table: a rate holds until the next one; inverted or chained when need be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal

from tandem.core.errors import InvalidInput, NotFound
from tandem.core.money.amounts import Money, require_currency

FACTOR_DIGITS = 28


def _context() -> Context:
    return Context(prec=FACTOR_DIGITS, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One unit of `base` bought `rate` units of `quote` on that day. `source` says who told it."""

    base: str
    quote: str
    on: date
    rate: Decimal
    source: str = ""

    def __post_init__(self) -> None:
        require_currency(self.base)
        require_currency(self.quote)
        if not self.rate.is_finite() or self.rate <= 0 or self.base == self.quote:
            raise InvalidInput(
                f"1 {self.base} = {self.rate} {self.quote} is no exchange rate.",
                hint="A rate is above zero and joins two currencies.",
                code="money.rate",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """By what an amount is multiplied, and the rates it rests on (none: same currency)."""

    value: Decimal
    rates: tuple[Rate, ...] = ()

    @property
    def on(self) -> date | None:
        """The day of the oldest rate used; None for the same currency."""
        return min((rate.on for rate in self.rates), default=None)


class Rates:
    """A table of rates, ready to be asked for any pair on any day."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._by_pair: dict[tuple[str, str], list[Rate]] = {}
        self._neighbours: dict[str, set[str]] = {}
        for rate in sorted(rates, key=lambda rate: rate.on):
            self._by_pair.setdefault((rate.base, rate.quote), []).append(rate)
            self._neighbours.setdefault(rate.base, set()).add(rate.quote)
            self._neighbours.setdefault(rate.quote, set()).add(rate.base)

    def find_factor(self, base: str, quote: str, on: date, *, max_age_days: int | None = None) -> Factor | None:
        """From one unit of `base` to `quote`: direct or inverse, else through one other currency; None: not known.

        Of two ways the one whose oldest rate is younger is taken; direct before inverse, then by currency code.
        max_age_days : older rates are none; None: a rate holds until the next one, as in a CRM that dates its rates
        """
        require_currency(base)
        require_currency(quote)
        if base == quote:
            return Factor(value=Decimal(1))
        straight = self._straight(base, quote, on, max_age_days)
        if straight is not None:
            return straight
        shared = self._neighbours.get(base, set()) & self._neighbours.get(quote, set())
        ways = []
        for pivot in sorted(shared):
            first = self._straight(base, pivot, on, max_age_days)
            second = self._straight(pivot, quote, on, max_age_days)
            if first is not None and second is not None:
                value = _context().multiply(first.value, second.value)
                ways.append(Factor(value=value, rates=first.rates + second.rates))
        return max(ways, key=lambda way: way.on or date.min, default=None)

    @property
    def currencies(self) -> frozenset[str]:
        """Every currency that some rate names."""
        return frozenset(self._neighbours)

    def _straight(self, base: str, quote: str, on: date, max_age_days: int | None) -> Factor | None:
        direct = self._latest(base, quote, on, max_age_days)
        inverse = self._latest(quote, base, on, max_age_days)
        if direct is not None and (inverse is None or direct.on >= inverse.on):
            return Factor(value=direct.rate, rates=(direct,))
        if inverse is not None:
            return Factor(value=_context().divide(Decimal(1), inverse.rate), rates=(inverse,))
        return None

    def _latest(self, base: str, quote: str, on: date, max_age_days: int | None) -> Rate | None:
        dated = self._by_pair.get((base, quote), [])
        place = bisect_right(dated, on, key=lambda rate: rate.on)
        if place == 0:
            return None
        latest = dated[place - 1]
        is_too_old = max_age_days is not None and latest.on < on - timedelta(days=max_age_days)
        return None if is_too_old else latest


def convert(money: Money, to: str, on: date, rates: Rates, *, max_age_days: int | None = None) -> Money:
    """The amount in another currency at the rate of a day; not rounded. `max_age_days`: as for `Rates.find_factor`.

    Raises NotFound when no rate of that day or before leads there.
    """
    factor = rates.find_factor(money.currency, to, on, max_age_days=max_age_days)
    if factor is None:
        raise NotFound(
            f"There is no exchange rate from {money.currency} to {to} for {on}.",
            hint=f"Add one dated {on} or before."
            if max_age_days is None
            else f"Add one dated {on - timedelta(days=max_age_days)} to {on}.",
            code="money.no_rate",
            context={"base": money.currency, "quote": to, "on": on.isoformat()},
        )
    return Money(_context().multiply(money.amount, factor.value), to)
