"""How a ranking did afterwards: precision in the top decile against deals that opened later, beside plainer rankings.

Each cut ranks with what was known at its moment; what happened in the weeks after it judges. Accounts of equal score at
the edge of the decile share its places, so that no order of ids decides. Precision of the decile over the share of all
candidates that opened a deal is the lift over random (whose expected precision is that share, exactly).

Intervals are percentile bootstraps (Efron & Tibshirani 1993, ch. 13): within one company over accounts, each with all
its cuts, since one account's weeks are not independent; over several companies over the companies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TOP_SHARE = 0.1
HORIZONS = (4, 8)
ROUNDS = 400
LEAST_HITS = 30  # opened deals among candidates over all cuts; below, a lift says nothing
LOW, HIGH = 0.1, 0.9  # 80% intervals
TANDEM, CHANCE, FIT, INTENT, RECENCY, RANDOM = "tandem", "chance", "fit_only", "intent_only", "recency", "random"
METHODS = (TANDEM, CHANCE, FIT, INTENT, RECENCY, RANDOM)
METHOD_WORDS: Mapping[str, str] = {
    TANDEM: "Expected value (the ranking)",
    CHANCE: "Fit × intent × capacity, without value",
    FIT: "Fit alone",
    INTENT: "Intent points alone",
    RECENCY: "Latest signal first",
    RANDOM: "At random",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One account at a cut that was not excluded.

    latest : days since 1970 of its newest signal; 0: none
    opened : by horizon in weeks, whether a deal opened within it
    """

    account_id: int
    expected_value: float
    fit: float
    intent: float
    capacity: float
    points: float
    percentile: float
    latest: float
    value: float
    is_customer: bool
    opened: Mapping[int, bool]

    def score(self, method: str) -> float:
        """What a method ranks by; random has none."""
        return {
            TANDEM: self.expected_value,
            CHANCE: self.fit * self.intent * self.capacity,
            FIT: self.fit,
            INTENT: self.points,
            RECENCY: self.latest,
        }.get(method, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A moment in the past with its candidates."""

    on: date
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """One method at one horizon over all cuts.

    precision : share of the top decile that opened a deal; low, high : 80%
    lift : over random; None: nothing opened
    value_share : share of the value of later openings that lay in the top decile
    """

    method: str
    weeks: int
    precision: float
    low: float
    high: float
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    value_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The back-test of a company. reason : why nothing can be said; empty: it can."""

    cuts: tuple[date, ...]
    candidates: int
    opened: Mapping[int, int]
    results: tuple[Precision, ...] = ()
    reason: str = ""
    shape: Mapping[str, Any] = field(default_factory=dict)

    def of(self, method: str, weeks: int) -> Precision | None:
        """One of the results."""
        return next((one for one in self.results if (one.method, one.weeks) == (method, weeks)), None)


def top_weights(scores: Floats, share: float = TOP_SHARE) -> Floats:
    """How much of each is in the top: 1 above the edge, a fraction on it, 0 below; in all `share`, at least one."""
    places = max(1, math.floor(len(scores) * share))
    edge = np.sort(scores)[::-1][places - 1]
    above, on = (scores > edge).astype(float), (scores == edge).astype(float)
    weights: Floats = above + on * ((places - above.sum()) / on.sum())
    return weights


def judge(cuts: Sequence[Cut], *, seed: int = 0) -> Verdict:
    """All methods at all horizons, with intervals over accounts. seed : of the bootstrap"""
    found = Verdict(
        cuts=tuple(cut.on for cut in cuts),
        candidates=sum(len(cut.candidates) for cut in cuts),
        opened={weeks: sum(one.opened[weeks] for cut in cuts for one in cut.candidates) for weeks in HORIZONS},
    )
    if not found.candidates or found.opened[max(HORIZONS)] < LEAST_HITS:
        had = found.opened[max(HORIZONS)]
        reason = f"{had} deals opened at ranked accounts in the weeks looked at; {LEAST_HITS} are needed."
        return _with(found, reason=reason)
    weights = _bootstrap_weights(cuts, np.random.default_rng(seed))
    results = [_precision(cuts, method, weeks, weights) for weeks in HORIZONS for method in METHODS]
    return _with(found, results=tuple(results))


def _with(found: Verdict, *, results: tuple[Precision, ...] = (), reason: str = "") -> Verdict:
    return Verdict(
        cuts=found.cuts, candidates=found.candidates, opened=found.opened, results=results, reason=reason
    )  # fmt: skip


def _bootstrap_weights(cuts: Sequence[Cut], chance: np.random.Generator) -> list[Floats]:
    """By cut, how often each candidate is drawn in each round; an account is drawn with all its cuts."""
    accounts = sorted({one.account_id for cut in cuts for one in cut.candidates})
    place = {key: at for at, key in enumerate(accounts)}
    drawn = chance.multinomial(len(accounts), np.full(len(accounts), 1 / len(accounts)), size=ROUNDS).astype(float)
    return [drawn[:, [place[one.account_id] for one in cut.candidates]] for cut in cuts]


def _precision(cuts: Sequence[Cut], method: str, weeks: int, drawn: Sequence[Floats]) -> Precision:
    top_hits, top_all, hits, everybody = (np.zeros(ROUNDS + 1) for _ in range(4))
    top_value = value = 0.0
    for cut, times in zip(cuts, drawn, strict=True):
        if not cut.candidates:
            continue
        scores = np.array([one.score(method) for one in cut.candidates])
        opened = np.array([one.opened[weeks] for one in cut.candidates], dtype=float)
        worth = np.array([one.value for one in cut.candidates]) * opened
        top = top_weights(scores)
        rounds = np.vstack([np.ones(len(scores)), times])
        top_hits += rounds @ (top * opened)
        top_all += rounds @ top
        hits += rounds @ opened
        everybody += rounds.sum(axis=1)
        top_value, value = top_value + float(top @ worth), value + float(worth.sum())
    precisions = top_hits / np.maximum(top_all, 1e-12)
    lifts = precisions / np.maximum(hits / everybody, 1e-12)
    is_known = hits[0] > 0
    return Precision(
        method=method,
        weeks=weeks,
        precision=float(precisions[0]),
        low=float(np.quantile(precisions[1:], LOW)),
        high=float(np.quantile(precisions[1:], HIGH)),
        lift=float(lifts[0]) if is_known else None,
        lift_low=float(np.quantile(lifts[1:], LOW)) if is_known else None,
        lift_high=float(np.quantile(lifts[1:], HIGH)) if is_known else None,
        value_share=top_value / value if value else 0.0,
    )


def over_companies(
    values: Sequence[Any], reckon: Callable[[Sequence[Any]], float], *, seed: int = 0
) -> tuple[float, float, float]:
    """A figure over several companies with its 80% interval: the companies are drawn anew, not their accounts."""
    chance = np.random.default_rng(seed)
    told = [
        reckon([values[at] for at in chance.integers(0, len(values), len(values))]) for _ in range(ROUNDS)
    ]  # fmt: skip
    return reckon(values), float(np.quantile(told, LOW)), float(np.quantile(told, HIGH))
