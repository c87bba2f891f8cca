"""What is about somebody's private life is found in five languages, and business that sounds like it is let through."""

from __future__ import annotations

import numpy as np
import pytest

from tandem.agents.contracts import GuardName
from tandem.agents.domain import personal
from tandem.agents.queries.personal import are_personal, is_personal

TEST_SET = personal.DATA / "personal_test.tsv"


def test_recall_on_the_public_test_set_is_as_promised_and_precision_as_written_down() -> None:
    rows = personal.read_labelled(TEST_SET)
    verdicts = are_personal([text for _, _, text in rows])
    truth = [label == "personal" for label, _, _ in rows]
    found = [verdict.is_personal for verdict in verdicts]
    hits = sum(one and other for one, other in zip(truth, found, strict=True))
    assert min(sum(truth), len(truth) - sum(truth)) >= 200
    assert hits / sum(truth) >= 0.98
    assert hits / sum(found) >= 0.70


def test_training_development_and_test_sentences_are_apart() -> None:
    sets = [{text for _, _, text in personal.read_labelled(personal.DATA / f"personal_{name}.tsv")} for name in ("train", "dev", "test")]  # fmt: skip
    assert not sets[0] & sets[1]
    assert not sets[0] & sets[2]
    assert not sets[1] & sets[2]


@pytest.mark.parametrize(
    "text",
    [
        "The family office invested 10 million euros in the logistics start-up.",
        "Their maternity-ward software is used in 140 hospitals.",
        "After a marathon migration project the bank moved 4,000 reports to Snowflake.",
        "The health-tech vendor opened a second site in Leeds.",
        "Quayside has raised $40 million in a Series C round. First seen in 2024.",
    ],
)
def test_business_that_sounds_private_is_let_through(text: str) -> None:
    assert not is_personal(text).is_personal


def test_the_most_personal_sentence_decides_and_is_named() -> None:
    verdict = is_personal("Quayside opened a plant in Lyon. His wife is expecting their third child.")
    assert verdict.is_personal
    assert verdict.because == "His wife is expecting their third child. (family)"
    found = personal.violations(["Revenue grew 18 percent.", "She was diagnosed with breast cancer in 2023."])
    assert [(one.guard, one.span) for one in found] == [
        (GuardName.PERSONAL, "She was diagnosed with breast cancer in 2023.")
    ]


def test_a_text_without_words_is_nobodys() -> None:
    assert is_personal("").probability == 0.0
    assert not is_personal("2026-11-24 · 42").is_personal


def test_the_weights_rest_on_the_sentences_that_are_there() -> None:
    with np.load(personal.WEIGHTS, allow_pickle=False) as told:
        assert str(told["trained_on"]) == personal.training_hash(), "run python -m tools.train_personal"


def test_a_classifier_put_together_from_its_weights_judges_as_the_trained_one() -> None:
    rows = [row for place, row in enumerate(personal.training_rows()) if place % 12 == 0]
    trained = personal.trained(rows)
    assembled = personal.assembled(personal.taken_apart(trained))
    texts = [text for _, _, text in rows[:40]]
    assert (trained.predict_proba(texts) == assembled.predict_proba(texts)).all()
