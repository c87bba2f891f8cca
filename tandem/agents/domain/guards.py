"""The guards: everything that is checked of an answer before anybody sees it, whoever gave it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

from pydantic import BaseModel, ValidationError

from tandem.agents.contracts import Claim, Evidence, GroundedText, GuardName, Input, Output, Task, Violation
from tandem.agents.domain import grounding, injection, personal

SCHEMA, LENGTH = "schema", "length"
EVIDENCE_FIELDS = re.compile(r"(^|_)(evidence|signal)_ids?$")
WORD = re.compile(r"\w+(?:['’.,-]\w+)*")


def check(task: Task[Input, Output], input: Input, output: Output) -> tuple[Violation, ...]:
    """Everything in which an answer breaks the task's guards; empty: it may be used.

    Schema first: an answer that is not of the task's output type is checked no further.
    """
    wrong = _schema(task, output)
    if wrong:
        return wrong
    texts = words_of(task, output)
    found = list(_length(task, texts))
    evidence = list(task.evidence(input))
    trusted = trusted_texts(input, evidence)
    if GuardName.GROUNDING in task.guards:
        found += _grounding(output, texts, evidence, trusted)
    if GuardName.PERSONAL in task.guards:
        found += personal.violations(texts)
    if GuardName.INJECTION in task.guards:
        found += injection.obeyed(list(_strings(output)), evidence, trusted=trusted)
    for own in task.checks:
        found += own(input, output)
    return tuple(dict.fromkeys(found))


def words_of(task: Task[Any, Output], output: Output) -> list[str]:
    """The texts of an answer that length and guards are about."""
    return [text for text in (task.words(output) if task.words else _texts(output)) if text.strip()]


def count_words(texts: Sequence[str]) -> int:
    """Words of all texts together."""
    return sum(len(WORD.findall(text)) for text in texts)


def _schema(task: Task[Input, Output], output: Output) -> tuple[Violation, ...]:
    if not isinstance(output, task.output_type):
        told = type(output).__name__
        return (Violation(guard=SCHEMA, message=f"The answer is {told}, not {task.output_type.__name__}."),)
    try:
        task.output_type.model_validate(output.model_dump())
    except ValidationError as error:
        return tuple(
            Violation(guard=SCHEMA, span=".".join(str(part) for part in one["loc"]), message=one["msg"])
            for one in error.errors()
        )
    return ()


def _length(task: Task[Input, Output], texts: Sequence[str]) -> Iterator[Violation]:
    if task.most_words is not None and (words := count_words(texts)) > task.most_words:
        yield Violation(guard=LENGTH, message=f"The text has {words} words; at most {task.most_words} are allowed.")


def _grounding(
    output: BaseModel, texts: Sequence[str], evidence: Sequence[Evidence], trusted: Sequence[str]
) -> list[Violation]:
    """Claims against what they cite; other texts against all evidence; ids elsewhere in the answer must exist."""
    evidence = injection.without_instructions(evidence)
    claims = list(_claims(output))
    known = [text for text in trusted if len(text) <= grounding.LONGEST_NAME]
    found = list(grounding.unsupported(claims, evidence, known=known))
    claimed = " ".join(claim.text.strip() for claim in claims)
    rest = [text for text in texts if text.strip() not in claimed]
    found += grounding.unsupported_texts(rest, evidence, known=known)
    ids = {one.id for one in evidence}
    for cited in _cited(output):
        if cited not in ids:
            found.append(grounding.no_such_evidence(cited))
    return found


def trusted_texts(input: BaseModel, evidence: Sequence[Evidence]) -> list[str]:
    """Every text of the input that no outsider wrote: neither outside evidence nor a text that holds one."""
    outside = [one.text for one in evidence if one.is_outside and one.text.strip()]
    inside = [
        text for text in _leaves(input.model_dump()) if not any(piece in text or text in piece for piece in outside)
    ]
    return [*inside, *(one.text for one in evidence if not one.is_outside)]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _leaves(one)


def _claims(value: Any) -> Iterator[Claim]:
    """Every claim in an answer, wherever it stands."""
    if isinstance(value, Claim):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _claims(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _claims(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _claims(one)


def _texts(value: Any, field: str = "") -> Iterator[str]:
    """Every text in an answer; words of enums and ids of evidence are none."""
    if isinstance(value, str) and not isinstance(value, Enum) and not EVIDENCE_FIELDS.search(field):
        yield value
    elif isinstance(value, GroundedText):
        yield from (claim.text for claim in value.claims)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name), name)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, field)


def _strings(value: Any) -> Iterator[str]:
    """Every string in an answer, whatever it is for."""
    yield from _leaves(value.model_dump() if isinstance(value, BaseModel) else value)


def _cited(value: Any, field: str = "") -> Iterator[str]:
    """Ids of evidence that an answer names outside its claims."""
    if isinstance(value, Claim):
        return
    if isinstance(value, str) and EVIDENCE_FIELDS.search(field):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _cited(getattr(value, name), name)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _cited(one, field)
