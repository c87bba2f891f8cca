"""Figures, days and counts as the pages write them: one unit, a true minus sign, weekdays when near.

Pure apart from the clock and the reader's time zone; the template tags wrap these in HTML, CSV and mail use them bare.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils import timezone

from tandem.core import clock
from tandem.core.money import Money, known_currencies

NEAR_DAYS = 7
MINUS = "\u2212"
SHORT_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,2})(?=[kMBT]$)")  # "12k" stands as "12.0k" beside "48.6k"
SECONDS_A_MINUTE, SECONDS_AN_HOUR, SECONDS_A_DAY = 60, 3600, 86_400

ACRONYMS = frozenset({"crm", "hr", "sms", "url", "vat"})
CODE = re.compile(r"[A-Z]{4,}(_[A-Z]+)*|[A-Z]+(_[A-Z]+)+")
YES_AND_NO = {"True": "yes", "False": "no", "true": "yes", "false": "no"}
ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?")


def money(amount: Money | Decimal | float, currency: str = "") -> str:
    """Short, to three digits, as tables and figures show it; without a known currency the bare number.

    >>> money(Decimal("48600"), "EUR"), money(312_400, "EUR"), money(-12_000, "USD"), money(1500, "")
    ('€48.6k', '€312k', '−$12.0k', '1,500')
    """
    found = _as_money(amount, currency)
    if isinstance(found, Money):
        short = Money(_to_three_digits(found.amount), found.currency).format_compact()
        return SHORT_THOUSANDS.sub(r"\1.0", short).replace("-", MINUS)
    return number(found)


def _to_three_digits(amount: Decimal) -> Decimal:
    last = Decimal(1).scaleb(amount.adjusted() - 2)
    return amount.quantize(last, ROUND_HALF_EVEN) if amount and last >= Decimal("0.1") else amount


def money_full(amount: Money | Decimal | float, currency: str = "") -> str:
    """To the minor unit of the currency."""
    found = _as_money(amount, currency)
    return found.format().replace("-", MINUS) if isinstance(found, Money) else number(found, 2)


def money_range(low: Decimal | float, high: Decimal | float, currency: str = "") -> str:
    """An interval in one form, so that its ends can be compared; the lower end always first.

    >>> money_range(31_000, 70_000, "EUR")
    '€31k to €70k'
    """
    first, last = (money(end, currency) for end in sorted((low, high)))
    return f"{first} to {last}".replace(".0k", "k").replace(".0M", "M")


def _as_money(amount: Money | Decimal | float, currency: str) -> Money | Decimal:
    if isinstance(amount, Money):
        return amount
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    return Money(exact, currency) if currency in known_currencies() else exact


def number(value: float | Decimal, places: int = 0) -> str:
    """With thousands commas; rounds half to even.

    >>> number(12345.6), number(-2, 1)
    ('12,346', '−2.0')
    """
    text = f"{value:,.{places}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def percent(share: float | Decimal, places: int = 0) -> str:
    """A share of one in hundredths.

    >>> percent(0.463)
    '46%'
    """
    return number(share * 100, places) + "%"


def count(value: int, noun: str) -> str:
    """A number with its noun in the right form; irregular plurals after a comma.

    >>> count(1, "deal"), count(2, "deal"), count(0, "entry,entries")
    ('1 deal', '2 deals', '0 entries')
    """
    one, _, many = noun.partition(",")
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def iso_day(value: date | datetime) -> str:
    """The day in the reader's zone, 2026-11-24."""
    return _day_of(value).isoformat()


def day(value: date | datetime) -> str:
    """A day as people say it: "today", "Tue 24 Nov" within a week, "24 Nov" this year, "24 Nov 2025" otherwise."""
    on, today = _day_of(value), _day_of(clock.now())
    distance = (on - today).days
    if distance == 0:
        return "today"
    if abs(distance) <= NEAR_DAYS:
        return f"{on:%a} {on.day} {on:%b}"
    return f"{on.day} {on:%b}" if on.year == today.year else f"{on.day} {on:%b} {on.year}"


def moment(value: datetime) -> str:
    """A day with the time of day, in the reader's zone: "today 08:21"."""
    return f"{day(value)} {timezone.localtime(value):%H:%M}"


def ago(value: datetime) -> str:
    """How long since, in one unit. A moment ahead of the clock reads "now"."""
    seconds = int((clock.now() - value) / timedelta(seconds=1))
    if seconds < 1:
        return "now"
    if seconds < SECONDS_A_MINUTE:
        return f"{seconds} s ago"
    if seconds < SECONDS_AN_HOUR:
        return f"{seconds // SECONDS_A_MINUTE} min ago"
    if seconds < SECONDS_A_DAY:
        return f"{seconds // SECONDS_AN_HOUR} h ago"
    return f"{count(seconds // SECONDS_A_DAY, 'day')} ago"


def plain(value: object) -> str:
    """Any cell as text: money, numbers and days in the house's form, the rest as it is."""
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float | Decimal):
        return number(value, 2)
    return str(value)


def uncoded(text: str) -> str:
    """A code of an export as words; anything that is not all capitals stays.

    >>> uncoded("WINE_AND_SPIRITS"), uncoded("AUTOMOTIVE"), uncoded("Retail"), uncoded("IT")
    ('Wine and spirits', 'Automotive', 'Retail', 'IT')
    """
    return text.replace("_", " ").capitalize() if CODE.fullmatch(text) else text


def told(text: str) -> str:
    """A value that came as text, in words.

    >>> told("True"), told("2024-07-04T10:36:00+00:00"), told("2024-07-04"), told("20 Main St")
    ('yes', '4 Jul 2024 10:36', '4 Jul 2024', '20 Main St')
    """
    if text in YES_AND_NO:
        return YES_AND_NO[text]
    if not ISO_MOMENT.fullmatch(text):
        return text
    try:
        return moment(datetime.fromisoformat(text)) if "T" in text else day(date.fromisoformat(text))
    except ValueError:
        return text


def _day_of(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
