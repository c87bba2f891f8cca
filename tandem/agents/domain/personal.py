"""Personal or professional: whether a text is about somebody's private life.

Family, health, holidays, hobbies, religion, politics, relationships, home, age and looks, struggles. A sentence is
described by its words, its letters and the cues of `data/personal_cues.toml`, and weighed by a logistic regression that
`tools/train_personal.py` trains from the sentences of `data`. The threshold leans towards calling a sentence personal:
what is left out costs a good line, what slips through costs trust. Measured in docs/methods/personal-content.md.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tandem.agents.contracts import GuardName, Violation

DATA = Path(__file__).parent / "data"
WEIGHTS = DATA / "personal_weights.npz"
LEARNT_FROM = ("personal_train.tsv", "personal_dev.tsv")
THRESHOLD = 0.12  # chosen on the development sentences: recall 0.984 there, by a model that had not seen them
OF_NOBODY = 0.60  # for a sentence that speaks of no single person and of nothing private by its words
REGULARITY = 2.0
LEANING = 3.0  # how much worse a personal sentence let through is than a professional one kept out
KEPT = 100_000  # sentences and what was judged of them, kept in memory
CUE_WEIGHT = 1  # how often a sign is written beside the words
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”»)]?\s+(?=\S)|\n+|\s+[•|]\s+")
_BUSINESS, _WORK = "xbusiness", "xwork"
_SELF, _OTHER, _NOBODY = "xself", "xother", "xnobody"
_I = re.compile(
    r"\b(?:i|i'm|my|me|we|our|ich|wir|mein\w*|unser\w*|je|j'|nous|mon|ma|mes|notre|yo|mi|mis|nuestr\w+|ik|wij|mijn"
    r"|ons|onze)\b",
    re.I,
)
_ONE = re.compile(
    r"\b(?:i|i'm|my|me|ich|mein\w*|je|j'|mon|ma|mes|yo|mi|mis|ik|mijn|he|she|his|her|him|er|sie|ihre?[mnrs]?|seine?[mnrs]?"
    r"|il|elle|son|sa|ses|él|ella|su|sus|se|hij|ze|zij|zijn|haar)\b",
    re.I,
)
_HE_OR_SHE = re.compile(
    r"\b(?:he|she|his|her|him|they|er|sie|ihre?[mnrs]?|seine?[mnrs]?|il|elle|son|sa|ses|él|ella|su|sus|se|hij|ze|zij"
    r"|zijn|haar)\b",
    re.I,
)
_JUDGED: dict[str, float] = {}  # what the classifier said; the same sentence always gets the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on a text.

    probability : that its most personal sentence is personal, 0 to 1
    because : that sentence, and what it seems to be about; empty when nothing is personal
    """

    is_personal: bool
    probability: float
    because: str = ""


def judge(texts: Sequence[str], within: Sequence[str] = ()) -> list[Verdict]:
    """One verdict a text, in their order.

    within : for each text what it is told of, whose talk of work counts as the text's own; empty: the texts alone
    """
    found = [sentences(text) for text in texts]
    probabilities = iter(_weighed(found, within))
    worst = [max(((next(probabilities), one) for one in some), default=(0.0, "")) for some in found]
    return [_verdict(*one) for one in worst]


def violations(texts: Sequence[str]) -> tuple[Violation, ...]:
    """Every sentence of the texts that is personal."""
    found = [sentences(text) for text in texts]
    return tuple(
        Violation(
            guard=GuardName.PERSONAL,
            span=sentence,
            message=f"This is about somebody's private life ({_about(sentence)}); keep to what is professional.",
        )
        for sentence, probability in zip((one for some in found for one in some), _weighed(found), strict=True)
        if probability >= THRESHOLD
    )


def _weighed(texts: Sequence[Sequence[str]], within: Sequence[str] = ()) -> list[float]:
    """The probability of every sentence. One that speaks of nobody and of nothing private, in a text that speaks of
    work, is work: "First seen in 2024." Only the others are put to the classifier.
    """
    around = within or [""] * len(texts)
    lent = [
        _speaks_of_work(" ".join(some)) or _speaks_of_work(other) for some, other in zip(texts, around, strict=True)
    ]
    plain = [(one, has_work) for some, has_work in zip(texts, lent, strict=True) for one in some]
    asked = {one for one, has_work in plain if not has_work or _is_of_somebody(one)}
    known = _probabilities(asked)
    return [
        0.0 if (has_work and not _is_of_somebody(one)) or _is_too_little(one, known[one]) else known[one]
        for one, has_work in plain
    ]


@lru_cache(maxsize=KEPT)
def _speaks_of_work(text: str) -> bool:
    return bool(_cues()[_WORK].search(text))


def _is_too_little(sentence: str, probability: float) -> bool:
    """Whether a sentence of no single person and nothing private is judged by its wording alone, and not surely."""
    return probability < OF_NOBODY and not _ONE.search(sentence) and not _cues_in(sentence)


@lru_cache(maxsize=KEPT)
def _is_of_somebody(sentence: str) -> bool:
    return bool(_cues_in(sentence) or _I.search(sentence) or _HE_OR_SHE.search(sentence))


def sentences(text: str) -> list[str]:
    """The sentences of a text, as they are judged."""
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


@lru_cache(maxsize=KEPT)
def _cues_in(sentence: str) -> tuple[str, ...]:
    cues = _cues()
    plain = cues[_BUSINESS].sub(" ", sentence)
    return tuple(name for name, pattern in cues.items() if name not in (_WORK, _BUSINESS) and pattern.search(plain))


def _described(sentence: str, *, is_blind: bool = False) -> str:
    """A sentence as the classifier reads it: business wordings replaced by a sign, signs for cues added.

    The sign that says most is the combination: is a person spoken of, how much is work, is private life.

    is_blind : leave the cues of private life out, as if the table did not know the words of this sentence
    """
    cues = _cues()
    found = () if is_blind else _cues_in(sentence)
    plain = cues[_BUSINESS].sub(f" {_BUSINESS} ", sentence)
    work = min(2, len(cues[_WORK].findall(sentence)) + (plain != sentence))
    whom = _SELF if _I.search(sentence) else (_OTHER if _HE_OR_SHE.search(sentence) else _NOBODY)
    signs = [f"xcue{name.replace('_', '')}" for name in found] + ([_BUSINESS] if plain != sentence else [])
    signs += [f"{whom}{work}{'cue' if found else 'nocue'}", f"xwork{work}", f"xwork{work}{min(2, len(found))}"]
    signs.append("xmanycues" if len(found) > 1 else ("xcue" if found else "xnocue"))
    return " ".join([re.sub(r"\d+", "0", plain.casefold()), *signs * CUE_WEIGHT])


def _probabilities(asked: Iterable[str]) -> dict[str, float]:
    """The classifier's figure for each sentence; those that were asked before are not asked again."""
    wanted = dict.fromkeys(asked)
    new = [one for one in wanted if one not in _JUDGED]
    found = {one: _JUDGED[one] for one in wanted if one in _JUDGED}
    if new:
        told = _model().predict_proba([_described(one) for one in new])[:, 1]
        found |= {one: float(probability) for one, probability in zip(new, told, strict=True)}
        if len(_JUDGED) + len(new) > KEPT:
            _JUDGED.clear()
        _JUDGED.update((one, found[one]) for one in new[:KEPT])
    return found


@cache
def _model() -> Any:
    """The classifier as `tools/train_personal.py` left it: plain arrays, no code."""
    with np.load(WEIGHTS, allow_pickle=False) as told:
        return assembled({name: told[name] for name in told.files})


def training_rows() -> list[tuple[str, str, str]]:
    """Every labelled sentence that is learnt from."""
    return [row for name in LEARNT_FROM for row in read_labelled(DATA / name)]


def training_hash() -> str:
    """SHA-256 of what the weights rest on: the sentences, the cues and this file's way of describing them."""
    told = hashlib.sha256()
    for name in (*LEARNT_FROM, "personal_cues.toml"):
        told.update((DATA / name).read_bytes())
    told.update(_described("I go sailing with my son; we raised 12% more in our SAP rollout.").encode())
    return told.hexdigest()


def taken_apart(model: Any) -> dict[str, Any]:
    """What a trained classifier has learnt, as plain arrays."""
    described, regression = model.steps[0][1], model.steps[1][1]
    parts: dict[str, Any] = {"coefficients": regression.coef_[0], "intercept": regression.intercept_}
    for number, (_, vectorizer) in enumerate(described.transformer_list):
        words = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
        parts[f"words_{number}"] = np.frombuffer("\n".join(words).encode(), dtype=np.uint8)
        parts[f"rarity_{number}"] = vectorizer.idf_
    return parts


def assembled(parts: Mapping[str, Any]) -> Any:
    """The classifier of plain arrays; judges as the one they were taken from."""
    model = _untrained()
    described, regression = model.steps[0][1], model.steps[1][1]
    for number, (_, vectorizer) in enumerate(described.transformer_list):
        words = bytes(parts[f"words_{number}"]).decode().split("\n")
        vectorizer.vocabulary_ = {word: place for place, word in enumerate(words)}
        vectorizer.idf_ = parts[f"rarity_{number}"]
    regression.classes_ = np.array([False, True])
    regression.coef_, regression.intercept_ = parts["coefficients"][None, :], parts["intercept"]
    return model


def trained(rows: Sequence[tuple[str, str, str]]) -> Any:
    """The classifier; the same rows give the same one.

    Each sentence is learnt from twice, once blind: the cues know the training sentences better than those to come, and
    a classifier that saw them only so would lean on the cues alone.
    """
    texts = [_described(text, is_blind=is_blind) for is_blind in (False, True) for _, _, text in rows]
    return _untrained().fit(texts, [label == "personal" for _ in range(2) for label, _, _ in rows])


def _untrained() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    described = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),  # noqa: S106  words
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2),
    )
    return make_pipeline(
        described, LogisticRegression(C=REGULARITY, max_iter=1_000, class_weight={True: LEANING, False: 1})
    )


def read_labelled(file: Path) -> list[tuple[str, str, str]]:
    """Label, language and text of every line of a labelled set."""
    lines = file.read_text(encoding="utf-8").splitlines()[1:]
    return [(label, language, text) for label, language, text, *_ in (line.split("\t") for line in lines if line)]
