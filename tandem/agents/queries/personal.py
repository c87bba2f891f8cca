"""Whether a text is about somebody's private life, for filtering evidence before it is used."""

from __future__ import annotations

from collections.abc import Sequence

from tandem.agents.domain import personal
from tandem.agents.domain.personal import Verdict, sentences

__all__ = ["Verdict", "are_personal", "is_personal", "sentences"]


def is_personal(text: str) -> Verdict:
    """The judgement on one text, sentence by sentence; the most personal sentence decides."""
    return personal.judge([text])[0]


def are_personal(texts: Sequence[str], within: Sequence[str] = ()) -> list[Verdict]:
    """The same for many texts at once, in their order; much faster than one by one.

    within : for each text the source it is told of, whose talk of work counts as the text's own
    """
    return personal.judge(texts, within)
