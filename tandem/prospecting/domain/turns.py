"""Who says what in a transcript written as "Name: words" lines, such as earnings calls."""

from __future__ import annotations

import re
from collections.abc import Sequence

NOBODY = frozenset({"operator", "moderator", "host", "unknown", "analyst"})
_PARTICLES = r"(?:von|van|de|der|den|di|da|del|la|le|du|zu)"
SPEAKER = re.compile(
    rf"^([A-ZÀ-Þ][\w’'.-]*(?: (?:{_PARTICLES}|[A-ZÀ-Þ][\w’'.-]*)){{0,4}})(?:,\s*([^:]{{2,60}}))?:\s+(.+)$"
)
TELLING = re.compile(
    r"\d|\bgrow|\bgrew|cost|margin|invest|capacity|priorit|warehouse|supply|order|automat|efficien|\bpeak\b|demand|launch|"
    r"wachs|kosten|kapazit|lager|croissance|entrepot",
    re.IGNORECASE,
)
SHORTEST = 30


def turns(text: str) -> tuple[tuple[str, str], ...]:
    """(speaker, words) in their order, without the operator; empty for a text that is no transcript.

    >>> turns("Operator: Good day.\\nAda Ek: Volumes grew 12% in the quarter.")
    (('Ada Ek', 'Volumes grew 12% in the quarter.'),)
    """
    found = [SPEAKER.match(line.strip()) for line in text.splitlines()]
    told = [(match[1], match[3].strip()) for match in found if match]
    return tuple((who, words) for who, words in told if who.split(",")[0].casefold() not in NOBODY)


def telling_words(spoken: Sequence[tuple[str, str]]) -> str:
    """The first sentence that names a figure or a matter of business; the first long one otherwise; else empty."""
    sentences = [part.strip() for _, words in spoken for part in re.split(r"(?<=[.!?])\s+", words)]
    long = [one for one in sentences if len(one) >= SHORTEST]
    return next((one for one in long if TELLING.search(one)), long[0] if long else "")
