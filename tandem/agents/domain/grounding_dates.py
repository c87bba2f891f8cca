"""Days, months, quarters and years in a text, in the forms that people and systems write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

_MONTH_WORDS = (
    "january jan januar janvier enero januari",
    "february feb februar février febrero februari",
    "march mar märz mars marzo maart",
    "april apr avril abril",
    "may mai mayo mei",
    "june jun juni juin junio",
    "july jul juli juillet julio",
    "august aug août agosto augustus",
    "september sept sep septembre septiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre diciembre",
)
MONTHS: Mapping[str, int] = MappingProxyType(
    {word: number for number, row in enumerate(_MONTH_WORDS, start=1) for word in row.split()}
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4}
_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.|er)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_TIME = r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_OF_YEAR = r"(?:\s(?:of\s)?(?:fiscal\s)?(?P<year>20\d\d))?"
_NUMBERED = r"(?P<number>first|second|third|fourth|final)[ -](?:fiscal )?(?P<kind>quarter|half)"
_BEFORE_YEAR = (
    r"(?<=\bin )|(?<=\bsince )|(?<=\bby )|(?<=\bfrom )|(?<=\buntil )|(?<=\bof )|(?<=\bduring )|(?<=\bearly )"
    r"|(?<=\blate )|(?<=\bmid-)|(?<=\bfor )|(?<=\byear )|(?<=\bspring )|(?<=\bsummer )|(?<=\bautumn )|(?<=\bfall )"
    r"|(?<=\bwinter )|(?<=\bfounded )|(?<=\bseit )|(?<=\ben )|(?<=\bdepuis )|(?<=\bdesde )|(?<=\bsinds )|(?<=\()"
)
RELATIVE = re.compile(
    r"\b(?:(?:last|this|next|past|previous|coming|current|prior) "
    r"(?:week|month|quarter|year|spring|summer|autumn|fall|winter|"
    + "|".join(WEEKDAYS)
    + r")|yesterday|today|tomorrow|tonight|earlier this (?:week|month|quarter|year)|"
    r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d+) (?:day|week|month|quarter|year)s? ago)\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A point in the calendar as far as a text tells it. What is None is not told.

    quarter : 1 to 4; half : 1 or 2
    span : the words
    """

    span: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None
    half: int | None = None
    weekday: int | None = None

    def covers(self, other: When) -> bool:
        """Whether this, said in evidence, bears out the other, said in a claim."""
        if other.weekday is not None:
            return self.weekday == other.weekday or self._weekday() == other.weekday
        if other.year is not None and self.year != other.year:
            return False
        if other.quarter is not None:
            return other.quarter in (self.quarter, (self.month + 2) // 3 if self.month else None)
        if other.half is not None:
            return other.half in (self.half, (self.month + 5) // 6 if self.month else None)
        if other.month is not None and self.month != other.month:
            return False
        return other.day is None or self.day == other.day

    def _weekday(self) -> int | None:
        if self.year and self.month and self.day:
            return date(self.year, self.month, self.day).weekday()
        return None


def on(moment: date, span: str) -> When:
    """A day as a `When`."""
    return When(span=span, year=moment.year, month=moment.month, day=moment.day)


def _numbers(match: re.Match[str]) -> list[When]:
    told = match.groupdict()
    month = MONTHS[told["month"].casefold()] if not told["month"].isdecimal() else int(told["month"])
    year, day = told.get("year"), told.get("day")
    return _real(match.group(), int(year) if year else None, month, int(day) if day else None)


def _real(span: str, year: int | None, month: int, day: int | None) -> list[When]:
    """The day when it is one of the calendar, else nothing."""
    try:
        date(year or 2024, month, day or 1)
    except ValueError:
        return []
    return [When(span=span, year=year, month=month, day=day)]


def _slashed(match: re.Match[str]) -> list[When]:
    """3/11/2026 is read both ways."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    year += 2000 if year < 100 else 0
    ways = [(second, first)] if match["mark"] == "." else [(second, first), (first, second)]
    return [one for month, day in ways if 1 <= month <= 12 for one in _real(match.group(), year, month, day)]


def _part_of_year(match: re.Match[str]) -> list[When]:
    told = match.groupdict()
    number = told.get("number") or ""
    year = int(told["year"]) if told.get("year") else None
    year = year + 2000 if year is not None and year < 100 else year
    is_half = (told.get("kind") or "").casefold() in {"h", "half"}
    value = int(number) if number.isdecimal() else _QUARTERS[number.casefold()]
    return [When(span=match.group(), year=year, half=value if is_half else None, quarter=None if is_half else value)]


def _year_alone(match: re.Match[str]) -> list[When]:
    year = int(match["year"])
    return [When(span=match.group(), year=year + 2000 if year < 100 else year)]


def _weekday(match: re.Match[str]) -> list[When]:
    return [When(span=match.group(), weekday=WEEKDAYS.index(match.group().casefold()))]


# In this order: what a pattern has read is taken out before the next one looks.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[When]]], ...] = tuple(
    (re.compile(pattern, re.I), read)
    for pattern, read in (
        (rf"\b{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d){_TIME}(?!\d)", _numbers),
        (r"\b(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:20|19)?\d\d)(?!\d)", _slashed),
        (rf"\b{_DAY}\s(?:of |de )?{_MONTH},?\s(?:of |de )?{_YEAR}\b", _numbers),
        (rf"\b{_MONTH}\s{_DAY}(?:,|\sof)?\s{_YEAR}\b", _numbers),
        (rf"\b{_MONTH},?\s(?:of |de )?{_YEAR}\b", _numbers),
        (rf"\b{_DAY}\s(?:of |de )?{_MONTH}(?!\w)", _numbers),
        (rf"\b{_MONTH}\s{_DAY}(?!\d|[.,]\d|%|\w)", _numbers),
        (r"\b(?P<kind>Q|H)(?P<number>[1-4])(?:\s?(?:of\s)?(?:FY\s?)?['’]?(?P<year>20\d\d|\d\d))?\b", _part_of_year),
        (rf"\b{_NUMBERED}{_OF_YEAR}\b", _part_of_year),
        (r"\bFY\s?['’]?(?P<year>20\d\d|\d\d)\b", _year_alone),
        (rf"\b{_YEAR}-(?P<month>0[1-9]|1[0-2])\b", _numbers),
        (rf"(?:{_BEFORE_YEAR}){_YEAR}\b(?![,.]?\d|\s?(?:employees|people|%))", _year_alone),
        (r"\b(?:" + "|".join(WEEKDAYS) + r")\b", _weekday),
    )
)  # fmt: skip
_MONTH_ALONE = re.compile(
    r"(?:(?<=\bin )|(?<=\bsince )|(?<=\bby )|(?<=\buntil )|(?<=\blast )|(?<=\bthis )|(?<=\bnext )|(?<=\bearly )"
    r"|(?<=\blate )|(?<=\bmid-)|(?<=\bof )|(?<=\bfrom )|(?<=\bto )|(?<=\band )|(?<=\bduring ))(?P<month>"
    + "|".join(word.capitalize() for word in MONTHS if len(word) > 3 or word == "may")
    + r")\b"
)


def dates(text: str) -> tuple[list[list[When]], str]:
    """Every date of a text, each as its possible readings, and the text with them blanked out."""
    found: list[list[When]] = []

    def note(match: re.Match[str], read: Callable[[re.Match[str]], list[When]]) -> str:
        ways = read(match)
        if not ways:
            return match.group()
        found.append(ways)
        return "·" * len(match.group())

    for pattern, read in _FORMS:
        text = pattern.sub(lambda match, read=read: note(match, read), text)  # type: ignore[misc]
    text = _MONTH_ALONE.sub(lambda match: note(match, _numbers), text)
    return found, text
