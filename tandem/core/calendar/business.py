"""Open and closed time of one calendar, exact to the microsecond and across daylight-saving changes.

The one definition everything follows: a moment is open when the wall clock at the calendar's place shows a time inside
a span of that weekday and the day is no holiday. An hour that the wall clock skips is not worked; an hour it shows
twice is worked twice, if it lies inside a span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from tandem.core.calendar.holidays import holiday_name, require_holidays
from tandem.core.calendar.week import DEFAULT_WEEK, Week, read_week
from tandem.core.calendar.zones import get_zone, stretches_of
from tandem.core.errors import InvalidInput

MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
LONGEST_CLOSED_DAYS = 366  # no place that works at all is closed for longer


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """When somebody works.

    time_zone : IANA name
    week : opening hours by weekday
    country, region : whose public holidays are free; empty: none are
    closed_on : further days off
    """

    time_zone: str = "UTC"
    week: Week = DEFAULT_WEEK
    country: str = ""
    region: str = ""
    closed_on: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether the local day has opening hours and is no holiday."""
        return bool(self.week.spans(day.weekday())) and not self._is_free(day)

    def next_working_day(self, day: date) -> date:
        """The first working day after a day."""
        return self.add_working_days(day, 1)

    def add_working_days(self, day: date, count: int) -> date:
        """The working day `count` (1 or more) after a day. Raises ValueError, InvalidInput when there is none."""
        if count < 1:
            raise ValueError(f"count must be 1 or more, got {count}")
        closed_days = 0
        while True:
            day += ONE_DAY
            closed_days = 0 if self.is_working_day(day) else closed_days + 1
            count -= closed_days == 0
            if count == 0:
                return day
            if closed_days > LONGEST_CLOSED_DAYS:
                raise _never_open(day)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days from `first` to `last`, both included; 0 when `last` is earlier."""
        days = range((last - first).days + 1)
        return sum(self.is_working_day(first + timedelta(days=count)) for count in days)

    def local_day(self, at: datetime) -> date:
        """The day the calendar's wall shows at a moment."""
        return _utc(at).astimezone(get_zone(self.time_zone)).date()

    def is_open(self, at: datetime) -> bool:
        """Whether work goes on at the moment. The opening minute is open, the closing one is not."""
        at = _utc(at)
        return any(start <= at < end for start, end in _open_on(self, self.local_day(at)))

    def open_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Open intervals of a local day in UTC, in order of time; empty: closed all day."""
        return _open_on(self, day)

    def next_open(self, at: datetime) -> datetime:
        """The moment itself when open, else the next opening, UTC. Raises InvalidInput when there is none in a year."""
        start, _ = next(self._openings_from(at))
        return start

    def add_business_time(self, start: datetime, minutes: float) -> datetime:
        """The earliest moment by which this much open time has passed since `start`, UTC.

        minutes : 0 or more, may be a fraction; 0 gives `start` itself, 30 minutes before closing give the closing
        Raises ValueError for less than 0, InvalidInput when the calendar does not open for a year.
        """
        left = timedelta(minutes=minutes)
        if left < timedelta():
            raise ValueError(f"minutes must not be negative, got {minutes}")
        if not left:
            return _utc(start)
        for opened, closes in self._openings_from(start):
            if left <= closes - opened:
                return opened + left
            left -= closes - opened
        raise AssertionError("openings never end")

    def business_minutes_between(self, start: datetime, end: datetime) -> float:
        """Open minutes from `start` to `end`; 0 when `end` is not later. Exact to the microsecond."""
        start, end = _utc(start), _utc(end)
        day, last, total = self.local_day(start), self.local_day(end), timedelta()
        while day <= last:
            for opened, closes in _open_on(self, day):
                total += max(min(closes, end) - max(opened, start), timedelta())
            day += ONE_DAY
        return total / MINUTE

    def _openings_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open intervals in order, the first one from `at` on. Raises InvalidInput after a year without any."""
        at = _utc(at)
        day, closed_days = self.local_day(at), 0
        while closed_days <= LONGEST_CLOSED_DAYS:
            closed_days += 1
            for opened, closes in _open_on(self, day):
                if closes > at:
                    closed_days = 0
                    yield max(opened, at), closes
            day += ONE_DAY
        raise _never_open(day)

    def _is_free(self, day: date) -> bool:
        return day in self.closed_on or holiday_name(day, self.country, self.region) is not None


def business_calendar(
    *,
    working_hours: Mapping[str, Sequence[Sequence[str]]] | None = None,
    time_zone: str = "UTC",
    country: str = "",
    region: str = "",
    closed_on: frozenset[date] = frozenset(),
) -> BusinessCalendar:
    """A calendar from settings as they are kept (`access.contracts.OrganisationSettings`).

    Raises InvalidInput for hours, a zone or a place that can't be understood.
    """
    get_zone(time_zone)
    require_holidays(country, region)
    week = read_week(working_hours or {})
    return BusinessCalendar(time_zone=time_zone, week=week, country=country, region=region, closed_on=closed_on)


@lru_cache(maxsize=16_384)
def _open_on(calendar: BusinessCalendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Open intervals of a local day in UTC, in order of time."""
    if not calendar.is_working_day(day):
        return ()
    midnight = datetime.combine(day, time())
    found = []
    for since, until, offset in stretches_of(get_zone(calendar.time_zone), day):
        first, last = since.replace(tzinfo=None) + offset, until.replace(tzinfo=None) + offset
        for start, end in calendar.week.spans(day.weekday()):
            opens = max(midnight + start * MINUTE, first)
            closes = min(midnight + end * MINUTE, last)
            if opens < closes:
                found.append(((opens - offset).replace(tzinfo=UTC), (closes - offset).replace(tzinfo=UTC)))
    return tuple(_without_seams(found))


def _without_seams(found: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Join intervals that an offset change cut in two."""
    here: tuple[datetime, datetime] | None = None
    for start, end in found:
        if here is not None and here[1] == start:
            here = here[0], end
            continue
        if here is not None:
            yield here
        here = start, end
    if here is not None:
        yield here


def _utc(at: datetime) -> datetime:
    """In UTC, because Python compares and subtracts times of one and the same zone by their wall clocks."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; give an aware datetime")
    return at.astimezone(UTC)


def _never_open(day: date) -> InvalidInput:
    return InvalidInput(
        f"The calendar has no opening in the year before {day.isoformat()}.",
        hint="Give the week a span, and keep some days free of holidays.",
        code="calendar.never_open",
    )
