"""Whether a seller works accounts they know above accounts that rank higher: familiarity bias.

For each seller: the share of touches of a span that went to known accounts (touched or in a deal before), against the
share that known accounts have among the best of their book, as many as they touched. Somebody who follows the ranking
touches as many known accounts as the top of the book holds; the difference is the bias. Tversky & Kahneman 1973,
"Availability", Cognitive Psychology 5, say why it is expected: what comes to mind is worked first.

The interval is a percentile bootstrap over the touched accounts, each with all its touches. Below a stated number of
touched accounts nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST_WORKED = 8
ROUNDS = 400
LOW, HIGH = 0.1, 0.9
TELLING = 0.1  # a difference smaller than a touch in ten is nobody's habit


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """An account of a seller's book in the span.

    place : in the book at the beginning of the span; 1 is first
    touches : in the span; 0: not worked
    is_known : touched or in a deal before the span
    """

    account_id: int
    place: int
    touches: int
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """One seller's bias towards accounts they know.

    worked : accounts touched; passed_over : accounts that rank above half of the worked ones and got no touch
    known_share : of touches; top_share : of the best `worked` accounts; bias : their difference, with 80% interval
    None : not enough data
    """

    worked: int
    passed_over: tuple[int, ...]
    known_share: float | None = None
    top_share: float | None = None
    bias: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_told(self) -> bool:
        """Whether there is enough data for a figure."""
        return self.bias is not None

    @property
    def is_biased(self) -> bool:
        """Whether the whole interval lies on the side of known accounts, and far enough to matter."""
        return self.low is not None and self.low > 0 and self.bias is not None and self.bias >= TELLING


def bias_of(book: Sequence[Worked], *, seed: int = 0) -> Bias:
    """The bias of one seller. book : all accounts of theirs that were not excluded"""
    ordered = sorted(book, key=lambda one: one.place)
    worked = [one for one in ordered if one.touches]
    middle = worked[len(worked) // 2].place if worked else 0
    passed = tuple(one.account_id for one in ordered if not one.touches and not one.is_known and one.place < middle)
    if len(worked) < LEAST_WORKED:
        return Bias(worked=len(worked), passed_over=passed)
    top = ordered[: len(worked)]
    top_share = sum(one.is_known for one in top) / len(top)
    touches = np.array([one.touches for one in worked], dtype=float)
    known = np.array([one.is_known for one in worked], dtype=float)
    share = float((touches * known).sum() / touches.sum())
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(len(worked), np.full(len(worked), 1 / len(worked)), size=ROUNDS).astype(float)
    shares = (drawn @ (touches * known)) / np.maximum(drawn @ touches, 1e-12)
    return Bias(
        worked=len(worked),
        passed_over=passed,
        known_share=share,
        top_share=top_share,
        bias=share - top_share,
        low=float(np.quantile(shares, LOW)) - top_share,
        high=float(np.quantile(shares, HIGH)) - top_share,
    )
