"""What registries hold, in the words of the rules: nothing unmapped, the stricter reading, and decisions that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance.actions import record_consent
from tandem.compliance.contracts import (
    Channel,
    ConsentKind,
    Purpose,
    RecordingState,
    RelationshipFact,
    RelationshipKind,
)
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.domain.consent_words import (
    NOT_STORED,
    StoredConsent,
    names_machine,
    registry_channel,
    registry_purpose,
    rule_answer,
    rule_channels,
    rule_consents,
    rule_relationship,
    words_of,
)
from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.facts import CHANNELS, CONSENT_WORDS, PURPOSES
from tandem.compliance.domain.rules.packs import built_in
from tandem.compliance.queries.stored_consents import stored_consents, stored_consents_among
from tandem.core.actors import built_in_agent

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MACHINE = "I agree that Example Ltd calls me with an automated or artificial voice at this number."
STORED = StoredConsent(
    id=5, kind=ConsentKind.EXPRESS, channel=Channel.EMAIL, purpose=Purpose.SALES, country="", wording="Yes, write to me.",
    given_at=NOW - timedelta(days=100), counts_from=NOW - timedelta(days=100),
    confirmed_at=None, expires_at=None, withdrawn_at=None,
)  # fmt: skip
LETTERS = {Channel.ALL, Channel.POSTAL}


def test_every_channel_and_purpose_of_rules_has_its_counterpart() -> None:
    assert {one: registry_channel(one) for one in CHANNELS} == {
        "email": Channel.EMAIL,
        "sms": Channel.SMS,
        "whatsapp": Channel.SMS,
        "linkedin": Channel.SOCIAL,
        "phone_manual": Channel.VOICE,
        "phone_ai": Channel.VOICE,
        "voicemail_ai": Channel.VOICE,
        "recording": Channel.VOICE,
    }
    assert {registry_purpose(one) for one in PURPOSES} == {Purpose.SALES}
    assert rule_channels(Channel.ALL) == CHANNELS
    assert rule_channels(Channel.POSTAL) == ()
    assert {name for one in Channel if one is not Channel.ALL for name in rule_channels(one)} == set(CHANNELS)


@pytest.mark.parametrize(("kind", "channel"), list(product(ConsentKind, [one for one in Channel if one != "all"])))
def test_every_stored_consent_has_words_that_rules_know(kind: ConsentKind, channel: Channel) -> None:
    found = words_of(kind, channel, wording=MACHINE, country="AU")
    assert set(found) <= set(CONSENT_WORDS)
    assert bool(found) is (channel not in LETTERS and (kind in _given() or channel is not Channel.VOICE)) or (
        kind is ConsentKind.SOFT_OPT_IN and channel is Channel.SOCIAL
    )


def _given() -> set[ConsentKind]:
    return {ConsentKind.EXPRESS, ConsentKind.DOUBLE_OPT_IN, ConsentKind.WRITTEN}


def test_every_word_of_the_rules_comes_from_the_registry_or_is_named_with_its_reason() -> None:
    pairs = product(ConsentKind, [one for one in Channel if one is not Channel.ALL])
    from_registry = {word for kind, channel in pairs for word in words_of(kind, channel, wording=MACHINE, country="AU")}
    assert from_registry | set(NOT_STORED) == set(CONSENT_WORDS)
    assert from_registry.isdisjoint(NOT_STORED)


def test_every_fact_of_a_relationship_and_every_answer_on_recording_is_mapped() -> None:
    for kind in RelationshipKind:
        fact = RelationshipFact(id=3, kind=kind, at=NOW, source="import", evidence="file")
        assert rule_relationship({kind: fact})["kind"]
    assert [rule_answer(one) for one in RecordingState] == [True, False, None]
    assert rule_relationship({}) == {}


@pytest.mark.parametrize(
    "wording",
    [
        MACHINE,
        "Ich willige ein, mit einer künstlichen Stimme angerufen zu werden.",
        "J'accepte d'être appelé par une voix artificielle.",
        "Acepto llamadas con una voz pregrabada.",
        "Ik ga akkoord met automatische oproepen.",
        "Accetto chiamate automatizzate.",
        "Concordo em receber chamadas com voz artificial.",
        "自動音声による電話に同意します。",
        "Call me with an AI voice.",
    ],
)
def test_a_wording_that_names_a_machine_is_recognised_in_every_language(wording: str) -> None:
    assert names_machine(wording)


@pytest.mark.parametrize(
    "wording",
    [
        "Please call me.",
        "You may call me, but never with a robot.",
        "Sie dürfen mich anrufen, aber nicht mit künstlicher Stimme.",
        "We don't use automated calls.",
        "自動音声は使いません。お電話ください。",
        "Said by Maia in Kiel.",
        "",
    ],
)
def test_a_wording_that_denies_or_does_not_name_a_machine_is_not(wording: str) -> None:
    assert not names_machine(wording)


def test_written_consent_is_prior_express_written_consent_only_if_its_text_names_a_machine() -> None:
    plain = words_of(ConsentKind.WRITTEN, Channel.VOICE, wording="Please call me.")
    named = words_of(ConsentKind.WRITTEN, Channel.VOICE, wording=f"{MACHINE} Consent is not a condition of purchase.")
    assert plain == ("written_signed",)
    assert named == ("written_signed", "pewc", "gdpr_opt_in_automated_call", "express_adad")


def test_consent_counts_only_for_its_own_channel_and_purpose_and_while_it_holds() -> None:
    def words(state: StoredConsent, channel: str = "email") -> list[str]:
        return [one["kind"] for one in rule_consents([state], channel=channel, purpose="cold_outreach", now=NOW)]

    assert words(STORED) == ["express"]
    assert words(STORED, "phone_manual") == words(STORED, "sms") == []
    assert words(replace(STORED, purpose=Purpose.NEWSLETTER)) == []
    assert words(replace(STORED, expires_at=NOW)) == []
    assert words(replace(STORED, expires_at=NOW + timedelta(seconds=1))) == ["express"]
    assert words(replace(STORED, withdrawn_at=NOW)) == []
    assert words(replace(STORED, kind=ConsentKind.DOUBLE_OPT_IN)) == []
    assert words(replace(STORED, kind=ConsentKind.DOUBLE_OPT_IN, confirmed_at=NOW)) == ["gdpr_opt_in"]
    assert words(replace(STORED, given_at=NOW + timedelta(days=1))) == []


def test_a_soft_opt_in_to_texts_opens_texts_and_not_whatsapp() -> None:
    soft = replace(STORED, kind=ConsentKind.SOFT_OPT_IN, channel=Channel.SMS)
    assert [one["kind"] for one in rule_consents([soft], channel="sms", purpose="existing_customer", now=NOW)] == [
        "soft_opt_in"
    ]
    assert rule_consents([soft], channel="whatsapp", purpose="existing_customer", now=NOW) == []


def test_an_implied_consent_counts_from_its_event_and_names_its_entry() -> None:
    bought = replace(
        STORED,
        kind=ConsentKind.IMPLIED_BUSINESS,
        counts_from=NOW - timedelta(days=400),
        expires_at=NOW + timedelta(days=9),
    )
    found = rule_consents([bought], channel="email", purpose="cold_outreach", now=NOW)
    assert found[0] == {
        "kind": "casl_implied_ebr",
        "at": bought.counts_from.isoformat(),
        "expires_at": (NOW + timedelta(days=9)).isoformat(),
        "evidence": "consent:5",
    }


def _decide(channel: str, country: str, *stored: StoredConsent) -> Outcome:
    request = {
        "at": "2026-11-24T15:00:00Z", "channel": channel, "purpose": "cold_outreach", "suppressed": False,
        "recipient": {"country": country, "kind": "corporate_named", "timezone": "America/Toronto", "line_type": "landline"},
        "sender": {"is_ai": False, "postal_address": "1 Street"}, "history": [],
        "content": {"has_unsubscribe": True, "has_postal_address": True, "ai_disclosed": True, "human_intro": True},
        "consents": rule_consents(stored, channel=channel, purpose="cold_outreach", now=NOW),
    }  # fmt: skip
    return decide(request, built_in()).outcome


def test_canada_opens_by_a_stored_express_consent_and_by_an_implied_one() -> None:
    implied = replace(STORED, kind=ConsentKind.IMPLIED_INQUIRY)
    assert _decide("email", "CA") is Outcome.BLOCK
    assert _decide("email", "CA", STORED) is not Outcome.BLOCK
    assert _decide("email", "CA", implied) is not Outcome.BLOCK


def test_a_machine_voice_to_canada_needs_a_consent_that_names_it() -> None:
    calls = replace(STORED, channel=Channel.VOICE)
    assert _decide("phone_ai", "CA", calls) is Outcome.BLOCK
    assert _decide("phone_ai", "CA", replace(calls, wording=MACHINE)) is not Outcome.BLOCK


def test_of_several_facts_of_a_relationship_each_counts_by_its_own_date() -> None:
    def fact(kind: RelationshipKind, days: int) -> RelationshipFact:
        return RelationshipFact(id=days, kind=kind, at=NOW - timedelta(days=days), source="s", evidence="e")

    told = rule_relationship(
        {
            RelationshipKind.INQUIRY: fact(RelationshipKind.INQUIRY, 100),
            RelationshipKind.PURCHASE: fact(RelationshipKind.PURCHASE, 1_000),
        }
    )
    assert told["kind"] == "inquiry"
    bases = decide({"at": NOW.isoformat(), "channel": "email", "relationship": told, "suppressed": False,
                    "recipient": {"country": "CA", "kind": "corporate_named", "timezone": "America/Toronto"},
                    "content": {"has_unsubscribe": True, "has_postal_address": True}, "sender": {"is_ai": False}},
                   built_in())  # fmt: skip
    ids = {rule.id: rule.effect for rule in bases.rules}
    assert ids.get("CA-CASL-004") == "allow"
    assert "CA-CASL-003" not in ids


@given(
    kind=st.sampled_from(ConsentKind),
    own=st.sampled_from([one for one in Channel if one is not Channel.ALL]),
    asked=st.sampled_from(CHANNELS),
    age=st.integers(0, 2_000),
    life=st.one_of(st.none(), st.integers(1, 2_000)),
)
def test_no_consent_of_another_channel_or_past_its_end_is_ever_handed_on(
    kind: ConsentKind, own: Channel, asked: str, age: int, life: int | None
) -> None:
    given_at = NOW - timedelta(days=age)
    state = replace(
        STORED, kind=kind, channel=own, given_at=given_at, counts_from=given_at, confirmed_at=given_at, wording=MACHINE,
        expires_at=None if life is None else given_at + timedelta(days=life),
    )  # fmt: skip
    found = rule_consents([state], channel=asked, purpose="cold_outreach", now=NOW)
    if own is not registry_channel(asked) or (life is not None and life <= age):
        assert found == []
    assert {one["kind"] for one in found} <= set(CONSENT_WORDS)


@pytest.mark.django_db
def test_the_registry_gives_the_consents_of_the_address_that_is_used() -> None:
    for address, channel in (("ann@b.example", Channel.EMAIL), ("bob@b.example", Channel.EMAIL)):
        record_consent(
            address, kind=ConsentKind.EXPRESS, channel=channel, purpose=Purpose.SALES, proof="form 7", source="import",
            wording="Yes, write to me.", given_at=NOW - timedelta(days=3), actor=WORKER, now=NOW, country="CA",
        )  # fmt: skip
    found = stored_consents(["Ann@B.example"])
    assert [(one.kind, one.channel, one.country, one.wording) for one in found] == [
        (ConsentKind.EXPRESS, Channel.EMAIL, "CA", "Yes, write to me.")
    ]
    assert [one["kind"] for one in rule_consents(found, channel="email", purpose="cold_outreach", now=NOW)] == [
        "express"
    ]
    assert stored_consents(["nobody@b.example", "not an address"]) == []
    both = stored_consents_among({"contact:1": ["ann@b.example"], "contact:2": ["bob@b.example"], "contact:3": []})
    assert {key: len(some) for key, some in both.items()} == {"contact:1": 1, "contact:2": 1}
