"""Text cells to typed values, a column at a time.

Each type has one small reader of a single text; a column is read by applying it to the column's distinct texts. What
is ambiguous in one cell (3/4/2026, 1.234) is decided from the whole column's evidence, gathered over the whole file
before anything is landed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from tandem.accounts.domain.fields import FieldType
from tandem.accounts.domain.places import country_code, currency_code

MISSING = frozenset(
    {
        "", "-", "--", "---", "n/a", "na", "n.a.", "#n/a", "nan", "null", "none", "nil", "nat", "(null)", "\\n", "select",
        "--none--", "-none-", "-- select --", "(blank)", "(empty)", "not set", "not available", "k.a.", "keine angabe", "?",
        "no value", "(no value)", "undefined",
    }
)  # fmt: skip
# Words that mean "missing" in a number or date, but may be somebody's text.
MISSING_VALUE = MISSING | {"unknown", "unbekannt", "tbd", "tba", "offen", "other", "various"}
YES = frozenset(
    {"true", "t", "yes", "y", "1", "x", "ja", "j", "oui", "si", "sí", "on", "wahr", "vrai", "checked", "1.0"}
)
NO = frozenset({"false", "f", "no", "n", "0", "nein", "non", "off", "falsch", "faux", "unchecked", "0.0"})
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
EXCEL_EPOCH = date(1899, 12, 30)
TWO_DIGIT_PIVOT = 70  # 69 is 2069, 70 is 1970, as POSIX reads %y

MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janvier enero januari gennaio", "feb february februar février fevrier febrero febbraio feb.",
            "mar march märz maerz mars marzo maart mrz mär", "apr april avril abril aprile avr",
            "may mai mayo mei maggio", "jun june juni juin junio giugno", "jul july juli juillet julio luglio",
            "aug august août aout agosto augustus", "sep sept september septembre septiembre settembre",
            "oct october oktober octobre octubre okt ottobre", "nov november novembre noviembre",
            "dec december dezember décembre decembre diciembre dez dicembre dic",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip

_NUMERIC_DATE = re.compile(r"^(\d{1,4})([./\- ])(\d{1,2})\2(\d{1,4})(?:[ T,]+(.*))?$")
_WORD_DATE = re.compile(
    r"^(?:\w+,\s*)?(\d{1,2})(?:st|nd|rd|th)?[.\s\-]+([^\W\d]+)\.?[\s,\-]+(\d{2,4})(?:[ T,]+(.*))?$", re.I
)
_WORD_FIRST = re.compile(r"^(?:\w+,\s*)?([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[ T,]+(.*))?$", re.I)
_TIME = re.compile(
    r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(am|pm|a\.m\.|p\.m\.)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?$", re.I
)
_EMAIL = re.compile(
    r"^[^\s@<>,;]{1,64}@([a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]*[a-z0-9\u00a1-\uffff])?\.)+[a-z\u00a1-\uffff][a-z0-9\u00a1-\uffff-]+$",
    re.I,
)
# Kept (group 1): an escaped backslash, a whole pair. Matched without the group: NUL, half of a pair.
_ESCAPES = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_WRITTEN_OUT = re.compile(r"^\+[1-9][\d ./()-]+$")
_NUMBER = re.compile(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$")
_SCALES = {
    "k": 10**3,
    "tsd": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "mm": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "mrd": 10**9,
}


class Unreadable(ValueError):
    """One cell can't be read as its column's type; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a column is written where a single cell does not tell.

    day_first : 3/4/2026 is 3 April; None: not told, read month first as most exports do
    comma_decimal : 1,234 is one and a bit; None: not told, a comma before three digits groups thousands
    """

    day_first: bool | None = None
    comma_decimal: bool | None = None


@dataclass(slots=True)
class Evidence:
    """What the cells of one column say about its style, counted over the whole file."""

    day_first: int = 0
    month_first: int = 0
    ambiguous_dates: int = 0
    comma_decimals: int = 0
    point_decimals: int = 0
    examples: list[str] = field(default_factory=list)

    def observe(self, texts: Iterable[str], kind: FieldType) -> None:
        """Take in the distinct texts of one batch."""
        if kind in (FieldType.DATE, FieldType.DATETIME):
            for text in texts:
                self._observe_date(text)
        elif kind in (FieldType.DECIMAL, FieldType.PROBABILITY, FieldType.INTEGER):
            for text in texts:
                self._observe_number(text)

    def _observe_date(self, text: str) -> None:
        match = _NUMERIC_DATE.match(text.strip())
        if match is None or len(match[1]) == 4:
            return
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second or match[2] == ".":
            self.day_first += 1
        elif second > 12 >= first:
            self.month_first += 1
        else:
            self.ambiguous_dates += 1
            self.examples = self.examples or [text]

    def _observe_number(self, text: str) -> None:
        point, comma = text.rfind("."), text.rfind(",")
        if comma > point >= 0 or (comma >= 0 > point and len(text) - comma - 1 not in (3,) and text.count(",") == 1):
            self.comma_decimals += 1
        elif point > comma >= 0 or (point >= 0 > comma and len(text) - point - 1 not in (3,) and text.count(".") == 1):
            self.point_decimals += 1

    def style(self, told: str | None = None) -> Style:
        """The column's style; `told` ("dmy", "mdy") decides dates where given."""
        day_first: bool | None = None
        if told in ("dmy", "mdy"):
            day_first = told == "dmy"
        elif self.day_first or self.month_first:
            day_first = self.day_first >= self.month_first
        comma = self.comma_decimals > self.point_decimals if self.comma_decimals or self.point_decimals else None
        return Style(day_first=day_first, comma_decimal=comma)

    def note(self, column: str) -> str | None:
        """What a reader should know of a guess that was made; None when nothing was guessed."""
        if self.ambiguous_dates and not self.day_first and not self.month_first:
            return f"{column}: dates such as {self.examples[0]!r} read month first; nothing in the file tells."
        if self.day_first and self.month_first:
            rarer = min(self.day_first, self.month_first)
            return f"{column}: both day-first and month-first dates; {rarer:,} rows are of the rarer kind."
        return None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A typed column. `values` holds None where the cell is missing or bad; `reasons` tells why, by row number."""

    values: pd.Series[Any]
    reasons: dict[int, str]


def parse_column(texts: pd.Series[Any], kind: FieldType, *, style: Style, region: str = "") -> Parsed:
    """Read a column of texts (index: row number) as `kind`.

    region : ISO country that phone numbers without a prefix belong to; empty: unknown
    """
    read = reader_of(kind, style, region)
    codes, uniques = pd.factorize(texts.to_numpy(dtype=object), use_na_sentinel=False)
    values = np.empty(len(uniques), dtype=object)
    reasons: dict[int, str] = {}
    missing = MISSING if kind in (FieldType.TEXT, FieldType.KEY, FieldType.JSON) else MISSING_VALUE
    for position, text in enumerate(uniques):
        values[position] = None
        if text.strip().lower() in missing:
            continue
        try:
            values[position] = read(text.strip())
        except Unreadable as why:
            reasons[position] = str(why)
    taken = pd.Series(values[codes], index=texts.index, dtype=object)
    if not reasons:
        return Parsed(taken, {})
    rows = np.flatnonzero(np.isin(codes, list(reasons)))
    return Parsed(taken, {int(texts.index[int(row)]): reasons[int(codes[row])] for row in rows})


def reader_of(kind: FieldType, style: Style, region: str) -> Callable[[str], Any]:
    """The reader of single texts for a type; it raises `Unreadable`."""
    readers: dict[FieldType, Callable[[str], Any]] = {
        FieldType.TEXT: read_text,
        FieldType.KEY: read_text,
        FieldType.DECIMAL: lambda text: read_decimal(text, style),
        FieldType.INTEGER: lambda text: read_integer(text, style),
        FieldType.PROBABILITY: lambda text: read_probability(text, style),
        FieldType.BOOLEAN: read_boolean,
        FieldType.DATE: lambda text: read_moment(text, style).date(),
        FieldType.DATETIME: lambda text: read_moment(text, style),
        FieldType.EMAIL: read_email,
        FieldType.PHONE: lambda text: read_phone(text, region),
        FieldType.DOMAIN: read_domain,
        FieldType.COUNTRY: read_country,
        FieldType.CURRENCY: read_currency,
        FieldType.JSON: read_json,
    }
    return readers[kind]


def read_text(text: str) -> str:
    """White space folded, control characters gone."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text).split(" ")).strip()


def read_decimal(text: str, style: Style) -> Decimal:
    """Money and numbers in the usual dresses.

    >>> read_decimal("€1.234,50", Style())
    Decimal('1234.50')
    >>> read_decimal("(1,200)", Style())
    Decimal('-1200')
    >>> read_decimal("1.2k", Style())
    Decimal('1200.0')
    """
    bare = re.sub(r"[\s\u00a0\u202f'’_]", "", text)
    negative = (bare.startswith("(") and bare.endswith(")")) or bare.endswith("-")
    bare = bare.strip("()").rstrip("-")
    bare = re.sub(
        r"^(?:[A-Z]{3}|[$€£¥₹]|CHF|kr\.?|R\$)+|(?:[A-Z]{3}|[$€£¥₹]|kr\.?|%)+$",
        "",
        bare,
        flags=re.I if "kr" in bare.lower() else 0,
    )
    scale = re.search(r"(?<=\d)(k|tsd|mn|mio|mm|m|bn|b|mrd)\.?$", bare, re.I)
    factor = _SCALES[scale[1].lower()] if scale else 1
    bare = bare[: scale.start()] if scale else bare
    bare = _with_point(bare, style)
    if not _NUMBER.match(bare):
        raise Unreadable("is no number")
    try:
        number = Decimal(bare) * factor
    except InvalidOperation as error:  # pragma: no cover  the pattern admits numbers only
        raise Unreadable("is no number") from error
    if number.adjusted() > 17:
        raise Unreadable("is larger than any amount of money")
    return -number if negative else number


def _with_point(bare: str, style: Style) -> str:
    """Thousands signs out, the decimal sign a point."""
    point, comma = bare.rfind("."), bare.rfind(",")
    if point >= 0 and comma >= 0:
        decimal = "," if comma > point else "."
    elif comma >= 0:
        groups = bare.count(",") > 1 or (len(bare) - comma - 1 == 3 and style.comma_decimal is not True)
        decimal = "." if groups else ","
    elif point >= 0:
        groups = bare.count(".") > 1 or (len(bare) - point - 1 == 3 and style.comma_decimal is True)
        decimal = "," if groups else "."
    else:
        return bare
    other = "." if decimal == "," else ","
    return bare.replace(other, "").replace(decimal, ".")


def read_integer(text: str, style: Style) -> int:
    """A whole number; ranges such as "51-200" (head counts) give their lower end."""
    span = re.match(r"^([\d.,']+)\s*(?:-|–|to|bis)\s*[\d.,']+$", text)
    number = read_decimal((span[1] if span else text).rstrip("+"), style)
    if number != number.to_integral_value():
        raise Unreadable("is no whole number")
    if not -(2**31) < number < 2**31:
        raise Unreadable("is too large")
    return int(number)


def read_probability(text: str, style: Style) -> float:
    """0 to 1; percentages and numbers above 1 are read as per cent."""
    number = float(read_decimal(text, style))
    if "%" in text or number > 1:
        number /= 100
    if not 0 <= number <= 1:
        raise Unreadable("is no probability between 0 and 100%")
    return number


def read_boolean(text: str) -> bool:
    """Yes and no in several languages."""
    word = text.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable("is neither yes nor no")


def read_moment(text: str, style: Style) -> datetime:
    """A date or time in the usual dresses, in UTC; without a zone it is taken as UTC.

    >>> read_moment("2026-11-24T09:30:00+0100", Style())
    datetime.datetime(2026, 11, 24, 8, 30, tzinfo=datetime.timezone.utc)
    >>> read_moment("24.11.2026", Style()).date()
    datetime.date(2026, 11, 24)
    """
    if text.isdigit():
        return _from_digits(text)
    match = _NUMERIC_DATE.match(text)
    if match:
        day = _numeric_date(match, style)
        clock = match[5]
    else:
        day, clock = _worded_date(text)
    if not EARLIEST <= day <= LATEST:
        raise Unreadable("is not between 1900 and 2200")
    return datetime.combine(day, time(), UTC) + _clock(clock or "")


def _from_digits(text: str) -> datetime:
    number = int(text)
    if len(text) == 8:
        try:
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise Unreadable("is no date") from error
    if len(text) == 13:
        return datetime.fromtimestamp(number / 1000, UTC)
    if len(text) == 10:
        return datetime.fromtimestamp(number, UTC)
    if len(text) == 5 and 20_000 <= number <= 80_000:
        return datetime.combine(EXCEL_EPOCH + timedelta(days=number), time(), UTC)
    raise Unreadable("is no date")


def _numeric_date(match: re.Match[str], style: Style) -> date:
    first, second, third = match[1], int(match[3]), match[4]
    if len(first) == 4:
        year, month, day = int(first), second, int(third)
    elif len(first) <= 2 and len(third) in (2, 4):
        year = int(third) if len(third) == 4 else int(third) + (1900 if int(third) >= TWO_DIGIT_PIVOT else 2000)
        day, month = (int(first), second) if _is_day_first(match, style) else (second, int(first))
    else:
        raise Unreadable("is no date")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unreadable("is no day of the calendar") from error


def _is_day_first(match: re.Match[str], style: Style) -> bool:
    """A cell that can only be one thing is that; else the column decides; else dots mean day first."""
    first, second = int(match[1]), int(match[3])
    if first > 12:
        return True
    if second > 12:
        return False
    return match[2] == "." if style.day_first is None else style.day_first


def _worded_date(text: str) -> tuple[date, str]:
    match = _WORD_DATE.match(text)
    if match:
        day, word, year, clock = match.groups()
    else:
        match = _WORD_FIRST.match(text)
        if match is None:
            raise Unreadable("is no date")
        word, day, year, clock = match.groups()
    month = MONTHS.get(word.lower())
    if month is None:
        raise Unreadable("is no date")
    full_year = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= TWO_DIGIT_PIVOT else 2000)
    try:
        return date(full_year, month, int(day)), clock or ""
    except ValueError as error:
        raise Unreadable("is no day of the calendar") from error


def _clock(text: str) -> timedelta:
    """Time of day less its zone, as what to add to midnight UTC."""
    if not text.strip():
        return timedelta()
    match = _TIME.match(text.strip())
    if match is None:
        raise Unreadable("has no readable time of day")
    hour, minute, second, fraction, half, zone = match.groups()
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    if hours > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise Unreadable("has no readable time of day")
    past = timedelta(
        hours=hours,
        minutes=int(minute),
        seconds=int(second or 0),
        microseconds=int((fraction or "0")[:6].ljust(6, "0")),
    )
    return past - _offset(zone)


def _offset(zone: str | None) -> timedelta:
    if not zone or zone.lower() in ("z", "utc", "gmt"):
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))


def read_email(text: str) -> str:
    """One address, lower case; "Name <a@b.de>" and "mailto:" are unwrapped, of several the first is taken."""
    bare = re.sub(r"^.*<([^<>]+)>.*$", r"\1", text).removeprefix("mailto:").split(";")[0].split(",")[0].strip().lower()
    if len(bare) > 254 or not bare.isprintable() or not _EMAIL.match(bare):
        raise Unreadable("is no mail address")
    return bare


def read_phone(text: str, region: str) -> str:
    """E.164 where the number can be placed, else digits with their signs."""
    if _WRITTEN_OUT.match(text):
        digits = re.sub(r"\D", "", text)
        # A zero early on may be a trunk prefix, which only the numbering plan can tell.
        if 8 <= len(digits) <= 15 and "0" not in digits[:5]:
            return f"+{digits}"
    return _phone(text, region)


@lru_cache(maxsize=65_536)
def _phone(text: str, region: str) -> str:
    import phonenumbers

    digits = sum(sign.isdigit() for sign in text)
    if not 5 <= digits <= 20:
        raise Unreadable("is no phone number")
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return re.sub(r"[^\d+x]", "", text.lower())[:40]
    if not phonenumbers.is_possible_number(number):
        return re.sub(r"[^\d+x]", "", text.lower())[:40]
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def read_domain(text: str) -> str:
    """The registered domain of an address, site or mail."""
    found = _registered(text.lower().rsplit("@", 1)[-1])
    if not found:
        raise Unreadable("is no web address")
    return found


@lru_cache(maxsize=1)
def _extractor() -> Any:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)


@lru_cache(maxsize=262_144)
def _registered(text: str) -> str:
    return str(_extractor()(text).top_domain_under_public_suffix)


def read_country(text: str) -> str:
    """ISO 3166-1 alpha-2, from a code or a name in several languages."""
    code = country_code(text)
    if code is None:
        raise Unreadable("is no country we know")
    return code


def read_currency(text: str) -> str:
    """ISO 4217, from a code or a sign that means one currency only."""
    code = currency_code(text)
    if code is None:
        raise Unreadable("is no currency")
    return code


def storable(text: str) -> str:
    """JSON text with the escapes that no database keeps (NUL, halves of a pair) replaced by U+FFFD."""
    if "\\u" not in text:
        return text
    return _ESCAPES.sub(lambda found: found[0] if found[1] else "\ufffd", text)


def read_json(text: str) -> Any:
    """A JSON document."""
    try:
        return json.loads(storable(text))
    except (ValueError, RecursionError) as error:
        raise Unreadable("is no JSON") from error
