"""Which of the seven labels a person's text has, how surely, and on which words that rests.

Order: a request to be left alone comes first and is never overruled; then what an absence assistant says; then the
classifier. Below `ENOUGH` no label is given: a person reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.replies.folding import fold
from tandem.engagement.domain.replies.wordings import unsubscribe_words, words_of

ENOUGH = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A label with its confidence (0 to 1) and the words it rests on; label None: not sure enough."""

    label: ReplyLabel | None
    confidence: float
    evidence: str = ""


def label_of(text: str, *, is_automatic: bool = False) -> Verdict:
    """Label a text. is_automatic : a program wrote it

    >>> label_of("Please take me off your list.").label
    <ReplyLabel.UNSUBSCRIBE: 'unsubscribe'>
    """
    folded = fold(text[:8_000])
    words = unsubscribe_words(folded)
    if words:
        return Verdict(label=ReplyLabel.UNSUBSCRIBE, confidence=0.99, evidence=words)
    for label in (ReplyLabel.OOO, ReplyLabel.WRONG_PERSON):
        words = words_of(label.value, folded)
        if words:
            return Verdict(label=label, confidence=0.8, evidence=words)
    return Verdict(label=None, confidence=0.0)
