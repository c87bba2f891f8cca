"""The score of an account in a week: fit × intent × capacity, and the expected value that follows from it.

    expected value = value if won × chance at full marks × fit × intent × capacity

Fit, intent and capacity lie in 0 to 1. The chance at full marks is one number for all accounts: how likely a deal opens
within four weeks and is won at an account with full fit and intent whose owner is free. It is set so that, over all
accounts, the sum of chances is what this company's own history shows for four weeks (calibration in the large); it
moves every expected value by the same share and no place in the ranking.

Intent is a rank among peers. Points of intent mean something against other accounts only, and customers send signals by
using the product, so an account's percentile is taken among customers if it is one, and among the others if not.
The factor is level × (floor + (1 - floor) × percentile ^ power): rising, never 0 (deals open at silent accounts too).
The level says how often customers open deals against the others; the group that does more often has 1. Level, floor and
power are fitted to own history, the last two by Poisson likelihood, when there is enough of it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

CENT = Decimal("0.01")
HORIZON_WEEKS = 4
Z80 = 1.2815515655446004  # two-sided 80% of the normal distribution
PRIOR_FLOOR, PRIOR_POWER = 0.2, 2.0
FLOORS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
POWERS = (1.0, 2.0, 3.0, 4.0)
PRIOR_WEIGHT = 5.0  # nats that leaving the prior must win; fewer openings than some dozens can't do that by chance
LEAST_OPENINGS = 60
PRIOR_OPENINGS = 20.0  # at the usual rate, with which each group's level starts
LEAST_RATE = 1e-6
LEAST_WINS = 20
# Before own history says otherwise: 4% of accounts open a deal in four weeks and a quarter of those is won, the middle
# of what B2B pipelines of 30 to 100 accounts a seller come to.
PRIOR_OPENING, PRIOR_WIN = 0.04, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentShape:
    """How a percentile becomes the factor.

    floor : above 0 to 1
    power : 1 or more
    customers, others : the level of each group, above 0 to 1
    is_prior : floor and power are the stated ones, not fitted
    """

    floor: float = PRIOR_FLOOR
    power: float = PRIOR_POWER
    customers: float = 1.0
    others: float = 1.0
    is_prior: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An account at a moment in the past, and whether a deal opened in the four weeks after."""

    fit: float
    percentile: float
    is_customer: bool
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHistory:
    """What happened at this company: the ground of the chance.

    openings : deals opened (no renewals) in `weeks` at `accounts` accounts
    won, closed : of deals that ended in that time
    """

    openings: int
    weeks: float
    accounts: int
    won: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Chance at full marks with its 80% interval.

    opening : share of accounts that open a deal in four weeks
    win : share of ended deals that are won
    mean_marks : mean of fit × intent × capacity over the accounts ranked
    is_prior : own history was too short, stated usual shares were taken
    """

    chance: float
    low: float
    high: float
    opening: float
    win: float
    mean_marks: float
    is_prior: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """An account with its three factors and the value of a win there."""

    account_id: int
    owner_id: int | None
    fit: float
    intent: float
    capacity: float
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A marked account with what it is expected to bring this week's four weeks, and its place in its owner's book."""

    marked: Marked
    expected_value: Decimal
    low: Decimal
    high: Decimal
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step from the value at full marks down to the expected value. amount : what it takes, negative or 0"""

    name: str
    amount: Decimal


def week_of(day: date) -> str:
    """The ISO week, "2026-W48"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(week: str) -> date:
    """First day of an ISO week. Raises ValueError for what is none."""
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def week_before(week: str) -> str:
    """The week before a week."""
    return week_of(monday_of(week) - timedelta(days=7))


def peer_percentiles(points: Mapping[int, float], peers: Mapping[int, Hashable]) -> dict[int, float]:
    """For every account of `peers` the share of its group that has fewer points; 0 for those without any.

    points : by account, 0 or more; accounts that are missing have 0
    peers : the group of each account

    >>> peer_percentiles({1: 5.0, 2: 1.0}, {1: "a", 2: "a", 3: "a", 4: "b"})
    {1: 0.6666666666666666, 2: 0.3333333333333333, 3: 0.0, 4: 0.0}
    """
    groups: defaultdict[Hashable, list[float]] = defaultdict(list)
    for account_id, group in peers.items():
        groups[group].append(points.get(account_id, 0.0))
    for found in groups.values():
        found.sort()
    return {
        account_id: bisect_left(groups[group], points.get(account_id, 0.0)) / len(groups[group])
        for account_id, group in peers.items()
    }


def intent_factor(percentile: float, shape: IntentShape, *, is_customer: bool = False) -> float:
    """The factor of a percentile (0 to 1) among the account's peers, 0 to 1, never falling."""
    level = shape.customers if is_customer else shape.others
    return level * (shape.floor + (1.0 - shape.floor) * float(percentile**shape.power))


def fit_shape(rows: Sequence[Seen]) -> IntentShape:
    """The shape that own history shows; the stated one below 60 openings.

    The rate of an account is taken as proportional to fit × factor, its scale fitted in the same breath. Floor and
    power come from a small grid, and only when they explain the history clearly better than the stated ones.
    """
    openings = sum(row.opened for row in rows)
    if openings < LEAST_OPENINGS:
        return IntentShape()
    customers, others = _levels(rows)
    prior = IntentShape(customers=customers, others=others)
    tried = [
        IntentShape(floor=floor, power=power, customers=customers, others=others, is_prior=False)
        for floor in FLOORS
        for power in POWERS
    ]
    likelihoods = {shape: _likelihood(rows, shape) for shape in tried}
    best = max(tried, key=lambda shape: (likelihoods[shape], shape.floor, -shape.power))
    return best if likelihoods[best] > _likelihood(rows, prior) + PRIOR_WEIGHT / 2 else prior


def _levels(rows: Sequence[Seen]) -> tuple[float, float]:
    """How often customers and others open deals, shrunk towards all; the greater is 1."""
    usual = sum(row.opened for row in rows) / len(rows)
    rates = []
    for group in (True, False):
        own = [row.opened for row in rows if row.is_customer is group]
        rates.append((sum(own) + PRIOR_OPENINGS) / (len(own) + PRIOR_OPENINGS / usual))
    return rates[0] / max(rates), rates[1] / max(rates)


def _likelihood(rows: Sequence[Seen], shape: IntentShape) -> float:
    """Profile log-likelihood of a Poisson rate proportional to fit × factor, up to a constant of the rows."""
    rates = [
        max(row.fit, LEAST_RATE) * intent_factor(row.percentile, shape, is_customer=row.is_customer) for row in rows
    ]
    scale = sum(row.opened for row in rows) / math.fsum(rates)
    return math.fsum(math.log(scale * rate) for rate, row in zip(rates, rows, strict=True) if row.opened)


def chance_of(history: OwnHistory, *, mean_marks: float) -> Chance:
    """Chance at full marks, so that the mean chance is what history shows; stated usual shares when it is too short.

    mean_marks : mean of fit × intent × capacity over all accounts that are not excluded; 0 gives chance 0

    The interval is that of the two counts behind it (relative variance 1/openings + (1 - win)/won of a product).
    """
    periods = history.weeks / HORIZON_WEEKS * history.accounts
    is_prior = history.openings < LEAST_OPENINGS or history.won < LEAST_WINS or periods <= 0
    opening = PRIOR_OPENING if is_prior else history.openings / periods
    win = PRIOR_WIN if is_prior else history.won / history.closed
    counted = (LEAST_OPENINGS, LEAST_WINS) if is_prior else (history.openings, history.won)
    spread = math.exp(Z80 * math.sqrt(1.0 / counted[0] + (1.0 - win) / counted[1]))
    chance = min(opening * win / mean_marks, 1.0) if mean_marks > 0 else 0.0
    return Chance(
        chance=chance, low=chance / spread, high=min(chance * spread, 1.0), opening=opening, win=win,
        mean_marks=mean_marks, is_prior=is_prior,
    )  # fmt: skip


def expected_value(marked: Marked, chance: float) -> Decimal:
    """Value if won × chance × fit × intent × capacity, to the cent; rises with each of them."""
    share = chance * marked.fit * marked.intent * marked.capacity
    return (marked.value * Decimal(repr(share))).quantize(CENT, ROUND_HALF_EVEN)


def place_all(accounts: Iterable[Marked], chance: Chance) -> list[Placed]:
    """Every account with its expected value, numbered from 1 within its owner's book; equals go by account id."""
    valued = [(one, expected_value(one, chance.chance)) for one in accounts]
    valued.sort(key=lambda pair: (-pair[1], -pair[0].fit * pair[0].intent, pair[0].account_id))
    places: defaultdict[int | None, int] = defaultdict(int)
    placed = []
    for one, value in valued:
        places[one.owner_id] += 1
        placed.append(
            Placed(
                marked=one,
                expected_value=value,
                low=expected_value(one, chance.low),
                high=expected_value(one, chance.high),
                place=places[one.owner_id],
            )
        )
    return placed


def steps_down(
    *, value: Decimal, chance: float, fit: float, intent: float, capacity: float, total: Decimal
) -> tuple[Decimal, tuple[Step, ...]]:
    """The value at full marks, and what fit, intent and capacity take from it in this order; together exactly `total`.

    The last cent of rounding is the last step's.
    """
    full = (value * Decimal(repr(chance))).quantize(CENT, ROUND_HALF_EVEN)
    at, steps = full, []
    for name, factor in (("Fit", fit), ("Intent", intent)):
        left = (at * Decimal(repr(factor))).quantize(CENT, ROUND_HALF_EVEN)
        steps.append(Step(name=name, amount=left - at))
        at = left
    steps.append(Step(name="Capacity", amount=total - at))
    return full, tuple(steps)
