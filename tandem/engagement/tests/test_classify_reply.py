"""A model may sharpen what a reply means, and never overrule a request to be left alone."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from tandem.engagement.ai.classify_reply import CLASSIFY_REPLY, ReplyInput, ReplyOutput, keeps_to_the_text
from tandem.engagement.contracts import ReplyLabel


def test_the_built_in_engine_passes_its_own_eval_set() -> None:
    assert CLASSIFY_REPLY.eval_set is not None
    cases = [json.loads(line) for line in CLASSIFY_REPLY.eval_set.read_text().splitlines()]
    answers = [CLASSIFY_REPLY.built_in(ReplyInput(**case["input"])) for case in cases]
    right = [answer.label == case["expect"]["label"] for answer, case in zip(answers, cases, strict=True)]
    assert sum(right) / len(cases) >= 0.9
    asked = [ReplyInput(**case["input"]) for case in cases]
    assert [keeps_to_the_text(one, answer) for one, answer in zip(asked, answers, strict=True)] == [()] * len(cases)


def test_a_model_that_overrules_a_request_to_be_left_alone_is_refused() -> None:
    asked = ReplyInput(text="Interesting, but please remove me from your list.")
    answer = ReplyOutput(label=ReplyLabel.POSITIVE_INFO, confidence=0.99, evidence="Interesting")
    assert [one.guard for one in keeps_to_the_text(asked, answer)] == ["unsubscribe"]


def test_evidence_that_does_not_stand_in_the_reply_is_refused() -> None:
    answer = ReplyOutput(label=ReplyLabel.POSITIVE_MEETING, confidence=0.9, evidence="let us meet on Friday")
    assert [one.guard for one in keeps_to_the_text(ReplyInput(text="Sure."), answer)] == ["evidence"]


def test_a_label_outside_the_seven_never_flows_on() -> None:
    with pytest.raises(ValidationError):
        ReplyOutput.model_validate({"label": "maybe", "confidence": 0.9})
