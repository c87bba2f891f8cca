"""Personal or professional: whether a text is about somebody's private life.

Family, health, holidays, hobbies, religion, politics, relationships, home, age and looks, struggles. A sentence is
described by its words, its letters and the cues of `data/personal_cues.toml`, and weighed by a logistic regression that
is trained at first use from `data/personal_train.tsv`. The threshold leans towards calling a sentence personal: what is
left out costs a good line, what slips through costs trust. Measured in docs/methods/personal-content.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tandem.agents.contracts import GuardName, Violation

DATA = Path(__file__).parent / "data"
THRESHOLD = 0.35
CUE_WEIGHT = 3  # how often a cue's sign is written beside the words, so that it weighs like a telling word
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”»)]?\s+(?=\S)|\n+|\s+[•|]\s+")
_BUSINESS, _WORK = "xbusiness", "xwork"
_SELF, _OTHER, _NOBODY = "xself", "xother", "xnobody"
_I = re.compile(
    r"\b(?:i|i'm|my|me|we|our|ich|wir|mein\w*|unser\w*|je|j'|nous|mon|ma|mes|notre|yo|mi|mis|nuestr\w+|ik|wij|mijn"
    r"|ons|onze)\b",
    re.I,
)
_HE_OR_SHE = re.compile(
    r"\b(?:he|she|his|her|him|they|er|sie|ihre?[mnrs]?|seine?[mnrs]?|il|elle|son|sa|ses|él|ella|su|sus|se|hij|ze|zij"
    r"|zijn|haar)\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on a text.

    probability : that its most personal sentence is personal, 0 to 1
    because : that sentence, and what it seems to be about; empty when nothing is personal
    """

    is_personal: bool
    probability: float
    because: str = ""


def judge(texts: Sequence[str]) -> list[Verdict]:
    """One verdict a text, in their order."""
    sentences = [(place, one) for place, text in enumerate(texts) for one in _sentences(text)]
    worst: dict[int, tuple[float, str]] = {}
    for (place, sentence), probability in zip(sentences, _probabilities([one for _, one in sentences]), strict=True):
        worst[place] = max(worst.get(place, (0.0, "")), (probability, sentence))
    return [_verdict(*worst.get(place, (0.0, ""))) for place in range(len(texts))]


def violations(texts: Sequence[str]) -> tuple[Violation, ...]:
    """Every sentence of the texts that is personal."""
    sentences = [one for text in texts for one in _sentences(text)]
    return tuple(
        Violation(
            guard=GuardName.PERSONAL,
            span=sentence,
            message=f"This is about somebody's private life ({_about(sentence)}); keep to what is professional.",
        )
        for sentence, probability in zip(sentences, _probabilities(sentences), strict=True)
        if probability >= THRESHOLD
    )


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if any(letter.isalpha() for letter in part)]


def _verdict(probability: float, sentence: str) -> Verdict:
    is_personal = probability >= THRESHOLD
    because = f"{sentence[:160]} ({_about(sentence)})" if is_personal else ""
    return Verdict(is_personal=is_personal, probability=round(probability, 4), because=because)


def _about(sentence: str) -> str:
    """What a sentence seems to be about, in words."""
    cues = [name.replace("_", " ") for name in _cues_in(sentence) if name != "own"]
    return ", ".join(cues) or "by its wording"


@cache
def _cues() -> dict[str, re.Pattern[str]]:
    told = tomllib.loads((DATA / "personal_cues.toml").read_text(encoding="utf-8"))
    return {name: _any_of(words) for name, words in told["cues"].items()} | {
        _WORK: _any_of(told["work"]["work"]),
        _BUSINESS: _any_of(told["business"]),
    }


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(words) + r")(?!\w)", re.I)


def _cues_in(sentence: str) -> list[str]:
    cues = _cues()
    plain = cues[_BUSINESS].sub(" ", sentence)
    return [name for name, pattern in cues.items() if name not in (_WORK, _BUSINESS) and pattern.search(plain)]


def _described(sentence: str) -> str:
    """A sentence as the classifier reads it: business wordings replaced by a sign, signs for cues added.

    The sign that says most is the combination: whether a person is spoken of, whether work is, whether private life is.
    """
    cues = _cues()
    found = _cues_in(sentence)
    plain = cues[_BUSINESS].sub(f" {_BUSINESS} ", sentence)
    has_work = bool(cues[_WORK].search(sentence)) or plain != sentence
    whom = _SELF if _I.search(sentence) else (_OTHER if _HE_OR_SHE.search(sentence) else _NOBODY)
    signs = [f"xcue{name.replace('_', '')}" for name in found] + ([_BUSINESS] if plain != sentence else [])
    signs += [
        f"{whom}{'work' if has_work else 'nowork'}{'cue' if found else 'nocue'}",
        "xwork" if has_work else "xnowork",
    ]
    signs.append("xmanycues" if len(found) > 1 else ("xcue" if found else "xnocue"))
    return " ".join([re.sub(r"\d+", "0", plain.casefold()), *signs * CUE_WEIGHT])


def _probabilities(sentences: Sequence[str]) -> list[float]:
    if not sentences:
        return []
    return [float(one) for one in _model().predict_proba([_described(one) for one in sentences])[:, 1]]


@cache
def _model() -> Any:
    """The trained classifier; the same training file gives the same classifier."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    rows = read_labelled(DATA / "personal_train.tsv")
    described = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),  # noqa: S106  a pattern of words
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2),
    )
    model = make_pipeline(described, LogisticRegression(C=8.0, max_iter=1_000, class_weight="balanced"))
    return model.fit([_described(text) for _, _, text in rows], [label == "personal" for label, _, _ in rows])


def read_labelled(file: Path) -> list[tuple[str, str, str]]:
    """Label, language and text of every line of a labelled set."""
    lines = file.read_text(encoding="utf-8").splitlines()[1:]
    return [(label, language, text) for label, language, text, *_ in (line.split("\t") for line in lines if line)]
