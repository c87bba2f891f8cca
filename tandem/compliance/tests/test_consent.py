"""Consent holds for what was agreed, as long as its kind lets it, and ends at once on any word to the contrary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance import actions, queries
from tandem.compliance.contracts import (
    Channel,
    ConsentKind,
    Purpose,
    RecordingScope,
    RecordingState,
    RelationshipKind,
    SuppressionReason,
)
from tandem.compliance.domain import recording
from tandem.compliance.domain.consent_terms import TERMS, add_months, dnc_days, expiry, is_in_force
from tandem.compliance.models import Consent, DncScreening, LedgerEntry, RecordingConsent, Relationship
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


def record(address: str = "ann@acme.example", **changed: Any) -> int:
    said: dict[str, Any] = {
        "kind": ConsentKind.EXPRESS, "channel": Channel.EMAIL, "purpose": Purpose.SALES, "proof": "form 7, 24 Nov",
        "source": "web form", "given_at": NOW - DAY, "wording": "Yes, write to me.", "actor": WORKER, "now": NOW, **changed,
    }  # fmt: skip
    return actions.record_consent(address, **said)


def missing(address: str = "ann@acme.example", *, now: datetime = NOW, **asked: Any) -> str:
    said: dict[str, Any] = {"channel": Channel.EMAIL, "purpose": Purpose.SALES, **asked}
    state = queries.consent_state([address], said.pop("channel"), said.pop("purpose"), now=now, **said)
    assert state.holds == (not state.missing)
    return state.missing


# --- terms ---


@given(moments, st.integers(1, 60))
def test_months_later_is_the_same_day_or_the_last_one(moment: datetime, months: int) -> None:
    later = add_months(moment, months)
    assert (later.year - moment.year) * 12 + later.month - moment.month == months
    assert later.day == moment.day or (later.day < moment.day and (later + DAY).month != later.month)
    assert later.time() == moment.time()


@given(
    st.sampled_from(list(ConsentKind)),
    moments,
    st.sampled_from([Channel.EMAIL, Channel.VOICE]),
    st.sampled_from(["", "AU", "CA"]),
)
def test_a_consent_holds_until_its_last_moment_and_not_a_second_longer(
    kind: ConsentKind, began: datetime, channel: Channel, country: str
) -> None:
    ends = expiry(kind, counts_from=began, channel=channel, country=country)
    if ends is None:
        assert TERMS[kind].months is None
        return
    facts: dict[str, Any] = {"confirmed_at": began, "expires_at": ends, "withdrawn_at": None}
    assert is_in_force(kind, **facts, now=ends - timedelta(microseconds=1)) == ""
    assert is_in_force(kind, **facts, now=ends) == "expired"
    assert is_in_force(kind, **{**facts, "withdrawn_at": began}, now=began) == "withdrawn"


@pytest.mark.parametrize(
    ("kind", "channel", "country", "ends"),
    [
        (ConsentKind.EXPRESS, Channel.EMAIL, "CA", None),
        (ConsentKind.IMPLIED_INQUIRY, Channel.EMAIL, "CA", datetime(2027, 2, 28, tzinfo=UTC)),
        (ConsentKind.IMPLIED_BUSINESS, Channel.EMAIL, "CA", datetime(2028, 8, 31, tzinfo=UTC)),
        (ConsentKind.IMPLIED_PUBLISHED, Channel.EMAIL, "CA", datetime(2028, 8, 31, tzinfo=UTC)),
        (ConsentKind.EXPRESS, Channel.VOICE, "au", datetime(2026, 11, 30, tzinfo=UTC)),
        (ConsentKind.EXPRESS, Channel.EMAIL, "AU", None),
    ],
)
def test_each_kind_ends_when_its_law_says(
    kind: ConsentKind, channel: Channel, country: str, ends: datetime | None
) -> None:
    assert expiry(kind, counts_from=datetime(2026, 8, 31, tzinfo=UTC), channel=channel, country=country) == ends


# --- consent ---


@pytest.mark.django_db
def test_a_consent_holds_for_its_address_channel_and_purpose_alone(django_assert_num_queries: Any) -> None:
    record()
    with django_assert_num_queries(1):
        assert missing("ANN+x@acme.example") == ""
    assert missing("bob@acme.example") == "no consent"
    assert missing(channel=Channel.VOICE) == "no consent"
    assert missing(purpose=Purpose.NEWSLETTER) == "no consent"
    assert missing(kinds=frozenset({ConsentKind.WRITTEN})) == "no consent"
    entry = LedgerEntry.objects.get()
    assert entry.action == "compliance.consent_recorded"
    assert "acme" not in entry.facts


@pytest.mark.django_db
def test_a_double_opt_in_is_no_consent_until_it_is_confirmed() -> None:
    number = record(kind=ConsentKind.DOUBLE_OPT_IN)
    assert missing() == "not confirmed"
    actions.confirm_consent(number, actor=WORKER, now=NOW)
    assert missing() == ""
    with pytest.raises(Conflict):
        actions.confirm_consent(number, actor=WORKER, now=NOW)
    with pytest.raises(NotFound):
        actions.confirm_consent(number + 1, actor=WORKER, now=NOW)


@pytest.mark.django_db
def test_an_implied_consent_that_expired_yesterday_does_not_hold() -> None:
    inquired = add_months(NOW, -6) - DAY
    record(kind=ConsentKind.IMPLIED_INQUIRY, given_at=inquired, wording="")
    assert missing() == "expired"
    assert missing(now=NOW - 2 * DAY) == ""
    record(kind=ConsentKind.IMPLIED_BUSINESS, given_at=inquired, counts_from=NOW - 400 * DAY, wording="")
    assert missing() == ""
    assert missing(now=NOW + 400 * DAY) == "expired"


@pytest.mark.django_db
def test_one_word_on_any_road_ends_everything_at_once() -> None:
    record()
    record("+44 20 7946 0958", channel=Channel.VOICE)
    record(purpose=Purpose.NEWSLETTER, subject="contact:12")
    record("bob@acme.example")
    ended = actions.revoke_consent(["Ann@acme.example", "+442079460958"], how="by phone", actor=WORKER, now=NOW)
    assert ended == 3
    assert missing() == "withdrawn"
    assert missing("+442079460958", channel=Channel.VOICE) == "withdrawn"
    assert missing("bob@acme.example") == ""
    for address in ("ann@acme.example", "+442079460958"):
        found = queries.is_suppressed([address], Channel.SMS)
        assert found is not None
        assert found.reason is SuppressionReason.UNSUBSCRIBE
    assert LedgerEntry.objects.filter(action="compliance.consent_withdrawn").count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"proof": " "}, {"wording": ""}, {"kind": ConsentKind.WRITTEN, "wording": " "}, {"channel": Channel.ALL},
        {"purpose": Purpose.ANY}, {"given_at": NOW + DAY}, {"counts_from": NOW + DAY}, {"source": ""},
    ],
)  # fmt: skip
def test_a_consent_without_what_its_kind_needs_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        record(**changed)
    for address in ("nobody", "acme.example", ""):
        with pytest.raises(InvalidInput):
            record(address)
    assert not Consent.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_what_is_no_withdrawal_is_refused_and_nothing_ends() -> None:
    record()
    for found, how in (([], "mail"), (["ann@acme.example"], " "), (["ann@acme.example", "nobody"], "mail")):
        with pytest.raises(InvalidInput):
            actions.revoke_consent(found, how=how, actor=WORKER, now=NOW)
    assert missing() == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"proof": ""}, {"wording": ""}, {"channel": "all"}, {"purpose": "any"}, {"consent_kind": "mood"},
        {"confirmed_at": NOW - 2 * DAY}, {"expires_at": NOW - 2 * DAY}, {"withdrawn_at": NOW}, {"given_at": NOW + DAY},
        {"consent_kind": "implied_inquiry", "expires_at": None},
    ],
)  # fmt: skip
def test_the_database_refuses_a_consent_that_can_not_be(fields: dict[str, Any]) -> None:
    number = record()
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(id=number).update(**fields)


# --- recording ---


def answer(who: str, state: RecordingState, **changed: Any) -> int:
    said: dict[str, Any] = {"proof": "meeting 3", "source": "meeting", "at": NOW - DAY, "wording": "This is recorded.",
                            "actor": WORKER, "now": NOW, **changed}  # fmt: skip
    return actions.record_recording_consent(who, state=state, **said)


GRANTED, DECLINED, UNKNOWN = RecordingState.GRANTED, RecordingState.DECLINED, RecordingState.UNKNOWN


@pytest.mark.django_db
def test_the_strictest_participant_decides_also_when_somebody_joins_late(django_assert_num_queries: Any) -> None:
    answer("ann@acme.example", GRANTED)
    answer("bob@acme.example", GRANTED)
    answer("cid@acme.example", DECLINED)
    with django_assert_num_queries(1):
        assert queries.recording_consent(["ann@acme.example", "bob@acme.example"], now=NOW).may_record
    joined = queries.recording_consent(["ann@acme.example", "bob@acme.example", "dee@acme.example"], now=NOW)
    assert (joined.state, joined.unknown) == (UNKNOWN, ["dee@acme.example"])
    refused = queries.recording_consent(["ann@acme.example", "cid@acme.example", "dee@acme.example"], now=NOW)
    assert (refused.state, refused.declined) == (DECLINED, ["cid@acme.example"])
    assert queries.recording_consent([], now=NOW).state is UNKNOWN
    assert queries.recording_consent(["ann@acme.example", "guest 4"], now=NOW).unknown == ["guest 4"]


@pytest.mark.django_db
def test_the_latest_word_stands_and_a_grant_ends_after_two_years() -> None:
    answer("ann@acme.example", DECLINED, at=NOW - 9 * DAY)
    answer("ann@acme.example", GRANTED, at=NOW - 2 * DAY)
    assert queries.recording_consent(["ann@acme.example"], now=NOW).may_record
    assert queries.recording_consent(["ann@acme.example"], now=NOW + 729 * DAY).state is UNKNOWN
    answer("ann@acme.example", DECLINED)
    assert queries.recording_consent(["ann@acme.example"], now=NOW + 2_000 * DAY).state is DECLINED


@pytest.mark.django_db
def test_consent_to_one_meeting_or_to_the_recording_alone_goes_no_further() -> None:
    answer("ann@acme.example", GRANTED, meeting="meeting:3")
    answer("bob@acme.example", GRANTED)
    assert queries.recording_consent(["ann@acme.example"], meeting="meeting:3", now=NOW).may_record
    assert queries.recording_consent(["ann@acme.example"], now=NOW).state is UNKNOWN
    assert queries.recording_consent(["ann@acme.example"], meeting="meeting:4", now=NOW).state is UNKNOWN
    asked = queries.recording_consent(["bob@acme.example"], scope=RecordingScope.ANALYSIS, now=NOW)
    assert asked.state is UNKNOWN


scopes, states = st.sampled_from(list(RecordingScope)), st.sampled_from([GRANTED, DECLINED])
a_word = st.builds(
    recording.Word, id=st.integers(1, 99), state=states, scope=scopes,
    at=st.integers(0, 9).map(lambda days: NOW - days * DAY), expires_at=st.none(),
)  # fmt: skip


@given(st.lists(a_word, max_size=6), scopes, scopes)
def test_whoever_may_be_analysed_may_be_recorded(
    words: list[recording.Word], one: RecordingScope, other: RecordingScope
) -> None:
    order = list(RecordingScope)
    shallow, deep = sorted((one, other), key=order.index)
    deepest = recording.latest_word(words, scope=deep, now=NOW)
    latest_no = max(
        (word.at for word in words if word.state is DECLINED and order.index(word.scope) <= order.index(shallow)),
        default=None,
    )
    if deepest is not None and deepest.state is GRANTED and latest_no is None:
        shallowest = recording.latest_word(words, scope=shallow, now=NOW)
        assert shallowest is not None
        assert shallowest.state is GRANTED


@given(st.dictionaries(st.sampled_from("abcde"), st.one_of(st.none(), a_word), max_size=5))
def test_one_more_participant_never_makes_it_laxer(said: dict[str, recording.Word | None]) -> None:
    order = [GRANTED, UNKNOWN, DECLINED]
    whole = recording.strictest(said)
    for left_out in said:
        fewer = {who: word for who, word in said.items() if who != left_out}
        if fewer:
            assert order.index(recording.strictest(fewer).state) <= order.index(whole.state)


@pytest.mark.django_db
def test_a_recording_answer_without_its_proof_is_refused() -> None:
    for state, changed in (
        (UNKNOWN, {}),
        (GRANTED, {"wording": ""}),
        (DECLINED, {"proof": ""}),
        (GRANTED, {"at": NOW + DAY}),
    ):
        with pytest.raises(InvalidInput):
            answer("ann@acme.example", state, **changed)
    assert not RecordingConsent.objects.exists()


# --- screenings and relationships ---


@pytest.mark.django_db
def test_a_screening_grows_old_and_the_latest_of_each_register_counts(django_assert_num_queries: Any) -> None:
    for register, listed, days in (
        ("uk_tps", True, 60),
        ("uk_tps", False, 28),
        ("au_dncr", False, 31),
        ("xx", False, 16),
    ):
        actions.record_screening("020 7946 0958", country="GB", register=register, is_listed=listed, source="scrub",
                                 screened_at=NOW - days * DAY, actor=WORKER, now=NOW)  # fmt: skip
    with django_assert_num_queries(1):
        found = queries.dnc_states("+442079460958", now=NOW)
    assert {name: (one.is_listed, one.age_days, one.is_fresh) for name, one in found.items()} == {
        "uk_tps": (False, 28, True), "au_dncr": (False, 31, False), "xx": (False, 16, False),
    }  # fmt: skip
    assert not queries.dnc_states("+442079460958", now=NOW + DAY)["uk_tps"].is_fresh
    assert dnc_days("us_national") == 31


@pytest.mark.django_db
def test_facts_of_the_relationship_are_the_latest_and_the_first_sale() -> None:
    for fact, days in ((RelationshipKind.PURCHASE, 90), (RelationshipKind.PURCHASE, 9), (RelationshipKind.CUSTOMER_SINCE, 900),
                       (RelationshipKind.CUSTOMER_SINCE, 90)):  # fmt: skip
        actions.record_relationship("account:3", fact=fact, at=NOW - days * DAY, source="crm", evidence=f"order {days}",
                                    actor=WORKER, now=NOW)  # fmt: skip
    facts = queries.relationship_facts(["ann@acme.example", "account:3"], now=NOW)
    assert {kind: one.evidence for kind, one in facts.items()} == {
        RelationshipKind.PURCHASE: "order 9", RelationshipKind.CUSTOMER_SINCE: "order 900",
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        actions.record_relationship(
            "account:3", fact=RelationshipKind.INQUIRY, at=NOW, source="crm", evidence="", actor=WORKER, now=NOW
        )


def test_who_may_write_what(company: Company) -> None:
    record(actor=company.actor("seller"))
    with pytest.raises(NotAllowed):
        record(actor=company.actor("executive"))
    with pytest.raises(NotAllowed):
        actions.record_screening("+442079460958", register="uk_tps", is_listed=False, source="x", screened_at=NOW,
                                 actor=company.actor("seller"), now=NOW)  # fmt: skip
    seen = {
        who: queries.count_about_people("consent", company.actor(who))
        for who in ("seller", "liam", "manager", "revops")
    }
    assert seen == {"seller": 1, "liam": 0, "manager": 1, "revops": 1}
    assert not DncScreening.objects.exists()
    assert not Relationship.objects.exists()


@pytest.mark.django_db
def test_erasure_takes_what_is_known_of_the_person_and_nobody_else() -> None:
    record()
    record("bob@acme.example")
    answer("ann@acme.example", GRANTED)
    actions.record_relationship(
        "account:3",
        fact=RelationshipKind.INQUIRY,
        at=NOW,
        source="crm",
        evidence="x",
        subject="contact:12",
        actor=WORKER,
        now=NOW,
    )
    assert (
        actions.erase_person(["ann@acme.example"], subject="contact:12", request="request:1", actor=WORKER, now=NOW)
        == 3
    )
    assert [row.address for row in Consent.objects.all()] == ["bob@acme.example"]
    with pytest.raises(InvalidInput):
        actions.erase_person(["bob@acme.example", "nobody"], request="request:2", actor=WORKER, now=NOW)
    assert Consent.objects.count() == 1
