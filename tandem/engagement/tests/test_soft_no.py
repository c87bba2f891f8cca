"""A brief acknowledgement or a plea for fewer mails is heard; interest, questions and objections are not taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.engagement.domain.soft_no import SoftNo, hear, is_silent


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("Noted, thanks.", "en", SoftNo.BRIEF),
        ("Thanks!", "en", SoftNo.BRIEF),
        ("Hi Maya,\n\nthanks, will look at it later.\n\nBest\nTom", "en", SoftNo.BRIEF),
        ("Danke, angekommen.\n\nGruß\nAnna", "de", SoftNo.BRIEF),
        ("Merci, bien reçu.", "fr", SoftNo.BRIEF),
        ("Recibido, gracias.", "", SoftNo.BRIEF),
        ("Bedankt, genoteerd.", "nl", SoftNo.BRIEF),
        ("Bitte seltener schreiben, das Thema hat Zeit.", "de", SoftNo.SLOWER),
        ("That's a lot of mails for one topic, please slow down.", "en", SoftNo.SLOWER),
        ("Merci de m'écrire moins souvent.", "fr", SoftNo.SLOWER),
        ("Son demasiados correos, una vez al trimestre basta.", "es", SoftNo.SLOWER),
    ],
)
def test_a_soft_no_is_heard(text, language, kind):
    heard = hear(text, language)
    assert heard is not None
    assert heard.kind is kind
    assert heard.evidence in text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Noted, thanks. What does it cost?", "en"),
        ("Please send me the pricing.", "en"),
        ("Not interested, thanks.", "en"),
        ("Thanks for your time, happy to talk on Tuesday.", "en"),
        ("We signed with another provider, thanks.", "en"),
        ("Danke, können wir nächste Woche telefonieren?", "de"),
        ("Unsubscribe", "en"),
        ("", "en"),
    ],
)
def test_what_says_more_is_no_soft_no(text, language):
    assert hear(text, language) is None


@given(st.text(max_size=300), st.sampled_from(["", "en", "de", "fr", "es", "nl", "ja", "xx"]))
def test_any_text_can_be_heard(text, language):
    heard = hear(text, language)
    assert heard is None or heard.evidence in text


def test_three_touches_without_a_word_are_silence():
    assert is_silent(sent=3, heard=0)
    assert not is_silent(sent=2, heard=0)
    assert not is_silent(sent=5, heard=1)
