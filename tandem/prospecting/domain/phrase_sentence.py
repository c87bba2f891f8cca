"""A sentence whose words are taken by patterns, and what a pattern makes of the words that it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from tandem.prospecting.domain.condition_terms import Condition, Saw


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Names that this installation knows, as they are written there."""

    technologies: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A test."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Within:
    """What a span of time, a number of times or a strength does to the signal it belongs to."""

    put: Callable[[Saw], Saw]


@dataclass(frozen=True, slots=True)
class Piece:
    """A test or a modifier, and where it stands."""

    start: int
    end: int
    what: Found | Within


class Sentence:
    """A text whose words are taken by the patterns one after the other."""

    def __init__(self, text: str, *, vocabulary: Vocabulary, today: date) -> None:
        self.text = text
        self.lower = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
        self.vocabulary = vocabulary
        self.today = today
        self._taken = [False] * len(text)

    def free(self) -> str:
        """The lower-case text with blanks where words are taken."""
        return "".join(" " if taken else sign for sign, taken in zip(self.lower, self._taken, strict=True))

    def take(self, pattern: str) -> Iterator[re.Match[str]]:
        """Matches in the words nobody took yet; each takes its own."""
        for found in re.finditer(pattern, self._hidden()):
            if found.end() > found.start():
                self._mark(found.start(), found.end())
                yield found

    def _hidden(self) -> str:
        """Taken words as a sign that no pattern has, so that none reaches over them."""
        return "".join("\0" if taken else sign for sign, taken in zip(self.lower, self._taken, strict=True))

    def _mark(self, start: int, end: int) -> None:
        self._taken[start:end] = [True] * (end - start)

    def written(self, found: re.Match[str], group: str = "free") -> str:
        """A group as it is written in the sentence."""
        return self.text[found.start(group) : found.end(group)].strip()


def test(found: re.Match[str], condition: Condition) -> Piece:
    """The words of a match as a test."""
    return Piece(found.start(), found.end(), Found(condition))


def known(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names with their pattern, the longest first; case does not matter."""
    lowered = [(name, r"\s+".join(map(re.escape, name.lower().split()))) for name in names if name.strip()]
    return sorted(lowered, key=lambda pair: len(pair[0]), reverse=True)
