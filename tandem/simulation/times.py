"""Dates and moments: working hours of a place, quarters, and the way each export writes time."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

from tandem.simulation.dice import Dice

UTC = dt.UTC
Moment = dt.datetime


@cache
def _offset(zone: str, day: dt.date) -> dt.timedelta:
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).utcoffset() or dt.timedelta()


def local_to_utc(zone: str, day: dt.date, hour: int, minute: int, second: int = 0) -> Moment:
    """The moment, in UTC, when the clock of a zone shows this on a day."""
    return dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC) - _offset(zone, day)


def utc_to_local(zone: str, moment: Moment) -> Moment:
    """The same moment with the zone's offset."""
    return moment.astimezone(dt.timezone(_offset(zone, moment.date())))


def working_day(day: dt.date, dice: Dice) -> dt.date:
    """The day itself, or the Friday before or the Monday after a weekend."""
    if day.weekday() < 5:
        return day
    return day + dt.timedelta(days=7 - day.weekday() if dice.chance(0.5) else 4 - day.weekday())


def working_moment(dice: Dice, zone: str, day: dt.date) -> Moment:
    """A moment in working hours of a day, most often mid-morning or early afternoon."""
    hour = min(18, max(7, round(dice.gauss(10.5 if dice.chance(0.55) else 14.5, 1.6))))
    return local_to_utc(zone, working_day(day, dice), hour, dice.between(0, 59), dice.between(0, 59))


def full_slot(dice: Dice, zone: str, day: dt.date) -> Moment:
    """A moment at which meetings start: a full or half hour."""
    hour = dice.pick((9, 9, 10, 10, 11, 11, 13, 14, 14, 15, 15, 16))
    return local_to_utc(zone, working_day(day, dice), hour, dice.pick((0, 0, 0, 30, 30, 15)))


def stamp(moment: Moment) -> str:
    """As Salesforce exports write it: 2026-01-01T09:30:00.000Z."""
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}T{moment.hour:02}:{moment.minute:02}:{moment.second:02}.000Z"


def noon(day: dt.date) -> Moment:
    """Midday in UTC."""
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def last_moment(day: dt.date) -> Moment:
    """The last second of a day in UTC."""
    return dt.datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def quarter_start(day: dt.date) -> dt.date:
    """First day of the calendar quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_end(day: dt.date) -> dt.date:
    """Last day of the calendar quarter."""
    start = quarter_start(day)
    following = dt.date(start.year + start.month // 10, (start.month + 2) % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def month_end(day: dt.date) -> dt.date:
    """Last day of the month."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
