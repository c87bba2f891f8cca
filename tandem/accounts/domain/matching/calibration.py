"""From match weights to probabilities that hold.

Fellegi-Sunter weights assume that pieces of evidence are independent among non-matches of the whole file. Among the
pairs that blocking brings together they are not: colleagues share domain, switchboard and city; branches share a
name. So the pairs found are sorted by the block that found them, and in each the share of matches and the accidental
agreement are learned anew (a latent class model per stratum, Dempster, Laird and Rubin 1977; Larsen and Rubin 2001),
held near the trained m. With enough human decisions a logistic curve is laid over it (Platt 1999).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Weights = Sequence[tuple[float, float]]  # m and u of each level of a comparison, as trained
Grades = Mapping[int, tuple[Sequence[float], Sequence[float]]]  # by level: shares of its grades in matches and others

CODES_PER_LEVEL = 4  # a level and its three grades of frequent values
ROUNDS = 60
CONVERGED = 1e-4
STRENGTH_OF_M = 4000.0  # pairs' worth of trust that a match looks as trained, whichever block found it
STRENGTH_OF_SHARE = 200.0  # pairs worth of the share that trained weights give: a block of one pattern would drift
STRENGTH_OF_U = 200.0  # and that two different things agree as random pairs do: less, that is what blocks change
SMALLEST = 1e-6
MIN_PAIRS_TO_LEARN = 200
MIN_DECISIONS = 30
LIMIT = 1e-4  # no pair is ever called surer than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """What turns a pattern of agreement in a stratum into a probability.

    levels : per comparison, level code to position; code -1 is "missing" and says nothing
    share, bits : per stratum, the share of matches and log2(m/u) per comparison and position
    lift : bits by which a block may raise a pair above its trained weight: what the prior took, so that even a block
        of matches only does not make up for contradicting evidence
    slope, intercept : logistic curve over log odds, learned from decisions; 1 and 0 without
    """

    comparisons: tuple[str, ...]
    share: Mapping[str, float] = field(default_factory=dict)
    bits: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    lift: float = math.inf
    slope: float = 1.0
    intercept: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """JSON-ready form."""
        return {
            "comparisons": list(self.comparisons),
            "share": dict(self.share),
            "bits": {key: [list(row) for row in rows] for key, rows in self.bits.items()},
            "lift": self.lift if math.isfinite(self.lift) else None,
            "slope": self.slope,
            "intercept": self.intercept,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Calibrator:
        """Back from `as_dict`."""
        bits: Mapping[str, Sequence[Sequence[float]]] = stored.get("bits", {})  # type: ignore[assignment]
        return cls(
            comparisons=tuple(stored["comparisons"]),  # type: ignore[arg-type]
            share=dict(stored.get("share", {})),  # type: ignore[call-overload]
            bits={key: tuple(tuple(row) for row in rows) for key, rows in bits.items()},
            lift=math.inf if stored.get("lift") is None else float(stored["lift"]),  # type: ignore[arg-type]
            slope=float(stored.get("slope", 1.0)),  # type: ignore[arg-type]
            intercept=float(stored.get("intercept", 0.0)),  # type: ignore[arg-type]
        )

    def probabilities(self, patterns: pd.DataFrame, weights: Floats) -> Floats:
        """Calibrated probability of each pattern.

        Parameters
        ----------
        patterns : DataFrame
            `stratum` and one column of level codes per comparison.
        weights : array
            Splink's match weight (log2 odds) of each, used for strata nothing was learned about.
        """
        log_odds = weights * np.log(2.0)
        codes = patterns[list(self.comparisons)].to_numpy(dtype=int) if len(patterns) else np.empty((0, 0), int)
        strata = patterns["stratum"].astype(str).to_numpy()
        for stratum, share in self.share.items():
            rows = np.flatnonzero(strata == stratum)
            if len(rows):
                table = self.bits[stratum]
                learned = np.log2(share / (1 - share)) + _sum_bits(codes[rows], table)
                log_odds[rows] = np.minimum(learned, weights[rows] + self.lift) * np.log(2.0)
        return np.clip(sigmoid(self.intercept + self.slope * log_odds), LIMIT, 1 - LIMIT)


def _sum_bits(codes: NDArray[np.int_], table: Sequence[Sequence[float]]) -> Floats:
    total = np.zeros(len(codes))
    for position, row in enumerate(table):
        with_missing = np.append(np.asarray(row, dtype=float), 0.0)  # code -1 reads the last place
        known = np.clip(codes[:, position], -1, len(row) - 1)
        total += with_missing[known]
    return total


def sigmoid(log_odds: Floats) -> Floats:
    """Probability of natural log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -40, 40))), dtype=float)


def fit(
    patterns: pd.DataFrame, trained: Mapping[str, Weights], grades: Mapping[str, Grades], *, prior: float
) -> Calibrator:
    """Learn the strata's shares and accidental agreement from counted patterns.

    Parameters
    ----------
    patterns : DataFrame
        `stratum`, `pairs` (count), `weight` (mean Splink log2 odds) and one column of level codes per comparison.
    trained : mapping
        Comparison to its levels' m and u, strongest first.
    grades : mapping
        Comparison to how agreement falls on rare and frequent values, by level.
    prior : float
        Log2 odds of a match before looking, as the weights count it.

    Returns
    -------
    Calibrator
        One that passes Splink's odds through when there are fewer than 200 pairs.
    """
    names = tuple(trained)
    if patterns.empty or patterns["pairs"].sum() < MIN_PAIRS_TO_LEARN:
        return Calibrator(comparisons=names)
    counts = patterns["pairs"].to_numpy(dtype=float)
    codes = patterns[list(names)].to_numpy(dtype=int)
    strata, members = np.unique(patterns["stratum"].astype(str).to_numpy(), return_inverse=True)
    belief = sigmoid(patterns["weight"].to_numpy(dtype=float) * np.log(2.0))
    widths = [max(int(codes[:, position].max(initial=-1)) + 1, 1) for position in range(len(names))]
    anchors = [_by_code(trained[name], width, grades.get(name, {})) for name, width in zip(names, widths, strict=True)]
    model = _Model(codes, anchors, members, len(strata), counts, belief)
    for _ in range(ROUNDS):
        share, bits = model.maximise(belief)
        renewed = model.expect(share, bits)
        moved = float(np.abs(renewed - belief).max(initial=0.0))
        belief = renewed
        if moved < CONVERGED:
            break
    return Calibrator(
        comparisons=names,
        lift=max(-prior, 0.0),
        share={name: float(share[number]) for number, name in enumerate(strata)},
        bits={
            name: tuple(tuple(float(bit) for bit in table[number]) for table in bits)
            for number, name in enumerate(strata)
        },
    )


class _Model:
    """Expectation and maximisation over counted patterns."""

    def __init__(
        self,
        codes: NDArray[np.int_],
        anchors: list[tuple[Floats, Floats]],
        members: NDArray[np.intp],
        strata: int,
        counts: Floats,
        told: Floats,
    ) -> None:
        self.told = np.bincount(members, counts * told, strata) / np.bincount(members, counts, strata)
        self.anchors, self.members, self.strata, self.counts = anchors, members, strata, counts
        self.known = [np.flatnonzero(codes[:, position] >= 0) for position in range(len(anchors))]
        self.places = [
            members[rows] * len(anchor[0]) + codes[rows, position]
            for position, (rows, anchor) in enumerate(zip(self.known, anchors, strict=True))
        ]
        self.seen = [self._by_stratum(position, counts) > 0 for position in range(len(anchors))]

    def _by_stratum(self, position: int, weights: Floats) -> Floats:
        """Sums of `weights` by stratum and level code of one comparison; a missing value has no level."""
        width = len(self.anchors[position][0])
        sums = np.bincount(self.places[position], weights[self.known[position]], self.strata * width)
        return np.asarray(sums.reshape(self.strata, width), dtype=float)

    def maximise(self, belief: Floats) -> tuple[Floats, list[Floats]]:
        """Shares and log2(m/u) given how likely each pattern is a match."""
        matched, apart = self.counts * belief, self.counts * (1 - belief)
        pairs = np.bincount(self.members, self.counts, self.strata)
        share = (np.bincount(self.members, matched, self.strata) + STRENGTH_OF_SHARE * self.told) / (
            pairs + STRENGTH_OF_SHARE
        )
        share = np.clip(share, SMALLEST, 1 - SMALLEST)
        bits = []
        for position, (trained_m, trained_u) in enumerate(self.anchors):
            seen = self.seen[position]
            m = _shrunk(self._by_stratum(position, matched), seen, trained_m, STRENGTH_OF_M)
            u = _shrunk(self._by_stratum(position, apart), seen, trained_u, STRENGTH_OF_U)
            bits.append(np.where(seen, np.log2(m / u), 0.0))
        return share, bits

    def expect(self, share: Floats, bits: list[Floats]) -> Floats:
        """How likely each pattern is a match given shares and log2(m/u)."""
        log2_odds = np.log2(share / (1 - share))[self.members]
        for rows, places, table in zip(self.known, self.places, bits, strict=True):
            log2_odds[rows] += table.ravel()[places]
        return sigmoid(log2_odds * np.log(2.0))


def _by_code(levels: Weights, width: int, grades: Grades) -> tuple[Floats, Floats]:
    """Trained m and u by level code: a level's share falls on its grades of frequent values.

    Two records of one thing hold a value as often as it occurs, two different things that agree by accident hold it
    as often as it occurs squared: agreement on a rare value speaks for a match.
    """
    m, u = np.full(width, SMALLEST), np.full(width, SMALLEST)
    for place, (level_m, level_u) in enumerate(levels):
        of_m, of_u = grades.get(place, ((1.0,), (1.0,)))
        codes = np.arange(len(of_m)) + place * CODES_PER_LEVEL
        inside = codes < width
        m[codes[inside]] = np.maximum(level_m * np.asarray(of_m)[inside], SMALLEST)
        u[codes[inside]] = np.maximum(level_u * np.asarray(of_u)[inside], SMALLEST)
    return m, u


def _shrunk(by_stratum: Floats, seen: NDArray[np.bool_], trained: Floats, strength: float) -> Floats:
    """Level probabilities per stratum, drawn towards the trained ones, over the levels the stratum shows."""
    prior = np.where(seen, trained[None, :], 0.0)
    prior = prior / np.maximum(prior.sum(axis=1, keepdims=True), SMALLEST**2)
    summed = by_stratum + strength * prior
    shares = summed / np.maximum(summed.sum(axis=1, keepdims=True), SMALLEST)
    return np.asarray(np.maximum(shares, SMALLEST), dtype=float)


def with_decisions(calibrator: Calibrator, probabilities: Floats, is_match: NDArray[np.bool_]) -> Calibrator:
    """Lay a logistic curve over the log odds, learned from people's decisions; unchanged below 30 or of one kind.

    Decisions come from the review band, so the curve is held near the identity by ridge priors.
    """
    from scipy.optimize import minimize

    if len(is_match) < MIN_DECISIONS or is_match.all() or not is_match.any():
        return calibrator
    clipped = np.clip(probabilities, LIMIT, 1 - LIMIT)
    log_odds, truth = np.log(clipped / (1 - clipped)), is_match.astype(float)

    def loss(parameters: Floats) -> float:
        predicted = parameters[0] + parameters[1] * log_odds
        likelihood = np.logaddexp(0.0, predicted) - truth * predicted
        return float(likelihood.sum() + 2.0 * (parameters[1] - 1.0) ** 2 + 0.1 * parameters[0] ** 2)

    found = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(-5, 5), (0.1, 3.0)])
    return Calibrator(
        comparisons=calibrator.comparisons,
        share=calibrator.share,
        bits=calibrator.bits,
        lift=calibrator.lift,
        intercept=float(found.x[0] + found.x[1] * calibrator.intercept),
        slope=float(found.x[1] * calibrator.slope),
    )


def expected_calibration_error(probabilities: Floats, is_match: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean distance between stated probability and observed share, over bins of equal width weighted by their pairs."""
    if len(probabilities) == 0:
        return 0.0
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    pairs = np.bincount(places, minlength=bins)
    stated = np.bincount(places, probabilities, bins)
    observed = np.bincount(places, is_match.astype(float), bins)
    filled = pairs > 0
    return float(np.abs(stated[filled] - observed[filled]).sum() / len(probabilities))
