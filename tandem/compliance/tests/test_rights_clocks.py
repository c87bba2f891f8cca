"""Each law's clock is read from its rule; the earliest of all candidates counts, and nothing known counts as all."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance.contracts.requests import AT_ONCE, OPEN_STATES, RequestKind, RequestState, RightsClock
from tandem.compliance.domain.rights.clocks import clock_of, end_of, notice_due, read_term
from tandem.compliance.domain.rights.states import RequestStep, after, steps_from
from tandem.compliance.domain.rules.packs import built_in
from tandem.core.calendar import business_calendar
from tandem.core.errors import Conflict, InvalidInput

PACKS = built_in()
KNOWN = ["DE", "FR", "GB", "CH", "US-CA", "US-TX", "US-VA", "US-CO", "US-CT", "US", "CA", "CA-QC", "CA-ON", "BR", "AU",
         "NZ", "SG", "KR", "ZA", "TR"]  # fmt: skip
DAYS = st.dates(date(2026, 3, 1), date(2035, 12, 31))
PLACES = st.lists(st.sampled_from([*KNOWN, "JP", "IN", "CN", "AE"]), max_size=4)
KINDS = st.sampled_from(list(RequestKind))


def clock(place: str, day: str, kind: RequestKind = RequestKind.ACCESS, **said: object) -> RightsClock:
    return clock_of(kind, date.fromisoformat(day), places=[place] if place else [], packs=PACKS, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "received", "due", "rule"),
    [
        ("DE", "2026-11-24", "2026-12-24", "EU-GDPR-006"),
        ("DE", "2026-01-31", "2026-02-28", "EU-GDPR-006"),
        ("FR", "2028-01-31", "2028-02-29", "EU-GDPR-006"),
        ("GB", "2026-05-31", "2026-06-30", "EU-GDPR-006"),
        ("CH", "2026-11-24", "2026-12-24", "CH-FADP-001"),
        ("US-CA", "2026-11-24", "2027-01-08", "US-CA-CCPA-002"),
        ("US-VA", "2026-11-24", "2027-01-08", "US-ST-PRIV-002"),
        ("US-CO", "2026-11-24", "2027-01-08", "US-ST-PRIV-002"),
        ("US-CT", "2026-11-24", "2027-01-08", "US-ST-PRIV-002"),
        ("US-TX", "2026-11-24", "2027-01-08", "US-ST-PRIV-002"),
        ("CA-ON", "2026-11-24", "2026-12-24", "CA-PIPEDA-002"),
        ("CA-QC", "2026-11-24", "2026-12-24", "CA-PIPEDA-002"),
        ("BR", "2026-11-24", "2026-12-09", "BR-LGPD-001"),
        ("AU", "2026-11-24", "2026-12-24", "AU-APP-012"),
        ("KR", "2026-11-24", "2026-12-04", "KR-PIPA-001"),
        ("IN", "2027-06-01", "2027-08-30", "IN-DPDP-001"),
    ],
)
def test_the_last_day_is_the_one_of_the_law(place: str, received: str, due: str, rule: str) -> None:
    found = clock(place, received).respond
    assert (found.due_on.isoformat(), found.rule) == (due, rule)
    assert found.source


@pytest.mark.parametrize(
    ("place", "received", "told_by", "until"),
    [
        ("DE", "2026-11-24", "2026-12-24", "2027-02-24"),
        ("DE", "2026-01-31", "2026-02-28", "2026-04-28"),
        ("US-CA", "2026-11-24", "2027-01-08", "2027-02-22"),
        ("CA-ON", "2026-11-24", "2026-12-24", "2027-01-23"),
    ],
)
def test_an_extension_moves_the_last_day_once_the_person_was_told(
    place: str, received: str, told_by: str, until: str
) -> None:
    found = clock(place, received)
    assert found.tell_extension is not None
    assert found.extension is not None
    assert found.tell_extension.due_on.isoformat() == told_by
    assert found.extension.due_on.isoformat() == until
    assert clock(place, received, is_extended=True).respond.due_on.isoformat() == until


@pytest.mark.parametrize("place", ["CA-QC", "BR", "CH", "AU", "", "JP"])
def test_where_the_law_knows_no_extension_there_is_none(place: str) -> None:
    assert clock(place, "2026-11-24").extension is None
    assert clock(place, "2026-11-24", is_extended=True) == clock(place, "2026-11-24")


def test_california_wants_a_receipt_in_ten_business_days_and_an_opt_out_in_fifteen() -> None:
    found = clock("US-CA", "2026-11-24")
    assert found.confirm is not None
    # Thanksgiving, the day after it in California, and two weekends lie between.
    assert found.confirm.due_on == date(2026, 12, 10)
    assert clock("US-CA", "2026-11-24", RequestKind.AUTOMATION).respond.due_on == date(2026, 12, 17)


def test_an_objection_in_europe_is_due_on_the_day_it_comes() -> None:
    found = clock("DE", "2026-11-24", RequestKind.OBJECTION).respond
    assert (found.due_on, found.rule) == (date(2026, 11, 24), "EU-GDPR-007")


def test_the_clock_stands_still_for_identity_only_where_the_law_says_so() -> None:
    assert clock("GB", "2026-11-24", paused_days=7).respond.due_on == date(2027, 1, 1)
    assert clock("GB", "2026-11-24").pauses_for_identity
    assert clock("DE", "2026-11-24", paused_days=7).respond.due_on == date(2026, 12, 24)
    both = clock_of(RequestKind.ACCESS, date(2026, 11, 24), places=["GB", "DE"], packs=PACKS, paused_days=7)
    assert both.respond.due_on == date(2026, 12, 24)
    assert not both.pauses_for_identity
    assert clock("GB", "2026-01-10").pauses_for_identity is False  # not in force yet


def test_a_place_without_a_known_clock_has_the_strictest_of_all() -> None:
    everywhere = min(clock(place, "2026-11-24").respond.due_on for place in KNOWN)
    assert clock("", "2026-11-24").respond.due_on == everywhere
    assert clock("JP", "2026-11-24").respond.due_on == everywhere
    assert clock("IN", "2026-11-24").respond.due_on == everywhere
    assert clock("", "2026-11-24", RequestKind.OBJECTION).respond.due_on == date(2026, 11, 24)


@given(DAYS, PLACES, KINDS, st.integers(0, 60))
def test_more_candidates_never_give_more_time(day: date, places: list[str], kind: RequestKind, pause: int) -> None:
    whole = clock_of(kind, day, places=places, packs=PACKS, paused_days=pause)
    longer = clock_of(kind, day, places=places, packs=PACKS, paused_days=pause, is_extended=True)
    for place in places:
        alone = clock_of(kind, day, places=[place], packs=PACKS, paused_days=pause)
        assert whole.respond.due_on <= alone.respond.due_on
        assert (
            longer.respond.due_on
            <= clock_of(kind, day, places=[place], packs=PACKS, paused_days=pause, is_extended=True).respond.due_on
        )
    assert clock_of(kind, day, places=[], packs=PACKS).respond.due_on <= whole.respond.due_on
    assert day <= whole.respond.due_on <= longer.respond.due_on <= day + timedelta(days=200)
    if whole.tell_extension is not None:
        assert day < whole.tell_extension.due_on <= whole.respond.due_on
    if kind in AT_ONCE:
        assert whole.extension is None


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 36))
def test_months_end_on_the_same_day_or_the_months_last(day: date, months: int) -> None:
    ends = end_of(read_term(f"{months} months from received_at"), day)
    assert (ends.year * 12 + ends.month) - (day.year * 12 + day.month) == months
    assert ends.day == min(day.day, calendar.monthrange(ends.year, ends.month)[1])


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 30))
def test_business_days_are_counted_as_by_hand(day: date, count: int) -> None:
    california = business_calendar(country="US", region="CA")
    ends, seen = end_of(read_term(f"{count} business_days from received_at"), day, california), 0
    cursor = day
    while cursor < ends:
        cursor += timedelta(days=1)
        seen += california.is_working_day(cursor)
    assert seen == count
    assert california.is_working_day(ends)


@pytest.mark.parametrize("text", ["soon", "45 days", "-1 days from received_at", "45 fortnights from received_at", ""])
def test_a_deadline_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_term(text)


def test_the_notice_of_bought_data_is_due_within_a_month() -> None:
    assert notice_due(date(2026, 1, 31), "DE", PACKS) == date(2026, 2, 28)
    assert notice_due(date(2026, 1, 31), "CH", PACKS) == date(2026, 2, 28)
    assert notice_due(date(2026, 1, 31), "", PACKS) == date(2026, 2, 28)
    assert notice_due(date(2026, 1, 31), "US-TX", PACKS) is None


# --- states ---


@given(st.lists(st.sampled_from(list(RequestStep)), max_size=12))
def test_whatever_is_pressed_a_request_is_worked_on_only_after_the_identity_and_never_lives_again(
    steps: list[RequestStep],
) -> None:
    state, was_checked, walked = RequestState.RECEIVED, False, [RequestState.RECEIVED]
    for step in steps:
        allowed = step in steps_from(state)
        if not allowed:
            with pytest.raises(Conflict):
                after(state, step)
            continue
        state = after(state, step)
        was_checked |= step is RequestStep.CHECK_IDENTITY
        walked.append(state)
        if state in {RequestState.WORKING, RequestState.HELD, RequestState.DONE}:
            assert was_checked
    over = {RequestState.DONE, RequestState.REFUSED}
    first_over = next((place for place, one in enumerate(walked) if one in over), len(walked))
    assert set(walked[first_over:]) <= over
    assert len(set(walked[first_over:])) <= 1


def test_every_open_request_can_be_refused_and_none_that_is_over() -> None:
    for state in RequestState:
        assert (RequestStep.REFUSE in steps_from(state)) == (state in OPEN_STATES)
    assert steps_from(RequestState.DONE) == frozenset()
    assert steps_from(RequestState.REFUSED) == frozenset()
