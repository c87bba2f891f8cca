"""An answer that says nothing to somebody who thought about it does not leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.engagement.domain.deflection import deflection_of, points_in

CASES = [json.loads(line) for line in (Path(__file__).parent / "deflection_cases.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[f"{one['language']}-{number}" for number, one in enumerate(CASES)])
def test_written_pairs_are_told_apart(case: dict[str, str]) -> None:
    found = deflection_of(case["theirs"], case["ours"], case["language"])
    assert found.deflects is case["deflects"], (case, found.points)
    assert bool(found.told) is found.deflects


def test_what_asks_nothing_needs_no_answer() -> None:
    assert points_in("Thanks, have a nice weekend.", "en") == ()
    assert deflection_of("Thanks, have a nice weekend.", "You too!", "en").deflects is False


def test_of_a_language_it_does_not_read_it_says_nothing() -> None:
    assert deflection_of("データはどこに保存されますか？", "ご質問ありがとうございます。", "ja").deflects is False


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["en", "de", "fr", "es", "nl", "", "xx"]))
def test_any_text_can_be_looked_at(theirs: str, ours: str, language: str) -> None:
    found = deflection_of(theirs, ours, language)
    assert set(found.missed) <= set(found.points)
    assert not (found.deflects and not found.points)


def test_repeating_their_question_with_nothing_in_it_is_no_answer() -> None:
    theirs = "How do you keep our patient data inside the EU?"
    assert deflection_of(theirs, "You ask how we keep patient data inside the EU.", "en").deflects
