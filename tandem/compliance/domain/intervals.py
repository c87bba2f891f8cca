"""Intervals of shares and means."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

Z95 = 1.959963984540054
ENOUGH_FOR_MEAN = 30  # below, a mean of bounded scores is too far from normal


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (1927, JASA 22); (0, 1) for no trial."""
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, Z95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return low, 1.0 if hits == n else min(1.0, middle + half)


def newcombe(hits: int, n: int, other_hits: int, other_n: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares (Newcombe 1998, Statistics in Medicine 17, method 10)."""
    one, other = hits / n, other_hits / other_n
    low_one, high_one = wilson(hits, n)
    low_other, high_other = wilson(other_hits, other_n)
    low = one - other - sqrt((one - low_one) ** 2 + (high_other - other) ** 2)
    return low, one - other + sqrt((high_one - one) ** 2 + (other - low_other) ** 2)


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Normal 95 % interval of a mean; None below 30 values."""
    if len(values) < ENOUGH_FOR_MEAN:
        return None
    middle, half = fmean(values), Z95 * stdev(values) / sqrt(len(values))
    return middle - half, middle + half
