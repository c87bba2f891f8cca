"""Evals: frozen sets of cases, what counts as right, and the gate that a model or a prompt must pass to go live."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tandem.agents.contracts import Violation
from tandem.core.errors import DataUnreadable

MISSING = object()
PATH_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class EvalKind(StrEnum):
    """Gate: asked for, decides whether the model answers live. Drift: the weekly repeat, decides it too.
    Live: inputs of the past week, asked again.
    """

    GATE = "gate"
    DRIFT = "drift"
    LIVE = "live"


DECIDING = (EvalKind.GATE, EvalKind.DRIFT)  # runs on the frozen set


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Least shares of cases, 0 to 1."""

    schema_ok: float = 1.0
    guards_ok: float = 1.0
    expectations_ok: float = 0.9

    def as_dict(self) -> dict[str, float]:
        """As stored and printed."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalCase:
    """One line of a frozen set.

    number : line, from 1
    expect : path in the output to what must stand there; see `mismatches`
    """

    number: int
    input: Mapping[str, Any]
    expect: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSet:
    """A frozen set. hash : SHA-256 of the file's bytes, so that a changed set is another set."""

    cases: tuple[EvalCase, ...]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What an engine's answer to a case came to. wrong : empty when all three hold."""

    number: int
    note: str
    schema_ok: bool
    guards_ok: bool
    expectations_ok: bool
    words: int = 0
    wrong: tuple[Violation, ...] = ()
    output: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares over all cases, 0 to 1; mean_words : of answers that fit the schema."""

    cases: int
    schema_ok: float
    guards_ok: float
    expectations_ok: float
    mean_words: float

    def reaches(self, gate: Thresholds) -> bool:
        """Whether every share is at least the gate's."""
        return (
            self.schema_ok >= gate.schema_ok
            and self.guards_ok >= gate.guards_ok
            and self.expectations_ok >= gate.expectations_ok
        )


def read_set(file: Path) -> EvalSet:
    """A frozen set from JSON lines {"input", "expect", "note"}. Raises DataUnreadable naming file and line."""
    try:
        content = file.read_bytes()
        lines = content.decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(f"{file.name} can't be read.", hint="Give a UTF-8 file of JSON lines.") from error
    cases = tuple(_case(line, number, file.name) for number, line in enumerate(lines, start=1) if line.strip())
    if not cases:
        raise DataUnreadable(f"{file.name} has no cases.", hint='Write lines like {"input": {…}, "expect": {…}}.')
    return EvalSet(cases=cases, hash=hashlib.sha256(content).hexdigest())


def _case(line: str, number: int, file: str) -> EvalCase:
    try:
        told = json.loads(line)
        expect, note = dict(told.get("expect") or {}), str(told.get("note", ""))
        return EvalCase(number=number, input=dict(told["input"]), expect=expect, note=note)
    except (ValueError, KeyError, TypeError) as error:
        raise DataUnreadable(
            f"Line {number} of {file} is no case.",
            hint='A case is {"input": {…}, "expect": {…}, "note": "…"}.',
            context={"file": file, "row": number},
        ) from error


def mismatches(output: Mapping[str, Any], expect: Mapping[str, Any]) -> tuple[Violation, ...]:
    """What of an answer is not as expected.

    expect : path ("verdict", "claims[0].text", "claims.length") to a value that must be equal, or to one of
        {"one_of": […]}, {"contains": "…"}, {"lacks": "…"}, {"at_least": n}, {"at_most": n}; texts are compared
        without regard to case. The path "*" stands for the whole answer as JSON.

    >>> mismatches({"verdict": "pass"}, {"verdict": {"one_of": ["fit", "pass"]}})
    ()
    """
    return tuple(found for path, wanted in expect.items() if (found := _mismatch(output, path, wanted)) is not None)


def _mismatch(output: Mapping[str, Any], path: str, wanted: Any) -> Violation | None:
    there = json.dumps(output, ensure_ascii=False, default=str) if path == "*" else _at(output, path)
    rule, value = next(iter(wanted.items())) if isinstance(wanted, Mapping) and len(wanted) == 1 else ("is", wanted)
    if there is not MISSING and _holds(there, rule, value):
        return None
    told = "nothing" if there is MISSING else repr(str(there)[:80])
    wanted_words = f"{rule.replace('_', ' ')} {value!r}"
    return Violation(guard="expectation", span=path, message=f"{path} is {told}; {wanted_words} was expected.")


def _holds(there: Any, rule: str, value: Any) -> bool:
    if rule == "one_of":
        return any(_same(there, one) for one in value)
    if rule in {"contains", "lacks"}:
        return (str(value).casefold() in str(there).casefold()) is (rule == "contains")
    if rule in {"at_least", "at_most"}:
        number = float(there)
        return number >= float(value) if rule == "at_least" else number <= float(value)
    return _same(there, value)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return bool(one == other)


def _at(output: Any, path: str) -> Any:
    """What stands at a path; `MISSING` when nothing does."""
    place = output
    for name, index in PATH_PART.findall(path):
        if name == "length" and isinstance(place, Sequence):
            place = len(place)
        elif index and isinstance(place, Sequence) and int(index) < len(place):
            place = place[int(index)]
        elif name and isinstance(place, Mapping) and name in place:
            place = place[name]
        else:
            return MISSING
    return place


def figures(results: Sequence[CaseResult]) -> Figures:
    """The shares of a run; at least one result."""
    count = len(results)
    fitting = [one.words for one in results if one.schema_ok]
    return Figures(
        cases=count,
        schema_ok=sum(one.schema_ok for one in results) / count,
        guards_ok=sum(one.guards_ok for one in results) / count,
        expectations_ok=sum(one.expectations_ok for one in results) / count,
        mean_words=sum(fitting) / len(fitting) if fitting else 0.0,
    )
