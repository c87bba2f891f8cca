"""Accounts among each other: points by kind put together, and the share of accounts below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPoints:
    """Of one account: points by kind, most first, and its surge. score : their sum"""

    account_id: int
    score: float
    surge: float | None
    kinds: tuple[tuple[str, float], ...]


def points_of(points: pa.Table, surges: pa.Table) -> list[AccountPoints]:
    """Accounts with a score above 0, by id."""
    surge_of = dict(zip(surges.column("account_id").to_pylist(), surges.column("surge").to_pylist(), strict=True))
    by_account: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    for account_id, kind, amount in zip(
        *(points.column(name).to_pylist() for name in ("account_id", "kind", "points")), strict=True
    ):
        if amount > 0:
            by_account[account_id].append((kind, amount))
    found = []
    for account_id in sorted(by_account):
        kinds = tuple(sorted(by_account[account_id], key=lambda one: (-one[1], one[0])))
        score = float(sum(amount for _, amount in kinds))
        found.append(AccountPoints(account_id=account_id, score=score, surge=surge_of.get(account_id), kinds=kinds))
    return found


def percentiles(scores: Sequence[float]) -> list[float]:
    """Of each score, the share of all below it, ties counted half.

    >>> percentiles([3.0, 1.0, 3.0, 9.0])
    [0.5, 0.125, 0.5, 0.875]
    """
    told = np.asarray(scores, dtype=float)
    ordered = np.sort(told)
    below, upto = np.searchsorted(ordered, told, "left"), np.searchsorted(ordered, told, "right")
    share = (below + upto) / (2.0 * max(len(told), 1))
    return [float(one) for one in share]
