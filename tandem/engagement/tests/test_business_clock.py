"""The clock of replies against a slow one that looks at the wall minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.calendar import BusinessCalendar, business_calendar
from tandem.engagement.domain.business_clock import (
    ClockState,
    Deadline,
    deadline_of,
    due_after,
    measured,
    minutes_used,
    state_of,
)

SPLIT = {str(day): [["08:30", "12:00"], ["13:15", "17:30"]] for day in range(5)} | {"5": [["10:00", "12:00"]]}
NIGHT = {str(day): [["00:00", "06:00"], ["22:00", "24:00"]] for day in range(7)}
PLACES = [("Europe/Berlin", "DE", "BY"), ("America/New_York", "US", ""), ("Asia/Kolkata", "", ""),
          ("Australia/Lord_Howe", "AU", ""), ("Europe/London", "GB", "")]  # fmt: skip
MINUTE = timedelta(minutes=1)


@cache
def free_days(country: str, region: str) -> frozenset[date]:
    if not country:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=range(2024, 2029)))


def is_open(at: datetime, zone: str, country: str, region: str, week: dict[str, list[list[str]]]) -> bool:
    """The wall clock at the place, read once."""
    wall = at.astimezone(ZoneInfo(zone))
    told = f"{wall:%H:%M}"
    spans = week.get(str(wall.weekday()), [])
    return wall.date() not in free_days(country, region) and any(start <= told < end for start, end in spans)


def slow_due(start: datetime, minutes: int, *where: object) -> datetime:
    at, left = start, minutes
    while left:
        left -= is_open(at, *where)  # type: ignore[arg-type]
        at += MINUTE
    return at


# Around changes of clocks, holidays and turns of years, where clocks go wrong.
STARTS = st.sampled_from(
    [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 3, 7, tzinfo=UTC),
     datetime(2026, 10, 31, tzinfo=UTC), datetime(2025, 12, 23, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC),
     datetime(2026, 10, 3, tzinfo=UTC)]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    STARTS, st.integers(0, 3 * 24 * 60), st.integers(1, 90), st.sampled_from(PLACES), st.sampled_from([SPLIT, NIGHT])
)
def test_it_runs_as_a_clock_that_looks_every_minute(
    day: datetime, offset: int, minutes: int, place: tuple[str, str, str], week: dict[str, list[list[str]]]
) -> None:
    zone, country, region = place
    calendar = business_calendar(working_hours=week, time_zone=zone, country=country, region=region)
    start = day + offset * MINUTE
    due = due_after(start, minutes, calendar)
    assert due == slow_due(start, minutes, zone, country, region, week)
    assert minutes_used(start, due, calendar) == minutes


@settings(max_examples=60, deadline=None)
@given(STARTS, st.integers(0, 3 * 24 * 60), st.integers(0, 600))
def test_no_minute_counts_twice_and_none_is_lost(day: datetime, offset: int, later: int) -> None:
    calendar = business_calendar(working_hours=SPLIT, time_zone="Europe/Berlin", country="DE")
    start = day + offset * MINUTE
    middle, end = start + later * MINUTE, start + 2 * later * MINUTE
    whole = minutes_used(start, end, calendar)
    assert whole == pytest.approx(minutes_used(start, middle, calendar) + minutes_used(middle, end, calendar))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # Friday 17:20, ten minutes left, goes on on Saturday from ten.
        (datetime(2026, 11, 27, 16, 20, tzinfo=UTC), datetime(2026, 11, 28, 9, 20, tzinfo=UTC)),
        # Over the break of a split shift.
        (datetime(2026, 11, 24, 10, 45, tzinfo=UTC), datetime(2026, 11, 24, 12, 30, tzinfo=UTC)),
        # Christmas Eve is a working day in Germany, the two days after it are not, then comes a Sunday.
        (datetime(2026, 12, 24, 16, 20, tzinfo=UTC), datetime(2026, 12, 28, 7, 50, tzinfo=UTC)),
    ],
)
def test_half_an_hour_of_business_time(start: datetime, due: datetime) -> None:
    calendar = business_calendar(working_hours=SPLIT, time_zone="Europe/Berlin", country="DE")
    assert deadline_of(start, calendar).due_at == due


def test_the_manager_hears_of_it_before_it_is_late_and_the_last_moment_is_in_time() -> None:
    calendar = BusinessCalendar(time_zone="Europe/Berlin")
    deadline = deadline_of(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), calendar)
    assert deadline == Deadline(
        escalate_at=datetime(2026, 11, 24, 9, 20, tzinfo=UTC), due_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    )
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert state_of(deadline, stopped_at=None, now=at - timedelta(minutes=11)) is ClockState.RUNNING
    assert state_of(deadline, stopped_at=None, now=at) is ClockState.ESCALATED
    assert state_of(deadline, stopped_at=None, now=at + timedelta(seconds=1)) is ClockState.LATE
    assert state_of(deadline, stopped_at=at, now=at + timedelta(days=9)) is ClockState.STOPPED
    assert state_of(deadline, stopped_at=at + MINUTE, now=at + MINUTE) is ClockState.STOPPED_LATE


def test_the_median_is_of_clocks_that_stopped() -> None:
    told = measured([4.0, 31.0, 12.0], started=5, late=2, escalated=2)
    assert (told.median_minutes, told.stopped, told.started, told.late) == (12.0, 3, 5, 2)
    assert measured([], started=1, late=0, escalated=0).median_minutes is None
