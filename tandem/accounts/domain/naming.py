"""Companies named in a headline: the longest run of words that is somebody's name, by names as they are compared.

Names come as `domain.normalise.company_name` folds them, so a headline may write them with or without legal form.
A name of one word counts when it has six letters or more: shorter ones are words of the language too often. A run that
goes on with a further capitalised word is part of a longer name that nobody here bears ("Langmore Brambrook"), and
names nobody; in headlines that capitalise every word this can't be told, and is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tandem.accounts.domain import words
from tandem.accounts.domain.normalise import company_name, tokens

LEAST_LETTERS = 6
MOST_WORDS = 7
_PIECES = re.compile(r"[^\s]+")
_ENDS = re.compile(r"[,:;!?)\"“”»]$")
_WHOSE = re.compile(r"['’]s?[,:;]?$")


@dataclass(frozen=True, slots=True)
class _Word:
    """A folded word, whether it begins with a capital letter, and whether the name can't go on after it."""

    folded: str
    is_capital: bool
    ends: bool


def first_named(text: str, named: Mapping[str, int]) -> int | None:
    """The company that a text names first; None: none of them.

    named : core name to the id of the one company that bears it

    >>> first_named("Müller & Söhne GmbH opens in Kassel", {"muller and sohne": 7})
    7
    >>> first_named("Kirkwood Foods opens in Kassel", {"kirkwood": 7})
    """
    parts = _words(text)
    capitals = sum(part.is_capital for part in parts)
    is_telling = capitals <= 0.8 * len(parts)
    for start in range(len(parts)):
        for length in range(min(MOST_WORDS, len(parts) - start), 0, -1):
            core = " ".join(part.folded for part in parts[start : start + length])
            if core in named and (length > 1 or len(core) >= LEAST_LETTERS):
                if is_telling and _goes_on(parts, start, start + length):
                    break
                return named[core]
    return None


def _words(text: str) -> list[_Word]:
    found = []
    for piece in _PIECES.findall(text):
        bare = _WHOSE.sub("", piece)
        ends = bare != piece or bool(_ENDS.search(piece))
        folded = tokens(bare)
        for place, part in enumerate(folded):
            spelt = words.COMPANY_ABBREVIATIONS.get(part, part)
            found.append(_Word(spelt, piece[:1].isupper(), place == len(folded) - 1 and ends))
    return found


def _goes_on(parts: list[_Word], start: int, end: int) -> bool:
    """Whether the run is the middle of a longer name: a capitalised word that is no legal form stands next to it."""
    after = parts[end] if end < len(parts) and not parts[end - 1].ends else None
    if after is not None and after.is_capital and company_name(f"x {after.folded}").core != "x":
        return True
    before = parts[start - 1] if start > 1 and not parts[start - 1].ends else None
    return before is not None and before.is_capital and parts[start - 2].is_capital is False


def run_together(named: Mapping[str, int]) -> dict[str, int]:
    """The same names without spaces, as addresses write them; those that would mean two companies are left out."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for core, company in named.items():
        joined = core.replace(" ", "")
        if found.setdefault(joined, company) != company:
            twice.add(joined)
    return {
        joined: company for joined, company in found.items() if joined not in twice and len(joined) >= LEAST_LETTERS
    }
