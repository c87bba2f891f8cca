"""On which day an absent person is back, by what their automatic answer says.

A day counts only beside a word that makes it one of return ("back on", "wieder da ab", "de retour le") or the last one
away ("until", "bis", "jusqu'au"), so that telephone numbers, years of foundation and office hours are no days. Numbers
are read in the order of the language and country: 12/01 is 12 January, in American English 1 December. A day without a
year is the next such day after the mail was sent. "Back on" and a plain "until" name the day of return; after the last
day of a range ("du 3 au 10 août") and after "until" with a word that includes it ("einschl.", "t/m", "through") it is
the day that follows.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from tandem.engagement.domain.replies.folding import Folded, fold

LONGEST = 550  # days away that are believed: beyond, it is no return but a misreading
REACH = 60  # characters between a word and its day
_NUMERIC = re.compile(
    r"(?<![\d+/.-])(\d{1,2})\s?([./-])\s?(\d{1,2})(?:\s?\2\s?(\d{4}|\d{2}))?(?![\d/]|[.-]\d|\s?(?:uhr|"
    r"h\b|am\b|pm\b|%|eur|€))"
)
_ISO = re.compile(r"(?<!\d)(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_ASIAN = re.compile(r"(?:(20\d\d)年)?\s?(\d{1,2})月\s?(\d{1,2})[日号]")
_RANGE = re.compile(
    r"(?<![\d.])(\d{1,2})\.?\s?(?:-|bis|to|au|al|a|t/m|tot|till?|until|through|ao|do|und|and)\s?(?=\d{1,2}\.?\s?(?:de"
    r" |of )?[^\W\d_]{3})"
)
_PHONE = re.compile(r"(?:\+|\b00|\btel|\bphone|\bmobil|\bfax|\bcell)[\w.: ]{0,12}[\d(][\d ()/.-]{6,}|\b0\d[\d /-]{7,}")
_IN_DAYS = re.compile(
    r"\b(?:back|return\w*|wieder|zuruck|de retour|vuelta|terug)\b.{0,25}?\b(?:in|dans|en|over|binnen) "
    r"(?:about |ca\.? |etwa )?(\d{1,2}|a|one|two|three|einer?|zwei|drei|une?|deux|trois|una?|dos|tres|"
    r"een|twee|drie) (day|tag|jour|dia|dag|week|woche|semaine|semana|wek|month|monat|mois|mes|maand)"
)
_COUNTS = {
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "einer": 1,
    "eine": 1,
    "zwei": 2,
    "drei": 3,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "una": 1,
    "dos": 2,
    "tres": 3,
    "een": 1,
    "twee": 2,
    "drie": 3,
}
_TOMORROW = re.compile(
    r"\b(?:back|return\w*|wieder|zuruck|de retour|vuelta|vuelvo|terug|rientro)\b.{0,30}?\b(tomorrow|morgen|"
    r"demain|manana|domani|amanha)\b|\b(tomorrow|morgen|demain|manana)\b.{0,20}?\b(?:back|wieder|de retour|"
    r"terug)\b"
)
_NEXT_WEEK = re.compile(
    r"\b(?:back|return\w*|wieder|zuruck|de retour|vuelta|vuelvo|terug)\b.{0,30}?\b(?:next week|nachste "
    r"woche|kommende woche|la semaine prochaine|la proxima semana|la semana que viene|volgende week)\b"
)


UNTIL_REACH = 25  # characters between "until" and its day
_LAST_OF_RANGE = re.compile(
    r"[a-z]\.? \d{1,2}(?:st|nd|rd|th)?\s?(?:-|to|through|thru|until)\s?\d{1,2}(?:st|nd|rd|th)?(?:,? 20\d\d)?$"
)
_UNTIL_BEHIND = re.compile(r"\s*(?:まで|까지|\(含\)|止|asti|saakka)")
_RANGE_BEFORE = re.compile(r"\d[\w./]*\.?(?:\s?(?:de |of )?[^\W\d_]+\.?)?(?:,?\s20\d\d)?[\s,]*$")
_SINCE = re.compile(r"\b(?:from|since|vom|du|del|van|seit)\b[^.]{0,8}$")
_BACK_BEHIND = re.compile(
    r"^.{0,25}?\b(?:back|wieder|zuruck|zurueck|de retour|terug|vuelta|tillbaka|tilbage|rientr\w+|"
    r"(?:i )?(?:will|shall) return)\b|"
    r"^.{0,12}(?:戻|出社|復帰|より|返回|回来|上班|복귀)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The day somebody is back, and the words that say so."""

    day: date
    evidence: str


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    start: int
    end: int
    is_weekday: bool = False


@cache
def _tables() -> dict[str, Any]:
    told = tomllib.loads(resources.files(__package__).joinpath("absence.toml").read_text(encoding="utf-8"))
    months = {word: int(number) for number, words in told["months"].items() for word in words}
    days = {word: int(number) for number, words in told["weekdays"].items() for word in words}
    names = "|".join(sorted(months, key=len, reverse=True))
    weekdays = "|".join(sorted(days, key=len, reverse=True))
    return {
        "months": months,
        "days": days,
        "day_month": re.compile(
            rf"(?<![\d.:/])(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|ª|°|e|:?a)?\.?\s?(?:of |de |d'|den |di )?"
            rf"({names})\b\.?(?:,?\s?(?"
            rf":de |del |of )?(20\d\d|'\d\d))?"
        ),
        "month_day": re.compile(
            rf"\b({names})\.?\s(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b"
            rf"(?:\s?(?:-|to|through|thru|until)\s?(?P<last>\d{{1,2}})(?"
            rf":st|nd|rd|th)?\b)?(?![:.]\d)(?:,?\s?(20\d\d))?"
        ),
        "weekday": re.compile(rf"(?<![^\W\d_])({weekdays})(?![^\W\d_])"),
        "back": re.compile("|".join(told["cues"]["back"])),
        "until": re.compile("|".join(told["cues"]["until"])),
        "inclusive": re.compile("|".join(told["cues"]["inclusive"])),
    }


def returns_on(text: str, *, sent_on: date, language: str, is_american: bool = False) -> Return | None:
    """The day of return that a text names; None when it names none.

    sent_on : day of the mail; days without a year are the next after it
    language : ISO 639-1 of the text; empty: not known
    is_american : month before day in numbers

    >>> returns_on("Ich bin bis einschl. 3. Januar nicht im Büro.", sent_on=date(2026, 12, 20), language="de").day
    datetime.date(2027, 1, 4)
    """
    folded = fold(text[:6_000])
    clean = _PHONE.sub(lambda match: " " * len(match[0]), folded.text)
    found = [one for one in _days(clean, sent_on, language, is_american) if _is_likely(one.day, sent_on)]
    read = [(strength, one, day) for one in found for strength, day in [_meant(clean, one)] if strength]
    if read:
        strength = max(strength for strength, _, _ in read)
        best = [(one, day) for how, one, day in read if how == strength]
        one, day = best[0] if strength == 3 else max(best, key=lambda pair: pair[1])
        return Return(day=day, evidence=_around(folded, one)) if day > sent_on - timedelta(days=1) else None
    return _relative(clean, folded, sent_on)


def _is_likely(day: date, sent_on: date) -> bool:
    return timedelta(days=-3) <= day - sent_on <= timedelta(days=LONGEST)


def _days(text: str, sent_on: date, language: str, is_american: bool) -> list[_Day]:
    """All days that a text names, by place, none inside another."""
    tables, found = _tables(), []
    for match in (*_ISO.finditer(text), *_ASIAN.finditer(text)):
        found.append((match, _made(match[1], match[2], match[3], sent_on)))
    for match in tables["day_month"].finditer(text):
        found.append((match, _made(match[3], tables["months"][match[2]], match[1], sent_on)))
    for match in tables["month_day"].finditer(text):
        found.append((match, _made(match[4], tables["months"][match[1]], match["last"] or match[2], sent_on)))
    for match in _NUMERIC.finditer(text):
        found.append((match, _numeric(match, sent_on, language, is_american)))
    days = [_Day(day, match.start(), match.end()) for match, day in found if day is not None]
    for match in tables["weekday"].finditer(text):
        ahead = (tables["days"][match[1]] - sent_on.isoweekday() - 1) % 7 + 1
        days.append(_Day(sent_on + timedelta(days=ahead), match.start(), match.end(), is_weekday=True))
    kept: list[_Day] = []
    for one in sorted(days, key=lambda day: (day.is_weekday, day.start, -day.end)):
        near = 14 if one.is_weekday else 0  # "Monday, 3 August": the date is the day that is meant
        if not any(
            one.start < other.end + near and other.start < one.end + near
            for other in kept
            if not other.is_weekday or not one.is_weekday
        ):
            kept.append(one)
    return sorted(kept, key=lambda day: day.start)


def _made(year: str | None, month: str | int, day: str, sent_on: date) -> date | None:
    """A day; without a year the next one from a few days before the mail on."""
    try:
        if year:
            number = int(year.strip("'"))
            return date(number if number > 99 else 2000 + number, int(month), int(day))
        first = sent_on - timedelta(days=3)
        found = date(first.year, int(month), int(day))
        return found if found >= first else date(first.year + 1, int(month), int(day))
    except ValueError:
        return None


def _numeric(match: re.Match[str], sent_on: date, language: str, is_american: bool) -> date | None:
    first, mark, second, year = match.groups()
    month_first = is_american and mark in "/-"
    order = [(second, first), (first, second)]
    if month_first:
        order.reverse()
    if language in {"ja", "zh", "ko"}:
        order = [(first, second)]
    for month, day in order:
        if 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return _made(year, month, day, sent_on)
    return None


def _meant(text: str, one: _Day) -> tuple[int, date]:
    """How surely a day tells of a return (0: not at all), and which day that is."""
    tables = _tables()
    before, after = _beside(text, one)
    day_after = one.day + timedelta(days=1)
    if _LAST_OF_RANGE.search(text[one.start : one.end]) or _UNTIL_BEHIND.match(text[one.end : one.end + 10]):
        return 2, day_after
    back = max((match.end() for match in tables["back"].finditer(before)), default=-1)
    ends = max(tables["until"].finditer(before), key=lambda match: match.end(), default=None)
    until = ends.end() if ends else -1
    if ends and until > back and len(before) - until <= UNTIL_REACH:
        is_inclusive = bool(tables["inclusive"].search(f"{before[-30:]} {after[:16]}"))
        is_range = bool(_RANGE_BEFORE.search(before[: ends.start()]))
        return 2, day_after if is_inclusive or is_range else one.day
    is_back = back >= 0 and not _SINCE.search(before[back:])
    return (3, one.day) if is_back or _BACK_BEHIND.match(after) else (0, one.day)


def _beside(text: str, one: _Day) -> tuple[str, str]:
    """The words of the same sentence before and after a day. A dot after a number or short word ends no sentence."""
    before = text[max(0, one.start - REACH) : one.start]
    cut = max(before.rfind(". "), before.rfind("\n\n"), before.rfind("! "))
    is_short = re.search(r"\d\. ?$|\b\w{1,5}\. ?$", before[: cut + 2])
    is_end = cut >= 0 and bool(before[cut + 2 :].strip()) and not is_short
    after = text[one.end : one.end + REACH].lstrip(".")
    return before[cut + 1 :] if is_end else before, re.split(r"[.!]\s|\n\n", after)[0]


def _relative(text: str, folded: Folded, sent_on: date) -> Return | None:
    """ "Back tomorrow", "back in two weeks", "back next week"."""
    match = _IN_DAYS.search(text)
    if match:
        count = int(match[1]) if match[1].isdigit() else _COUNTS.get(match[1], 1)
        unit = match[2]
        days = count * (1 if unit in {"day", "tag", "jour", "dia", "dag"} else 30 if unit[0] == "m" else 7)
        return Return(day=sent_on + timedelta(days=days), evidence=folded.span(*match.span()))
    match = _TOMORROW.search(text)
    if match:
        return Return(day=sent_on + timedelta(days=1), evidence=folded.span(*match.span()))
    match = _NEXT_WEEK.search(text)
    if match:
        return Return(day=sent_on + timedelta(days=8 - sent_on.isoweekday()), evidence=folded.span(*match.span()))
    return None


def _around(folded: Folded, one: _Day) -> str:
    """The words that lead to a day."""
    text = folded.text
    start = max(text.rfind("\n", 0, one.start), text.rfind(". ", 0, one.start), one.start - REACH) + 1
    return folded.span(start, one.end)
