"""Days in words: due dates, times to meet and months, in the phrasings people use."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tandem.simulation.dice import Dice
from tandem.simulation.lexicon import load
from tandem.simulation.times import month_end


@dataclass(frozen=True, slots=True)
class Due:
    """A day and how it is said; `day` is None for a vague promise."""

    day: dt.date | None
    text: str

    @property
    def iso(self) -> str:
        """ISO date, or empty."""
        return self.day.isoformat() if self.day else ""


def _friday(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=4 - day.weekday())


def _plus_working(day: dt.date, count: int) -> dt.date:
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


def due(dice: Dice, language: str, today: dt.date) -> Due:
    """A promise's due date; every sixth one stays vague."""
    words = load(f"{language}/speech")
    if dice.chance(0.16):
        return Due(None, dice.pick(words["due_vague"]))
    kind = dice.pick(("tomorrow", "weekday", "weekday", "next_weekday", "next_weekday", "end_of_week", "end_of_next_week",
                      "month_end", "date", "date", "two_weeks", "days"))  # fmt: skip
    if kind in ("weekday", "end_of_week") and today.weekday() >= 3:
        kind = "next_weekday"
    if kind == "tomorrow" and today.weekday() == 4:
        kind = "date"
    if kind == "month_end" and (month_end(today) - today).days < 6:
        kind = "date"
    day, count = _day_of(kind, today, dice)
    text = dice.pick(words["due_" + kind]).format(
        weekday=words["weekdays"][day.weekday()], day=day_text(dice, language, day), count=count,
        month=words["months"][day.month - 1],
    )  # fmt: skip
    return Due(day, text)


def _day_of(kind: str, today: dt.date, dice: Dice) -> tuple[dt.date, int]:
    count = dice.between(2, 4)
    if kind == "tomorrow":
        return today + dt.timedelta(days=1), count
    if kind == "weekday":
        return today + dt.timedelta(days=dice.between(1, 4 - today.weekday())), count
    if kind == "next_weekday":
        return _friday(today) + dt.timedelta(days=3 + dice.between(0, 4)), count
    if kind == "end_of_week":
        return _friday(today), count
    if kind == "end_of_next_week":
        return _friday(today) + dt.timedelta(days=7), count
    if kind == "month_end":
        return month_end(today), count
    if kind == "two_weeks":
        return today + dt.timedelta(days=14), count
    if kind == "days":
        return _plus_working(today, count), count
    return _plus_working(today, dice.between(4, 18)), count


def day_text(dice: Dice, language: str, day: dt.date) -> str:
    """A day of a month as people write it."""
    words = load(f"{language}/speech")
    return dice.pick(words["day_forms"]).format(
        d=day.day, m=day.month, dd=f"{day.day:02}", mm=f"{day.month:02}", month=words["months"][day.month - 1],
        weekday=words["weekdays"][day.weekday()], th=_ordinal(day.day),
    )  # fmt: skip


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def month_text(language: str, year: int, month: int) -> str:
    """Month and year."""
    return load(f"{language}/speech")["month_year"].format(
        month=load(f"{language}/speech")["months"][month - 1], year=year
    )


def slot_text(dice: Dice, language: str, day: dt.date, hour: int, minute: int) -> str:
    """A time to meet: weekday, perhaps date, and hour."""
    words = load(f"{language}/speech")
    time = dice.pick(words["time_forms"]).format(
        h=hour, hh=f"{hour:02}", mm=f"{minute:02}", h12=(hour - 1) % 12 + 1, ap="am" if hour < 12 else "pm"
    )
    return dice.pick(words["slot_forms"]).format(
        weekday=words["weekdays"][day.weekday()], day=day_text(dice, language, day), time=time
    )
