"""Quiet periods: which days they lie on, whom they mean, and files that come back as they went out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as searched
from hypothesis import strategies as st

from tandem.compliance.actions import quiet as actions
from tandem.compliance.domain import quiet, quiet_files
from tandem.compliance.domain.quiet import QuietRow
from tandem.compliance.models import LedgerEntry, QuietPeriod
from tandem.compliance.queries import switches as queries
from tandem.core.errors import Conflict, DataUnreadable, InvalidInput, NotAllowed, NotFound
from tests.company import Company

YEAR_TURN = QuietRow(
    name="Between the years", starts_on=date(2024, 12, 24), ends_on=date(2025, 1, 2), is_yearly=True
)  # fmt: skip
PEAK = QuietRow(name="Peak", starts_on=date(2026, 11, 20), ends_on=date(2026, 12, 26), industries=("retail",))


@pytest.mark.parametrize(
    ("row", "on", "expected"),
    [
        (YEAR_TURN, date(2026, 12, 31), (date(2026, 12, 24), date(2027, 1, 2))),
        (YEAR_TURN, date(2027, 1, 2), (date(2026, 12, 24), date(2027, 1, 2))),
        (YEAR_TURN, date(2027, 1, 3), None),
        (YEAR_TURN, date(2026, 12, 23), None),
        (PEAK, date(2026, 11, 20), (date(2026, 11, 20), date(2026, 12, 26))),
        (PEAK, date(2027, 11, 20), None),
    ],
)
def test_a_period_lies_on_its_days_over_new_year_too(
    row: QuietRow, on: date, expected: tuple[date, date] | None
) -> None:
    assert quiet.occurrence(row, on) == expected


def test_a_leap_day_is_the_last_of_february_in_other_years() -> None:
    row = QuietRow(name="Leap", starts_on=date(2024, 2, 29), ends_on=date(2024, 2, 29), is_yearly=True)
    assert quiet.occurrence(row, date(2027, 2, 28)) == (date(2027, 2, 28), date(2027, 2, 28))
    assert quiet.occurrence(row, date(2028, 2, 28)) is None


def test_the_strip_of_a_year_holds_both_ends_of_a_turn_of_the_year() -> None:
    assert quiet.occurrences(YEAR_TURN, 2026) == [
        (date(2026, 1, 1), date(2026, 1, 2)), (date(2026, 12, 24), date(2026, 12, 31)),
    ]  # fmt: skip
    assert quiet.occurrences(PEAK, 2027) == []


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60)


@st.composite
def periods(draw: st.DrawFn) -> QuietRow:
    starts_on, is_yearly = draw(days), draw(st.booleans())
    row = QuietRow(
        name=draw(names.filter(lambda name: name.split())),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=draw(st.integers(0, 364))),
        is_yearly=is_yearly,
        industries=draw(st.lists(st.sampled_from(["Retail", "hospital; clinic", "e-commerce", "Öl"]), max_size=3)),
        places=draw(st.lists(st.sampled_from(["de", "US-TX", "EEA"]), max_size=2)),
        accounts=draw(st.lists(st.sampled_from(["account:3", "account:12"]), max_size=2)),
        source=draw(names),
    )
    return quiet.checked(row)


@searched(deadline=None)
@given(periods(), days)
def test_a_day_of_the_strip_is_a_quiet_day_and_no_other_is(row: QuietRow, on: date) -> None:
    in_strip = any(first <= on <= last for first, last in quiet.occurrences(row, on.year))
    assert in_strip == (quiet.occurrence(row, on) is not None)


@searched(deadline=None)
@given(periods(), st.sampled_from(["Retail", "Hospitals & Health Care", "Software"]), days)
def test_knowing_less_of_somebody_never_leaves_a_period_out(row: QuietRow, industry: str, on: date) -> None:
    fits = quiet.fitting([row], industry=industry, places=("DE",), account="account:3", on=on)
    for known in ({"industry": ""}, {"places": ()}):
        asked = {"industry": industry, "places": ("DE",), "account": "account:3", "on": on} | known
        assert len(quiet.fitting([row], **asked)) >= len(fits)  # type: ignore[arg-type]


@searched(deadline=None, max_examples=40)
@given(st.lists(periods(), max_size=4))
def test_files_come_back_as_they_went_out(rows: list[QuietRow]) -> None:
    for lines in (quiet_files.as_csv(rows), quiet_files.as_calendar(rows)):
        file = quiet_files.read("".join(lines).encode(), "quiet")
        assert file.rejects == ()
        assert [row for _, row in file.rows] == rows


@searched(deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda text: f"BEGIN:VCALENDAR\n{text}".encode()))
def test_any_bytes_are_read_or_refused_and_never_fail(content: bytes) -> None:
    try:
        file = quiet_files.read(content, "x")
    except DataUnreadable:
        return
    assert len(file.rows) + len(file.rejects) <= quiet_files.MOST_ROWS


FOREIGN = b"""BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
SUMMARY:Crisis weeks\\, ward\r
  s closed\r
DTSTART;TZID=Europe/Berlin:20261201T090000\r
DTEND;TZID=Europe/Berlin:20261215T000000\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Standup\r
DTSTART:20261201T090000Z\r
RRULE:FREQ=WEEKLY;BYDAY=MO\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Nowhere\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_a_calendar_of_somebody_else_is_read_for_those_the_reader_names() -> None:
    file = quiet_files.for_whom(quiet_files.read(FOREIGN, "x.ics"), industries=("hospital",), places=())
    [(number, row)] = file.rows
    assert (number, row.name) == (1, "Crisis weeks, ward s closed")
    assert (row.starts_on, row.ends_on, row.is_yearly) == (date(2026, 12, 1), date(2026, 12, 14), False)
    assert row.industries == ("hospital",)
    assert [(one.number, one.value) for one in file.rejects] == [(2, "Standup"), (3, "Nowhere")]
    assert "not plainly yearly" in file.rejects[0].reason


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"ends_on": date(2026, 11, 19)},
        {"is_yearly": True, "ends_on": date(2027, 11, 20)},
        {"starts_on": date(1999, 1, 1)},
        {"places": ("Atlantis",)},
        {"accounts": ("contact:3",)},
    ],
)
def test_a_period_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        quiet.checked(replace(PEAK, **wrong))  # type: ignore[arg-type]


def test_suggestions_say_why_and_where_they_come_from() -> None:
    found = quiet.suggestions()
    assert {one.key for one in found} >= {"retail-peak", "hospital-winter", "reporting-q1", "august", "tax-us"}
    assert all(one.why and one.row.source and one.row.is_yearly for one in found)
    assert len({one.row.name for one in found}) == len(found)


@pytest.mark.django_db
def test_revops_takes_over_changes_and_ends_a_suggestion(company: Company, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        actions.adopt_suggestion("retail-peak", actor=company.actor("lena"), now=now)
    assert queries.all_quiet() == []
    olga = company.actor("olga")
    pk = actions.adopt_suggestion("retail-peak", actor=olga, now=now)
    with pytest.raises(Conflict, match="stands already"):
        actions.adopt_suggestion("retail-peak", actor=olga, now=now)
    with pytest.raises(NotFound):
        actions.adopt_suggestion("nothing", actor=olga, now=now)
    asked = {"industry": "Grocery retail", "places": ("DE",), "account": "account:3"}
    [span] = queries.quiet_for(**asked, on=now.date())  # type: ignore[arg-type]
    assert (span.id, span.starts_on, span.ends_on) == (pk, date(2026, 11, 20), date(2026, 12, 26))
    later = replace(queries.get_quiet(pk), starts_on=date(2000, 11, 25))
    actions.change_quiet_period(pk, later, actor=olga, now=now)
    actions.change_quiet_period(pk, later, actor=olga, now=now)
    assert queries.quiet_for(**asked, on=now.date()) == []  # type: ignore[arg-type]
    actions.end_quiet_period(pk, reason="Not ours", actor=olga, now=now)
    with pytest.raises(Conflict):
        actions.end_quiet_period(pk, reason="Not ours", actor=olga, now=now)
    with pytest.raises(Conflict):
        actions.change_quiet_period(pk, replace(later, name="Other"), actor=olga, now=now)
    told = list(
        LedgerEntry.objects.filter(subject=f"quiet_period:{pk}").order_by("number").values_list("action", flat=True)
    )
    assert told == [f"compliance.quiet_period_{deed}" for deed in ("added", "changed", "ended")]


@pytest.mark.django_db
def test_an_import_adds_what_is_new_and_tells_what_it_refuses(company: Company, now: datetime) -> None:
    olga = company.actor("olga")
    actions.add_quiet_period(PEAK, actor=olga, now=now)
    other_days = replace(YEAR_TURN, ends_on=date(2025, 1, 3))
    lines = [*quiet_files.as_csv([PEAK, YEAR_TURN, other_days]), "Broken,2026-13-01,2026-12-01,no,,,,\r\n"]
    done = actions.import_quiet_periods("".join(lines).encode(), name="quiet.csv", actor=olga, now=now)
    assert done.sentence == "1 added, 1 known already, 2 refused."
    assert [one.number for one in done.rejects] == [3, 4]
    again = actions.import_quiet_periods("".join(lines).encode(), name="quiet.csv", actor=olga, now=now)
    assert (again.added, again.known) == (0, 2)
    with pytest.raises(NotAllowed):
        actions.import_quiet_periods(b"", name="x", actor=company.actor("maya"), now=now)
    assert QuietPeriod.objects.count() == 2
