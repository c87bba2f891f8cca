"""The task that reads a sentence as a condition: a model where the organisation allows one, else the grammar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from tandem.agents.contracts import Task, Tier, Violation
from tandem.core.errors import InvalidInput
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.phrase_sentence import Vocabulary
from tandem.prospecting.domain.phrases import read_sentence

HERE = Path(__file__).parent
LONGEST_SENTENCE = 500


class KnownNames(BaseModel):
    """Names that this installation knows, as they are written there."""

    technologies: list[str] = []
    industries: list[str] = []
    segments: list[str] = []
    cities: list[str] = []
    topics: list[str] = []
    kinds: list[str] = []


class SearchQueryInput(BaseModel):
    """A sentence about companies. today : from which "this year" is counted."""

    text: str = Field(min_length=1, max_length=LONGEST_SENTENCE)
    today: date
    vocabulary: KnownNames = KnownNames()


class SearchQueryOutput(BaseModel):
    """The sentence as a condition in JSON; None when nothing was understood."""

    condition: dict[str, Any] | None
    not_understood: list[str] = []


def by_grammar(asked: SearchQueryInput) -> SearchQueryOutput:
    """The built-in engine: the grammar of phrases."""
    known = {name: tuple(values) for name, values in asked.vocabulary.model_dump().items()}
    found = read_sentence(asked.text, vocabulary=Vocabulary(**known), today=asked.today)
    return SearchQueryOutput(
        condition=conditions.as_json(found.condition) if found.condition is not None else None,
        not_understood=list(found.not_understood),
    )


def can_be_read(asked: SearchQueryInput, answer: SearchQueryOutput) -> Sequence[Violation]:
    """A condition that the language does not read is no answer; the error says what is wrong with it."""
    if answer.condition is None:
        return ()
    try:
        conditions.read(answer.condition)
    except InvalidInput as error:
        return (Violation(guard="schema", message=f"{error.message} {error.hint or ''}".strip()),)
    return ()


SEARCH_QUERY = Task(
    name="prospecting.search_query",
    title="Read a search sentence",
    tier=Tier.FAST,
    input_type=SearchQueryInput,
    output_type=SearchQueryOutput,
    prompt=HERE / "prompts" / "search_query.txt",
    built_in=by_grammar,
    checks=(can_be_read,),
    words=lambda _: (),
    eval_set=HERE / "evals" / "search_query.jsonl",
)
