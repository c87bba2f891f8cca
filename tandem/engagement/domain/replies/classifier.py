"""The classifier of replies: hashed words and letters, logistic regression, calibrated probabilities.

A text becomes word pairs, pieces of words, and marks (a question, a time of day, an address, wordings of absence or of
another person), each weighted by how rare it is in the training texts and by the square root of its count, the whole
scaled to length one. Weights come from `tools/train_replies.py`, which trains on `training/*.txt` and divides the
scores by the temperature that makes them honest on texts left out of training (Guo et al. 2017). They lie in
`weights.npz`: plain arrays, no code.
"""

from __future__ import annotations

import math
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from tandem.engagement.domain.replies.folding import fold, sentences
from tandem.engagement.domain.replies.wordings import unsubscribe_words, words_of

NONE = "none"  # of no label: thanks, questions about us, matters of another kind
BUCKETS = 1 << 17
MAX_CHARACTERS = 3_000
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKS: Mapping[str, re.Pattern[str]] = {
    "question": re.compile(r"[?？]"),
    "clock": re.compile(r"\b\d{1,2}(?::\d{2}|\s?(?:am|pm|uhr|h\d{0,2}|o'clock)\b)|\d{1,2}[時点]"),
    "weekday": re.compile(
        r"\b(?:mon|tues|wednes|thurs|fri)day\b|\b(?:mon|diens|donners|frei)tag\b|\bmittwoch\b|\b(?:lun|mar|"
        r"mercre|jeu|vendre)di\b|\b(?:lunes|martes|miercoles|jueves|viernes)\b|\b(?:maan|dins|woens|donder|"
        r"vrij)dag\b|[月火水木金]曜"
    ),
    "address": re.compile(r"@[\w-]{1,63}\.[\w.-]{2,}"),
    "phone": re.compile(r"\+?\d[\d ()/-]{6,}\d"),
    "year": re.compile(r"\b20[2-4]\d\b"),
    "link": re.compile(r"https?://|www\.|calendly|\bzoom\b|\bteams\b"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What was learned. names : labels in the order of the columns; temperature : by which scores are divided."""

    names: tuple[str, ...]
    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    trained_on: str


@cache
def cues() -> Mapping[str, re.Pattern[str]]:
    """Words that mean alike in all languages."""
    told = tomllib.loads(resources.files(__package__).joinpath("cues.toml").read_text(encoding="utf-8"))["cues"]
    return {name: re.compile("|".join(f"(?:{one})" for one in patterns), re.M) for name, patterns in told.items()}


@cache
def weights() -> Weights:
    """The weights of this package."""
    raw = resources.files(__package__).joinpath("weights.npz").read_bytes()
    with np.load(BytesIO(raw), allow_pickle=False) as told:
        return Weights(
            names=tuple(str(name) for name in told["names"]),
            rarity=told["rarity"].astype(np.float32),
            weights=told["weights"].astype(np.float32) * told["scale"].astype(np.float32),
            bias=told["bias"].astype(np.float32),
            temperature=float(told["temperature"]),
            trained_on=str(told["trained_on"]),
        )


def features(text: str) -> Iterator[str]:
    """What a text is made of, with repetitions."""
    folded = fold(text[:MAX_CHARACTERS])
    plain = re.sub(r"\d+", "0", folded.text)
    words: list[str] = _WORD.findall(plain)[:600]
    yield from (f"w:{word}" for word in words)
    yield from (f"p:{one}_{two}" for one, two in zip(["^", *words], [*words, "$"], strict=True))
    for word in words:
        padded = f" {word} "
        sizes = (1, 2, 3) if _WIDE.search(word) else (3, 4, 5)
        for size in sizes:
            yield from (f"c:{padded[place : place + size]}" for place in range(len(padded) - size + 1))
    for name, pattern in _MARKS.items():
        if pattern.search(folded.text):
            yield f"m:{name}"
    for label in ("ooo", "wrong_person"):
        if words_of(label, folded):
            yield from (f"m:{label}", f"m:{label}2")
    if unsubscribe_words(folded):
        yield "m:unsubscribe"
    yield f"m:length{min(6, int(math.log2(len(words) + 1)))}"
    yield from _cue_marks(folded.text)


def _cue_marks(text: str) -> Iterator[str]:
    """Which cues a text has, each under several names so that it counts for more, and which stand together."""
    found = [name for name, pattern in cues().items() if pattern.search(text)]
    for name in found:
        yield from (f"q:{name}", f"q2:{name}", f"q3:{name}")
    yield from (f"r:{one}+{two}" for place, one in enumerate(found) for two in found[place + 1 :])
    yield f"q:number{min(len(found), 4)}"


def vector(text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places and values of a text's features, before they are weighted by rarity."""
    counts = Counter(zlib.crc32(one.encode("utf-8", "replace")) % BUCKETS for one in features(text))
    places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
    values = np.sqrt(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    return places, values.astype(np.float32)


def scores(text: str) -> NDArray[np.float32]:
    """A score a label, in the order of `weights().names`; the temperature is in them."""
    learned = weights()
    places, values = vector(text)
    weighted = values * learned.rarity[places]
    length = float(np.linalg.norm(weighted)) or 1.0
    told = (weighted / length) @ learned.weights[places] + learned.bias
    return np.asarray(told / learned.temperature, dtype=np.float32)


def probabilities(text: str) -> Mapping[str, float]:
    """Calibrated probability of each label and of `NONE`; they sum to one.

    >>> probabilities("Could you send me your prices?")["positive_info"] > 0.5
    True
    """
    told = scores(text)
    powers = np.exp(told - told.max())
    return {name: float(value) for name, value in zip(weights().names, powers / powers.sum(), strict=True)}


def evidence_of(text: str, label: str) -> str:
    """The sentence that speaks most for a label, as it stands in the text."""
    pieces: Sequence[str] = sentences(text)[:60]
    if len(pieces) < 2:
        return text.strip()[:400]
    place = weights().names.index(label)

    def speaks(piece: str) -> float:
        told = scores(piece)
        return float(told[place] - np.delete(told, place).max())

    return max(pieces, key=speaks)[:400]
