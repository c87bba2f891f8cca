"""Stretches of constant offset of a time zone: what makes wall-clock hours exact across daylight-saving changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tandem.core.errors import InvalidInput

# Two changes inside half a day that cancel out are in no zone of the database.
SAMPLE = timedelta(hours=12)
SECOND = timedelta(seconds=1)
WIDEST_OFFSET = timedelta(hours=26)

Stretch = tuple[datetime, datetime, timedelta]


@lru_cache(maxsize=1_024)
def get_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises InvalidInput."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            f"{name!r} is no time zone.", hint="Give an IANA name such as Europe/Berlin.", code="calendar.zone"
        ) from error


def stretches_of(zone: ZoneInfo, day: date) -> Iterator[Stretch]:
    """(from, to, offset) in UTC: every stretch of constant offset that may touch a local day, in order of time."""
    first = datetime.combine(day, time(), UTC) - WIDEST_OFFSET
    last = first + 2 * WIDEST_OFFSET + timedelta(days=1)
    years = range(first.year, last.year + 1)
    cuts = [cut for year in years for cut in _changes(zone, year) if first < cut < last]
    for start, end in zip([first, *cuts], [*cuts, last], strict=True):
        yield start, end, _offset(zone, start)


@lru_cache(maxsize=4_096)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Moments (UTC, to the second) of one UTC year at which a new offset begins."""
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    here, found = datetime(year, 1, 1, tzinfo=UTC) - SECOND, []
    while here < end - SECOND:
        following = min(here + SAMPLE, end - SECOND)
        if _offset(zone, here) != _offset(zone, following):
            found.append(_change_between(zone, here, following))
        here = following
    return tuple(found)


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    while after - before > SECOND:
        middle = before + timedelta(seconds=(after - before) // SECOND // 2)
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
