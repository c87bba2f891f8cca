"""Labels that wordings tell by themselves: requests to be left alone first of all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from tandem.engagement.domain.replies.folding import Folded

# Words that are mistyped often enough to be looked for by their likeness; each means nothing else in any language.
_ALIKE = (
    "unsubscribe",
    "unsubscribed",
    "abbestellen",
    "desinscrire",
    "desabonner",
    "uitschrijven",
    "disiscrivere",
    "descadastrar",
    "avregistrera",
)
_WORD = re.compile(r"[a-z]{8,16}")
_LIKENESS = 84.0
# A reply of nothing but one of these words, one slip of the keyboard away.
_ALONE = (
    "stop",
    "arret",
    "remove",
    "delete",
    "optout",
    "opt-out",
    "cancel",
    "abmelden",
    "afmelden",
    "austragen",
    "baja",
)
_NOT_ALONE = frozenset({"step", "shop", "remote", "deleted", "top", "caja", "baya", "vaja"})  # words of their own
_POLITE = frozenset("please pls plz thanks thx bitte merci svp gracias aub now me".split())


@cache
def _tables() -> Mapping[str, re.Pattern[str]]:
    told = tomllib.loads(resources.files(__package__).joinpath("wordings.toml").read_text(encoding="utf-8"))
    return {
        label: re.compile("|".join(f"(?:{one})" for patterns in lists.values() for one in patterns), re.M)
        for label, lists in told.items()
    }


def unsubscribe_words(folded: Folded) -> str:
    """The words that ask to be left alone, as they stand in the text; empty: there are none."""
    denied = [match.span() for match in _tables()["not_unsubscribe"].finditer(folded.text)]
    for match in _tables()["unsubscribe"].finditer(folded.text):
        if not any(start <= match.start() < end or match.start() <= start < match.end() for start, end in denied):
            return folded.span(*match.span())
    for match in _WORD.finditer(folded.text):
        if any(fuzz.ratio(match[0], one) >= _LIKENESS for one in _ALIKE) and not denied:
            return folded.span(*match.span())
    return folded.source.strip()[:80] if _alone(folded) else ""


def _alone(folded: Folded) -> bool:
    """Whether the text is one mistyped word of asking, courtesies aside."""
    words = [word for word in re.findall(r"[a-z][a-z-]*", folded.text) if word not in _POLITE]
    if len(words) != 1 or words[0] in _NOT_ALONE or len(words[0]) < 4:
        return False
    return any(OSA.distance(words[0], one) <= 1 for one in _ALONE)


def words_of(label: str, folded: Folded) -> str:
    """The first words that tell of absence ("ooo") or of another person ("wrong_person"); empty: none."""
    match = _tables()[label].search(folded.text)
    return folded.span(*match.span()) if match else ""
