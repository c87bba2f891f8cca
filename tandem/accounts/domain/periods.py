"""Words for calendar periods, as sales tables write them, to their first and last day."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from tandem.accounts.domain.parsing import MONTHS

_QUARTER = re.compile(r"^(?:FY|CY)?\s*(?P<year>20\d{2})\s*[-_/ ]?\s*Q(?P<quarter>[1-4])$", re.I)
_QUARTER_FIRST = re.compile(r"^Q(?P<quarter>[1-4])\s*[-_/ ]?\s*(?:FY|CY)?\s*(?P<year>20\d{2}|\d{2})$", re.I)
_YEAR = re.compile(r"^(?:FY|CY)?\s*(?P<year>20\d{2})$", re.I)
_MONTH = re.compile(r"^(?P<year>20\d{2})[-/](?P<month>0?[1-9]|1[0-2])$")
_MONTH_WORD = re.compile(r"^(?P<word>[^\W\d]+)\.?\s+(?P<year>20\d{2})$")


def period_of(text: str) -> tuple[date, date] | None:
    """First and last day (included) of a quarter, month or year; None when the text names none.

    Fiscal years are taken as calendar years: a file that means otherwise gives dates.

    >>> period_of("2026-Q1"), period_of("Mar 2026")[1], period_of("soon")
    ((datetime.date(2026, 1, 1), datetime.date(2026, 3, 31)), datetime.date(2026, 3, 31), None)
    """
    bare = text.strip()
    for pattern in (_QUARTER, _QUARTER_FIRST):
        if match := pattern.match(bare):
            year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
            return _months(year, 3 * int(match["quarter"]) - 2, 3)
    if match := _YEAR.match(bare):
        return _months(int(match["year"]), 1, 12)
    if match := _MONTH.match(bare):
        return _months(int(match["year"]), int(match["month"]), 1)
    if (match := _MONTH_WORD.match(bare)) and match["word"].lower() in MONTHS:
        return _months(int(match["year"]), MONTHS[match["word"].lower()], 1)
    return None


def first_day(text: str) -> str:
    """The period's first day as ISO text; "" when the text names no period."""
    found = period_of(text)
    return found[0].isoformat() if found else ""


def last_day(text: str) -> str:
    """The period's last day as ISO text; "" when the text names no period."""
    found = period_of(text)
    return found[1].isoformat() if found else ""


def _months(year: int, first: int, count: int) -> tuple[date, date]:
    last = first + count - 1
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
