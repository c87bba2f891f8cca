"""What rules want in a message becomes text in one place; no word of the packs is left without text or a person's task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.compliance.contracts.disclosure import DisclosureKind, DisclosureText, DisclosureTexts
from tandem.compliance.domain.languages import LANGUAGES
from tandem.compliance.domain.required_content import _SENTENCES, SenderFacts, _sentences, compose
from tandem.compliance.domain.required_words import BY_HAND, WRITTEN, Part
from tandem.compliance.domain.rules.packs import built_in

FACTS = SenderFacts(
    organisation="Alpen & Partner GmbH", postal_address="Hauptstr. 1, 10115 Berlin", contact="ann@alpen.example",
    sender="Ann Weber", unsubscribe="https://t.example/u/abc?x=1&y=2", notice="https://alpen.example/privacy",
    source="the company's website", referrer="Bo Li", purpose="steel racks", register_number="HRB 7",
)  # fmt: skip
WORDS = sorted({word for rule in built_in().rules for word in rule.content})
SAID = DisclosureTexts(
    texts=(DisclosureText(kind=DisclosureKind.OPENING, id="AI-OPENING", version="1", language="de", text="Ein KI-System."),),
    why_off=(), language="de",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_packs_is_written_or_a_person_s_task(word: str) -> None:
    assert word in WRITTEN or word in BY_HAND


def test_no_word_is_listed_that_no_pack_uses() -> None:
    assert (set(WRITTEN) | set(BY_HAND)) - set(WORDS) == set()


def test_words_only_for_a_person_are_those_of_telephone_website_and_translation() -> None:
    deciding = {word for rule in built_in().rules if rule.effect != "reference" for word in rule.content}
    assert deciding - set(WRITTEN) == {
        "number_displayed", "automated_optout_within_2_seconds", "french_version_no_less_favourable",
    }  # fmt: skip


def test_every_sentence_is_there_in_every_language() -> None:
    assert set(_sentences()) == set(_SENTENCES.values())
    for name, texts in _sentences().items():
        assert set(texts) == set(LANGUAGES), name


def test_a_german_mail_carries_what_the_law_wants_in_german() -> None:
    found = compose(
        ["sender_postal_address", "legal_entity_name", "valid_optout_address_free", "company_register_number",
         "right_to_object_explicit_separate_at_first_communication", "ai_disclosure_first_interaction"],
        channel="email", language="de", facts=FACTS, disclosure=SAID,
    )  # fmt: skip
    assert found.text_footer.splitlines() == [
        "Alpen & Partner GmbH",
        "Hauptstr. 1, 10115 Berlin",
        "Registernummer: HRB 7",
        "Sie können der Nutzung Ihrer Daten für Direktwerbung jederzeit kostenlos und ohne Angabe von Gründen "
        "widersprechen; eine Antwort genügt.",
        "Kostenlos abbestellen: https://t.example/u/abc?x=1&y=2",
    ]
    assert found.opening == "Ein KI-System."
    assert found.lacking == ()
    assert found.headers == {
        "List-Unsubscribe": "<https://t.example/u/abc?x=1&y=2>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert '<a href="https://t.example/u/abc?x=1&amp;y=2">' in found.html_footer
    assert "Alpen &amp; Partner GmbH" in found.html_footer


def test_canada_s_identification_names_who_sends_for_whom() -> None:
    words = ["on_behalf_of_name", "sender_name", "sender_postal_address", "one_of:phone|email|web", "unsubscribe_same_channel_or_link"]  # fmt: skip
    found = compose(words, channel="email", language="", facts=FACTS, places=["CA"])
    assert found.language == "en-US"
    assert "Sent by Ann Weber on behalf of Alpen & Partner GmbH." in found.text_footer
    assert "Contact: ann@alpen.example" in found.text_footer


def test_singapore_s_label_goes_before_the_subject_of_mail_alone() -> None:
    assert compose(["<ADV>_prefix_in_subject"], channel="email", language="en", facts=FACTS).subject_prefix == "<ADV> "
    assert compose(["<ADV>_prefix_in_subject"], channel="sms", language="en", facts=FACTS).subject_prefix == ""


def test_a_text_message_is_ended_by_a_word() -> None:
    found = compose(["stop_instructions", "help_keyword", "brand_name"], channel="sms", language="en-US", facts=FACTS)
    assert found.text_footer.splitlines() == [
        "Alpen & Partner GmbH", "Reply STOP to end messages.", "Reply HELP for help.",
    ]  # fmt: skip
    assert found.headers == {}


def test_a_call_has_its_first_sentences_and_what_the_telephone_must_do() -> None:
    found = compose(["caller_company", "purpose", "optout_offer", "number_displayed"], channel="phone_manual",
                    language="fr", facts=FACTS)  # fmt: skip
    assert found.spoken == (
        "Ann Weber de Alpen & Partner GmbH, ann@alpen.example. J'appelle au sujet de steel racks ; il s'agit d'un appel "
        "commercial.",
        "Si vous ne souhaitez pas d'appels de notre part, dites-le-moi et nous n'appellerons plus.",
    )
    assert found.text_footer == ""
    assert dict(found.by_hand) == {"number_displayed": BY_HAND["number_displayed"]}


def test_what_is_lacking_is_named_and_nothing_half_written() -> None:
    words = ["sender_postal_address", "unsubscribe", "data_source", "ai_disclosure_first_interaction",
             "recording_announcement_at_start"]  # fmt: skip
    found = compose(words, channel="email", language="en", facts=SenderFacts(organisation="Acme"))
    assert found.text_footer == ""
    assert set(found.lacking) == {
        "the postal address", "the unsubscribe link", "where the address comes from", "the address of the privacy notice",
        "the words that say it is an AI", "the announcement of the recording",
    }  # fmt: skip


def test_a_word_that_nobody_knows_is_handed_to_a_person() -> None:
    found = compose(["dance"], channel="email", language="en", facts=FACTS)
    assert found.by_hand == (("dance", "Read the rule: the product has no words for this."),)


@given(st.sets(st.sampled_from(WORDS)), st.sampled_from(["email", "sms", "phone_manual", "recording"]),
       st.sampled_from(sorted(LANGUAGES)))  # fmt: skip
def test_any_mix_of_words_is_written_without_a_hole(words: set[str], channel: str, language: str) -> None:
    found = compose(words, channel=channel, language=language, facts=FACTS, disclosure=SAID)
    everything = " ".join((found.text_footer, found.html_footer, *found.spoken))
    assert "{" not in everything
    assert set(found.parts) <= set(Part)
    assert set(found.lacking) <= {"the announcement of the recording"}
