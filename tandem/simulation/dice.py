"""Chance with a name: every part of the company draws from its own seeded stream.

A stream is derived from the company's seed and the names of what is drawn, so a change in one part
does not shift the draws of another, and parts may be written in any order.
"""

from __future__ import annotations

import hashlib
import math
import random
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

Item = TypeVar("Item")


class Weighted:
    """Items with weights, prepared for many draws."""

    __slots__ = ("_cumulated", "items")

    def __init__(self, pairs: Sequence[tuple[object, float]]) -> None:
        self.items = [item for item, _ in pairs]
        self._cumulated = list(accumulate(weight for _, weight in pairs))

    def at(self, quantile: float) -> object:
        """The item at a quantile in 0..1."""
        return self.items[bisect(self._cumulated, quantile * self._cumulated[-1])]


class Dice(random.Random):
    """A seeded stream of draws."""

    @classmethod
    def of(cls, seed: int, *names: object) -> Dice:
        """The stream of a part: the same seed and names give the same draws."""
        text = "\x1f".join((str(seed), *(str(name) for name in names)))
        return cls(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest()))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[int(self.random() * len(items))]

    def chance(self, probability: float) -> bool:
        """True with the probability."""
        return self.random() < probability

    def draw(self, table: Weighted) -> object:
        """One item by weight."""
        return table.at(self.random())

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.random() * (high - low + 1))

    def poisson(self, mean: float) -> int:
        """A Poisson count (Knuth below 30, normal approximation above)."""
        if mean <= 0:
            return 0
        if mean > 30:
            return max(0, round(self.gauss(mean, math.sqrt(mean))))
        limit, count, product = math.exp(-mean), 0, self.random()
        while product > limit:
            count += 1
            product *= self.random()
        return count

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Up to `count` different items."""
        return self.sample(items, min(count, len(items)))

    def token(self, alphabet: str, length: int) -> str:
        """A string of random letters from the alphabet."""
        return "".join(self.pick(alphabet) for _ in range(length))


def chance_of(logit: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-logit))
