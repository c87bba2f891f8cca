"""Spelling drift: words of short lists (products, trades, stages) that are written in two ways.

Found, counted and told; nothing is changed silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd
from rapidfuzz import fuzz, process

WATCHED = (
    "product_name",
    "name",
    "industry",
    "stage",
    "segment",
    "lead_source",
    "competitor",
    "country",
    "type",
    "owner_name",
)
MOST_WORDS = 400  # more distinct words than this is free text, not a list
LEAST_LIKENESS = 88.0  # of 100; "technolgy" and "technology" have 95, "GTXPro" and "GTX Pro" 92
LEAST_LETTERS = 4
TRADES = (
    "technology", "software", "retail", "medical", "healthcare", "finance", "financial services", "insurance", "banking",
    "marketing", "entertainment", "employment", "services", "telecommunications", "manufacturing", "logistics", "energy",
    "education", "government", "real estate", "construction", "agriculture", "automotive", "pharmaceuticals", "transport",
    "hospitality", "media", "consulting", "utilities", "chemicals", "food", "non-profit",
)  # fmt: skip


@dataclass(slots=True)
class DriftWatch:
    """Counts the words of short lists over a file."""

    words: dict[str, Counter[str]] = field(default_factory=dict)

    def observe(self, texts: pd.DataFrame) -> None:
        """Add one batch of canonical texts."""
        for name in WATCHED:
            if name in texts.columns and name != "name":
                counts = self.words.setdefault(name, Counter())
                if len(counts) <= MOST_WORDS:
                    counts.update(Counter(texts[name][texts[name] != ""].tolist()))

    def of(self, name: str) -> Counter[str]:
        """The words of one field with how many rows hold each; empty for a field of free text."""
        counts = self.words.get(name, Counter())
        return counts if len(counts) <= MOST_WORDS else Counter()

    def notes(self) -> list[str]:
        """One sentence for each likely misspelling."""
        found = []
        for name, counts in self.words.items():
            if len(counts) <= MOST_WORDS:
                known = TRADES if name == "industry" else ()
                for word, likely in likely_misspellings(counts, known):
                    found.append(f"{name}: {word!r} ({counts[word]:,} rows) looks like {likely!r}.")
        return found


def likely_misspellings(counts: Counter[str], known: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Pairs of (rarer or unknown word, the word it is likely meant to be).

    counts : how often each word stands in the data
    known : words that are right by themselves
    """
    found = []
    right = {word.casefold() for word in known}
    for word, count in sorted(counts.items()):
        if word.casefold() in right or len(word) < LEAST_LETTERS:
            continue
        rivals = {other for other, often in counts.items() if other != word and often > count} | set(known)
        best = process.extractOne(word, rivals, scorer=_likeness, score_cutoff=LEAST_LIKENESS)
        if best is not None and not _differs_in_numbers(word, best[0]):
            found.append((word, best[0]))
    return found


def closest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one is likely meant to be; None when none is near.

    >>> closest_word("GTXPro", ["GTX Pro", "GTX Basic"])
    'GTX Pro'
    """
    best = process.extractOne(word, sorted(known), scorer=_likeness, score_cutoff=LEAST_LIKENESS)
    return None if best is None or _differs_in_numbers(word, best[0]) else str(best[0])


def _likeness(left: str, right: str, *, score_cutoff: float | None = None) -> float:
    bare_left, bare_right = "".join(left.casefold().split()), "".join(right.casefold().split())
    return 99.0 if bare_left == bare_right and left != right else fuzz.ratio(left.casefold(), right.casefold())


def _differs_in_numbers(left: str, right: str) -> bool:
    """ "Stage 1" and "Stage 2" are two stages."""
    return [sign for sign in left if sign.isdigit()] != [sign for sign in right if sign.isdigit()]
