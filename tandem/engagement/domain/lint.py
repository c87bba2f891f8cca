"""The validators of outreach as code: everything a message does that it may not, each with where and how to mend it.

Form (`lint_shape`), words (`lint_words`), facts (`lint_facts`), language and manners (`lint_language`). Footer and
unsubscribe line are none of the message's: the sender adds them behind it. See docs/methods/drafting.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tandem.engagement.contracts import Violation
from tandem.engagement.domain import lint_facts, lint_language, lint_shape, lint_words
from tandem.engagement.domain.judges import NO_JUDGES, Judges
from tandem.engagement.domain.norms import Norms, norms_of
from tandem.engagement.domain.texts import Parts, Text, parts_of
from tandem.engagement.domain.voice import VoiceGuide, shipped_guide

__all__ = ["Text", "Violation", "VoiceGuide", "check", "is_sendable"]

Rule = Callable[[Text, Parts, Norms, VoiceGuide], Iterator[Violation]]
RULES: tuple[Rule, ...] = (
    lint_shape.empty,
    lint_shape.lengths,
    lint_shape.sentence_count,
    lint_shape.questions,
    lint_shape.greeting,
    lint_shape.sign_off,
    lint_shape.subject,
    lint_words.holes,
    lint_words.openers,
    lint_words.emoji,
    lint_words.shouting,
    lint_words.spam,
    lint_words.deflecting,
    lint_words.voice,
    lint_language.language,
    lint_language.formality,
    lint_language.literal,
    lint_facts.opening,
)
Judged = Callable[[Text, Parts, Norms, Judges], Iterator[Violation]]
JUDGED: tuple[Judged, ...] = (lint_facts.grounded, lint_facts.personal)


def check(
    text: Text,
    *,
    voice: VoiceGuide | None = None,
    overrides: Mapping[str, Any] | None = None,
    judges: Judges = NO_JUDGES,
) -> tuple[Violation, ...]:
    """Everything in which a message breaks the rules, in the order of its places; empty: it may be sent.

    voice : None: the guide that comes with the product
    overrides : the organisation's changes to the norms of the language; None: none
    judges : engines of the runtime; `ai.checking.check` has them, and is what to call wherever it can be imported
    """
    norms = norms_of(text.language, overrides)
    guide = voice or shipped_guide(norms.tag)
    parts = parts_of(text, norms)
    found = [one for rule in RULES for one in rule(text, parts, norms, guide)]
    found += [one for judged in JUDGED for one in judged(text, parts, norms, judges)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.start, one.end, one.rule)))


def is_sendable(violations: tuple[Violation, ...]) -> bool:
    """Whether nothing hard stands against a message."""
    return not any(one.is_hard for one in violations)
