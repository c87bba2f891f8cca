"""English sentences about companies as conditions, without a model: a grammar of phrases, each of which is one test.

Phrases are found by patterns, the most telling first, and take their words out of the sentence; a span of time, a
number of times or a strength belongs to the nearest signal before it. Tests stand in the order of the sentence and all
hold, except those that "or" joins. Words that no phrase took and that carry meaning are named, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tandem.prospecting.domain import phrase_fields as fields
from tandem.prospecting.domain import phrase_signals as signals
from tandem.prospecting.domain.condition_terms import AllOf, AnyOf, Condition, FieldIs, IsCustomer, Not, Op, Saw
from tandem.prospecting.domain.phrase_sentence import Found, Piece, Sentence, Vocabulary, Within
from tandem.prospecting.domain.phrase_words import FILLERS, NEGATORS

JOINED = re.compile(r"[\s,;&]*(?:and|or|nor|in|from|the|either|and in|or in|nor in|or the|and the)?[\s,;]*")
# In the order in which they may take words.
RULES = (
    signals.windows, signals.texts_of_signals, signals.funding, signals.people_moves, signals.sites,
    signals.competitors, signals.hiring, signals.technologies, signals.topics, signals.named_kinds, fields.numbers,
    fields.deals, fields.customers, signals.other_signals, signals.strengths, signals.times, fields.countries,
    fields.industries, fields.segments_and_cities, fields.written_fields, signals.unknown_technologies,
)  # fmt: skip
OR = re.compile(r"\b(?:or|nor)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """One test and the words it comes from."""

    words: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a sentence was understood as.

    condition : None: nothing was understood
    pieces : in the order of the sentence
    not_understood : words that carry meaning and that no phrase took, in their order
    """

    condition: Condition | None
    pieces: tuple[Understood, ...]
    not_understood: tuple[str, ...]


def read_sentence(text: str, *, vocabulary: Vocabulary, today: date) -> Reading:
    """A sentence as a condition.

    vocabulary : names that this installation knows: technologies, industries, topics …
    today : spans like "this year" begin from it
    """
    sentence = Sentence(text, vocabulary=vocabulary, today=today)
    found = sorted((piece for rule in RULES for piece in rule(sentence)), key=lambda piece: piece.start)
    told = _with_modifiers([piece for piece in found if isinstance(piece.what, Found)], found)
    tests = _merged(sentence, _negated(sentence, told))
    grouped = _alternatives(sentence, tests)
    return Reading(
        condition=_whole(grouped),
        pieces=tuple(Understood(words=_words(sentence, test), condition=test.condition) for test in grouped),
        not_understood=_left_over(sentence),
    )


@dataclass(frozen=True, slots=True)
class _Test:
    start: int
    end: int
    condition: Condition


def _words(sentence: Sentence, test: _Test) -> str:
    return sentence.text[test.start : test.end].strip(" ,;")


def _with_modifiers(tests: Sequence[Piece], found: Sequence[Piece]) -> list[_Test]:
    """Every test with the windows, counts and strengths that belong to it."""
    built = [_Test(piece.start, piece.end, piece.what.condition) for piece in tests]  # type: ignore[union-attr]
    for modifier in found:
        if not isinstance(modifier.what, Within):
            continue
        place = _owner(built, modifier)
        if place is None:
            continue
        test = built[place]
        changed = modifier.what.put(test.condition) if isinstance(test.condition, Saw) else test.condition
        built[place] = _Test(min(test.start, modifier.start), max(test.end, modifier.end), changed)
    return _shared_windows(built)


def _owner(tests: Sequence[_Test], modifier: Piece) -> int | None:
    """The nearest signal before a modifier, else the nearest one after it."""
    signals = [at for at, test in enumerate(tests) if isinstance(test.condition, Saw)]
    before = [at for at in signals if tests[at].start < modifier.start]
    after = [at for at in signals if tests[at].start >= modifier.start]
    return before[-1] if before else after[0] if after else None


def _shared_windows(tests: Sequence[_Test]) -> list[_Test]:
    """Alternatives of one phrase ("a Series B or Series C since June") share its window."""
    kept = list(tests)
    for at in range(len(kept) - 2, -1, -1):
        here, following = kept[at].condition, kept[at + 1].condition
        if not isinstance(here, Saw) or not isinstance(following, Saw) or here.kind != following.kind:
            continue
        if here.kind == "funding_round" and here.within_days is None and following.within_days is not None:
            kept[at] = replace(kept[at], condition=replace(here, within_days=following.within_days))
    return kept


def _negated(sentence: Sentence, tests: Sequence[_Test]) -> list[_Test]:
    """A test with a "not" between it and the one before is turned round."""
    turned, last_end, is_neither = [], 0, False
    for test in tests:
        gap = sentence.lower[last_end : test.start]
        is_neither = "neither" in gap or (is_neither and bool(re.search(r"\bnor\b", gap)))
        negator = NEGATORS.search(gap)
        is_negated = is_neither or negator is not None
        condition = _turned(test.condition) if is_negated else test.condition
        start = last_end + negator.start() if negator is not None else test.start
        turned.append(_Test(start, test.end, condition))
        last_end = test.end
    return turned


def _turned(condition: Condition) -> Condition:
    if isinstance(condition, FieldIs) and condition.op is Op.IN:
        return replace(condition, op=Op.NOT_IN)
    if isinstance(condition, IsCustomer):
        return IsCustomer(wanted=not condition.wanted)
    return Not(condition)


def _merged(sentence: Sentence, tests: Sequence[_Test]) -> list[_Test]:
    """Countries, industries and cities told one after the other are one list."""
    merged: list[_Test] = []
    for test in tests:
        before = merged[-1] if merged else None
        joined = before is not None and JOINED.fullmatch(sentence.lower[before.end : test.start]) is not None
        both = _one_list(before.condition, test.condition) if before is not None and joined else None
        if before is not None and both is not None:
            merged[-1] = _Test(before.start, test.end, both)
        else:
            merged.append(test)
    return merged


def _one_list(first: Condition, second: Condition) -> FieldIs | None:
    if not isinstance(first, FieldIs) or not isinstance(second, FieldIs) or first.field != second.field:
        return None
    if first.op not in (Op.IN, Op.NOT_IN) or second.op is not Op.IN:
        return None
    values = (*_values(first), *_values(second))
    return replace(first, value=tuple(dict.fromkeys(values)))


def _values(test: FieldIs) -> Iterable[str | int | float | bool]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


def _alternatives(sentence: Sentence, tests: Sequence[_Test]) -> list[_Test]:
    """Neighbours joined by "or" are one test that any of them meets."""
    grouped: list[_Test] = []
    for test in tests:
        before = grouped[-1] if grouped else None
        gap = sentence.lower[before.end : test.start] if before is not None else ""
        if before is not None and OR.search(gap) and not isinstance(test.condition, Not) and "nor" not in gap:
            parts = before.condition.parts if isinstance(before.condition, AnyOf) else (before.condition,)
            grouped[-1] = _Test(before.start, test.end, AnyOf((*parts, test.condition)))
        else:
            grouped.append(test)
    return grouped


def _whole(tests: Sequence[_Test]) -> Condition | None:
    parts = tuple(dict.fromkeys(test.condition for test in tests))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _left_over(sentence: Sentence) -> tuple[str, ...]:
    """What no phrase took: neighbours that carry no meaning between them are told together."""
    left = []
    for found in re.finditer(r"[\w'’&.+-]+", sentence.free()):
        word = found.group().strip(".-'’")
        if word and word.casefold() not in FILLERS and not NEGATORS.fullmatch(word.casefold()):
            left.append(sentence.text[found.start() : found.end()].strip(".-'’"))
    return tuple(left)
