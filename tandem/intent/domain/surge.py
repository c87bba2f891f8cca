"""Surge: an account's last seven days against its own twelve weeks before.

Company Surge of Bombora compares with the same span; ours is a control chart of one account (Shewhart 1931): how many
standard deviations the last week lies above the usual one. Weeks are counted back from the moment of reckoning; the
activity of a week is the sum of strength × weight, without decay. Weeks before the account's first signal are not
silence (nobody listened yet) and do not count, nor does the part of a week in which it fell.

    surge = (last week - mean of the weeks) / sqrt(variance of the weeks + 1)

The variance is that of the population. The 1 is the square of one point, a plain page view: without it the first visit
after silent weeks would be an endless surge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

WEEK_DAYS = 7.0
BASELINE_WEEKS = 12
LEAST_WEEKS = 4  # a mean of fewer says nothing about what is usual
FLOOR = 1.0  # points squared


def surge_of(activity: Iterable[tuple[float, float]]) -> float | None:
    """Standard deviations above the usual week; None when fewer than four whole weeks before the last are known.

    activity : age in days (0 or more) and strength × weight of each signal
    """
    aged = [(math.floor(age / WEEK_DAYS), points) for age, points in activity]
    weeks = min(BASELINE_WEEKS, max((week for week, _ in aged), default=0) - 1)
    if weeks < LEAST_WEEKS:
        return None
    totals = [math.fsum(points for week, points in aged if week == nth) for nth in range(weeks + 1)]
    last, usual = totals[0], totals[1:]
    mean = math.fsum(usual) / weeks
    variance = math.fsum((total - mean) ** 2 for total in usual) / weeks
    return (last - mean) / math.sqrt(variance + FLOOR)
