"""The pipeline's rules: its stages, how good a rationale is, how many accounts a run may bring, and who finds no room.

Quality before volume: a run brings at most its allowance, the best reasoned first, and none below a floor. The next
allowance grows by a quarter only when the last run's rationales held their quality, and shrinks when they did not.
No owner gets more than there is room for: the weakest wait, so that the strong ones are worked on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean


class Stage(StrEnum):
    """In this order."""

    DEDUPLICATE = "deduplicate"
    EXCLUDE = "exclude"
    ENRICH = "enrich"
    SCORE = "score"
    RESEARCH = "research"
    STAKEHOLDERS = "stakeholders"
    CONTACTS = "contacts"
    VERIFY = "verify"
    GATE = "gate"
    INTAKE = "intake"

    @property
    def following(self) -> Stage | None:
        """The stage after it; None after the last."""
        order = list(Stage)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None


TITLES = {
    Stage.DEDUPLICATE: "De-duplicate",
    Stage.EXCLUDE: "Exclude",
    Stage.ENRICH: "Enrich",
    Stage.SCORE: "Score",
    Stage.RESEARCH: "Research and rationale",
    Stage.STAKEHOLDERS: "Stakeholders",
    Stage.CONTACTS: "Two sources a contact",
    Stage.VERIFY: "Verify addresses",
    Stage.GATE: "Rules of contact",
    Stage.INTAKE: "Room with the owner",
}
FIRST_ALLOWANCE, LEAST_ALLOWANCE, MOST_ALLOWANCE = 200, 25, 1_000
GROWTH, SHRINKING = 1.25, 0.8
QUALITY_HELD, QUALITY_LOST = 0.6, 0.5  # mean quality of what a run brought
ENOUGH_TO_JUDGE = 20  # accounts; fewer say nothing about a run's quality
QUALITY_FLOOR = 0.4
HALF_LIFE_DAYS = 60.0  # of what a rationale rests on: two months later half of it is old news
SIGNALS_ENOUGH, KINDS_ENOUGH = 3, 2
WEIGHTS = {"support": 0.35, "freshness": 0.25, "variety": 0.15, "fit": 0.25}
PLACES_A_WEEK = 25  # new accounts that an owner with an empty desk takes up in a week: five a working day
UNKNOWN_CAPACITY = 0.5


def quality_of(*, signals: int, kinds: int, newest_age_days: float | None, fit: float) -> float:
    """How good a rationale is, 0 to 1, by what it rests on: never by how it sounds.

    A weighted checklist as the fit is: how many signals it cites, how fresh the newest is, of how many kinds, and how
    well the account fits.

    signals, kinds : cited, each once; newest_age_days : None when none has a day; fit : 0 to 1
    """
    freshness = 0.0 if newest_age_days is None else 2.0 ** -(max(newest_age_days, 0.0) / HALF_LIFE_DAYS)
    shares = {
        "support": min(signals / SIGNALS_ENOUGH, 1.0),
        "freshness": freshness,
        "variety": min(kinds / KINDS_ENOUGH, 1.0),
        "fit": min(max(fit, 0.0), 1.0),
    }
    return sum(weight * shares[name] for name, weight in WEIGHTS.items())


def next_allowance(last: int | None, qualities: Sequence[float]) -> int:
    """How many accounts the next run may bring.

    last : allowance of the run before; None: there was none
    qualities : of the accounts that it brought
    """
    if last is None:
        return FIRST_ALLOWANCE
    if len(qualities) < ENOUGH_TO_JUDGE:
        return last
    mean = fmean(qualities)
    factor = GROWTH if mean >= QUALITY_HELD else SHRINKING if mean < QUALITY_LOST else 1.0
    return min(max(round(last * factor), LEAST_ALLOWANCE), MOST_ALLOWANCE)


def room_of(capacity: float | None, waiting: int) -> int:
    """How many more accounts an owner may get this week.

    capacity : 0 to 1; None: not known, then half is assumed
    waiting : accounts of theirs that are ready and not taken, or were taken within a week
    """
    free = UNKNOWN_CAPACITY if capacity is None else capacity
    return max(int(free * PLACES_A_WEEK) - waiting, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An account that passed every stage before. owner_id None: nobody's, for whom no room is counted"""

    key: int
    owner_id: int | None
    quality: float
    expected_value: float


def admit(candidates: Sequence[Candidate], *, allowance: int, room: Mapping[int, int]) -> dict[int, str]:
    """For each candidate why it has to wait; empty: it is let in. The best reasoned go first.

    allowance : places left of the run
    room : places left by owner; an owner who is not in it has no bound
    """
    left, free = allowance, dict(room)
    answers: dict[int, str] = {}
    weakest = 0.0
    for one in sorted(candidates, key=lambda each: (-each.quality, -each.expected_value, each.key)):
        if one.quality < QUALITY_FLOOR:
            answers[one.key] = f"Its rationale has quality {one.quality:.2f}; {QUALITY_FLOOR:.2f} is the least."
        elif left <= 0:
            answers[one.key] = (
                f"The run's {allowance:,} places went to better reasoned ones ({weakest:.2f} and more; this has "
                f"{one.quality:.2f})."
            )
        elif one.owner_id in free and free[one.owner_id] <= 0:
            answers[one.key] = "Its owner has no room for more this week; stronger ones came first."
        else:
            answers[one.key], left, weakest = "", left - 1, one.quality
            if one.owner_id in free:
                free[one.owner_id] -= 1
    return answers
