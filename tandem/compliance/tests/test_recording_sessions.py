"""No part of a conversation is kept without the consent that its strictest participant needs; late joiners included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance import actions, queries
from tandem.compliance.actions import recording
from tandem.compliance.contracts import RecordingScope, RecordingState
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.recordings import Participant, RecordingPermit, SessionStanding, SessionState
from tandem.compliance.domain.recording_sessions import Present, is_announced, may_record, request_for
from tandem.compliance.models import LedgerEntry, RecordingConsent, RecordingErasure, RecordingSession
from tandem.compliance.queries import recordings, rules
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, PolicyBlocked
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
HOST = Participant(name="Maya", address="maya@us.example", locations=("US-TX",), is_host=True)
GEORGIA = Participant(name="Bo", address="bo@acme.example", locations=("US-GA",))
CALIFORNIA = Participant(name="Ann", address="ann@acme.example", locations=("US-CA",))
TEXT = "recording.en@3"
ASKED = "We record this call and an AI writes it down. Do you agree?"


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def begin(*others: Participant, everybody_agrees: bool = False, announced: bool = True, **told: Any) -> SessionStanding:
    """A session with the host and others; by the law alone unless said otherwise."""
    opened = recording.open_recording(
        "meet-1", [HOST, *others], actor=WORKER, now=NOW, everybody_agrees=everybody_agrees, **told
    )
    if not announced:
        return opened
    return recording.announce(opened.id, text=TEXT, actor=WORKER, now=NOW)


def say(address: str, state: RecordingState = RecordingState.GRANTED, **told: Any) -> int:
    return actions.record_recording_consent(
        address, **{"state": state, "proof": "form 4", "source": "web", "wording": ASKED, "at": NOW - timedelta(days=9),
                    "actor": WORKER, "now": NOW, **told},
    )  # fmt: skip


def permit(session: SessionStanding, minutes: float = 1) -> RecordingPermit:
    return recording.permit_for(session.id, actor=WORKER, now=at(minutes))


def id_of(session: SessionStanding, name: str) -> int:
    return next(one.id for one in recordings.attendance_of(session.id, now=at(60)) if one.name == name)


def rules_of(session: SessionStanding) -> set[str]:
    return {rule["id"] for rule in session.decision["rules"] if rule["effect"] == "block"}


pytestmark = pytest.mark.django_db


def test_a_call_among_one_party_places_is_recorded_once_it_is_announced() -> None:
    opened = begin(GEORGIA, announced=False)
    assert opened.state is SessionState.PAUSED
    assert rules_of(opened) == {"REC-CONTENT-001"}
    told = recording.announce(opened.id, text=TEXT, actor=WORKER, now=at(1))
    assert (told.state, told.announced_text, told.announced_at) == (SessionState.RECORDING, TEXT, at(1))
    assert permit(told).revision == told.revision == 2


def test_the_house_asks_everybody_where_the_law_would_not() -> None:
    session = begin(GEORGIA, everybody_agrees=True)
    assert session.state is SessionState.PAUSED
    assert session.decision["decision"] == "allow"
    assert "The house asks everybody first" in session.decision["explanation"]
    assert session.asks == (id_of(session, "Bo"),)
    agreed = recording.answer(
        session.id, id_of(session, "Bo"), agrees=True, wording=ASKED, proof="0:14", actor=WORKER, now=at(1)
    )
    assert agreed.state is SessionState.RECORDING
    entry = RecordingConsent.objects.get()
    assert (entry.meeting, entry.wording, entry.proof, entry.state) == ("meet-1", ASKED, "0:14", "granted")


def test_a_late_joiner_from_california_pauses_a_one_party_call_until_they_agree() -> None:
    session = begin(GEORGIA)
    good = permit(session)
    recording.check_permit(good, now=at(2))
    joined = recording.join(session.id, CALIFORNIA, actor=WORKER, now=at(3))
    assert joined.state is SessionState.PAUSED
    assert {"REC-US-CA-001", "REC-US-INTERSTATE"} <= rules_of(joined)
    assert joined.sentence == "Paused: announce and ask. 2 to be asked."
    with pytest.raises(PolicyBlocked, match="has changed"):
        recording.check_permit(good, now=at(3))
    with pytest.raises(PolicyBlocked, match="Nothing of this conversation"):
        permit(joined, 3)
    again = recording.announce(session.id, text=TEXT, actor=WORKER, now=at(4))
    assert again.state is SessionState.PAUSED
    for name in ("Bo", "Ann"):
        last = recording.answer(
            session.id, id_of(session, name), agrees=True, wording=ASKED, proof="chat", actor=WORKER, now=at(5)
        )
    assert last.state is SessionState.RECORDING
    recording.check_permit(permit(last, 5), now=at(6))


def test_the_call_goes_on_when_the_late_joiner_leaves() -> None:
    session = begin(GEORGIA)
    recording.join(session.id, CALIFORNIA, actor=WORKER, now=at(3))
    left = recording.leave(session.id, id_of(session, "Ann"), actor=WORKER, now=at(4))
    assert left.state is SessionState.RECORDING
    assert permit(left, 4)


def test_a_late_joiner_has_not_heard_the_announcement() -> None:
    session = begin(GEORGIA)
    other = replace(GEORGIA, name="Cy", address="cy@acme.example")
    joined = recording.join(session.id, other, actor=WORKER, now=at(3))
    assert joined.state is SessionState.PAUSED
    assert "REC-CONTENT-001" in rules_of(joined)
    assert recording.announce(session.id, text=TEXT, actor=WORKER, now=at(4)).state is SessionState.RECORDING


@pytest.mark.parametrize(
    "place",
    [(), ("US",), ("nowhere",), ("DE",), ("US-GA", "US-CA"), ("US-GA", "DE")],
)
def test_an_unknown_place_a_strict_one_or_a_strict_candidate_needs_everybody(place: Sequence[str]) -> None:
    session = begin(replace(GEORGIA, locations=place))
    assert session.state is SessionState.PAUSED
    with pytest.raises(PolicyBlocked):
        permit(session)


def test_an_area_code_counts_beside_the_place_and_proves_none() -> None:
    caller = Participant(name="Bo", address="+14155550123", locations=("US-GA",))
    assert begin(caller).state is SessionState.PAUSED
    recording.close(RecordingSession.objects.get().id, actor=WORKER, now=at(1))
    texan = Participant(name="Bo", address="+15125550123")
    assert begin(texan).state is SessionState.PAUSED


def test_who_declined_before_is_never_recorded_in_whatever_place() -> None:
    say("bo@acme.example", RecordingState.DECLINED)
    session = begin(GEORGIA)
    assert session.state is SessionState.PAUSED
    assert session.asks == ()
    with pytest.raises(PolicyBlocked):
        permit(session)


def test_a_consent_for_another_meeting_does_not_count_and_one_for_this_does() -> None:
    say("ann@acme.example", meeting="meet-2")
    assert begin(CALIFORNIA).state is SessionState.PAUSED
    recording.close(RecordingSession.objects.get().id, actor=WORKER, now=at(1))
    say("ann@acme.example", meeting="meet-1")
    assert begin(CALIFORNIA).state is SessionState.RECORDING


def test_consent_to_the_recording_is_none_to_its_analysis() -> None:
    say("ann@acme.example")
    assert begin(CALIFORNIA, scope=RecordingScope.ANALYSIS).state is SessionState.PAUSED
    recording.close(RecordingSession.objects.get().id, actor=WORKER, now=at(1))
    assert begin(CALIFORNIA).state is SessionState.RECORDING


def test_a_consent_that_ends_during_the_call_stops_it_without_anybody_saying_so() -> None:
    say("ann@acme.example", at=NOW.replace(year=2024) + timedelta(minutes=10))
    session = begin(CALIFORNIA)
    good = permit(session)
    recording.check_permit(good, now=at(9))
    with pytest.raises(PolicyBlocked):
        recording.check_permit(good, now=at(11))
    with pytest.raises(PolicyBlocked):
        permit(session, 11)


def test_an_objection_stops_at_once_and_lists_the_part_to_be_deleted() -> None:
    session = begin(GEORGIA)
    good = permit(session)
    stopped = recording.object_to(session.id, id_of(session, "Bo"), proof="said so at 3:10", actor=WORKER, now=at(3))
    assert stopped.state is SessionState.PAUSED
    with pytest.raises(PolicyBlocked):
        recording.check_permit(good, now=at(3))
    listed = recordings.list_erasures(WORKER)
    assert [(one.session_id, one.why, one.since, one.done_at) for one in listed] == [
        (session.id, "somebody objected", NOW, None)
    ]
    assert RecordingConsent.objects.get().state == "declined"
    left = recording.leave(session.id, id_of(session, "Bo"), actor=WORKER, now=at(4))
    assert left.state is SessionState.RECORDING


def test_somebody_without_an_address_answers_in_the_session_alone() -> None:
    session = begin(Participant(name="Caller", locations=("US-CA",)))
    assert session.state is SessionState.PAUSED
    agreed = recording.answer(
        session.id, id_of(session, "Caller"), agrees=True, wording=ASKED, proof="0:20", actor=WORKER, now=at(1)
    )
    assert agreed.state is SessionState.RECORDING
    caller = recordings.attendance_of(session.id, now=at(2))[1]
    assert (caller.state, caller.said_at, caller.wording, caller.consent_id) == (
        RecordingState.GRANTED, at(1), ASKED, None,
    )  # fmt: skip
    assert not RecordingConsent.objects.exists()


def test_consent_taken_back_mid_call_stops_it_and_lists_every_session_of_the_person() -> None:
    say("ann@acme.example")
    first = begin(CALIFORNIA)
    recording.check_permit(permit(first), now=at(1))
    recording.close(first.id, actor=WORKER, now=at(2))
    second = recording.open_recording("meet-2", [HOST, CALIFORNIA], actor=WORKER, now=at(3), everybody_agrees=False)
    good = permit(second, 4)
    apart = recording.open_recording("meet-3", [HOST], actor=WORKER, now=at(3))
    assert recording.withdraw("Ann@Acme.example", how="a mail of today", actor=WORKER, now=at(5)) == (
        first.id, second.id,
    )  # fmt: skip
    with pytest.raises(PolicyBlocked):
        recording.check_permit(good, now=at(5))
    assert recordings.standing_of(second.id).state is SessionState.PAUSED
    assert recordings.standing_of(apart.id).revision == apart.revision
    assert {one.meeting for one in recordings.list_erasures(WORKER)} == {"meet-1", "meet-2"}
    assert recording.withdraw("ann@acme.example", how="again", actor=WORKER, now=at(6)) == ()


def test_recordings_of_an_erased_person_are_listed_and_the_name_goes() -> None:
    say("ann@acme.example")
    session = begin(CALIFORNIA)
    actions.erase_person(["ann@acme.example"], request="request:4", actor=WORKER, now=at(3))
    assert [(one.session_id, one.why) for one in recordings.list_erasures(WORKER)] == [
        (session.id, "erasure, request:4")
    ]
    assert "Ann" not in {one.name for one in recordings.attendance_of(session.id, now=at(4))}
    with pytest.raises(PolicyBlocked):
        permit(session, 4)


def test_a_session_that_was_never_allowed_leaves_nothing_to_delete() -> None:
    session = begin(CALIFORNIA)
    recording.object_to(session.id, id_of(session, "Ann"), proof="chat", actor=WORKER, now=at(1))
    assert not RecordingErasure.objects.exists()


def test_a_deletion_is_told_once_with_its_proof() -> None:
    session = begin(GEORGIA)
    recording.object_to(session.id, id_of(session, "Bo"), proof="chat", actor=WORKER, now=at(1))
    erasure = recordings.list_erasures(WORKER)[0]
    with pytest.raises(InvalidInput):
        recording.confirm_erasure(erasure.id, proof=" ", actor=WORKER, now=at(2))
    recording.confirm_erasure(erasure.id, proof="store 7 says gone", actor=WORKER, now=at(2))
    assert recordings.list_erasures(WORKER) == []
    assert recordings.list_erasures(WORKER, is_open=False)[0].proof == "store 7 says gone"
    with pytest.raises(Conflict):
        recording.confirm_erasure(erasure.id, proof="again", actor=WORKER, now=at(3))
    with pytest.raises(NotFound):
        recording.confirm_erasure(99, proof="x", actor=WORKER, now=at(3))


def test_a_permit_that_nobody_gave_or_of_a_session_that_is_over_is_void() -> None:
    session = begin(GEORGIA)
    good = permit(session)
    for bad in (
        replace(good, revision=good.revision + 1), replace(good, session_id=99), replace(good, meeting="meet-2"),
        replace(good, scope=RecordingScope.ANALYSIS),
    ):  # fmt: skip
        with pytest.raises(PolicyBlocked):
            recording.check_permit(bad, now=at(1))
    recording.close(session.id, actor=WORKER, now=at(2))
    with pytest.raises(PolicyBlocked):
        recording.check_permit(good, now=at(2))
    for call in (
        lambda: recording.announce(session.id, text=TEXT, actor=WORKER, now=at(3)),
        lambda: recording.join(session.id, GEORGIA, actor=WORKER, now=at(3)),
        lambda: recording.close(session.id, actor=WORKER, now=at(3)),
        lambda: permit(session, 3),
    ):
        with pytest.raises(Conflict):
            call()


def test_what_can_not_be_a_session_is_refused_and_leaves_nothing() -> None:
    for meeting, people in (
        ("", [HOST]), ("../x", [HOST]), ("m" * 121, [HOST]), ("m", [Participant(name=" ")]),
        ("m", [Participant(name="x", address="nobody")]), ("m", [Participant(name="x", locations=["US-CA"] * 21)]),
        ("m", [Participant(name="x", locations=["x" * 21])]),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            recording.open_recording(meeting, people, actor=WORKER, now=NOW)
    assert not RecordingSession.objects.exists()
    begin()
    with pytest.raises(Conflict):
        begin()
    assert recordings.count_sessions(WORKER) == 1


def test_an_answer_needs_proof_and_wording_and_somebody_who_is_there() -> None:
    session = begin(CALIFORNIA)
    ann = id_of(session, "Ann")
    refused: tuple[dict[str, Any], ...] = (
        {"agrees": True, "proof": "0:1"},
        {"agrees": True, "proof": " ", "wording": ASKED},
        {"agrees": False, "proof": ""},
    )
    for told in refused:
        with pytest.raises(InvalidInput):
            recording.answer(session.id, ann, actor=WORKER, now=at(1), **told)
    with pytest.raises(NotFound):
        recording.answer(session.id, 99, agrees=False, proof="x", actor=WORKER, now=at(1))
    with pytest.raises(InvalidInput):
        recording.announce(session.id, text=" ", actor=WORKER, now=at(1))
    assert recordings.standing_of(session.id).revision == session.revision
    assert not RecordingConsent.objects.exists()


def test_nobody_records_without_the_right_and_sellers_see_their_own(company: Company) -> None:
    with pytest.raises(NotAllowed):
        recording.open_recording("m", [HOST], actor=built_in_agent("x"), now=NOW)
    own = recording.open_recording("own", [HOST], actor=company.actor("seller"), now=NOW)
    other = recording.open_recording("other", [HOST], actor=WORKER, now=NOW)
    assert [row.meeting for row in recordings.list_sessions(company.actor("seller"))] == ["own"]
    assert recordings.count_sessions(company.actor("compliance")) == 2
    assert recordings.get_session(company.actor("seller"), own.id).meeting == "own"
    with pytest.raises(NotFound):
        recording.announce(other.id, text=TEXT, actor=company.actor("seller"), now=at(1))
    with pytest.raises(NotFound):
        recordings.sessions_of(company.actor("seller"), "other")


def test_every_decision_is_in_the_ledger_with_its_rules_and_no_name() -> None:
    session = begin(GEORGIA)
    recording.join(session.id, CALIFORNIA, actor=WORKER, now=at(1))
    recording.close(session.id, actor=WORKER, now=at(2))
    entries = queries.entries_about(f"recording_session:{session.id}")
    assert [entry.action for entry in entries] == ["compliance.recording_decided"] * 3 + ["compliance.recording_closed"]
    assert "REC-US-CA-001@" in entries[2].facts
    assert TEXT in entries[1].facts
    for entry in LedgerEntry.objects.all():
        assert not any(word in entry.facts for word in ("Ann", "Bo", "acme.example"))


def test_the_database_refuses_a_closed_session_without_end() -> None:
    session = begin()
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordingSession.objects.filter(id=session.id).update(state="closed")


def test_a_permit_is_checked_with_few_queries(django_assert_max_num_queries: Any) -> None:
    good = permit(begin(GEORGIA))
    with django_assert_max_num_queries(6):
        recording.check_permit(good, now=at(2))


STATES = st.sampled_from(list(RecordingState))
PLACES = st.lists(st.sampled_from(["US-TX", "US-GA", "US-CA", "US", "DE", "GB", "CA", "", "JP"]), max_size=3)
PEOPLE = st.lists(st.tuples(STATES, PLACES, st.integers(0, 5)), min_size=1, max_size=4)


@given(people=PEOPLE, heard=st.integers(0, 5), everybody_agrees=st.booleans())
def test_nobody_is_recorded_who_declined_or_whom_a_strict_place_protects(
    people: list[tuple[RecordingState, list[str], int]], heard: int, everybody_agrees: bool
) -> None:
    present = [
        Present(id=n, locations=tuple(places), number="", is_host=False, joined_at=at(joined), state=state)
        for n, (state, places, joined) in enumerate(people)
    ]
    decision = rules.decide(request_for(present, announced_at=at(heard), at=at(9)))
    if not may_record(present, decision.outcome, everybody_agrees=everybody_agrees):
        return
    states = {one.state for one in present}
    assert RecordingState.DECLINED not in states
    strict = any(place not in ("US-TX", "US-GA") for one in present for place in one.candidates)
    if strict or everybody_agrees or not is_announced(present, at(heard)):
        assert states == {RecordingState.GRANTED} or (
            not everybody_agrees and is_announced(present, at(heard)) and decision.outcome is Outcome.ALLOW
        )
    if "US-CA" in decision.places or any("" in one.candidates for one in present):
        assert states == {RecordingState.GRANTED}
