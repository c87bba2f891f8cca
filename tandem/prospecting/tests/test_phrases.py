"""Sentences as conditions: the frozen set by its halves, what is not understood, and text of any kind."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.prospecting.ai.search_query import (
    SEARCH_QUERY,
    KnownNames,
    SearchQueryInput,
    SearchQueryOutput,
    by_grammar,
    can_be_read,
)
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.phrase_sentence import Vocabulary
from tandem.prospecting.domain.phrase_words import number
from tandem.prospecting.domain.phrases import read_sentence

TODAY = date(2026, 11, 24)
KNOWN = Vocabulary(
    technologies=("Salesforce", "SAP EWM"), industries=("Manufacturing", "FOOD_PRODUCTION", "Food & Beverage"),
    topics=("Warehouse Automation",), segments=("enterprise",), cities=("Hamburg",), kinds=("Demo Requested",),
)  # fmt: skip


@cache
def cases() -> list[dict[str, Any]]:
    assert SEARCH_QUERY.eval_set is not None
    return [json.loads(line) for line in SEARCH_QUERY.eval_set.read_text().splitlines()]


def right(half: str) -> tuple[int, int]:
    """Sentences of a half read exactly as expected, with the words not understood; and how many there are."""
    own = [case for case in cases() if case["note"] == half]
    answers = [by_grammar(SearchQueryInput(**case["input"])) for case in own]
    hits = [
        answer.condition == case["expect"]["condition"]["one_of"][0]
        and [word.casefold() for word in answer.not_understood]
        == [word.casefold() for word in case["expect"]["not_understood"]]
        for case, answer in zip(own, answers, strict=True)
    ]
    return sum(hits), len(own)


def test_the_grammar_reads_the_frozen_sentences() -> None:
    assert right("developed on") == (35, 35)
    assert right("held out") == (34, 36)  # never looked at while the grammar was written


def test_every_expected_condition_can_be_read() -> None:
    for case in cases():
        expected = case["expect"]["condition"]["one_of"][0]
        assert conditions.read(conditions.as_json(conditions.read(expected))) == conditions.read(expected)


def test_words_that_carry_meaning_and_are_no_test_are_named_and_not_guessed() -> None:
    found = read_sentence("ambitious manufacturers with a nice logo in Hamburg", vocabulary=KNOWN, today=TODAY)
    assert found.condition is not None
    assert conditions.as_json(found.condition) == {
        "all": [
            {"field": "industry", "op": "in", "value": ["Manufacturing"]},
            {"field": "city", "op": "in", "value": ["Hamburg"]},
        ]
    }
    assert found.not_understood == ("ambitious", "nice", "logo")
    assert [piece.words for piece in found.pieces] == ["manufacturers", "in Hamburg"]


def test_a_sentence_without_a_test_is_no_condition() -> None:
    found = read_sentence("Hello, how is the weather?", vocabulary=KNOWN, today=TODAY)
    assert found.condition is None
    assert found.not_understood == ("Hello", "how", "weather")


def test_every_spelling_of_a_trade_is_meant() -> None:
    found = read_sentence("food producers", vocabulary=KNOWN, today=TODAY)
    assert conditions.as_json(found.pieces[0].condition)["value"] == ["FOOD_PRODUCTION", "Food & Beverage"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("2,000", 2000), ("2.000", 2000), ("1.5 million", 1_500_000), ("€20m", 20_000_000), ("3k", 3000), ("12", 12)],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert number(text) == value


words = st.sampled_from(
    ["raised", "a", "Series C", "not", "or", "and", "in", "Germany", "Hamburg", "uses", "SAP EWM", "hiring", "head",
     "within", "90 days", "customers", "500", "employees", "between", "to", ",", "neither", "nor", "İ", "\0", "(", "§"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(words, max_size=14).map(" ".join), st.text(max_size=80)))
def test_any_text_is_read_without_an_error_and_into_the_language(text: str) -> None:
    found = read_sentence(text, vocabulary=KNOWN, today=TODAY)
    if found.condition is not None:
        assert conditions.read(conditions.as_json(found.condition)) == found.condition


def test_a_model_that_answers_outside_the_language_is_told_why() -> None:
    asked = SearchQueryInput(text="x", today=TODAY, vocabulary=KnownNames())
    wrong = can_be_read(asked, SearchQueryOutput(condition={"all": []}))
    assert [one.guard for one in wrong] == ["schema"]
    assert "at least one condition" in wrong[0].message
    assert can_be_read(asked, SearchQueryOutput(condition={"customer": True})) == ()
