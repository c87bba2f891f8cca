"""Shares and means with their 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

Z95 = 1.959963984540054
ENOUGH_FOR_MEAN = 30  # below, a mean of bounded scores is too far from normal
ENOUGH_FOR_SHARE = 30  # outcomes, before a share is shown as a figure and not as "not enough data"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Hits among n with Wilson's 95 % interval (1927); n 0: nothing is known, and the interval is 0 to 1."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share; None when nothing was observed."""
        return self.hits / self.n if self.n else None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough outcomes to say a figure."""
        return self.n >= ENOUGH_FOR_SHARE

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return wilson(self.hits, self.n)[0]

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return wilson(self.hits, self.n)[1]

    @property
    def wrong(self) -> Share:
        """The other side: what was stale or wrong."""
        return Share(hits=self.n - self.hits, n=self.n)

    def __add__(self, other: Share) -> Share:
        return Share(hits=self.hits + other.hits, n=self.n + other.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two independent shares and first less second, with Newcombe's interval."""

    first: Share
    second: Share

    @property
    def value(self) -> float | None:
        """First less second; None while either side saw nothing."""
        if self.first.value is None or self.second.value is None:
            return None
        return self.first.value - self.second.value

    @property
    def low(self) -> float:
        """Lower end of the interval; -1 while either side saw nothing."""
        return self._interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the interval; 1 while either side saw nothing."""
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        if not (self.first.n and self.second.n):
            return -1.0, 1.0
        return newcombe(self.first.hits, self.first.n, self.second.hits, self.second.n)

    @property
    def is_enough(self) -> bool:
        """Whether both sides have enough outcomes."""
        return self.first.is_enough and self.second.is_enough

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.is_enough and (self.low > 0 or self.high < 0)
