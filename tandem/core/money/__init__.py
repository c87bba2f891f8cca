"""Amounts with their currency, and dated exchange rates. Pure; `tandem.core.money.store` reads and writes the table."""

from tandem.core.money.amounts import Money, known_currencies, minor_unit, require_currency
from tandem.core.money.rates import Factor, Rate, Rates, convert

__all__ = [
    "Factor",
    "Money",
    "Rate",
    "Rates",
    "convert",
    "known_currencies",
    "minor_unit",
    "require_currency",
]
