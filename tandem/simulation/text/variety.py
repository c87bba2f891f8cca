"""How varied the written and spoken sentences of a company are: what the tests and the benchmark measure."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MIN_WORDS = 6  # shorter ones ("Thanks, got it.") repeat in life too
_END = re.compile(r"(?<=[.?!])\s+|\n+")
_CUE = re.compile(r"^(?:<v [^>]*>)?(?:[^:\n]{1,60}: )?(.*?)(?:</v>)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """Measured over sentences of at least `MIN_WORDS` words.

    sentences: how many. distinct: share of different ones, 0..1. repeated: share of sentences that stand more than
    once, 0..1. type_token: different words by all words, 0..1.
    """

    sentences: int
    distinct: float
    repeated: float
    type_token: float


def sentences_of(out: Path, truth: Path) -> Iterator[str]:
    """Non-trivial sentences of a company's mail, meetings and chat."""
    connection = sqlite3.connect(truth)
    try:
        texts = [text for (text,) in connection.execute("SELECT new_text FROM messages")]
    finally:
        connection.close()
    for path in sorted((out / "meetings").glob("*/transcript.vtt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        texts += [match[1] for line in lines if " --> " not in line and (match := _CUE.match(line))]
    for text in texts:
        for sentence in _END.split(text):
            if sentence.count(" ") + 1 >= MIN_WORDS:
                yield sentence.strip("-*• ")


def variety_of(sentences: Iterable[str]) -> Variety:
    """The measures of a set of sentences."""
    counts = Counter(sentences)
    total = sum(counts.values())
    repeated = sum(count for count in counts.values() if count > 1)
    words = Counter(word.strip(".,;:?!()").lower() for sentence in counts for word in sentence.split())
    return Variety(
        sentences=total,
        distinct=len(counts) / total if total else 1.0,
        repeated=repeated / total if total else 0.0,
        type_token=len(words) / max(1, sum(words.values())),
    )
