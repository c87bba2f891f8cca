"""The validators of outreach: every rule finds what breaks it, in seven languages, and lets a good message through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.agents.contracts import Evidence
from tandem.compliance.contracts.gate import Road
from tandem.engagement.ai.checking import check
from tandem.engagement.contracts import Angle
from tandem.engagement.domain.lint import Text, is_sendable
from tandem.engagement.domain.norms import TAGS, norms_of
from tandem.engagement.domain.sentences import count_words, sentences
from tandem.engagement.domain.voice import shipped_guide

SITE = Evidence(
    id="news/1", text="Acme plans a new site in Leeds with 250 jobs. “We want to cut mis-picks by 11%,” says Ada Ek.",
    source="Tradewire", at=datetime(2026, 11, 3, tzinfo=UTC),
)  # fmt: skip
BODY = (
    "Hi Anna,\n\n"
    "On 3 November you announced a new site in Leeds. A new hall often starts with the rules of the old one. "
    "Would 15 minutes next week be useful to compare notes?\n\n"
    "Maya"
)
GOOD = Text(
    subject="New site in Leeds", body=BODY, language="en-GB", first_name="Anna", last_name="Weiss",
    seller_first_name="Maya", evidence=(SITE,), opening_fact="news/1", known=("Acme Ltd",),
)  # fmt: skip
IN_LANGUAGES = {
    "de": ("Guten Tag Anna Weiss,\n\nam 3. November haben Sie einen neuen Standort in Leeds angekündigt. Bis er eigene "
           "Zahlen hat, ruhen die Pläne auf denen eines anderen. Passen Ihnen nächste Woche 15 Minuten?\n\n"
           "Viele Grüße\nMaya"),
    "fr": ("Bonjour Anna Weiss,\n\nLe 3 novembre, vous avez annoncé un nouveau site à Leeds. Tant qu'il n'a pas ses "
           "propres chiffres, les plans reposent sur ceux d'un autre. Auriez-vous 15 minutes mardi ou jeudi\u00a0?\n\n"
           "Bien cordialement,\nMaya"),
    "es": ("Buenos días, Anna:\n\nEl 3 de noviembre anunciaron un nuevo centro en Leeds. Hasta que tenga cifras propias, "
           "los planes se apoyan en las de otro. ¿Le vendrían bien 15 minutos el martes?\n\nUn cordial saludo,\nMaya"),
    "nl": ("Beste Anna,\n\nOp 3 november kondigde u een nieuwe locatie in Leeds aan. Tot die eigen cijfers heeft, rusten "
           "de plannen op die van een ander. Schikt u volgende week een gesprek van 15 minuten?\n\n"
           "Met vriendelijke groet,\nMaya"),
    "ja": ("Weiss様\n\n11月3日に発表されたLeedsの新拠点のニュースを拝見いたしました。稼働前に整えた設定は直しやすいと存じます。"
           "もしご関心がございましたら、15分ほど情報交換のお時間を頂戴することは可能でしょうか。\n\n"
           "どうぞよろしくお願いいたします。\nMaya"),
}  # fmt: skip


def rules(text: Text, **more: object) -> set[str]:
    return {one.rule for one in check(text, **more)}  # type: ignore[arg-type]


def said(before: str, after: str) -> Text:
    assert before in BODY
    return replace(GOOD, body=BODY.replace(before, after))


def test_a_good_first_message_has_nothing_against_it():
    assert check(GOOD) == ()


@pytest.mark.parametrize("tag", sorted(IN_LANGUAGES))
def test_a_good_first_message_passes_in_every_language(tag: str):
    subject = {"ja": "Leedsの新拠点について"}.get(tag, "Leeds: 2026")
    assert check(replace(GOOD, language=tag, body=IN_LANGUAGES[tag], subject=subject)) == ()


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("Hi Anna,", "Hello Anna,", "greeting"),
        ("Hi Anna,", "Hi Anna Weiss,", "greeting"),
        ("Hi Anna,", "Hi there,", "greeting"),
        ("Hi Anna,\n\n", "", "greeting"),
        ("\n\nMaya", "\n\nMaya Fischer", "sign_off"),
        ("\n\nMaya", "\n\nBest regards,\nMaya", "sign_off"),
        ("\n\nMaya", "\n\nMaya\nAccount Executive", "sign_off"),
        ("A new hall often starts with the rules of the old one. ", "", "sentence_count"),
        ("of the old one. ", "of the old one. It costs a peak. ", "sentence_count"),
        ("of the old one. ", "of the old one? ", "question_count"),
        ("compare notes?", "compare notes.", "question_count"),
        (
            "Would 15 minutes next week be useful to compare notes?",
            "Does that sound interesting to you?",
            "no_next_step",
        ),
        ("A new hall often", "I hope this email finds you well and that a new hall", "stock_opener"),
        ("A new hall often", "Just circling back: a new hall often", "stock_opener"),
        ("A new hall often", "Ich hoffe, es geht Ihnen gut: a new hall often", "stock_opener"),
        ("A new hall often", "Je me permets de vous contacter: a new hall often", "stock_opener"),
        ("old one.", "old one \U0001f680.", "emoji"),
        ("old one.", "old one {{company}}.", "template_hole"),
        ("old one.", "old one at [COMPANY].", "template_hole"),
        ("old one.", "old one, undefined.", "template_hole"),
        ("the old one", "the  old one", "template_hole"),
        ("old one.", "old one!", "exclamation_mark"),
        ("old one.", "old one, which is AMAZING.", "shouting"),
        ("old one.", "old one, and ours is risk-free.", "spam_words"),
        ("old one.", "old one, which is a great question.", "deflecting"),
        ("old one.", "old one, so leverage ours.", "forbidden_word"),
        ("On 3 November you announced a new site in Leeds.", "You are growing quickly.", "opening_without_fact"),
        ("3 November", "4 November", "ungrounded"),
        ("in Leeds", "in Bristol", "ungrounded"),
        ("a new site in Leeds", "a new site in Leeds with 300 jobs", "ungrounded"),
        ("a new site in Leeds", "“we want to cut mis-picks by 12%”", "ungrounded"),
        ("old one.", "old one, as on your honeymoon in Como.", "personal"),
    ],
)
def test_each_rule_finds_what_breaks_it(before: str, after: str, rule: str):
    assert rule in rules(said(before, after))


@pytest.mark.parametrize(
    ("subject", "rule"),
    [
        ("Re: New site in Leeds", "fake_reply"),
        ("Fwd: the plan", "fake_reply"),
        ("AW: Standort", "fake_reply"),
        ("Quick question", "subject_vague"),
        ("", "subject_vague"),
        ("NEW SITE IN LEEDS", "shouting"),
        ("One two three four five six seven eight nine ten", "subject_length"),
    ],
)
def test_subjects_are_specific_and_pretend_nothing(subject: str, rule: str):
    assert rule in rules(replace(GOOD, subject=subject))


def test_ninety_words_are_too_many_and_eighty_nine_are_not():
    missing = 89 - count_words(BODY)
    longer = BODY.replace("compare notes", "compare notes" + " again" * missing)
    assert "too_many_words" not in rules(replace(GOOD, body=longer))
    assert "too_many_words" in rules(replace(GOOD, body=longer.replace("again", "again again", 1)))


def test_a_violation_names_the_words_and_the_remedy():
    (found,) = check(said("old one.", "old one!"))
    assert BODY.replace("old one.", "old one!")[found.start : found.end] == "!"
    assert found.message == "An exclamation mark; end the sentence with a full stop."


@pytest.mark.parametrize(
    ("tag", "before", "after", "rule"),
    [
        ("de", "haben Sie einen", "hast du einen", "formality"),
        ("fr", "vous avez annoncé", "tu as annoncé", "formality"),
        ("es", "¿Le vendrían bien 15 minutos", "¿Te vendrían bien tus 15 minutos", "formality"),
        ("nl", "kondigde u", "kondigde je", "formality"),
        ("ja", "お時間を頂戴することは可能でしょうか。", "お時間をください。", "literal_translation"),
        ("de", "ruhen die Pläne", "macht es Sinn, dass die Pläne ruhen", "literal_translation"),
        ("fr", "15 minutes mardi", "un call mardi", "literal_translation"),
    ],
)
def test_manners_of_each_language_are_kept(tag: str, before: str, after: str, rule: str):
    body = IN_LANGUAGES[tag]
    assert before in body
    assert rule in rules(replace(GOOD, language=tag, body=body.replace(before, after), subject="Leeds: 2026"))


def test_a_text_in_another_language_than_asked_for_is_found():
    assert "wrong_language" in rules(replace(GOOD, language="de", body=IN_LANGUAGES["fr"]))


def test_an_organisation_has_its_own_greeting_and_words():
    own = {"greeting": "Hello {first},", "forbidden": {r"\bhall\b": "Write: building."}}
    assert rules(said("Hi Anna,", "Hello Anna,"), overrides=own) == {"literal_translation"}


def test_an_answer_may_be_longer_and_is_not_asked_for_an_observation():
    body = "Hi Anna,\n\nThank you for asking. We plan waves for the peak. Which would help more, figures or a case?\n\nMaya"
    assert check(replace(GOOD, body=body, angle=None, evidence=None)) == ()


def test_a_text_message_fits_into_one():
    body = "Hi Anna, Maya at Acme here, about your new site in Leeds. Would a 15-minute call next week help?"
    short = replace(GOOD, subject="", body=body, channel=Road.SMS)
    assert is_sendable(check(short))
    assert "too_long" in rules(replace(short, body=body + " And so on" * 9))


def test_a_last_word_asks_nothing():
    body = "Hi Anna,\n\nI will leave it at that about your new site in Leeds. Thank you for reading.\n\nMaya"
    assert check(replace(GOOD, body=body, angle=Angle.LAST_WORD)) == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We saved 2.5 hours at Acme Inc. in St. Louis, e.g. on 3 May. Was that you?", 2),
        ("Am 3. November ging es los, z. B. in Ulm. Passt das?", 2),
        ("Le site de M. Blanc ouvre le 3 mai. Ça vous va\u00a0?", 2),
        ("La S.L. de la Sra. Gil abre en mayo. ¿Le va bien?", 2),
        ("De heer J. de Vries van Acme B.V. opent in mei. Schikt het u?", 2),
        ("新拠点を拝見いたしました。15分ほどいかがでしょうか。", 2),
        ("You wrote: “We moved. It took long.” Would 15 minutes do?", 2),
        ("See https://acme.example/a.b?c=d. Then call.", 2),
        ("Sales rose 3.5%. Costs fell.", 2),
    ],
)
def test_sentences_are_told_apart_in_every_language(text: str, count: int):
    assert len(sentences(text)) == count


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_every_sentence_stands_where_it_says(text: str):
    found = sentences(text)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=200), st.sampled_from(TAGS))
@settings(max_examples=40, deadline=None)
def test_any_text_is_checked_and_every_place_is_inside_it(body: str, tag: str):
    text = Text(subject=body[:30], body=body, language=tag, evidence=(SITE,), opening_fact="news/1")
    for one in check(text, voice=shipped_guide(tag)):
        assert 0 <= one.start <= one.end <= len(body)
        assert one.message[-1] in ".?。)”»" or one.message


def test_every_pack_has_a_greeting_twelve_months_and_a_way_to_ask():
    for tag in TAGS:
        norms = norms_of(tag)
        assert norms.tag == tag
        assert len(norms.months) == 12
        assert "Ada" in norms.greet("Ada", "") or tag == "ja"
        assert any(pattern.search(norms.meeting) for pattern in norms.next_step)
