"""The task that says what a reply means: a model where the organisation allows one, else the rules and the classifier.

A model may sharpen what the built-in engine says. It can say no word but the seven, it must name words that
stand in the reply, and where a wording asks to be left alone its answer is refused unless it says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from tandem.agents.contracts import GuardName, Task, Tier, Violation
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.replies.folding import fold
from tandem.engagement.domain.replies.labels import label_of
from tandem.engagement.domain.replies.wordings import unsubscribe_words

HERE = Path(__file__).parent
LONGEST_TEXT = 8_000  # characters


class ReplyInput(BaseModel):
    """A reply's new text. is_automatic : a program wrote it."""

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    is_automatic: bool = False


class ReplyOutput(BaseModel):
    """What it means. label : None: none of the seven, or not sure: a person reads it. evidence : words of the reply."""

    label: ReplyLabel | None
    confidence: float = Field(ge=0, le=1)
    evidence: str = ""


def by_rules(asked: ReplyInput) -> ReplyOutput:
    """The built-in engine: wordings first, then the classifier."""
    verdict = label_of(asked.text, is_automatic=asked.is_automatic)
    return ReplyOutput(label=verdict.label, confidence=verdict.confidence, evidence=verdict.evidence)


def keeps_to_the_text(asked: ReplyInput, answer: ReplyOutput) -> Sequence[Violation]:
    """Evidence stands in the reply; a request to be left alone is never overruled."""
    found = []
    if answer.evidence and " ".join(answer.evidence.split()) not in " ".join(asked.text.split()):
        found.append(
            Violation(guard="evidence", message="The evidence must be words of the reply.", span=answer.evidence[:200])
        )
    words = "" if asked.is_automatic else unsubscribe_words(fold(asked.text))
    if words and answer.label is not ReplyLabel.UNSUBSCRIBE:
        found.append(
            Violation(guard="unsubscribe", message="They ask to be left alone: the label is unsubscribe.", span=words)
        )
    return tuple(found)


CLASSIFY_REPLY: Task[ReplyInput, ReplyOutput] = Task(
    name="engagement.classify_reply",
    title="Say what a reply means",
    tier=Tier.RULES,
    input_type=ReplyInput,
    output_type=ReplyOutput,
    prompt=HERE / "prompts" / "classify_reply.txt",
    built_in=by_rules,
    guards=frozenset({GuardName.INJECTION}),
    checks=(keeps_to_the_text,),
    words=lambda _: (),
    eval_set=HERE / "evals" / "classify_reply.jsonl",
)
