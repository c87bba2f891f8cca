"""Weights learned from own outcomes, and how well a score finds later opportunities.

Every kind's points are multiplied by a factor, which is the same as multiplying its weight and its saturation. Factors
come from a logistic regression of "an opportunity was opened within eight weeks" on the points by kind, never below 0
and drawn towards the present weights (ridge), so that kinds of which little was seen keep what they have. Half-lives
are not learned. Accounts with an open opportunity are not asked: there is nothing to find.

Time decides what is known: it learns on earlier moments and is tried on later ones, with the eight weeks in which
outcomes of the earlier ones still ripen left out between. Lift is the share of accounts with an opportunity in the top
tenth, over the share of all; its interval is the 90% bootstrap over accounts (Efron 1979), since an account appears at
several moments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

OUTCOME_WEEKS = 8
TOP = 0.1
LEAST_TRAINING, LEAST_TEST = 100, 50  # outcomes; below, an interval of the lift is wider than anything it could tell
RIDGE = 20.0  # in outcomes: a kind needs about as much evidence to move far from its present weight
RESAMPLES = 400
SEED = 20
HIGHEST_FACTOR = 5.0
Floats = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Accounts at several moments, one row an account and moment.

    kinds : names of the columns of points
    account : id; moment : number of the moment, 0 the earliest; points : rows × kinds, after saturation
    recency : days since the last signal; outcome : 1.0 an opportunity was opened within the outcome weeks
    """

    kinds: tuple[str, ...]
    account: Floats
    moment: Floats
    points: Floats
    recency: Floats
    outcome: Floats

    def where(self, rows: Floats) -> Moments:
        """Only these rows."""
        return Moments(
            kinds=self.kinds, account=self.account[rows], moment=self.moment[rows], points=self.points[rows],
            recency=self.recency[rows], outcome=self.outcome[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """Lift in the top tenth. low, high : 90% interval"""

    name: str
    lift: float
    low: float
    high: float
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned and how it did on later moments.

    is_enough : False: fewer outcomes than needed; then there are no lifts and factors
    training, test : outcomes; base_rate : of the later moments
    factors : by kind, of weight and saturation
    """

    is_enough: bool
    training: int
    test: int
    base_rate: float
    lifts: tuple[Lift, ...] = ()
    factors: Mapping[str, float] | None = None


def learn(found: Moments, *, gap: int) -> Learned:
    """Learn on the earlier moments, try on the later ones.

    gap : moments between the two that are left out, because outcomes before them are seen within them
    """
    last = int(found.moment.max(initial=-1))
    first_test = last - max(0, (last - gap) // 2)
    training = found.where(found.moment < first_test - gap)
    test = found.where(found.moment >= first_test)
    counts = int(training.outcome.sum()), int(test.outcome.sum())
    rate = float(test.outcome.mean()) if len(test.outcome) else 0.0
    if counts[0] < LEAST_TRAINING or counts[1] < LEAST_TEST:
        return Learned(is_enough=False, training=counts[0], test=counts[1], base_rate=rate)
    factors = factors_of(training)
    luck = np.random.default_rng(SEED)
    ways = {
        "learned weights": test.points @ factors,
        "weights in force": test.points.sum(axis=1),
        "recency only": -test.recency,
        "random": luck.random(len(test.outcome)),
    }
    lifts = tuple(_lift(name, scores, test) for name, scores in ways.items())
    told = {kind: round(float(factor), 3) for kind, factor in zip(found.kinds, factors, strict=True)}
    return Learned(is_enough=True, training=counts[0], test=counts[1], base_rate=rate, lifts=lifts, factors=told)


def factors_of(found: Moments) -> Floats:
    """By kind; scaled so that all points together stay what they are."""
    points, outcome = found.points, found.outcome
    rate = np.clip(outcome.mean(), 1e-6, 1 - 1e-6)
    start = np.log(rate / (1 - rate))
    slope = _fit(points.sum(axis=1, keepdims=True), outcome, start, around=np.zeros(1), ridge=0.0)[1:]
    common = max(float(slope[0]), 1e-6)
    scaled = points * common
    raw = _fit(scaled, outcome, start, around=np.ones(points.shape[1]), ridge=RIDGE)[1:]
    raw = np.clip(raw, 0.0, HIGHEST_FACTOR)
    before, after = float(points.sum()), float((points * raw).sum())
    return raw * (before / after) if after > 0 else np.ones_like(raw)


def _fit(points: Floats, outcome: Floats, start: float, *, around: Floats, ridge: float) -> Floats:
    """Intercept and slopes of a logistic regression, slopes at least 0 and drawn towards `around`."""
    # Here, so that the web server, which never learns, starts without it.
    from scipy.optimize import minimize
    from scipy.special import expit

    def loss(told: Floats) -> tuple[float, Floats]:
        logits = told[0] + points @ told[1:]
        off = expit(logits) - outcome
        away = told[1:] - around
        value = float(np.logaddexp(0.0, logits).sum() - outcome @ logits + 0.5 * ridge * away @ away)
        return value, np.concatenate([[off.sum()], points.T @ off + ridge * away])

    bounds = [(None, None)] + [(0.0, None)] * points.shape[1]
    first = np.concatenate([[start], around])
    found: Floats = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _lift(name: str, scores: Floats, test: Moments) -> Lift:
    top = _in_top(scores, test.moment)
    accounts, place = np.unique(test.account, return_inverse=True)
    sums = np.stack(
        [np.bincount(place, weights=one, minlength=len(accounts))
         for one in (top * test.outcome, top.astype(float), test.outcome, np.ones(len(top)))]
    )  # fmt: skip
    luck = np.random.default_rng(SEED)
    drawn = [_ratio(sums[:, luck.integers(0, len(accounts), len(accounts))].sum(axis=1)) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.05, 0.95])
    hits, chosen = sums[0].sum(), sums[1].sum()
    return Lift(
        name=name, lift=_ratio(sums.sum(axis=1)), low=float(low), high=float(high),
        precision=float(hits / max(chosen, 1.0)),
    )  # fmt: skip


def _in_top(scores: Floats, moment: Floats) -> Floats:
    """The best tenth of each moment; ties go by place, which is the account's id."""
    chosen = np.zeros(len(scores), dtype=bool)
    for one in np.unique(moment):
        rows = np.flatnonzero(moment == one)
        best = rows[np.argsort(-scores[rows], kind="stable")][: max(1, round(len(rows) * TOP))]
        chosen[best] = True
    return chosen


def _ratio(sums: Sequence[float] | Floats) -> float:
    hits, chosen, outcomes, rows = (float(one) for one in sums)
    return (hits / max(chosen, 1.0)) / max(outcomes / max(rows, 1.0), 1e-12)
