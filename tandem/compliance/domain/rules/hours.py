"""Hours in which contact may happen, in local time: reading them, and the next moment at which all are open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from tandem.core.calendar import holiday_name
from tandem.core.errors import InvalidInput

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_AHEAD = 14  # longer than any run of holidays and weekends
_LINE = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)")

T = TypeVar("T", time, datetime)
Stretch = tuple[time, time]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Stretches of local time, by weekday (Monday first); the end of a stretch is no longer in it."""

    by_day: tuple[tuple[Stretch, ...], ...]

    def hold(self, local: datetime) -> bool:
        """Whether a local time lies inside."""
        return any(start <= local.time() < end for start, end in self.by_day[local.weekday()])


@lru_cache(maxsize=1_024)
def read_hours(lines: tuple[str, ...]) -> Hours:
    """Read lines such as "mon-fri 09:00-21:30". Raises InvalidInput."""
    found: list[list[Stretch]] = [[] for _ in DAYS]
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or {match["first"], match["last"] or match["first"]} - set(DAYS):
            raise InvalidInput(f"{line!r} are no hours.", hint="Write mon-fri 09:00-21:30.", code="rules.hours")
        try:
            start, end = time.fromisoformat(match["start"]), time.fromisoformat(match["end"])
        except ValueError as error:
            raise InvalidInput(f"{line!r} has an hour that no clock shows.", code="rules.hours") from error
        first, last = DAYS.index(match["first"]), DAYS.index(match["last"] or match["first"])
        if start >= end or first > last:
            raise InvalidInput(f"{line!r} ends before it starts.", code="rules.hours")
        for day in range(first, last + 1):
            found[day].append((start, end))
    return Hours(tuple(tuple(sorted(stretches)) for stretches in found))


@lru_cache(maxsize=10_000)
def common_hours(hours: tuple[Hours, ...]) -> Hours:
    """What lies inside all hours; the whole day for none."""
    by_day: list[tuple[Stretch, ...]] = [((time(), time.max),)] * 7
    for one in hours:
        by_day = [tuple(_meet(stretches, others)) for stretches, others in zip(by_day, one.by_day, strict=True)]
    return Hours(tuple(by_day))


def next_open(at: datetime, *, hours: Hours, zones: tuple[ZoneInfo, ...], quiet: tuple[str, ...]) -> datetime | None:
    """The first moment not before `at` that is inside the hours in all zones and on no quiet day in any of them.

    quiet : places whose public holidays are days without contact
    None: there is none within 14 days.
    """
    for ahead in range(-1, DAYS_AHEAD):
        for start, end in _common_spans(hours, zones, quiet, at.date() + timedelta(days=ahead)):
            if end > at:
                return max(start, at)
    return None


@lru_cache(maxsize=200_000)
def _common_spans(hours: Hours, zones: tuple[ZoneInfo, ...], quiet: tuple[str, ...], day: date) -> tuple[Span, ...]:
    """What a local day of the first zone shares with the open hours of all others."""
    around = [day + timedelta(days=shift) for shift in (-1, 0, 1)]
    common: list[Span] = [] if _is_quiet(quiet, day) else list(_spans(hours, zones[0], day))
    for zone in zones[1:]:
        if not common:
            break
        others = [span for one in around if not _is_quiet(quiet, one) for span in _spans(hours, zone, one)]
        common = list(_meet(common, others))
    return tuple(sorted(common))


def _is_quiet(places: tuple[str, ...], day: date) -> bool:
    return any(is_holiday(place, day) for place in places)


@lru_cache(maxsize=100_000)
def is_holiday(place: str, day: date) -> bool:
    """Whether a local date is a public holiday of a country or state; of the country where states are not known."""
    country, _, region = place.partition("-")
    for name in dict.fromkeys((region, "")):
        try:
            return holiday_name(day, country, name) is not None
        except InvalidInput:
            continue
    return False


@lru_cache(maxsize=200_000)
def _spans(hours: Hours, zone: ZoneInfo, day: date) -> tuple[Span, ...]:
    """The stretches of a local day as moments in UTC; exact on days on which clocks change."""
    return tuple(
        (
            datetime.combine(day, start, tzinfo=zone).astimezone(UTC),
            datetime.combine(day, end, tzinfo=zone).astimezone(UTC),
        )
        for start, end in hours.by_day[day.weekday()]
    )


def _meet(ones: Sequence[tuple[T, T]], others: Sequence[tuple[T, T]]) -> Iterator[tuple[T, T]]:
    """Where two lists of stretches overlap."""
    for start, end in ones:
        for first, last in others:
            begin, finish = max(start, first), min(end, last)
            if begin < finish:
                yield begin, finish
