"""What an AI must say of itself is said in the recipient's language, stays on where a rule asks, and is kept in versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance.actions.disclosing import set_disclosure
from tandem.compliance.contracts.disclosure import DisclosureKind
from tandem.compliance.domain import disclosure
from tandem.compliance.domain.languages import LANGUAGES, chosen_language
from tandem.compliance.models import DisclosureSetting, LedgerEntry
from tandem.compliance.queries import disclosure as queries
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput, NotAllowed
from tandem.core.intervals import mean_interval, newcombe, wilson
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def asked(country: str = "DE", channel: str = "email", *, approved: bool = False, **changed: Any) -> dict[str, Any]:
    return {
        "at": NOW.isoformat(), "channel": channel, "recipient": {"country": country, **changed.pop("recipient", {})},
        "sender": {"is_ai": True}, "content": {"human_approved": approved, "drafted_by_ai": True}, **changed,
    }  # fmt: skip


# --- texts ---


def test_every_text_is_there_in_every_language_or_only_for_some_places() -> None:
    for one in disclosure.built_in_texts():
        if "*" in one.places:
            assert set(one.texts) == set(LANGUAGES), one.id
        for language, text in one.texts.items():
            disclosure.check_text(one.kind, language, text)


def test_all_kinds_have_a_text_for_all_places() -> None:
    assert {one.kind for one in disclosure.built_in_texts() if "*" in one.places} == set(DisclosureKind)


def test_a_sentence_that_nobody_can_fill_is_left_out() -> None:
    text = next(one for one in disclosure.built_in_texts() if one.id == "AI-OPENING").texts["en-GB"]
    assert disclosure.fill(text, {"organisation": "Acme"}).endswith("on behalf of Acme.")
    assert disclosure.fill(text, {"contact": "ann@acme.example"}) == "To reach a person: ann@acme.example."
    assert disclosure.fill(text, {}) == ""


@pytest.mark.parametrize(
    ("asked_for", "places", "expected"),
    [
        ("", ["DE"], "de"), ("", ["US-TX"], "en-US"), ("", ["GB"], "en-GB"), ("", ["CA-QC"], "fr"), ("", [], "en-GB"),
        ("de-AT", ["US"], "de"), ("en", ["US-CA"], "en-US"), ("en", ["DE"], "en-GB"), ("EN_us", ["DE"], "en-US"),
        ("pl", ["PL"], "en-GB"), ("pl", ["DE"], "de"), ("", ["DE", "FR"], "en-GB"), ("", ["DE", "AT"], "de"),
        ("", ["US-CA", "US-TX"], "en-US"), ("en-CA", ["CA"], "en-US"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_asked_for_then_that_of_the_place_then_english(
    asked_for: str, places: list[str], expected: str
) -> None:
    assert chosen_language(asked_for, places) == expected


# --- what stands where ---


@pytest.mark.django_db
def test_an_ai_that_sends_by_itself_says_so_first_and_names_the_rules(company: Company) -> None:
    found = queries.texts_for(asked("DE"), contact="ann@acme.example")
    assert found.opening.startswith("Diese Nachricht hat ein KI-System (ein Bot) verfasst und gesendet, kein Mensch")
    assert "ann@acme.example" in found.opening
    assert found.footer == found.spoken == found.announcement == ""
    assert found.versions == ("AI-OPENING/de@2026.11.1",)
    assert {"AI-PRODUCT-001", "EU-AIA-501"} <= set(found.texts[0].required_by)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "region", "rule"),
    [("US", "CA", "US-CA-AI-001"), ("US", "NJ", "US-NJ-AI-001"), ("US", "UT", "US-UT-AI-001"), ("US", "ME", "US-ME-AI-001")],
)  # fmt: skip
def test_states_with_a_law_of_their_own_are_named(company: Company, country: str, region: str, rule: str) -> None:
    found = queries.texts_for(asked(country, recipient={"region": region}))
    assert found.opening.startswith("This message was written and sent by an AI system (a bot), not by a human, for ")
    assert rule in found.texts[0].required_by


@pytest.mark.django_db
def test_a_voice_says_it_at_the_start_and_california_hears_the_address_too(company: Company) -> None:
    assert "artificial voice" in queries.texts_for(asked("US", "phone_ai", recipient={"region": "TX"})).spoken
    found = queries.texts_for(asked("US", "phone_ai", recipient={"region": "CA"}))
    assert found.texts[0].id == "AI-SPOKEN-CA"
    assert "US-CA-AI-002" in found.texts[0].required_by


@pytest.mark.django_db
def test_a_recording_is_announced_everywhere(company: Company) -> None:
    found = queries.texts_for(
        asked("FR", "recording", participants=[{"location": "FR"}]), notice="acme.example/privacy"
    )
    assert found.announcement.startswith("Cet appel est enregistré par")
    assert "acme.example/privacy" in found.announcement


@pytest.mark.django_db
def test_an_approved_draft_says_nothing_until_the_footer_is_switched_on(company: Company) -> None:
    before = queries.texts_for(asked("DE", approved=True))
    assert before.texts == ()
    assert before.why_off == ((DisclosureKind.FOOTER, "no rule asks for it here, and nobody switched it on"),)
    set_disclosure(DisclosureKind.FOOTER, place="DE", is_on=True, reason="Works council", actor=WORKER, now=NOW)
    assert queries.texts_for(asked("DE", approved=True)).footer.startswith("Ein KI-System hat beim Verfassen")
    assert queries.texts_for(asked("FR", approved=True)).footer == ""


@pytest.mark.django_db
def test_the_closest_setting_counts_and_any_place_that_says_yes(company: Company) -> None:
    def on(**told: Any) -> None:
        set_disclosure(DisclosureKind.FOOTER, reason="test", actor=WORKER, now=NOW, **told)

    on(is_on=True)
    on(place="FR", is_on=False)
    on(campaign="spring", is_on=True)
    assert queries.texts_for(asked("DE", approved=True)).footer
    assert queries.texts_for(asked("FR", approved=True)).footer == ""
    assert queries.texts_for(asked("FR", approved=True), campaign="spring").footer
    on(place="DE", is_on=True)
    both = asked("DE", approved=True, recipient={"candidate_locations": ["FR"]})
    assert queries.texts_for(both).footer


@pytest.mark.django_db
def test_own_words_take_the_place_of_the_product_s_in_their_language_alone(company: Company) -> None:
    words = "Ein KI-System schreibt Ihnen für {organisation}."
    set_disclosure(DisclosureKind.OPENING, language="de", text=words, reason="Brand", actor=WORKER, now=NOW)
    found = queries.texts_for(asked("DE"))
    assert found.opening.startswith("Ein KI-System schreibt Ihnen für ")
    assert found.versions == ("AI-OPENING/de@own 1",)
    assert queries.texts_for(asked("FR")).versions == ("AI-OPENING/fr@2026.11.1",)
    assert found.opening in queries.said_in_messages()


@pytest.mark.django_db
def test_whatever_contact_a_message_names_its_disclosure_is_recognised(company: Company) -> None:
    for country, channel in (
        ("DE", "email"),
        ("FR", "sms"),
        ("JP", "linkedin"),
        ("US", "phone_ai"),
        ("GB", "voicemail_ai"),
    ):
        found = queries.texts_for(asked(country, channel), contact="+44 20 7946 0000")
        said = found.opening or found.spoken
        assert "+44 20 7946 0000" in said
        assert any(text in said for text in queries.said_in_messages()), country


# --- switching ---


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["", "DE", "US-TX", "EEA"])
def test_what_a_rule_asks_for_is_not_switched_off_and_the_rule_is_named(company: Company, place: str) -> None:
    with pytest.raises(InvalidInput, match=r"AI-PRODUCT-001 \("):
        set_disclosure(DisclosureKind.OPENING, place=place, is_on=False, reason="No", actor=WORKER, now=NOW)
    assert DisclosureSetting.objects.count() == 0
    assert not LedgerEntry.objects.filter(action="compliance.disclosure_set").exists()


@pytest.mark.django_db
def test_a_setting_that_is_off_does_not_silence_a_rule_that_comes_later(company: Company) -> None:
    DisclosureSetting.objects.create(kind="opening", place="", version=1, is_on=False, reason="old", set_at=NOW)
    assert queries.texts_for(asked("DE")).opening


@pytest.mark.django_db
def test_each_change_is_a_version_with_an_entry_in_the_ledger(company: Company) -> None:
    for number, is_on in enumerate((True, False, None), 1):
        told = {"place": "DE", "is_on": is_on, "reason": f"try {number}", "actor": WORKER}
        assert set_disclosure(DisclosureKind.FOOTER, **told, now=NOW + timedelta(hours=number)) == number  # type: ignore[arg-type]
    history = queries.list_settings(with_history=True)
    assert [(one.version, one.is_on, one.superseded_at is None) for one in history] == [
        (3, None, True), (2, False, False), (1, True, False),
    ]  # fmt: skip
    assert [one.version for one in queries.list_settings()] == [3]
    assert LedgerEntry.objects.filter(action="compliance.disclosure_set").count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"language": "de", "text": "Mit freundlichen Grüßen"}, "does not say that an AI is at work"),
        ({"language": "de", "text": "KI von {firma}"}, "Nothing fills firma"),
        ({"language": "xx", "text": "An AI"}, "'xx' is no language"),
        ({"text": "An AI wrote this"}, "'' is no language"),
        ({"place": "Atlantis"}, "is no country or state"),
        ({"reason": " "}, "The reason is empty"),
        ({"language": "en-GB", "text": "AI {organisation"}, "can't be filled"),
        ({"language": "en-GB", "text": "AI " * 400}, "letters"),
    ],
)
def test_words_that_do_not_say_it_and_places_that_are_none_are_refused(
    company: Company, told: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        set_disclosure(DisclosureKind.OPENING, **{"reason": "r", "actor": WORKER, "now": NOW, **told})
    assert DisclosureSetting.objects.count() == 0


@pytest.mark.django_db
def test_a_seller_changes_nothing(company: Company) -> None:
    with pytest.raises(NotAllowed):
        set_disclosure(DisclosureKind.FOOTER, is_on=True, reason="r", actor=company.actor("seller"), now=NOW)
    assert DisclosureSetting.objects.count() == 0


# --- measuring ---


@given(st.text(min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_an_arm_is_the_same_for_the_same_touch_and_grows_with_the_share(key: str, one: float, other: float) -> None:
    def arm(share: float) -> bool:
        return disclosure.disclosure_arm(key, share, secret="s")

    assert arm(one) == arm(one)
    assert not (arm(min(one, other)) and not arm(max(one, other)))
    assert not arm(0.0)


def test_arms_share_out_as_asked() -> None:
    shown = sum(disclosure.disclosure_arm(f"touch:{number}", 0.3, secret="s") for number in range(10_000))
    assert abs(shown - 3_000) < 4 * (10_000 * 0.3 * 0.7) ** 0.5


def test_the_effect_on_replies_has_newcombe_s_interval() -> None:
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)  # Newcombe 1998, table II, (a)
    found = disclosure.effect(1_000, 40, 1_000, 80)
    assert found.difference == pytest.approx(-0.04)
    assert found.high is not None
    assert found.high < 0
    assert found.verdict.startswith("With the footer: fewer replies, -4.0%")


def test_too_few_messages_give_no_effect() -> None:
    found = disclosure.effect(99, 5, 1_000, 80)
    assert (found.difference, found.low, found.high) == (None, None, None)
    assert found.verdict == "Not enough data: each arm needs 100 messages; the smaller has 99."
    with pytest.raises(InvalidInput):
        disclosure.effect(5, 6, 5, 5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_within_its_interval(hits_of: tuple[int, int]) -> None:
    hits, n = hits_of
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    assert mean_interval([1.0] * 29) is None
