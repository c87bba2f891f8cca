"""Who is quoted in a published text, with what, and as what: the comments of leaders."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORTEST, LONGEST = 15, 220
_NAME = r"[A-ZÀ-Þ][\w’'-]+(?: (?:von |van |de |der |di |da |del |la |le )*[A-ZÀ-Þ][\w’'-]+){1,3}"
_VERB = (
    r"(?:says|said|explains|explained|admits|adds|added|notes|told us|sagt|sagte|erklärt|erklärte|betont|so|"
    r"explique|dit|déclare|a déclaré|confie|dice|afferma|spiega|zegt|säger)"
)
_AFTER = re.compile(
    r"[“„«\"]\s?([^“”„«»\"]{15,400}?)[.,!?]?\s?[”“»\"],?\s+" + _VERB + rf"\s+({_NAME})(?:,\s+([^.,;:“”„«»\"]{{3,60}}))?"
)
_BEFORE = re.compile(
    rf"({_NAME})(?:,\s+([^.,;:“”„«»\"]{{3,60}}),)?\s+"
    + _VERB
    + r"[:,]?\s+[“„«\"]\s?([^“”„«»\"]{15,400}?)[.,!?]?\s?[”“»\"]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Words of somebody, exactly as quoted. position empty: not told"""

    words: str
    person: str
    position: str = ""


def comments_in(text: str) -> tuple[Comment, ...]:
    """Quotations with a named speaker, in their order, each once.

    >>> comments_in("“We want two shifts instead of three,” says Ada Ek, COO. The hall opens in May.")
    (Comment(words='We want two shifts instead of three', person='Ada Ek', position='COO'),)
    """
    plain = " ".join(text.split())
    found = [
        (match.start(), Comment(words=match[1].strip(), person=match[2], position=(match[3] or "").strip()))
        for match in _AFTER.finditer(plain)
    ]
    found += [
        (match.start(), Comment(words=match[3].strip(), person=match[1], position=(match[2] or "").strip()))
        for match in _BEFORE.finditer(plain)
    ]
    told = [one for _, one in sorted(found, key=lambda pair: pair[0]) if SHORTEST <= len(one.words) <= LONGEST]
    return tuple({one.words: one for one in told}.values())
