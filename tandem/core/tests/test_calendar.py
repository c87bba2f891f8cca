"""Business time is what somebody with a wall clock and patience would count, also on the days the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.calendar import BusinessCalendar, business_calendar, holiday_name, read_week
from tandem.core.errors import InvalidInput

BERLIN = business_calendar(time_zone="Europe/Berlin", country="DE", region="BY")
MINUTE = timedelta(minutes=1)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)


def is_open_by_the_wall(calendar: BusinessCalendar, at: datetime) -> bool:
    """The slow way: look at the wall clock and the calendar on the wall."""
    local = at.astimezone(ZoneInfo(calendar.time_zone))
    clock = local.hour * 60 + local.minute
    free = holiday_name(local.date(), calendar.country, calendar.region) is not None
    return not free and any(start <= clock < end for start, end in calendar.week.spans(local.weekday()))


# Days around which clocks change, jump at midnight, shift by 30 minutes, or lose a whole day.
CHANGES = {
    "Europe/Berlin": ["2026-03-29", "2026-10-25", "2026-12-24"],
    "America/New_York": ["2026-03-08", "2026-11-01", "2026-07-03"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18"],
    "Asia/Beirut": ["2026-03-29", "2026-10-25"],
    "Pacific/Apia": ["2011-12-30"],
    "America/St_Johns": ["2026-03-08"],
    "Asia/Kathmandu": ["2026-05-01"],
    "Africa/Casablanca": ["2026-02-15", "2026-03-22"],
}
COUNTRIES = {"Europe/Berlin": "DE", "America/New_York": "US"}


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    def span(minutes: list[int]) -> list[str]:
        return [f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(minutes)]

    pair = st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True).map(span)
    hours = draw(st.dictionaries(st.sampled_from("0123456"), st.lists(pair, max_size=3), min_size=1))
    return hours if any(hours.values()) else {**hours, "6": [["00:30", "04:00"]]}


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, datetime]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = date.fromisoformat(draw(st.sampled_from(CHANGES[zone])))
    offset = draw(st.integers(-36 * 60, 60 * 60))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + offset * MINUTE
    return zone, start.astimezone(ZoneInfo(zone)) if draw(st.booleans()) else start


@settings(max_examples=60, deadline=None)
@given(moments(), weeks(), st.integers(0, 36 * 60))
def test_minutes_between_are_what_the_wall_clock_counts(
    moment: tuple[str, datetime], hours: dict[str, list[list[str]]], length: int
) -> None:
    zone, start = moment[0], moment[1].astimezone(UTC)
    calendar = business_calendar(working_hours=hours, time_zone=zone, country=COUNTRIES.get(zone, ""))
    minutes = [start + count * MINUTE for count in range(length)]
    counted = sum(is_open_by_the_wall(calendar, at) for at in minutes)
    end = (start + length * MINUTE).astimezone(moment[1].tzinfo)
    assert calendar.business_minutes_between(moment[1], end) == counted
    assert [calendar.is_open(at) for at in minutes[::61]] == [is_open_by_the_wall(calendar, at) for at in minutes[::61]]


@settings(max_examples=60, deadline=None)
@given(moments(), weeks(), st.integers(1, 600))
def test_added_time_ends_at_the_first_moment_by_which_it_has_passed(
    moment: tuple[str, datetime], hours: dict[str, list[list[str]]], minutes: int
) -> None:
    zone, start = moment
    calendar = business_calendar(working_hours=hours, time_zone=zone)
    due = calendar.add_business_time(start, minutes)
    assert calendar.business_minutes_between(start, due) == minutes
    assert calendar.business_minutes_between(start, due - timedelta(microseconds=1)) < minutes


@settings(max_examples=40, deadline=None)
@given(moments(), weeks())
def test_the_next_opening_is_open_and_nothing_before_it_is(
    moment: tuple[str, datetime], hours: dict[str, list[list[str]]]
) -> None:
    zone, at = moment
    calendar = business_calendar(working_hours=hours, time_zone=zone)
    opening = calendar.next_open(at)
    assert opening >= at
    assert calendar.is_open(opening)
    assert calendar.business_minutes_between(at, opening) == 0


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-24T10:00", 30, "2026-11-24T10:30"),
        ("2026-11-24T17:00", 30, "2026-11-24T17:30"),
        ("2026-11-24T17:15", 30, "2026-11-25T09:15"),
        ("2026-11-27T17:30", 1, "2026-11-30T09:01"),
        ("2026-12-24T17:00", 60, "2026-12-28T09:30"),
        ("2026-03-27T17:00", 60, "2026-03-30T09:30"),
        ("2026-11-24T20:00", 0, "2026-11-24T20:00"),
        ("2026-11-24T10:00", 0.5, "2026-11-24T10:00:30"),
    ],
    ids=["inside", "to closing", "overnight", "weekend", "Christmas", "clock change", "nothing", "half a minute"],
)
def test_thirty_business_minutes_after(start: str, minutes: float, due: str) -> None:
    assert BERLIN.add_business_time(berlin(start), minutes) == berlin(due)


def test_an_hour_shown_twice_is_worked_twice_and_a_skipped_one_not_at_all() -> None:
    night = business_calendar(working_hours={"6": [["01:00", "04:00"]]}, time_zone="Europe/Berlin")
    assert night.business_minutes_between(berlin("2026-10-25T00:00"), berlin("2026-10-25T12:00")) == 240
    assert night.business_minutes_between(berlin("2026-03-29T00:00"), berlin("2026-03-29T12:00")) == 120
    assert night.add_business_time(berlin("2026-10-25T01:30"), 90) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert night.business_minutes_between(berlin("2026-10-25T02:30"), berlin("2026-10-25T02:30", fold=1)) == 60


def test_regions_have_holidays_of_their_own() -> None:
    berlin_city = business_calendar(country="DE", region="BE")
    epiphany = date(2026, 1, 6)
    assert not BERLIN.is_working_day(epiphany)
    assert berlin_city.is_working_day(epiphany)
    assert holiday_name(date(2026, 11, 26), "US") == "Thanksgiving Day"


def test_working_days_are_counted_both_ends_included() -> None:
    assert BERLIN.working_days_between(date(2026, 12, 21), date(2027, 1, 3)) == 8
    assert BERLIN.working_days_between(date(2026, 12, 2), date(2026, 12, 1)) == 0
    assert BERLIN.add_working_days(date(2026, 12, 24), 2) == date(2026, 12, 29)
    assert BERLIN.next_working_day(date(2026, 11, 27)) == date(2026, 11, 30)
    own = BusinessCalendar(closed_on=frozenset({date(2026, 11, 30)}))
    assert own.next_working_day(date(2026, 11, 27)) == date(2026, 12, 1)


def test_spans_that_touch_become_one() -> None:
    week = read_week({"0": [["13:00", "17:00"], ["09:00", "13:00"], ["16:00", "24:00"]]})
    assert week.spans(0) == ((540, 1440),)


@pytest.mark.parametrize(
    "hours",
    [{"7": [["09:00", "10:00"]]}, {"0": [["10:00", "09:00"]]}, {"0": [["9", "10"]]}, {"0": []}, {"0": [["09:00"]]}],
    ids=["eighth day", "backwards", "no times", "never open", "one end"],
)
def test_hours_that_are_none_are_refused(hours: dict[str, list[list[str]]]) -> None:
    with pytest.raises(InvalidInput):
        business_calendar(working_hours=hours)


@pytest.mark.parametrize("place", [{"time_zone": "Mars/Olympus"}, {"country": "XX"}, {"country": "DE", "region": "QQ"}])
def test_places_nobody_knows_are_refused(place: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        business_calendar(**place)


def test_a_calendar_that_never_opens_says_so_instead_of_searching_forever() -> None:
    leap = frozenset(date(2026, 1, 1) + timedelta(days=count) for count in range(800))
    with pytest.raises(InvalidInput, match="no opening"):
        BusinessCalendar(closed_on=leap).next_open(datetime(2026, 1, 1, tzinfo=UTC))


def test_times_without_a_zone_and_negative_time_are_mistakes() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        BERLIN.is_open(datetime(2026, 11, 24, 9, 0))
    with pytest.raises(ValueError, match="negative"):
        BERLIN.add_business_time(datetime(2026, 11, 24, tzinfo=UTC), -1)
