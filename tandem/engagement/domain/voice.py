"""The brand's voice as an object: what we sound like, what we never say, how long we are, how it drifts by weeks."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from tandem.compliance.contracts.gate import Road
from tandem.core.errors import InvalidInput
from tandem.engagement.contracts import CHANNELS
from tandem.engagement.domain.sentences import count_words

MOST_ITEMS, LONGEST_ITEM = 200, 120
SHORTEST_LIMIT, LONGEST_LIMIT = 5, 400
# Words of the body, without footer; a first mail has fewer than 90.
DEFAULT_WORDS: Mapping[Road, int] = {
    Road.EMAIL: 89, Road.LINKEDIN: 60, Road.SMS: 30, Road.WHATSAPP: 40, Road.VOICEMAIL_AI: 75, Road.PHONE_MANUAL: 400,
}  # fmt: skip
DRIFT_DRAWS, DRIFT_SEED, LEAST_WORDS = 200, 20_260_101, 150
WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceGuide:
    """How we write in one language.

    version : 0 is the guide that comes with the product
    tone : what we sound like, in words for writers and models
    preferred : words we like to use
    forbidden : word or phrase to what to write instead (empty: leave it out); using one is a hard violation
    preferred_openers : how first sentences go well, for writers and models
    forbidden_openers : beginnings that no message may have
    structures : how a message is built, for writers and models
    most_words : by channel; a channel that is not named has its own limit
    longest_sentence : words
    """

    language: str
    version: int = 0
    tone: Sequence[str] = ()
    preferred: Sequence[str] = ()
    forbidden: Mapping[str, str] = field(default_factory=dict)
    preferred_openers: Sequence[str] = ()
    forbidden_openers: Sequence[str] = ()
    structures: Sequence[str] = ()
    most_words: Mapping[str, int] = field(default_factory=dict)
    longest_sentence: int = 40

    def limit(self, channel: Road) -> int:
        """Words a message on a channel may have."""
        return int(self.most_words.get(channel.value, DEFAULT_WORDS.get(channel, DEFAULT_WORDS[Road.EMAIL])))

    def as_document(self) -> dict[str, Any]:
        """JSON-ready, as `read_guide` reads it; without the version, which the store gives."""
        told = asdict(self)
        del told["version"]
        return {name: dict(value) if isinstance(value, Mapping) else _plain(value) for name, value in told.items()}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else value


def read_guide(document: object, *, version: int = 0) -> VoiceGuide:
    """A guide from JSON or TOML. Raises InvalidInput naming the field that can't be read."""
    if not isinstance(document, Mapping):
        raise InvalidInput("A voice guide is one object.", hint='Such as {"language": "en-US", "forbidden": {}}.')
    known = set(VoiceGuide.__dataclass_fields__) - {"version"}
    for name in document:
        if name not in known | {"version"}:
            raise InvalidInput(
                f"A voice guide has no field {name}.", hint=f"It has {', '.join(sorted(known))}.",
                context={"field": name},
            )  # fmt: skip
    lists = {name: _words(document, name) for name in _LISTS}
    return VoiceGuide(
        language=_language(document),
        version=version,
        forbidden=_forbidden(document.get("forbidden", {})),
        most_words=_limits(document.get("most_words", {})),
        longest_sentence=_number(document.get("longest_sentence", 40), "longest_sentence"),
        **lists,
    )


_LISTS = ("tone", "preferred", "preferred_openers", "forbidden_openers", "structures")


def _language(document: Mapping[str, Any]) -> str:
    told = document.get("language", "en-US")
    if not isinstance(told, str) or not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?", told):
        raise InvalidInput("language must be a tag such as en-US or de.", context={"field": "language"})
    return told


def _words(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    told = document.get(name, ())
    if not isinstance(told, list | tuple) or not all(isinstance(one, str) for one in told):
        raise InvalidInput(f"{name} must be a list of texts.", context={"field": name})
    kept = tuple(dict.fromkeys(" ".join(one.split()) for one in told if one.strip()))
    if len(kept) > MOST_ITEMS or any(len(one) > LONGEST_ITEM for one in kept):
        rule = f"At most {MOST_ITEMS} entries of at most {LONGEST_ITEM} letters."
        raise InvalidInput(f"{name} is too long.", hint=rule, context={"field": name})
    return kept


def _forbidden(told: object) -> dict[str, str]:
    if isinstance(told, list | tuple):
        told = dict.fromkeys(told, "")
    if not isinstance(told, Mapping) or not all(isinstance(a, str) and isinstance(b, str) for a, b in told.items()):
        hint = 'Such as {"leverage": "use"}; an empty text: leave it out.'
        raise InvalidInput(
            "forbidden must map words to what to write instead.", hint=hint, context={"field": "forbidden"}
        )
    kept = {" ".join(word.split()): instead.strip() for word, instead in told.items() if word.strip()}
    _words({"forbidden": list(kept)}, "forbidden")
    return kept


def _limits(told: object) -> dict[str, int]:
    if not isinstance(told, Mapping):
        raise InvalidInput("most_words must map channels to numbers.", context={"field": "most_words"})
    for channel in told:
        if channel not in CHANNELS:
            hint = f"Channels are {', '.join(CHANNELS)}."
            raise InvalidInput(f"most_words names {channel!r}.", hint=hint, context={"field": "most_words"})
    return {str(channel): _number(value, "most_words") for channel, value in told.items()}


def _number(told: object, name: str) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not SHORTEST_LIMIT <= told <= LONGEST_LIMIT:
        rule = f"A whole number from {SHORTEST_LIMIT} to {LONGEST_LIMIT}."
        raise InvalidInput(f"{name} is not a length.", hint=rule, context={"field": name})
    return told


def shipped_guide(tag: str) -> VoiceGuide:
    """The guide that comes with the product, for a language of the norm packs."""
    tone = ("plain", "specific", "respectful of time", "curious, never pushy")
    structures = (
        "one observation that can be checked",
        "why it matters to this reader",
        "one question with a next step",
    )
    return VoiceGuide(
        language=tag,
        tone=tone,
        structures=structures,
        preferred_openers=(
            "a day and what happened on it",
            "the reader's own words, quoted",
            "what their company published",
        ),
        forbidden=dict(_FORBIDDEN.get(tag.split("-")[0], {})),
        most_words={channel.value: words for channel, words in DEFAULT_WORDS.items()},
        longest_sentence=60 if tag == "ja" else 45,
    )


_FORBIDDEN: Mapping[str, Mapping[str, str]] = {
    "en": {"leverage": "use", "utilize": "use", "synergy": "", "solution": "say what it does", "seamless": "",
           "solutions": "say what it does", "game-changer": "", "robust": "", "empower": "help", "delve": "look into"},
    "de": {"Lösung": "sagen, was es tut", "Lösungen": "sagen, was es tut", "ganzheitlich": "", "nahtlos": "",
           "zukunftssicher": ""},
    "fr": {"solution": "dire ce qu'elle fait", "solutions": "dire ce qu'elles font", "incontournable": "",
           "innovant": ""},
    "es": {"solución": "decir qué hace", "soluciones": "decir qué hacen", "innovador": "", "integral": ""},
    "nl": {"oplossing": "zeggen wat het doet", "oplossingen": "zeggen wat ze doen", "naadloos": "", "innovatief": ""},
    "ja": {"ソリューション": "何をするものかを書く", "画期的": "", "最先端": ""},
}  # fmt: skip


def differences(before: VoiceGuide, after: VoiceGuide) -> tuple[tuple[str, str, str], ...]:
    """What changed between two guides: (field, "added" or "removed", what)."""
    found: list[tuple[str, str, str]] = []
    for name in (*_LISTS, "forbidden", "most_words", "longest_sentence"):
        old, new = _entries(getattr(before, name)), _entries(getattr(after, name))
        found += [(name, "removed", one) for one in old if one not in new]
        found += [(name, "added", one) for one in new if one not in old]
    return tuple(found)


def _entries(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{key}: {one}" if one != "" else str(key) for key, one in value.items()]
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far the texts of one week are from those before.

    distance : Jensen-Shannon distance of word frequencies, 0 (same words, same shares) to 1 (none in common)
    usual : the distance that 95 of 100 draws of the same size from the reference stay below; above it is drift
    words, length : of the week: all words, and words a message; broken : messages with a word the guide forbids
    """

    distance: float
    usual: float
    words: int
    length: float
    broken: int
    messages: int

    @property
    def has_drifted(self) -> bool:
        """Whether the week is further away than chance explains."""
        return self.distance > self.usual


def drift(week: Sequence[str], reference: Sequence[str], guide: VoiceGuide) -> Drift | None:
    """How the words of a week's messages differ from the reference's; None: too few words on either side.

    Jensen-Shannon distance (Lin 1991, IEEE Transactions on Information Theory 37) with base 2. Names, numbers and
    quotations differ by nature from week to week, so only words that occur in at least two messages count. The usual
    distance is drawn from the reference itself: whole messages with replacement, as many as the week has (seeded).
    """
    texts = [*week, *reference]
    seen = Counter(word for text in texts for word in set(_tokens(text)))
    shared = sorted(word for word, times in seen.items() if times > 1)
    rows = _counts(texts, {word: place for place, word in enumerate(shared)})
    here, there = rows[: len(week)], rows[len(week) :]
    if here.sum() < LEAST_WORDS or there.sum() < LEAST_WORDS:
        return None
    draws = np.random.default_rng(DRIFT_SEED).integers(0, len(there), (DRIFT_DRAWS, len(week)))
    base = there.sum(axis=0)
    chance = [_distance(there[draw].sum(axis=0), base) for draw in draws]
    return Drift(
        distance=_distance(here.sum(axis=0), base),
        usual=float(np.quantile(chance, 0.95)),
        words=int(here.sum()),
        length=sum(map(count_words, week)) / len(week),
        broken=sum(1 for text in week if forbidden_in(text, guide)),
        messages=len(week),
    )


def _tokens(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def _counts(texts: Sequence[str], places: Mapping[str, int]) -> np.ndarray:
    rows = np.zeros((len(texts), max(len(places), 1)))
    for number, text in enumerate(texts):
        for word in _tokens(text):
            if word in places:
                rows[number, places[word]] += 1
    return rows


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    if not one.sum() or not other.sum():
        return 1.0
    p, q = one / one.sum(), other / other.sum()
    middle = (p + q) / 2
    divergence = sum(float(np.sum(side[side > 0] * np.log2(side[side > 0] / middle[side > 0]))) for side in (p, q)) / 2
    return math.sqrt(min(max(divergence, 0.0), 1.0))


def forbidden_in(text: str, guide: VoiceGuide) -> list[tuple[re.Match[str], str]]:
    """Every use of a forbidden word, with what to write instead."""
    found = []
    for word, instead in guide.forbidden.items():
        found += [(match, instead) for match in _whole_word(word).finditer(text)]
    return found


def _whole_word(word: str) -> re.Pattern[str]:
    """A word by itself; Japanese writes none apart."""
    is_spaced = all(one < "぀" for one in word)
    bare = re.escape(word)
    return re.compile(rf"(?<!\w){bare}(?!\w)" if is_spaced else bare, re.I)
