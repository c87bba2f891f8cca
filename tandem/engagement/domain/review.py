"""Reviewing drafts: what a person may say, how long it took, how much was changed, where facts stand in a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from types import MappingProxyType

from rapidfuzz.distance import Levenshtein

LONGEST_LOOK_SECONDS = 300.0  # whoever looks longer at ninety words is not reading them any more
TWO_PEOPLE = 2
SHORTEST_COMMON = 8  # letters; shorter ones are chance


class ReviewAction(StrEnum):
    """What a person did with a draft."""

    AS_IS = "as_is"
    EDITED = "edited"
    REJECTED = "rejected"


class RejectReason(StrEnum):
    """Why a draft may not leave."""

    WRONG_FACT = "wrong_fact"
    TOO_GENERIC = "too_generic"
    TONE = "tone"
    WRONG_OFFER = "wrong_offer"
    WRONG_PERSON = "wrong_person"
    BAD_TIMING = "bad_timing"
    OTHER = "other"


REASON_WORDS: Mapping[RejectReason, str] = MappingProxyType(
    {
        RejectReason.WRONG_FACT: "A fact is wrong",
        RejectReason.TOO_GENERIC: "Too generic",
        RejectReason.TONE: "Not our tone",
        RejectReason.WRONG_OFFER: "Wrong offer for them",
        RejectReason.WRONG_PERSON: "Wrong person",
        RejectReason.BAD_TIMING: "Bad timing",
        RejectReason.OTHER: "Another reason",
    }
)
# What another text can mend; the others say that no text should go out now.
MENDABLE = frozenset({RejectReason.WRONG_FACT, RejectReason.TOO_GENERIC, RejectReason.TONE, RejectReason.WRONG_OFFER})


def seconds_shown(shown_at: datetime, now: datetime, *, shown_with: int = 1) -> float:
    """How long one draft was read, in seconds: at most LONGEST_LOOK_SECONDS, shared by drafts on one page.

    shown_with : drafts that were on the page together, from 1
    """
    looked = min(max((now - shown_at).total_seconds(), 0.0), LONGEST_LOOK_SECONDS * shown_with)
    return looked / shown_with


def whole_text(subject: str, body: str) -> str:
    """What is compared when texts are."""
    return f"{subject.strip()}\n{body.strip()}".replace("\r\n", "\n")


def edit_distance(before: str, after: str) -> float:
    """Share of characters that must change to make one text of the other: 0 the same, 1 nothing is left.

    Levenshtein, divided by the longer text's length.

    >>> edit_distance("a third fewer hours", "31% fewer hours")
    0.3684210526315789
    """
    return float(Levenshtein.normalized_distance(before, after))


def people_needed(by_gate: int, *, is_above: bool) -> int:
    """How many people must approve: what the gate asks, and two for accounts worth more than the campaign's threshold.

    is_above : the account is
    """
    return max(by_gate, TWO_PEOPLE) if is_above else max(by_gate, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the text as the page draws it.

    cite : number of the fact it rests on, from 1; 0: none
    fault : what is wrong with it; empty: nothing
    """

    text: str
    cite: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A stretch of the body from `start` to `end` that rests on a fact, or has a fault."""

    start: int
    end: int
    cite: int = 0
    fault: str = ""


def paragraphs(body: str, marked: Iterable[Marked]) -> list[list[Piece]]:
    """The body as paragraphs of pieces; where stretches overlap, the one that begins first has the characters.

    Stretches outside the body, empty or turned round are passed over. The pieces put together are the body again, but
    for the empty lines between paragraphs.
    """
    pieces: list[Piece] = []
    at = 0
    known = (one for one in marked if 0 <= one.start < one.end <= len(body))
    for one in sorted(known, key=lambda one: (one.start, -one.end)):
        start = max(one.start, at)
        if start >= one.end:
            continue
        if at < start:
            pieces.append(Piece(text=body[at:start]))
        pieces.append(Piece(text=body[start : one.end], cite=one.cite, fault=one.fault))
        at = one.end
    if at < len(body):
        pieces.append(Piece(text=body[at:]))
    return _split(pieces)


def around(words: str, quote: str, *, context: int = 140) -> tuple[str, str, str]:
    """Where a source says what the text says: before, the longest common stretch, after; cut to what stands around it.

    words : the stretch of the text that rests on the source; quote : what the source says
    context : letters kept on either side

    The middle is empty when they have less than SHORTEST_COMMON letters in common: the words were put otherwise.
    """
    one, two = words.casefold(), quote.casefold()
    if len(two) != len(quote):  # a letter whose small form is longer: places would not agree
        two = quote
    found = SequenceMatcher(None, one, two, autojunk=False).find_longest_match()
    if found.size < SHORTEST_COMMON:
        return quote[: 2 * context] + ("…" if len(quote) > 2 * context else ""), "", ""
    start, end = found.b, found.b + found.size
    before, after = quote[:start], quote[end:]
    return (
        ("…" + before[-context:] if len(before) > context else before),
        quote[start:end],
        (after[:context] + "…" if len(after) > context else after),
    )


def _split(pieces: Sequence[Piece]) -> list[list[Piece]]:
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        for number, text in enumerate(piece.text.split("\n\n")):
            if number:
                found.append([])
            if text.strip("\n"):
                found[-1].append(Piece(text=text, cite=piece.cite, fault=piece.fault))
    return [some for some in found if some]
