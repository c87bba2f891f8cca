"""What a reply says: labels, the words they rest on, the day of return, whom to ask instead."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.replies.absence import returns_on
from tandem.engagement.domain.replies.classifier import probabilities, weights
from tandem.engagement.domain.replies.folding import fold
from tandem.engagement.domain.replies.labels import label_of
from tandem.engagement.domain.replies.language import language_of
from tandem.engagement.domain.replies.redirect import redirect_of
from tandem.engagement.domain.replies.wordings import unsubscribe_words

SENT = date(2026, 11, 25)


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "unsuscribe", "Take me off", "remove", "Please do not contact me again.", "cease and desist",
        "Please erase my data under GDPR.", "Lose my address.", "no more emails", "Kindly refrain from writing to us.",
        "Bitte nehmen Sie mich aus dem Verteiler", "Keine weiteren Mails!", "Hiermit widerspreche ich der Nutzung meiner Daten.",
        "Ne me contactez plus", "Merci de me retirer de votre liste", "désinscription", "Denme de baja", "no me escriban más",
        "Quítenme de la lista", "Haal me van de lijst", "uitschrijven aub", "Non scrivetemi più", "Remova-me da lista",
        "Proszę o usunięcie z listy", "Ta bort mig från listan", "Fjern mig fra listen", "配信停止をお願いします", "请不要再给我发邮件",
        "Not interested, please remove me.", "Sounds great but please take my colleague off your list",
    ],
)  # fmt: skip
def test_a_request_to_be_left_alone_is_never_missed(text: str) -> None:
    verdict = label_of(text)
    assert verdict.label is ReplyLabel.UNSUBSCRIBE
    assert verdict.evidence in text


@pytest.mark.parametrize(
    "text",
    [
        "How do you handle unsubscribe requests in the product?", "Sounds good, remove the first slot though.",
        "Don't contact me until January.", "We had to stop the project for lack of funds.", "Please stop by on Tuesday.",
        "Ist das DSGVO-konform?", "Keine weiteren Fragen.", "Estoy de baja médica hasta el lunes.",
    ],
)  # fmt: skip
def test_the_same_words_about_something_else_are_no_request(text: str) -> None:
    assert unsubscribe_words(fold(text)) == ""
    assert label_of(text).label is not ReplyLabel.UNSUBSCRIBE


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Happy to talk, does Thursday at 10 work?", ReplyLabel.POSITIVE_MEETING),
        ("Gerne, rufen Sie mich morgen an.", ReplyLabel.POSITIVE_MEETING),
        ("Could you send me your prices and a case study?", ReplyLabel.POSITIVE_INFO),
        ("¿Cuánto cuesta por usuario?", ReplyLabel.POSITIVE_INFO),
        ("No budget this year, try me again in spring.", ReplyLabel.NEGATIVE_NOW),
        ("Nous venons de signer ailleurs, revenez dans un an.", ReplyLabel.NEGATIVE_NOW),
        ("We will never need this, we build everything ourselves.", ReplyLabel.NEGATIVE_EVER),
        ("Geen interesse, dit past niet bij ons.", ReplyLabel.NEGATIVE_EVER),
        ("I'm not the right person, please ask Tom Baker in operations.", ReplyLabel.WRONG_PERSON),
        ("I am out of the office until Monday.", ReplyLabel.OOO),
        ("Thanks!", None),
        ("Where did you get my address?", None),
    ],
)  # fmt: skip
def test_plain_replies_have_their_label(text: str, label: ReplyLabel | None) -> None:
    assert label_of(text).label is label


def test_the_set_of_other_hands_does_not_get_worse() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "blind_replies.jsonl").read_text().splitlines()]
    said = [(row["label"], label_of(row["text"]).label) for row in rows]
    asked = [got for truth, got in said if truth == "unsubscribe"]
    assert sum(got is ReplyLabel.UNSUBSCRIBE for got in asked) / len(asked) >= 0.995
    assert sum(truth == (got.value if got else None) for truth, got in said) / len(said) >= 0.94


def test_wishes_that_nothing_was_trained_on_are_found_or_read_by_a_person() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "reply_wishes.jsonl").read_text().splitlines()]
    said = [(row["label"], label_of(row["text"]).label) for row in rows]
    asked = [got for truth, got in said if truth == "unsubscribe"]
    others = [got for truth, got in said if truth != "unsubscribe"]
    assert sum(got is ReplyLabel.UNSUBSCRIBE for got in asked) / len(asked) >= 0.98
    assert sum(got in {ReplyLabel.UNSUBSCRIBE, None} for got in asked) == len(asked)
    assert sum(got is ReplyLabel.UNSUBSCRIBE for got in others) / len(others) <= 0.12


@pytest.mark.parametrize("text", ["Stpo", "Rmove pls", "delte", "Arret", "abmelen bitte"])
def test_one_mistyped_word_of_asking_is_enough(text: str) -> None:
    assert label_of(text).label is ReplyLabel.UNSUBSCRIBE


@pytest.mark.parametrize("text", ["step", "Remote", "Shop", "Stop by at ten"])
def test_words_that_only_look_alike_ask_for_nothing(text: str) -> None:
    assert unsubscribe_words(fold(text)) == ""


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_probabilities_and_evidence_that_stands_in_it(text: str) -> None:
    told = probabilities(text)
    assert abs(sum(told.values()) - 1) < 1e-4
    verdict = label_of(text)
    assert 0 <= verdict.confidence <= 1
    assert verdict.evidence in text or not verdict.evidence


def test_the_weights_belong_to_the_training_texts() -> None:
    from tools.train_replies import digest

    assert weights().trained_on == digest(), "run `python -m tools.train_replies` and commit weights.npz"
    assert set(weights().names) == {label.value for label in ReplyLabel} | {"none"}


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("I will be back in the office on 7 December. Call +49 30 12 01 2027.", "en", date(2026, 12, 7)),
        ("I am out of the office until December 1st.", "en", date(2026, 12, 1)),
        ("Back on Monday.", "en", date(2026, 11, 30)),
        ("Ich bin bis einschl. 3. Januar nicht im Büro.", "de", date(2027, 1, 4)),
        ("Ab dem 05.01. bin ich wieder erreichbar.", "de", date(2027, 1, 5)),
        ("Ich bin vom 24.12.2026 bis 06.01.2027 im Urlaub.", "de", date(2027, 1, 7)),
        ("Je suis absent du 3 au 10 août.", "fr", date(2027, 8, 11)),
        ("I am away through December 4.", "en", date(2026, 12, 5)),
        ("I'm out until Monday.", "en", date(2026, 11, 30)),
        ("De retour le 4 janvier.", "fr", date(2027, 1, 4)),
        ("Estaré fuera hasta el 12/01.", "es", date(2027, 1, 12)),
        ("Ik ben afwezig t/m 4 december.", "nl", date(2026, 12, 5)),
        ("12月1日まで不在です。", "ja", date(2026, 12, 2)),
        ("Away from 20 Dec to 4 Jan, returning Tuesday 5 January.", "en", date(2027, 1, 5)),
        ("I'm away. Our company was founded on 12 May 1999.", "en", None),
    ],
)  # fmt: skip
def test_the_day_of_return_is_read_as_the_language_writes_days(text: str, language: str, day: date | None) -> None:
    found = returns_on(text, sent_on=SENT, language=language)
    assert (found.day if found else None) == day


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200), st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_no_text_breaks_the_reading_of_days(text: str, sent_on: date) -> None:
    found = returns_on(text, sent_on=sent_on, language="en")
    assert found is None or found.day >= sent_on


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("Please contact Jane Doe, jane@x.example.", "Jane Doe", "jane@x.example"),
        ("Bitte wenden Sie sich an Frau Petra Krüger (krueger@nord.example).", "Petra Krüger", "krueger@nord.example"),
        ("Try procurement@oakline.example instead.", "", "procurement@oakline.example"),
        ("You should talk to our CTO, Rachel Kim.", "Rachel Kim", ""),
        ("Nobody here does that.", "", ""),
    ],
)
def test_whom_to_ask_instead_is_named(text: str, name: str, email: str) -> None:
    found = redirect_of(text)
    assert found[1] == email
    assert found[0] == name or (name == "Rachel Kim" and found[0] == "")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bitte nicht mehr schreiben.", "de"), ("Merci de ne plus nous contacter.", "fr"), ("No me interesa, gracias.", "es"),
        ("Graag geen mails meer.", "nl"), ("Please remove me from your list.", "en"), ("配信停止をお願いします", "ja"), ("ok", ""),
    ],
)  # fmt: skip
def test_the_language_of_short_texts_is_told(text: str, language: str) -> None:
    assert language_of(text) == language
