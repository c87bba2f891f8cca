"""Quiet periods: on which days they lie, and whom they mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from tandem.compliance.contracts.switches import QuietSpan
from tandem.compliance.domain.rules.places import EEA, EU, EVERYWHERE, UNKNOWN

GROUPS = {"EEA": EEA, "EU": EU}
WHOLE_WORD_LETTERS = 3  # "IT" means IT, and not Italian food


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRow:
    """A quiet period as people enter it.

    starts_on, ends_on : both count; of a yearly one only day and month
    industries : words that an industry holds, such as "hospital"; empty: all
    places : "DE", "US-TX", "EEA", "EU"; empty: all
    accounts : "account:3"; empty: all. Several kinds must all fit
    ended_at : taken out of use; None: in use
    """

    id: int = 0
    name: str
    starts_on: date
    ends_on: date
    is_yearly: bool = False
    industries: Sequence[str] = field(default=())
    places: Sequence[str] = field(default=())
    accounts: Sequence[str] = field(default=())
    source: str = ""
    ended_at: datetime | None = None

    @property
    def told_days(self) -> str:
        """The days in words."""
        if self.is_yearly:
            return f"{self.starts_on.day} {self.starts_on:%b} to {self.ends_on.day} {self.ends_on:%b}, every year"
        return f"{self.starts_on.day} {self.starts_on:%b %Y} to {self.ends_on.day} {self.ends_on:%b %Y}"

    @property
    def told_whom(self) -> str:
        """Whom it means, in words."""
        parts = [", ".join(kind) for kind in (self.industries, self.places, self.accounts) if kind]
        return "; ".join(parts) or "everybody"


def covers(key: str, place: str) -> bool:
    """Whether a written place means somebody who may be at `place`.

    A country means its states; a state means somebody of whom only the country is known, because they may be there;
    an unknown place may be anywhere.

    >>> covers("DE", "DE"), covers("US", "US-TX"), covers("US-TX", "US"), covers("EEA", "NO"), covers("US-TX", "US-CA")
    (True, True, True, True, False)
    """
    if place in (UNKNOWN, EVERYWHERE):
        return True
    if key in GROUPS:
        return place[:2] in GROUPS[key]
    return key in (place, place[:2]) or ("-" not in place and key[:2] == place)


def covers_any(keys: Sequence[str], places: Sequence[str]) -> bool:
    """Whether any written place means any of somebody's candidate places; unknown places may be anywhere."""
    return not places or any(covers(key, place) for key in keys for place in places)


@lru_cache(maxsize=4_096)
def names_industry(word: str, industry: str) -> bool:
    """Whether a word stands at the start of a word in an industry; short ones must be the whole word.

    >>> names_industry("hospital", "Hospitals & Health Care"), names_industry("it", "Italian food")
    (True, False)
    """
    end = r"\b" if len(word) <= WHOLE_WORD_LETTERS else ""
    return re.search(rf"\b{re.escape(word.casefold())}{end}", industry.casefold()) is not None


def occurrence(row: QuietRow, on: date) -> tuple[date, date] | None:
    """First and last day of the occurrence that a day lies in; None: the day is not quiet."""
    years = (on.year, on.year - 1) if row.is_yearly else (row.starts_on.year,)
    for year in years:
        first, last = _in(row, year)
        if first <= on <= last:
            return first, last
    return None


def occurrences(row: QuietRow, year: int) -> list[tuple[date, date]]:
    """First and last day of everything of it that lies in a calendar year, cut at the year's ends."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    years = (year - 1, year) if row.is_yearly else (row.starts_on.year,)
    found = (_in(row, one) for one in years)
    return [(max(first, start), min(last, end)) for first, last in found if first <= end and last >= start]


def _in(row: QuietRow, year: int) -> tuple[date, date]:
    """The occurrence that begins in a year."""
    later = row.ends_on.year - row.starts_on.year
    return _same_day(row.starts_on, year), _same_day(row.ends_on, year + later)


def _same_day(day: date, year: int) -> date:
    """Day and month in another year; 29 February is the last day of February."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1) - timedelta(days=1)


def fitting(
    rows: Sequence[QuietRow], *, industry: str, places: Sequence[str], account: str, on: date
) -> list[QuietSpan]:
    """The periods a day lies in that are meant for somebody, or can't be told not to be, with their days this time.

    industry, places : empty: not known, so that periods of any industry or place are given
    account : "account:3"; empty: not known, and no account's own period is given
    """
    found = []
    for row in rows:
        days = occurrence(row, on)
        if days is None or (row.accounts and account not in row.accounts):
            continue
        if row.industries and industry and not any(names_industry(word, industry) for word in row.industries):
            continue
        if row.places and not covers_any(row.places, places):
            continue
        found.append(
            QuietSpan(
                id=row.id, name=row.name, starts_on=days[0], ends_on=days[1], industries=tuple(row.industries),
                places=tuple(row.places), accounts=tuple(row.accounts), source=row.source,
            )
        )  # fmt: skip
    return found
