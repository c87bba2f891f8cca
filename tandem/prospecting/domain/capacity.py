"""How much room an owner has for one more account: present load against what is usual, for them and for the team.

Load is counted in four ways: open deals, touches of two weeks, meetings of two weeks, replies that wait for an answer.
Each is compared with the mean of the owner's own usual number (the twelve weeks before) and the team's usual number, so
that somebody who always works twice as much as others is not called free, nor swamped, for that alone. Relative load is
the weighted mean of the four ratios; a reply that waits weighs most of all for its size, because it is due today.

    capacity = 2 ^ -(load / 2)²        1: nothing to do; 0.84: the usual load; 0.5: twice the usual load

The square keeps the curve flat around an empty desk and steep where people begin to drop things, as in queues whose
waiting time grows slowly first and fast near full use (Hopp & Spearman, Factory Physics, ch. 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

WEIGHTS = {"open_deals": 0.35, "touches": 0.25, "meetings": 0.25, "unanswered": 0.15}
LEAST_USUAL = 1.0  # of anything: without it the first deal of a new seller would be an endless load
MOST_RATIO = 4.0  # one count far out must not hide the others
FULL_LOAD = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one owner has on the desk.

    open_deals, unanswered : at the moment; touches, meetings : in the last two weeks
    usual_deals, usual_touches, usual_meetings, usual_unanswered : the same numbers as the owner's twelve weeks before
        had them on average; None: not known (they are new)
    """

    open_deals: float
    touches: float
    meetings: float
    unanswered: float
    usual_deals: float | None = None
    usual_touches: float | None = None
    usual_meetings: float | None = None
    usual_unanswered: float | None = None

    def usual(self, name: str) -> float | None:
        """The usual number beside one of the four."""
        found: float | None = getattr(self, "usual_" + name.removeprefix("open_"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Room for one more account.

    capacity : 0 to 1; 1 is free
    load : relative; 1 is usual
    ratios : of each count to what is usual
    is_away : known to be off: capacity 0
    """

    capacity: float
    load: float
    ratios: Mapping[str, float]
    counts: Mapping[str, Any]
    is_away: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def capacities(loads: Mapping[int, Load], *, away: frozenset[int] = frozenset()) -> dict[int, Capacity]:
    """Capacity of every owner. Falls as any of the owner's four counts rises.

    away : owners who are off, as far as known
    """
    team = {name: fmean([_number(load, name) for load in loads.values()]) if loads else 0.0 for name in WEIGHTS}
    return {
        owner: capacity_of(load, team=team, is_away=owner in away)
        for owner, load in loads.items()
    }  # fmt: skip


def capacity_of(load: Load, *, team: Mapping[str, float], is_away: bool = False) -> Capacity:
    """Capacity of one owner against the team's usual numbers by name of count."""
    ratios = {}
    for name in WEIGHTS:
        own = load.usual(name)
        usual = team[name] if own is None else (own + team[name]) / 2
        ratios[name] = min(_number(load, name) / max(usual, LEAST_USUAL), MOST_RATIO)
    relative = sum(weight * ratios[name] for name, weight in WEIGHTS.items())
    free = 0.0 if is_away else 2.0 ** -((relative / FULL_LOAD) ** 2)
    return Capacity(capacity=free, load=relative, ratios=ratios, counts=asdict(load), is_away=is_away)


def _number(load: Load, name: str) -> float:
    found: float = getattr(load, name)
    return found


def nobody(known: Mapping[int, Capacity]) -> Capacity:
    """Capacity for accounts that nobody owns: the team's mean, since anybody may take them; full when there is none."""
    mean = fmean([one.capacity for one in known.values()]) if known else 1.0
    return Capacity(capacity=mean, load=0.0, ratios={}, counts={})
