"""How a record's stored words become a golden column's value: one small maker of readers for each type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tandem.accounts.queries.choosing.records import EMPTIED, Record, Tell

CENT = Decimal("0.01")
MOST_EMPLOYEES = 2**31 - 1
ACCOUNT_TYPES = (
    ("former", ("former", "churn", "lost customer", "ex-", "ehemalig")),
    ("customer", ("customer", "client", "kunde")),
    ("partner", ("partner", "reseller", "channel", "integrator", "distributor")),
    ("prospect", ("prospect", "lead", "target", "interessent", "analyst", "press", "investor")),
)


def typed(field: str, convert: Callable[[Any], Any]) -> Tell:
    """A field through `convert`, which answers None for what the column can't hold."""

    def tell(record: Record) -> Any:
        value = record.data.get(field)
        if value is None or value == EMPTIED:
            return EMPTIED if value is not None and record.is_correction else None
        return convert(value)

    return tell


def text(field: str, limit: int, shape: Callable[[str], str] | None = None) -> Tell:
    """A field as text, shaped and cut to the column's length; a shape that finds nothing says nothing."""
    if shape is None:
        return typed(field, lambda value: str(value)[:limit])
    return typed(field, lambda value: shape(str(value))[:limit] or None)


def money(field: str) -> Tell:
    """A field as money, to the cent."""
    return typed(field, lambda value: Decimal(str(value)).quantize(CENT))


def day(field: str) -> Tell:
    """A field as a date; of a time, its day in UTC."""
    return typed(field, as_day)


def number(field: str) -> Tell:
    """A field as a number between 0 and 1."""
    return typed(field, float)


def head_count(field: str) -> Tell:
    """A field as a count; negative ones say nothing."""
    return typed(field, lambda value: int(value) if 0 <= int(value) <= MOST_EMPLOYEES else None)


def yes(field: str) -> Tell:
    """A field as yes or no."""
    return typed(field, bool)


def as_day(value: Any) -> date:
    """The day of an ISO date or time."""
    return date.fromisoformat(str(value)[:10])


def account_type(words: str) -> str:
    """Customer, prospect, partner or former, whatever the source calls it; other words as they are, lower case.

    >>> account_type("Customer - Direct"), account_type("Channel Partner / Reseller")
    ('customer', 'partner')
    """
    lowered = words.strip().lower()
    return next((kind for kind, marks in ACCOUNT_TYPES if any(mark in lowered for mark in marks)), lowered)
