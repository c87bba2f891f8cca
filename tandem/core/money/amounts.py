"""Amounts with their currency: exact, never mixed, rounded to the currency's own minor unit.

Minor units and formats come from the Unicode CLDR through Babel (ISO 4217: JPY 0, EUR 2, KWD 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from functools import cache

from babel.core import get_global
from babel.numbers import format_compact_currency, format_currency, get_currency_precision

from tandem.core.errors import InvalidInput

# Amounts beyond these are mistakes; within them every sum and product is exact at the context's precision.
LARGEST_EXPONENT = 30
SMALLEST_EXPONENT = -40
NO_CURRENCIES = frozenset({"XXX", "XTS"})


def _exact() -> Context:
    return Context(prec=250, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation])


@cache
def known_currencies() -> frozenset[str]:
    """Every ISO 4217 code that is or was in use somewhere."""
    return frozenset(get_global("all_currencies")) - NO_CURRENCIES


def require_currency(code: str) -> str:
    """The code, or InvalidInput when it is not an ISO 4217 code in capitals."""
    if code not in known_currencies():
        raise InvalidInput(
            f"{code!r} is no currency.", hint="Use a three-letter ISO 4217 code such as EUR.", code="money.currency"
        )
    return code


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest booked amount: 1 for JPY, 0.01 for EUR, 0.001 for KWD."""
    return Decimal(1).scaleb(-get_currency_precision(require_currency(currency)))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Arithmetic is exact; rounding is asked for, never implied.

    amount : finite Decimal, below 10^30, at most 40 places
    currency : ISO 4217 code in capitals

    >>> Money(Decimal("0.1"), "EUR") + Money(Decimal("0.2"), "EUR")
    Money(amount=Decimal('0.3'), currency='EUR')
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"Money takes a Decimal, not {type(self.amount).__name__}")
        exponent = self.amount.as_tuple().exponent
        if not isinstance(exponent, int) or self.amount.adjusted() >= LARGEST_EXPONENT or exponent < SMALLEST_EXPONENT:
            raise InvalidInput(f"{self.amount} is no amount of money.", code="money.amount")
        require_currency(self.currency)

    def _same(self, other: Money) -> Decimal:
        if not isinstance(other, Money):
            raise TypeError(f"Money and {type(other).__name__} do not mix")
        if other.currency != self.currency:
            raise InvalidInput(
                f"{self.currency} and {other.currency} do not mix.",
                hint="Convert one of them first.",
                code="money.mixed_currencies",
            )
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(_exact().add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(_exact().subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        if isinstance(factor, bool) or not isinstance(factor, int | Decimal):
            raise TypeError(f"Money times {type(factor).__name__} is not exact; give an int or a Decimal")
        return Money(_exact().multiply(self.amount, Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def rounded(self) -> Money:
        """To the currency's minor unit, half to even, so that sums of rounded amounts do not drift."""
        context = Context(prec=250, rounding=ROUND_HALF_EVEN)
        return Money(self.amount.quantize(minor_unit(self.currency), context=context), self.currency)

    def split(self, parts: int) -> tuple[Money, ...]:
        """Shares in minor units that add up to the rounded amount; the first ones carry the remainder."""
        if parts < 1:
            raise InvalidInput(f"Money can't be split into {parts} parts.", code="money.parts")
        unit = minor_unit(self.currency)
        units = int(_exact().divide(self.rounded().amount, unit))
        share, rest = divmod(abs(units), parts)
        sign = -1 if units < 0 else 1
        return tuple(Money(unit * sign * (share + (at < rest)), self.currency) for at in range(parts))

    def format(self, locale: str = "en") -> str:
        """In full: the locale decides the form, the currency the places.

        >>> Money(Decimal("48600"), "EUR").format()
        '€48,600.00'
        """
        return format_currency(self.rounded().amount, self.currency, locale=locale.replace("-", "_"))

    def format_compact(self, locale: str = "en") -> str:
        """Short, with one digit after the point, as the locale abbreviates; English thousands in lower case.

        >>> Money(Decimal("48600"), "EUR").format_compact()
        '€48.6k'
        """
        locale = locale.replace("-", "_")
        amount = _to_one_digit(self.amount)
        text = format_compact_currency(amount, self.currency, locale=locale, fraction_digits=1)
        return text.replace("K", "k") if locale.startswith("en") and text.endswith("K") else text


def _to_one_digit(amount: Decimal) -> Decimal:
    """Rounded to a tenth of its thousands group, so that 999,960 is a million and not a thousand thousand."""
    group = max(amount.adjusted(), 0) // 3 * 3 if amount else 0
    context = Context(prec=250, rounding=ROUND_HALF_EVEN)
    return amount.scaleb(-group, context).quantize(Decimal("0.1"), context=context).scaleb(group, context)
