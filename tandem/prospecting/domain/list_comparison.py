"""Signal-based lists against firmographic ones: which share of accounts went on to a deal, with intervals. Pure.

Shares have Wilson's interval (Wilson 1927, JASA 22), their difference Newcombe's (Newcombe 1998, method 10, Statistics
in Medicine 17), both at 95%. Lists are not drawn by lot, so a difference is what was seen, not what caused it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959964
ENOUGH = 30  # accounts on each side; under it an interval says nothing that helps


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Hits of n with Wilson's 95% interval; all 0 for n = 0."""

    hits: int
    n: int
    value: float
    low: float
    high: float

    @property
    def is_enough(self) -> bool:
        """Whether there are enough accounts to say anything."""
        return self.n >= ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two shares and their difference (first less second). low, high : Newcombe's interval of it"""

    first: Share
    second: Share
    difference: float
    low: float
    high: float

    @property
    def is_enough(self) -> bool:
        """Whether both sides have enough accounts."""
        return self.first.is_enough and self.second.is_enough

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.is_enough and (self.low > 0 or self.high < 0)


def share_of(hits: int, n: int) -> Share:
    """Hits among n.

    >>> found = share_of(30, 100)
    >>> round(found.low, 3), round(found.high, 3)
    (0.219, 0.396)
    """
    if n <= 0:
        return Share(hits=0, n=0, value=0.0, low=0.0, high=0.0)
    value, square = hits / n, Z95 * Z95
    middle = (value + square / (2 * n)) / (1 + square / n)
    half = Z95 * sqrt(value * (1 - value) / n + square / (4 * n * n)) / (1 + square / n)
    return Share(hits=hits, n=n, value=value, low=max(middle - half, 0.0), high=min(middle + half, 1.0))


def compared(first: Share, second: Share) -> Comparison:
    """The difference of two independent shares."""
    gap = first.value - second.value
    below = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    above = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Comparison(
        first=first, second=second, difference=gap, low=max(gap - below, -1.0), high=min(gap + above, 1.0)
    )
