"""Sums of money that say what they leave out: by currency, and converted only where a dated rate is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tandem.access.queries import get_organisation
from tandem.core.money import Money
from tandem.core.money.store import load_rates


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
    """The organisation's currency and the dated rates, read once for a page. Converting is `core.money`'s."""

    def __init__(self) -> None:
        self.currency = get_organisation().currency
        self._table = load_rates()
        self._factors: dict[tuple[str, date], Decimal | None] = {}

    def convert(self, amount: Decimal, currency: str, on: date) -> Decimal | None:
        """In the organisation's currency at the rate that holds on the day, rounded to its minor unit.

        None when no rate leads there: no source tells one for that day or before, or the currency is not told.
        """
        if currency == self.currency:
            return amount
        factor = self._factor(currency, on)
        return None if factor is None else Money(amount * factor, self.currency).rounded().amount

    def _factor(self, currency: str, on: date) -> Decimal | None:
        """What an amount is multiplied by; looked up once a currency and day."""
        key = (currency, on)
        if key not in self._factors:
            is_known = currency in self._table.currencies
            found = self._table.find_factor(currency, self.currency, on) if is_known else None
            self._factors[key] = None if found is None else found.value
        return self._factors[key]

    def factors(self, on: date) -> dict[str, Decimal]:
        """Every currency that can be converted on the day, with its factor; the organisation's own is 1."""
        found = {code: self._factor(code, on) for code in sorted(self._table.currencies)}
        return {code: factor for code, factor in found.items() if factor is not None} | {self.currency: Decimal(1)}

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
