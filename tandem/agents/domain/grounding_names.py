"""Proper names in a text, found by their letters alone, and whether evidence has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tandem.agents.domain.grounding_words import ALIASES, CONNECTORS, LEGAL_FORMS, PLACES, folded, is_common, stem

TOKEN = re.compile(r"[^\W_](?:[^\W_]|[.&'’/+-](?=[^\W_]))*(?:\+\+|#)?")
_BEGINS = re.compile(r"(?:^|[.!?:;•\n]\s+|[\"“„«(]\s?|^\W+)$")
_POSSESSIVE = re.compile(r"['’]s?$")
_PRONOUN = re.compile(r"I(?:['’](?:m|ve|d|ll))?$")
WINDOW = 2  # words that may stand between the parts of a name turned round: "Lopez, Maria"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    begins: bool
    is_name: bool


@dataclass(frozen=True, slots=True)
class NameWords:
    """The words of a body of evidence, ready to be asked for names.

    words : folded, in order, with legal forms
    stems : of all words
    alone : folded words that stand as a name of one word at least once
    raw : words as written
    """

    words: tuple[str, ...] = ()
    stems: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    raw: frozenset[str] = frozenset()
    at: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def has(self, name: Sequence[str]) -> bool:
        """Whether a name stands there: as it is, in its long or short form, turned round, or piece by piece."""
        parts = [_plain(word) for word in name]
        bare = [word for word in parts if word not in LEGAL_FORMS] or parts
        return self._runs(parts) or self._runs(bare) or self._runs(_long(bare)) or self._in_pieces(bare)

    def _runs(self, parts: Sequence[str]) -> bool:
        """Whether the words stand next to each other in this order, or close by in any."""
        if not parts or any(part not in self.at and not self._place(part) for part in parts):
            return False
        if len(parts) == 1:
            return True
        length = len(parts)
        if any(self.words[at : at + length] == tuple(parts) for at in self.at.get(parts[0], ())):
            return True
        wanted = set(parts)
        return (
            length == 2
            and not any(is_common(part) for part in parts)
            and any(
                wanted <= set(self.words[at : at + length + WINDOW - 1]) and self._is_turned(at, parts)
                for at in self.at.get(parts[1], ())
            )
        )

    def _is_turned(self, at: int, parts: Sequence[str]) -> bool:
        return parts[0] in self.words[at + 1 : at + 1 + WINDOW]

    def _place(self, word: str) -> bool:
        """Germany, where the evidence says German or DE."""
        rows = [row for row in PLACES if word in row or word.upper() in row]
        return any((one in self.at if one.islower() else one in self.raw) for row in rows for one in row)

    def _in_pieces(self, parts: Sequence[str]) -> bool:
        """Ordinary words and titles in a run of names divide it; each piece must be there as a name of its own."""
        if self._divided(parts):
            return True
        pieces = list(_pieces(parts))
        return len(pieces) > 1 and all(self._stands(piece) for piece in pieces)

    def _divided(self, parts: Sequence[str]) -> bool:
        """Whole names side by side or joined by a small word: "Maria Lopez of Acme"."""
        rest = list(parts)
        while rest and rest[0] in CONNECTORS:
            rest = rest[1:]
        return not rest or any(
            self._is_whole(rest[:cut]) and self._divided(rest[cut:]) for cut in range(len(rest), 0, -1)
        )

    def _is_whole(self, parts: Sequence[str]) -> bool:
        return parts[0] in self.alone if len(parts) == 1 else self._runs(parts)

    def _stands(self, piece: Sequence[str]) -> bool:
        if len(piece) == 1 and len(piece[0]) > 1 and is_common(piece[0]):
            return piece[0] in self.at or stem(piece[0]) in self.stems
        return self._runs(piece) or self._runs(_long(piece)) or self._divided(piece)


def _pieces(parts: Sequence[str]) -> Iterator[list[str]]:
    """Ordinary words stand alone, the rest in runs; a letter or digit belongs to the word before it: "Series B"."""
    piece: list[str] = []
    for place, word in enumerate(parts):
        is_short = len(word) == 1
        leads_short = place + 1 < len(parts) and len(parts[place + 1]) == 1
        if word in CONNECTORS and not is_short:
            continue
        if is_short or leads_short or not is_common(word):
            piece.append(word)
            continue
        yield from ([piece] if piece else [])
        piece = []
        yield [word]
    yield from ([piece] if piece else [])


def _long(parts: Sequence[str]) -> list[str]:
    return [word for part in parts for word in ALIASES.get(part, part).split() if word not in {"officer", "and"}]


def _plain(word: str) -> str:
    return _POSSESSIVE.sub("", folded(word)).strip(".'’")


def name_words(texts: Iterable[str]) -> NameWords:
    """Read the words of evidence: as they stand, and once more with hyphens, slashes and short forms taken apart."""
    words: list[str] = []
    alone: set[str] = set()
    raw: set[str] = set()
    for text in texts:
        tokens = _words(text)
        plain = [_plain(word.text) for word in tokens]
        apart = [part for word in plain for part in _apart(word)]
        words += [*plain, "·", *(apart if apart != plain else ()), "·"]
        raw |= {word.text for word in tokens}
        alone |= set(_alone(text, tokens, plain))
    words += _acronyms(words)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    at = {word: tuple(found) for word, found in places.items()}
    return NameWords(tuple(words), frozenset(stem(word) for word in at), frozenset(alone), frozenset(raw), at)


def _apart(word: str) -> list[str]:
    return ALIASES[word].split() if word in ALIASES else [part for part in re.split(r"[-/.&+]", word) if part]


def _alone(text: str, tokens: Sequence[_Word], plain: Sequence[str]) -> Iterator[str]:
    """Words that stand as a name of one word: no other name beside them."""
    for place, word in enumerate(tokens):
        before = place > 0 and tokens[place - 1].is_name and _adjoin(text, tokens[place - 1], word)
        after = place + 1 < len(tokens) and tokens[place + 1].is_name and _adjoin(text, word, tokens[place + 1])
        if word.is_name and not before and not after:
            yield plain[place]


def _acronyms(words: Sequence[str]) -> list[str]:
    """Short forms of long titles that the evidence spells out."""
    told = " ".join(words)
    found = []
    for short, long in ALIASES.items():
        bare = long.removesuffix(" officer")
        if f" {bare} " in f" {told} ":
            found += ["·", short]
    return found


def names(text: str) -> list[list[str]]:
    """Every run of words that is written as a name, without ordinary words at its head.

    >>> names("Yesterday Acme Corp hired Maria de la Cruz.")
    [['Acme', 'Corp'], ['Maria', 'de', 'la', 'Cruz']]
    """
    found: list[list[str]] = []
    tokens = _words(text)
    run: list[_Word] = []
    for place, word in enumerate(tokens):
        joins = bool(run) and _adjoin(text, run[-1], word)
        if word.is_name and (joins or not run):
            run.append(word)
        elif word.is_name:
            found += _closed(run)
            run = [word]
        elif not (joins and _connects(text, tokens, place)):
            found += _closed(run)
            run = []
        else:
            run.append(word)
    return found + _closed(run)


def _connects(text: str, tokens: Sequence[_Word], place: int) -> bool:
    """Whether a small word stands between two parts of one name: "Head of Sales"."""
    if tokens[place].text not in CONNECTORS:
        return False
    for following in range(place + 1, min(place + 3, len(tokens))):
        if not _adjoin(text, tokens[following - 1], tokens[following]):
            return False
        if tokens[following].is_name:
            return True
        if tokens[following].text not in CONNECTORS:
            return False
    return False


def _closed(run: list[_Word]) -> list[list[str]]:
    while run and (run[0].text.casefold() in CONNECTORS or (run[0].begins and _is_ordinary(run[0].text))):
        run = run[1:]
    while run and run[-1].text in CONNECTORS:
        run = run[:-1]
    return [[word.text for word in run]] if run and not _PRONOUN.match(run[0].text) else []


def _is_ordinary(word: str) -> bool:
    inner = word[1:]
    return (
        inner == inner.lower() and not any(letter.isdigit() for letter in word) and is_common(_POSSESSIVE.sub("", word))
    )


def _adjoin(text: str, first: _Word, second: _Word) -> bool:
    return text[first.end : second.start] in {" ", " & ", "-", " - "}


def _words(text: str) -> list[_Word]:
    words = []
    for match in TOKEN.finditer(text):
        word = match.group()
        begins = bool(_BEGINS.search(text[max(0, match.start() - 4) : match.start()])) or match.start() == 0
        words.append(_Word(word, match.start(), match.end(), begins, _is_name(word)))
    return words


@lru_cache(maxsize=100_000)
def _is_name(word: str) -> bool:
    """Written as a name: a capital, or letters and digits mixed ("S3", "iPhone", "web3")."""
    has_letter = any(letter.isalpha() for letter in word)
    has_digit = any(letter.isdigit() for letter in word)
    return any(letter.isupper() for letter in word) or (has_letter and has_digit)
