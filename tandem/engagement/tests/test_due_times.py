"""Touches are due on working days, in daytime where people are, in order, and always at the same moments."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.accounts.queries.time_zones import zones_of_country
from tandem.core.calendar import holiday_name, weekend_of
from tandem.core.errors import InvalidInput
from tandem.engagement.domain.due_times import (
    Place,
    ZoneBasis,
    due_times,
    first_time,
    is_daytime,
    local_day,
    moved,
    place_of,
)
from tandem.engagement.domain.plans import read_steps

PLAN = [
    {"channel": "email", "angle": "opening", "wait_days": 0},
    {"channel": "linkedin", "angle": "new_reason", "wait_days": 2},
    {"channel": "email", "angle": "case", "wait_days": 3},
    {"channel": "phone_manual", "angle": "new_reason", "wait_days": 1},
    {"channel": "email", "angle": "last_word", "wait_days": 5},
]
STEPS = read_steps(PLAN)
HOMES = (
    ("Europe/Berlin", "DE", "BY"), ("America/New_York", "US", "NY"), ("Asia/Tokyo", "JP", ""), ("Asia/Riyadh", "SA", ""),
    ("Australia/Lord_Howe", "AU", "NSW"), ("America/Sao_Paulo", "BR", ""), ("", "US", ""), ("", "AU", ""), ("", "CA", ""),
    ("", "RU", ""), ("", "", ""), ("Asia/Kathmandu", "NP", ""),
)  # fmt: skip
PLACES = st.builds(
    lambda home, closed: place_of(
        time_zone=home[0],
        candidates=zones_of_country(home[1]) if home[1] else (),
        sender_zone="Europe/Vienna",
        country=home[1],
        region=home[2],
        closed=closed,
    ),
    st.sampled_from(HOMES),
    st.lists(st.dates(date(2026, 1, 1), date(2028, 1, 1)).map(lambda day: (day, day + timedelta(days=9))), max_size=2),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
FACTOR = st.floats(1.0, 3.0)
CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def planned(place: Place, at: datetime, key: str = "campaign:1:contact:7") -> tuple[datetime, ...]:
    return due_times(STEPS, place, key=key, first=first_time(place, key=key, not_before=at))


def assert_reachable(place: Place, at: datetime) -> None:
    """Never at night, at a weekend, on a holiday or in a quiet period, in any zone that may be theirs."""
    for zone in place.zones:
        local = at.astimezone(ZoneInfo(zone))
        assert time(9) <= local.time() < time(17)
        assert local.weekday() not in weekend_of(place.country)
        assert holiday_name(local.date(), place.country, place.region) is None
    assert not any(first <= local_day(place, at) <= last for first, last in place.closed)


@CALM
@given(place=PLACES, at=MOMENTS, key=st.text(max_size=12))
def test_touches_are_never_due_at_night_on_weekends_or_holidays_and_come_one_after_another(place, at, key):
    dues = planned(place, at, key)
    for due in dues:
        assert_reachable(place, due)
    assert dues[0] >= at
    assert all(earlier < later for earlier, later in pairwise(dues))
    assert dues == planned(place, at, key)


@CALM
@given(place=PLACES, at=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=60)), stretch=FACTOR)
def test_a_plan_that_is_moved_keeps_all_rules_and_moving_it_again_changes_nothing(place, at, later, stretch):
    before = list(enumerate(planned(place, at), 1))
    after = moved(before, place, key="k", not_before=at + later, stretch=stretch)
    for (_, old), new in zip(before, after, strict=True):
        assert_reachable(place, new)
        assert new >= max(old, at + later)
    assert all(earlier < later for earlier, later in pairwise(after))
    again = moved(list(enumerate(after, 1)), place, key="k", not_before=at + later)
    assert again == after


def test_a_plan_that_fits_stays_where_it_is():
    place = Place(zones=("Europe/Berlin",), country="DE")
    at = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
    dues = planned(place, at)
    assert moved(list(enumerate(dues, 1)), place, key="k", not_before=at) == dues


def test_waits_are_working_days_of_the_recipients_country_and_region():
    bavaria = place_of(time_zone="Europe/Berlin", candidates=(), sender_zone="UTC", country="DE", region="BY")
    berlin = place_of(time_zone="Europe/Berlin", candidates=(), sender_zone="UTC", country="DE", region="BE")
    at = datetime(2027, 1, 4, 6, tzinfo=UTC)  # Monday; Epiphany is on Wednesday, in Bavaria alone
    assert [local_day(bavaria, due).isoformat() for due in planned(bavaria, at)] == [
        "2027-01-04", "2027-01-07", "2027-01-12", "2027-01-13", "2027-01-20",
    ]  # fmt: skip
    assert [local_day(berlin, due).isoformat() for due in planned(berlin, at)][:2] == ["2027-01-04", "2027-01-06"]


def test_the_weekend_is_that_of_the_country():
    riyadh = place_of(time_zone="Asia/Riyadh", candidates=(), sender_zone="UTC", country="SA")
    due = first_time(riyadh, key="k", not_before=datetime(2026, 11, 27, 8, tzinfo=UTC))  # a Friday
    assert local_day(riyadh, due) == date(2026, 11, 29)


def test_a_day_on_which_clocks_change_keeps_its_hours():
    place = Place(zones=("America/New_York",), country="US")
    before, after = (
        first_time(place, key="k", not_before=datetime(2026, 3, day, 5, tzinfo=UTC)) for day in (6, 9)
    )  # Friday before and Monday after the change
    local = [at.astimezone(ZoneInfo("America/New_York")) for at in (before, after)]
    assert local[0].time() == local[1].time()
    assert before.time() != after.time()


def test_an_unknown_zone_waits_for_daytime_in_all_zones_of_the_country_or_takes_the_senders():
    us = place_of(time_zone="", candidates=zones_of_country("US"), sender_zone="Europe/Vienna", country="US")
    assert us.basis is ZoneBasis.CANDIDATES
    due = first_time(us, key="k", not_before=datetime(2026, 7, 13, tzinfo=UTC))
    assert {"Pacific/Honolulu", "America/New_York"} & set(us.zones)
    for zone in ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Anchorage"):
        assert time(9) <= due.astimezone(ZoneInfo(zone)).time() < time(17)
    russia = place_of(time_zone="", candidates=zones_of_country("RU"), sender_zone="Europe/Vienna", country="RU")
    assert (russia.basis, russia.zones, russia.country) == (ZoneBasis.SENDER, ("Europe/Vienna",), "RU")


def test_first_touches_are_spread_over_the_day():
    place = Place(zones=("Europe/Berlin",), country="DE")
    at = datetime(2026, 11, 24, tzinfo=UTC)
    hours = Counter(
        first_time(place, key=f"k{number}", not_before=at).astimezone(ZoneInfo("Europe/Berlin")).hour
        for number in range(4_000)
    )
    assert set(hours) == set(range(9, 17))
    assert max(hours.values()) < 1.25 * 4_000 / 8


def test_what_is_left_of_today_is_used():
    place = Place(zones=("Europe/Berlin",), country="DE")
    at = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    due = first_time(place, key="k", not_before=at)
    assert at <= due < datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert is_daytime(place, due)
    assert not is_daytime(place, due + timedelta(hours=1))


def test_somebody_who_can_never_be_reached_is_said():
    place = Place(zones=("UTC",), closed=((date(2026, 1, 1), date(2029, 1, 1)),))
    with pytest.raises(InvalidInput, match="Nobody at UTC"):
        first_time(place, key="k", not_before=datetime(2026, 2, 1, tzinfo=UTC))
