"""Sums of money that say what they leave out: by currency, and converted only where a dated rate is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tandem.access.queries import get_organisation
from tandem.core.models import ExchangeRate

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Money of one currency inside a total. `currency` empty: the source does not say.

    converted : in the organisation's currency, None when no rate is known on or before the day
    """

    currency: str
    amount: Decimal
    converted: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A sum over deals, in the organisation's currency.

    amount : of all parts that could be converted; None when there are none
    parts : one a currency, largest first
    deals : how many deals are summed, also those without an amount
    """

    currency: str
    amount: Decimal | None
    parts: tuple[Sum, ...] = ()
    deals: int = 0

    @property
    def left_out(self) -> tuple[Sum, ...]:
        """Parts that could not be converted and are not in `amount`."""
        return tuple(part for part in self.parts if part.converted is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Something to add up. `on`: the day whose rate applies."""

    currency: str
    amount: Decimal | None
    on: date
    deals: int = 1


class Rates:
    """The organisation's currency and the dated rates into it, read once for a page."""

    def __init__(self) -> None:
        self.currency = get_organisation().currency
        self._by_pair: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        rows = ExchangeRate.objects.order_by("on").values_list("base", "quote", "on", "rate")
        for base, quote, on, rate in rows:
            if quote == self.currency:
                self._by_pair[base].append((on, rate))
            elif base == self.currency:
                self._by_pair[quote].append((on, 1 / rate))
        for known in self._by_pair.values():
            known.sort()

    def convert(self, amount: Decimal, currency: str, on: date) -> Decimal | None:
        """In the organisation's currency at the last rate on or before the day; None when none is known."""
        if currency == self.currency:
            return amount
        known = [rate for day, rate in self._by_pair.get(currency, ()) if day <= on]
        return (amount * known[-1]).quantize(CENT) if known else None

    def factors(self, on: date) -> dict[str, Decimal]:
        """Every currency that can be converted on the day, with its factor; the organisation's own is 1."""
        found = {code: [rate for day, rate in known if day <= on] for code, known in self._by_pair.items()}
        return {self.currency: Decimal(1)} | {code: rates[-1] for code, rates in found.items() if rates}

    def total(self, pieces: Iterable[Piece]) -> Total:
        """Add up by currency and, where possible, into one number."""
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        converted: dict[str, Decimal | None] = {}
        deals = 0
        for piece in pieces:
            deals += piece.deals
            if piece.amount is None:
                continue
            amounts[piece.currency] += piece.amount
            here = self.convert(piece.amount, piece.currency, piece.on)
            before = converted.get(piece.currency, Decimal(0))
            converted[piece.currency] = None if here is None or before is None else before + here
        parts = sorted(
            (Sum(currency=code, amount=amount, converted=converted[code]) for code, amount in amounts.items()),
            key=lambda part: (part.converted is None, -(part.converted or part.amount)),
        )
        known = [part.converted for part in parts if part.converted is not None]
        return Total(
            currency=self.currency, amount=sum(known, Decimal(0)) if known else None, parts=tuple(parts), deals=deals
        )
