"""Do-not-call files and consent files: every row is taken or told with its reason, and none counts twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance import actions, queries
from tandem.compliance.contracts import Channel, FileReport, Purpose
from tandem.compliance.domain.registry_files import scrubbed
from tandem.compliance.models import Consent, DncScreening, LedgerEntry, Suppression
from tandem.core.actors import built_in_agent
from tandem.core.errors import DataUnreadable, InvalidInput, NotAllowed
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def screen(text: str, register: str = "", **told: Any) -> FileReport:
    given_now = {"screened_at": NOW - timedelta(days=1), "actor": WORKER, "now": NOW, **told}
    return actions.import_screenings(text.encode(), name="list.csv", register=register, **given_now)


def consents(text: str, **told: Any) -> FileReport:
    return actions.import_consents(text.encode(), name="consents.csv", **{"actor": WORKER, "now": NOW, **told})


def kept() -> set[tuple[str, str, bool]]:
    return set(DncScreening.objects.values_list("address", "register", "is_listed"))


@pytest.mark.parametrize("line", ["201,5550100", "2015550100", "(201) 555-0100", "201 5550100", " 201,555-0100 "])
def test_the_national_download_lists_each_number_in_whatever_form(line: str) -> None:
    assert screen(line + "\n") == FileReport(added=1, known=0)
    assert kept() == {("+12015550100", "us_national", True)}


def test_the_change_list_takes_numbers_off_again_and_says_nothing_of_others() -> None:
    report = screen("201,5550100,2026-11-20,A\n201,5550101,2026-11-20,D\n", numbers=["+12015550101", "+12015550199"])
    assert report == FileReport(added=1, known=0)
    assert kept() == {("+12015550101", "us_national", False)}


def test_a_whole_list_answers_for_our_numbers_of_its_area_codes_alone() -> None:
    report = screen("201,5550100\n201,5550101\n", numbers=["201 555 0100", "2015550199", "5125550100", "junk"])
    assert report == FileReport(added=2, known=0)
    assert kept() == {("+12015550100", "us_national", True), ("+12015550199", "us_national", False)}
    assert DncScreening.objects.get(is_listed=False).evidence == "list.csv, not in it"


def test_answers_of_tps_and_ctps_are_two_screenings_a_row() -> None:
    report = screen("Telephone,TPS,CTPS\n020 7946 0958,Y,N\n+44 20 7946 0959,N,N\n")
    assert report == FileReport(added=4, known=0)
    assert ("+442079460958", "uk_tps", True) in kept()
    assert ("+442079460958", "uk_ctps", False) in kept()
    state = queries.dnc_states("+442079460958", now=NOW)["uk_tps"]
    assert (state.is_listed, state.age_days, state.is_fresh) == (True, 1, True)


def test_a_vendors_scrub_is_read_by_its_words_and_days_and_the_rest_is_told() -> None:
    report = screen(
        "phone;status;checked_at\n+12015550100;DNC;2026-11-20\n+12015550101;Clean;2026-11-20\n+12015550102;maybe;\n"
        "nobody;clean;\n;clean;\n+12015550103;clean;2030-01-01\n+12015550104;clean;soon\n",
        register="us_national",
    )
    assert (report.added, [one.number for one in report.rejects]) == (2, [3, 4, 5, 6, 7])
    assert [one.reason for one in report.rejects] == [
        "its result 'maybe' is neither listed nor clear", "it is no phone number", "it has no number",
        "its time lies in the future", "its time 'soon' is no ISO 8601 date",
    ]  # fmt: skip
    assert set(DncScreening.objects.values_list("screened_at", flat=True)) == {datetime(2026, 11, 20, tzinfo=UTC)}


def test_a_scrub_without_its_register_is_refused_row_by_row() -> None:
    report = screen("phone,status\n+12015550100,clean\n")
    assert [one.reason for one in report.rejects] == ["nobody says of which register it is"]


def test_the_same_file_twice_adds_nothing_and_every_import_is_in_the_ledger() -> None:
    text = "201,5550100\n201,5550100\n"
    assert screen(text) == FileReport(added=1, known=0)
    assert screen(text) == FileReport(added=0, known=1)
    assert [entry.action for entry in LedgerEntry.objects.all()] == ["compliance.numbers_screened"] * 2
    assert "5550100" not in LedgerEntry.objects.values_list("facts", flat=True)[0]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "hello\n", "phone,colour\n1,red\n", "status\nclean\n", 'phone,status\n"1']
)
def test_what_is_no_do_not_call_file_is_refused_whole(text: str) -> None:
    with pytest.raises(DataUnreadable):
        screen(text, "us_national")
    assert not DncScreening.objects.exists()
    assert not LedgerEntry.objects.exists()


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    try:
        found = list(scrubbed(text.encode("utf-8", "replace"), "x", register="us_national"))
    except DataUnreadable:
        return
    assert all(one.fault or one.number for one in found)


HEADS = "address,kind,purpose,channel,wording,proof,source,given_at,confirmed_at,counts_from\n"


def test_consents_come_in_with_the_end_that_their_kind_has() -> None:
    report = consents(
        HEADS + "ann@acme.example,express,sales,email,Yes please,form 7,web,2026-11-20T10:00:00Z,,\n"
        "bo@acme.example,implied inquiry,sales,email,,mail 9,,2026-05-25,,\n"
        "cy@acme.example,double_opt_in,newsletter,email,Yes,form 8,web,2026-11-20,2026-11-21,\n"
    )
    assert report == FileReport(added=3, known=0)
    assert queries.consent_state(["ann@acme.example"], Channel.EMAIL, Purpose.SALES, now=NOW).holds
    inquiry = Consent.objects.get(address="bo@acme.example")
    assert (inquiry.expires_at, inquiry.source) == (datetime(2026, 11, 25, tzinfo=UTC), "import: consents.csv")
    assert queries.consent_state(["cy@acme.example"], Channel.EMAIL, Purpose.NEWSLETTER, now=NOW).holds
    actions_told = list(LedgerEntry.objects.values_list("action", flat=True))
    assert actions_told == ["compliance.consent_recorded"] * 3 + ["compliance.consents_imported"]


def test_rows_of_consent_that_prove_nothing_are_told_with_their_reason() -> None:
    report = consents(
        HEADS + "nobody,express,sales,email,Yes,form,web,2026-11-20,,\n"
        "ann@acme.example,maybe,sales,email,Yes,form,web,2026-11-20,,\n"
        "ann@acme.example,express,sales,all,Yes,form,web,2026-11-20,,\n"
        "ann@acme.example,express,sales,email,,form,web,2026-11-20,,\n"
        "ann@acme.example,express,sales,email,Yes,,web,2026-11-20,,\n"
        "ann@acme.example,express,sales,email,Yes,form,web,2030-01-01,,\n"
        "ann@acme.example,express,sales,email,Yes,form,web,,,\n"
        "ann@acme.example,double_opt_in,sales,email,Yes,form,web,2026-11-20,2026-11-19,\n"
    )
    assert (report.added, [one.number for one in report.rejects]) == (0, [1, 2, 3, 4, 5, 6, 7, 8])
    assert not Consent.objects.exists()
    reasons = [one.reason for one in report.rejects]
    assert reasons[6:] == ["nobody says when it was given", "it was confirmed before it was given"]


def test_an_imported_consent_counts_once_and_lifts_no_suppression() -> None:
    text = HEADS + "ann@acme.example,express,sales,email,Yes,form 7,web,2026-11-20,,\n"
    actions.revoke_consent(["ann@acme.example"], how="a call", actor=WORKER, now=NOW)
    assert consents(text) == FileReport(added=1, known=0)
    assert consents(text) == FileReport(added=0, known=1)
    assert Suppression.objects.get().superseded_at is None
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None


def test_files_are_for_reviewers_and_times_lie_behind(company: Company) -> None:
    for call in (lambda: screen("201,5550100\n", actor=company.actor("seller")),
                 lambda: consents(HEADS, actor=company.actor("manager"))):  # fmt: skip
        with pytest.raises(NotAllowed):
            call()
    with pytest.raises(InvalidInput):
        screen("201,5550100\n", screened_at=NOW + timedelta(days=1))
    assert not DncScreening.objects.exists()
