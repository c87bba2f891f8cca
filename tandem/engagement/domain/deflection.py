"""Whether an answer says nothing to somebody who asked or objected thoughtfully (R: no generic acknowledgement). Pure.

Own method, by words alone. From what they wrote the points are taken: sentences that ask, or that speak against
something, with enough content to deserve an answer. From our answer the sentences are taken that say something: those
that are no politeness and no call for a meeting, and that bring words of their own. An answer deflects when there is a
point and none of our sentences is about one: about means that it shares a word with the point, gives a plain yes or no,
a figure, or says honestly that we do not know and when we will.

Where it fails: an answer in quite other words than the question is taken for a deflection (a person then writes one
word of the question into it, or another sentence), and a wrong or evasive sentence that repeats their words passes. It
reads five languages; of others it says nothing.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LEAST_CONTENT = 2  # words with content that make a sentence of theirs a point
LEAST_OWN = 2  # words of our sentence that are neither theirs nor generic, else it is an echo
STEM = 5  # letters by which words are compared: enough for endings to differ
_SENTENCES = re.compile(r"[^.!?\n]+[.!?]*")
_WORDS = re.compile(r"\w+(?:['’]\w+)?")
_FIGURE = re.compile(r"\d")
_STANDS = re.compile(
    r"\b(?:is|are|was|runs?|has|have|takes?|costs?|hat|haben|ist|sind|est|sont|es|son|zijn|heeft)\b", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflection:
    """What was found. points : of theirs, in their words; missed : those that nothing in the answer is about"""

    deflects: bool
    points: Sequence[str] = ()
    missed: Sequence[str] = ()

    @property
    def told(self) -> str:
        """What is wrong and how to mend it; empty: nothing."""
        if not self.deflects:
            return ""
        quoted = self.missed[0][:120]
        return f"This answers nothing they said. They wrote: “{quoted}” Answer that, or say what you do not know."


@dataclass(frozen=True, slots=True)
class _Language:
    common: frozenset[str]
    generic: frozenset[str]
    asks: tuple[re.Pattern[str], ...]
    objects: tuple[re.Pattern[str], ...]
    honest: tuple[re.Pattern[str], ...]
    straight: tuple[re.Pattern[str], ...]
    empty: tuple[re.Pattern[str], ...]


def deflection_of(theirs: str, ours: str, language: str) -> Deflection:
    """Look at an answer beside what it answers.

    language : ISO 639-1 of the conversation; one that is not known here: nothing is found

    >>> deflection_of("How do you keep our data in the EU?", "Great question! Happy to discuss it.", "en").deflects
    True
    """
    known = _known().get(language[:2].lower())
    if known is None:
        return Deflection(deflects=False)
    points = points_in(theirs, language)
    if not points:
        return Deflection(deflects=False)
    said = [one for one in _sentences(ours) if _says_something(one, known)]
    missed = tuple(point for point in points if not any(_is_about(one, point, theirs, known) for one in said))
    return Deflection(deflects=len(missed) == len(points), points=points, missed=missed)


def points_in(text: str, language: str) -> tuple[str, ...]:
    """Sentences that ask or object with content; empty: there is nothing to answer."""
    known = _known().get(language[:2].lower())
    if known is None:
        return ()
    found, before = [], ""
    for sentence in _sentences(text):
        # "What justifies that?" asks about the sentence before it.
        whole = f"{before} {sentence}" if _asks(sentence, known) and not _is_point(sentence, known) else sentence
        if _is_point(whole, known):
            found.append(whole)
        before = sentence
    return tuple(found)


def _is_point(sentence: str, known: _Language) -> bool:
    asks = _asks(sentence, known)
    objects = any(one.search(_plain(sentence)) for one in known.objects)
    least = LEAST_CONTENT if asks else LEAST_CONTENT + 1
    return (asks or objects) and len(_content(sentence, known)) >= least


def _asks(sentence: str, known: _Language) -> bool:
    return sentence.rstrip().endswith(("?", "？")) or any(one.match(_plain(sentence)) for one in known.asks)


def _says_something(sentence: str, known: _Language) -> bool:
    """No greeting, no politeness, no call for a meeting."""
    plain = _plain(sentence)
    if any(one.search(plain) for one in (*known.honest, *known.straight)):
        return True
    return not any(one.search(plain) for one in known.empty) and bool(_content(sentence, known))


def _is_about(sentence: str, point: str, theirs: str, known: _Language) -> bool:
    plain = _plain(sentence)
    if any(one.search(plain) for one in known.honest):
        return True
    mine, asked = _content(sentence, known), _content(point, known)
    own = mine - _content(theirs, known)
    shares = bool(mine & asked)
    if any(one.search(plain) for one in known.straight):
        return shares or len(own) >= LEAST_OWN
    if _FIGURE.search(sentence) and (shares or len(own) >= LEAST_OWN):
        return True
    return shares and (len(own) >= LEAST_OWN or (bool(own) and bool(_STANDS.search(plain))))


def _sentences(text: str) -> list[str]:
    return [one.strip() for one in _SENTENCES.findall(text) if one.strip()]


def _content(text: str, known: _Language) -> set[str]:
    """Stems of words that carry content."""
    words = _WORDS.findall(_plain(text))
    return {one[:STEM] for one in words if len(one) > 2 and one not in known.common and one not in known.generic}


def _plain(text: str) -> str:
    """Small letters, one kind of apostrophe."""
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'").strip()


@cache
def _known() -> Mapping[str, _Language]:
    with (Path(__file__).parent / "deflection.toml").open("rb") as stream:
        rows = tomllib.load(stream)
    return {
        language: _Language(
            common=frozenset(row["common"].split()), generic=frozenset(row["generic"].split()),
            asks=_phrases(row["asks"]), objects=_phrases(row["objects"]), honest=_patterns(row["honest"]),
            straight=_patterns(row["straight"]), empty=_patterns(row["empty"]),
        )
        for language, row in rows.items()
    }  # fmt: skip


def _phrases(words: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<!\w){re.escape(one)}(?!\w)") for one in words)


def _patterns(words: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one) for one in words)
