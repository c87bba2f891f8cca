"""Text as the wordings are matched against it, with the way back to the place where it stands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LETTERS = {
    "ß": "ss",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
}
_LETTERS |= {
    "“": '"',
    "”": '"',
    "„": '"',
    "–": "-",
    "—": "-",
    "‑": "-",
    "\u00a0": " ",
    "\u3000": " ",
    "\r": " ",
    "\t": " ",
}
_LETTERS |= {"\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u00ad": "", "\u2060": ""}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in lower case without accents. places : where each of its characters stands in the text it was made of."""

    text: str
    places: tuple[int, ...]
    source: str

    def span(self, start: int, end: int) -> str:
        """The words of the source between two places of the folded text."""
        if not self.places or start >= len(self.places):
            return ""
        last = self.places[min(end, len(self.places)) - 1]
        return self.source[self.places[start] : last + 1].strip()


@lru_cache(maxsize=4_096)
def _folded(sign: str) -> str:
    if sign in _LETTERS:
        return _LETTERS[sign]
    lowered = sign.lower()
    if lowered in _LETTERS:
        return _LETTERS[lowered]
    code = ord(sign)
    if 0xC0 <= code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "".join(one for one in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(one))
    if 0xFF01 <= code < 0xFF5F:  # full-width letters of Japanese keyboards
        return unicodedata.normalize("NFKC", sign).lower()
    return lowered if len(lowered) == 1 else lowered[:1]


def fold(text: str) -> Folded:
    """Lower case, accents off, white space folded within lines.

    >>> fold("Bitte  LÖSCHEN!").text
    'bitte loschen!'
    """
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for one in _folded(sign):
            if one == " " and signs and signs[-1] in " \n":
                continue
            signs.append(one)
            places.append(place)
    return Folded("".join(signs), tuple(places), text)


def sentences(text: str) -> list[str]:
    """Sentences and lines of a text, as they stand in it."""
    pieces = re.split(r"(?<=[.!?。！？])\s+|\n+|(?<=[。！？])", text)
    return [one.strip() for one in pieces if one.strip()]
