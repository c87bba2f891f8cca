"""How much a new sender may send on a day: a ramp of at least four weeks on mail to real recipients.

The volume grows by the same factor every working day, from a handful to the full volume, over 20 working days: four
weeks. A step is only climbed by a day on which real mail left, and it is lost again by days on which none did. Google
asks to "slowly increase the volume", warns that doubling it at once lowers a sender's standing, and asks to keep a
steady rate (Email sender guidelines, support.google.com/a/answer/81126); M3AAWG's Sender Best Common Practices say the
same. How steep the curve is, nobody publishes: the factor here follows from the two ends and the four weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

SHORTEST_DAYS = 28  # calendar days from the first, however fast the steps are climbed
STEPS = 20  # working days in four weeks
FIRST_OF_DOMAIN, FIRST_OF_MAILBOX = 10, 5  # messages on the first day: what a person writes by hand
USED_SHARE = 0.5  # of the day's plan that must have left, before the day counts as a step
IDLE_DAYS_FREE = 2  # working days without mail that cost nothing: a bridge day, a sick day
JUMP = 1.5  # times the largest of the days that mail left on lately; Google names doubling as too much
JUMP_DAYS = 10
LOOK_BACK_DAYS = 120  # days of counts that are needed: long enough to climb the whole ramp again
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A ramp's two ends and its first day.

    first, full : messages on the first day, and once it is over; a full volume below the first is the volume at once
    started_on : None: not begun, nothing leaves
    """

    first: int
    full: int
    started_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RampDay:
    """What the ramp allows on one day.

    limit : messages, 0 to the full volume
    step : working days climbed, 0 to 20
    plan : what the curve gives for the step, before a jump is held back
    is_over : the full volume has been reached, and 28 days have passed
    why : what holds it below the plan or keeps it at nothing; empty: nothing does
    """

    limit: int
    step: int
    plan: int
    is_over: bool
    why: str = ""


def is_weekend(day: date) -> bool:
    """Saturday or Sunday."""
    return day.weekday() >= SATURDAY


def planned(ramp: Ramp, step: int) -> int:
    """Messages the curve gives for a step: geometric from `first` (step 0) to `full` (step 20).

    >>> [planned(Ramp(first=10, full=400, started_on=None), step) for step in (0, 5, 10, 15, 20)]
    [10, 25, 63, 159, 400]
    """
    if ramp.full <= ramp.first or step >= STEPS:
        return ramp.full
    return min(ramp.full, int(ramp.first * (ramp.full / ramp.first) ** (max(step, 0) / STEPS)))


def allowed(ramp: Ramp, sent: Mapping[date, int], *, today: date) -> RampDay:
    """What may leave today, all of today's mail counted.

    Parameters
    ----------
    sent : mapping of day to messages
        Real mail of the days before today, at least of the last 120 days; a day that is missing had none. What left
        today does not matter.
    today : date
        Of the company.

    Returns
    -------
    RampDay
        Never more than the curve gives for the working days since the start, never more than one and a half times
        the largest of the last ten days with mail, 0 on weekends until the ramp is over.
    """
    if ramp.started_on is None:
        return RampDay(limit=0, step=0, plan=0, is_over=False, why="The ramp has not been started.")
    if today < ramp.started_on:
        told = f"The ramp starts on {ramp.started_on:%d %b %Y}."
        return RampDay(limit=0, step=0, plan=0, is_over=False, why=told)
    step = climbed(ramp, sent, today=today)
    is_over = step >= STEPS and today >= ramp.started_on + timedelta(days=SHORTEST_DAYS)
    plan = planned(ramp, step if is_over else min(step, STEPS - 1))
    if is_weekend(today) and not is_over:
        return RampDay(limit=0, step=step, plan=plan, is_over=False, why="Nothing leaves on weekends during the ramp.")
    most = _without_a_jump(ramp, sent, today)
    if most < plan:
        told = f"At most {JUMP:g} times what left on the fullest of the last days."
        return RampDay(limit=most, step=step, plan=plan, is_over=is_over, why=told)
    return RampDay(limit=plan, step=step, plan=plan, is_over=is_over)


def climbed(ramp: Ramp, sent: Mapping[date, int], *, today: date) -> int:
    """Steps climbed before today: one for each working day with half of its plan sent, one lost for each idle day.

    The first two idle days of a gap are free. Days with less than half of the plan hold the step.
    """
    if ramp.started_on is None:
        return 0
    step, idle = 0, 0
    day = max(ramp.started_on, today - timedelta(days=LOOK_BACK_DAYS))
    while day < today:
        if not is_weekend(day):
            left = sent.get(day, 0)
            idle = 0 if left else idle + 1
            if left and left >= USED_SHARE * planned(ramp, step):
                step = min(STEPS, step + 1)
            elif idle > IDLE_DAYS_FREE:
                step = max(0, step - 1)
        day += timedelta(days=1)
    return step


def _without_a_jump(ramp: Ramp, sent: Mapping[date, int], today: date) -> int:
    """The most that is no jump from what left lately; the first day's volume is never one."""
    days = sorted((day for day, left in sent.items() if left and day < today), reverse=True)[:JUMP_DAYS]
    most = max((sent[day] for day in days), default=0)
    return min(ramp.full, max(ramp.first, ceil(JUMP * most)))


def schedule(ramp: Ramp) -> tuple[tuple[date, int], ...]:
    """The days of a ramp that is used as planned, with the volume of each; empty when it has not been started."""
    if ramp.started_on is None:
        return ()
    days = [ramp.started_on + timedelta(days=number) for number in range(SHORTEST_DAYS + 1)]
    told: list[tuple[date, int]] = []
    step = 0
    for day in days:
        if is_weekend(day):
            told.append((day, 0))
            continue
        told.append((day, planned(ramp, step if day == days[-1] else min(step, STEPS - 1))))
        step += 1
    return tuple(told)
