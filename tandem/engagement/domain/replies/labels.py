"""Which of the seven labels a person's text has, how surely, and on which words that rests.

Precedence, highest first:

1. unsubscribe: a wording of it, or a probability of `UNSUBSCRIBE_ENOUGH`; nothing overrules it. The one exception is an
   automatic answer that tells of an absence: a program's "please stop and read this" asks for nothing.
2. Of an automatic answer only ooo and wrong_person can be told; the classifier says which where wordings tell both.
3. The classifier, which also sees those wordings; the more probable label counts. Where it holds a request to be left
   alone for possible (`UNSUBSCRIBE_DOUBT`), no other label is given, except a plain wish for a meeting or information.

Below `ENOUGH`, or where the text is of no label, none is given: a person reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.replies.classifier import NONE, evidence_of, probabilities
from tandem.engagement.domain.replies.folding import Folded, fold
from tandem.engagement.domain.replies.wordings import unsubscribe_words, words_of

ENOUGH = 0.42
UNSUBSCRIBE_DOUBT = 0.06  # from here on a person looks, unless the text plainly wants something of us
PLAIN = 0.6  # a wish for a meeting or for information that doubt does not touch
UNSUBSCRIBE_ENOUGH = 0.35  # a request to be left alone that is missed costs more than one that a person takes back
CERTAIN = 0.99
_WISHES = frozenset({ReplyLabel.POSITIVE_MEETING.value, ReplyLabel.POSITIVE_INFO.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A label with its confidence (0 to 1) and the words it rests on; label None: not sure enough."""

    label: ReplyLabel | None
    confidence: float
    evidence: str = ""


NOTHING = Verdict(label=None, confidence=0.0)


def label_of(text: str, *, is_automatic: bool = False) -> Verdict:
    """Label a text. is_automatic : a program wrote it

    >>> label_of("Please take me off your list.").label
    <ReplyLabel.UNSUBSCRIBE: 'unsubscribe'>
    """
    if not any(sign.isalnum() for sign in text):
        return NOTHING
    folded = fold(text[:8_000])
    if is_automatic:
        found = _automatic(text, folded)
        if found.label is not None:
            return found
    words = unsubscribe_words(folded)
    if words:
        return Verdict(label=ReplyLabel.UNSUBSCRIBE, confidence=CERTAIN, evidence=words)
    return NOTHING if is_automatic else _by_classifier(text)


def _automatic(text: str, folded: Folded) -> Verdict:
    """An automatic answer: somebody is away, or gone for good."""
    away, gone = words_of("ooo", folded), words_of("gone", folded)
    if away and gone:
        told = probabilities(text)
        away, gone = (away, "") if told["ooo"] >= told["wrong_person"] else ("", gone)
    if away:
        return Verdict(label=ReplyLabel.OOO, confidence=0.95, evidence=away)
    if gone:
        return Verdict(label=ReplyLabel.WRONG_PERSON, confidence=0.9, evidence=gone)
    told = probabilities(text)
    if told["ooo"] >= ENOUGH:
        return Verdict(label=ReplyLabel.OOO, confidence=told["ooo"], evidence=evidence_of(text, "ooo"))
    return NOTHING


def _by_classifier(text: str) -> Verdict:
    told = probabilities(text)
    name = given(told)
    if name == NONE:
        return Verdict(label=None, confidence=max(told.values()))
    return Verdict(label=ReplyLabel(name), confidence=told[name], evidence=evidence_of(text, name))


def given(told: Mapping[str, float]) -> str:
    """The label that probabilities of all of them give; `NONE`: a person reads.

    >>> given({"unsubscribe": 0.1, "negative_ever": 0.9})
    'none'
    """
    if told[ReplyLabel.UNSUBSCRIBE.value] >= UNSUBSCRIBE_ENOUGH:
        return ReplyLabel.UNSUBSCRIBE.value
    name = max(told, key=lambda one: told[one])
    return NONE if told[name] < ENOUGH or _is_doubtful(name, told) else name


def _is_doubtful(name: str, told: Mapping[str, float]) -> bool:
    """Whether a text that seems to say something else may ask to be left alone, so that a person must look."""
    asked = told[ReplyLabel.UNSUBSCRIBE.value]
    if name in _WISHES:
        return asked >= UNSUBSCRIBE_DOUBT and told[name] < PLAIN
    return asked >= UNSUBSCRIBE_DOUBT
