"""Drift of live answers, and the sign that everything is done by the cheapest model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tandem.agents.contracts import Tier

LEAST_ANSWERS = 30  # below it a share says nothing
WORST_DROP = 0.05  # of a share, against the weeks before
LENGTH_CHANGE = 0.30  # of the mean length, against the weeks before
SURE = 3.0  # standard errors
BASELINE_WEEKS = 4
LEAST_RUNS = 20
CHEAP_SHARE = 0.20  # of a strong task's answers by a smaller tier


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """A week's answers of one engine to one task.

    clean : share that keep today's guards, 0 to 1
    own : share that the engine gave itself, not the built-in engine in its place, 0 to 1
    """

    answers: int
    clean: float
    own: float
    mean_words: float


def drifted(now: LiveFigures, before: Sequence[LiveFigures]) -> tuple[str, ...]:
    """In what a week differs from the weeks before by more than chance; empty: in nothing, or too little to say.

    A share has dropped when it lies 5 points and three standard errors (two proportions, pooled) below.
    """
    told = sum(one.answers for one in before)
    if now.answers < LEAST_ANSWERS or told < LEAST_ANSWERS:
        return ()
    found = []
    for words, share, earlier in (
        ("answers that keep the guards", now.clean, _mean(before, [one.clean for one in before])),
        ("answers the engine gave itself", now.own, _mean(before, [one.own for one in before])),
    ):
        if earlier - share > WORST_DROP and _errors(share, now.answers, earlier, told) > SURE:
            found.append(f"{words}: {share:.0%}, was {earlier:.0%}")
    length = _mean(before, [one.mean_words for one in before])
    if length and abs(now.mean_words - length) / length > LENGTH_CHANGE:
        found.append(f"words an answer: {now.mean_words:.0f}, was {length:.0f}")
    return tuple(found)


def _mean(weeks: Sequence[LiveFigures], values: Sequence[float]) -> float:
    return sum(week.answers * value for week, value in zip(weeks, values, strict=True)) / sum(w.answers for w in weeks)


def _errors(one: float, one_count: int, other: float, other_count: int) -> float:
    """By how many standard errors two shares differ."""
    pooled = (one * one_count + other * other_count) / (one_count + other_count)
    error = math.sqrt(pooled * (1 - pooled) * (1 / one_count + 1 / other_count))
    return abs(one - other) / error if error else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class CheapWork:
    """A task for a large model that smaller ones do. share : of its answers, 0 to 1; by : the tier that did most"""

    task: str
    share: float
    answers: int
    by: Tier


def done_too_cheaply(
    counts: Mapping[str, Mapping[Tier, int]], tiers: Mapping[str, Tier], *, has_strong: bool
) -> tuple[CheapWork, ...]:
    """Tasks meant for a large model of which a fifth or more was done below it.

    counts : task to answers by tier
    tiers : task to the tier it is meant for
    has_strong : a large model is connected; without one the built-in engine's work is as it should be
    """
    found = []
    for task, by_tier in counts.items():
        answers = sum(by_tier.values())
        if tiers.get(task) is not Tier.STRONG or answers < LEAST_RUNS:
            continue
        smaller = (Tier.FAST, Tier.RULES) if has_strong else (Tier.FAST,)
        below = {tier: count for tier, count in by_tier.items() if tier in smaller}
        share = sum(below.values()) / answers
        if share >= CHEAP_SHARE:
            found.append(CheapWork(task=task, share=share, answers=answers, by=max(below, key=lambda one: below[one])))
    return tuple(sorted(found, key=lambda one: -one.share))
