"""Quiet periods: on which days they lie, and whom they mean. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from tandem.compliance.contracts.switches import QuietSpan
from tandem.compliance.domain.addresses import account_key
from tandem.compliance.domain.rules.places import EEA, EU, EVERYWHERE, UNKNOWN, canonical
from tandem.core.errors import InvalidInput

GROUPS = {"EEA": EEA, "EU": EU}
FIRST_YEAR, LAST_YEAR, DAYS_OF_A_YEAR = 2000, 2100, 365
LONGEST_NAME, LONGEST_SOURCE, MOST_WORDS = 120, 200, 200
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


def checked(row: QuietRow) -> QuietRow:
    """The period with its words in normal form.

    Raises InvalidInput saying what is wrong: no name, an end before the start, a yearly one of a year or longer, a
    place or an account that is none.
    """
    name = " ".join(row.name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput("The name is empty or too long.", hint=f"Give it a name of at most {LONGEST_NAME} letters.")
    if not FIRST_YEAR <= row.starts_on.year <= row.ends_on.year <= LAST_YEAR or row.ends_on < row.starts_on:
        raise InvalidInput(
            f"{row.starts_on} to {row.ends_on} is no period.",
            hint=f"The last day follows the first, between {FIRST_YEAR} and {LAST_YEAR}.",
        )
    if row.is_yearly and (row.ends_on - row.starts_on).days >= DAYS_OF_A_YEAR:
        raise InvalidInput("A yearly period can't take a whole year.", hint="Shorten it, or switch the region off.")
    places = _normal(row.places, lambda word: word.upper() if word.upper() in GROUPS else canonical(word), "place")
    accounts = _normal(row.accounts, _account, "account")
    industries = _normal(row.industries, _industry, "industry")
    return replace(
        row, name=name, places=places, accounts=accounts, industries=industries,
        source=" ".join(row.source.split())[:LONGEST_SOURCE],
    )  # fmt: skip


def _normal(words: Sequence[str], form: Callable[[str], str], what: str) -> tuple[str, ...]:
    found = []
    for word in (word.strip() for word in words):
        if word and not (known := form(word)):
            raise InvalidInput(f"{word[:60]!r} is no {what}.", hint=_HINTS[what])
        if word:
            found.append(known)
    if len(found) > MOST_WORDS:
        raise InvalidInput(f"More than {MOST_WORDS} of one kind.", hint="Leave them out to mean all.")
    return tuple(dict.fromkeys(found))


def _industry(word: str) -> str:
    """Without the signs that part words in files."""
    return " ".join(re.sub(r"[;|,]", " ", word.casefold()).split())[:LONGEST_NAME]


def _account(word: str) -> str:
    kind, _, number = account_key(word).partition(":")
    return f"account:{number}" if kind == "account" and number.isdecimal() else ""


_HINTS = {
    "place": "Write a country or state, for example DE or US-TX, or EEA.",
    "account": "Write account:12, as the account's page is numbered.",
    "industry": "Write a word that the industry holds.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A period that many houses keep. is_generic : its real days differ from company to company"""

    key: str
    row: QuietRow
    why: str
    is_generic: bool


@cache
def suggestions() -> tuple[Suggestion, ...]:
    """The built-in suggestions of `quiet_periods.toml`, in their order."""
    told = tomllib.loads((Path(__file__).parent / "quiet_periods.toml").read_text(encoding="utf-8"))
    return tuple(_suggestion(key, entry) for key, entry in told.items())


def _suggestion(key: str, entry: Mapping[str, Any]) -> Suggestion:
    starts, ends = (date.fromisoformat(f"{FIRST_YEAR}-{entry[name]}") for name in ("starts", "ends"))
    row = QuietRow(
        name=entry["name"],
        starts_on=starts,
        ends_on=ends if ends >= starts else ends.replace(year=FIRST_YEAR + 1),
        is_yearly=True,
        industries=tuple(entry.get("industries", ())),
        places=tuple(entry.get("places", ())),
        source=entry["source"],
    )
    return Suggestion(key=key, row=checked(row), why=entry["why"], is_generic=entry.get("is_generic", False))
