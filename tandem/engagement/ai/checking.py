"""The validators together with the runtime's own judges: claims against evidence, and private life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tandem.agents.contracts import Claim, Evidence
from tandem.agents.contracts import Violation as Broken
from tandem.agents.queries.grounding import unsupported
from tandem.agents.queries.personal import are_personal
from tandem.engagement.contracts import Violation
from tandem.engagement.domain import lint
from tandem.engagement.domain.judges import Judges, PersonalVerdict
from tandem.engagement.domain.texts import Text
from tandem.engagement.domain.voice import VoiceGuide

BY_WORDING = "(by its wording)"


def check(
    text: Text,
    *,
    voice: VoiceGuide | None = None,
    overrides: Mapping[str, Any] | None = None,
    asks_private: bool = True,
) -> tuple[Violation, ...]:
    """Everything in which a message breaks the rules; see `domain.lint.check`.

    asks_private : False leaves private life unasked: for a person's own words to somebody they talk with, and for words
        just being typed, where the filter's first use in a process would let them wait
    """
    judges = JUDGES if asks_private else replace(JUDGES, personal=None)
    return lint.check(text, voice=voice, overrides=overrides, judges=judges)


def _unsupported(claims: Sequence[Claim], evidence: Sequence[Evidence], known: Sequence[str]) -> Sequence[Broken]:
    return unsupported(claims, evidence, known=known)


def _personal(texts: Sequence[str]) -> list[PersonalVerdict]:
    return [
        PersonalVerdict(probability=one.probability, has_sign=one.is_personal and not one.because.endswith(BY_WORDING))
        for one in are_personal(texts)
    ]


JUDGES = Judges(unsupported=_unsupported, personal=_personal)
