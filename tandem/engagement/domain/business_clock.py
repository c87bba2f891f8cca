"""The clock of a reply: business minutes of the team that answers, from arrival until a person takes it. Pure.

Open time is `core.calendar`'s: several spans a day, public holidays, days off, exact when clocks change. The clock
stops when a person takes the message or it is answered, whichever comes first, and never runs again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median

from tandem.core.calendar import BusinessCalendar

MINUTES = 30  # a substantial reply is with a person within half a business hour
UNHURRIED_MINUTES = 480  # nobody waits for an answer: a working day
ESCALATE_AFTER = 20  # of these, so that a manager has ten left


class ClockState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    ESCALATED = "escalated"
    LATE = "late"
    STOPPED = "stopped"
    STOPPED_LATE = "stopped_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When the manager is told, and when it is late."""

    escalate_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Clocks of a period.

    started : messages that needed a person; stopped : of these, taken or answered
    median_minutes : business minutes until the clock stopped, of those stopped; None: none did
    late : stopped after the deadline, or running behind it
    escalated : a manager was told before it was late
    """

    started: int
    stopped: int
    median_minutes: float | None
    late: int
    escalated: int


def due_after(start: datetime, minutes: float, calendar: BusinessCalendar) -> datetime:
    """The moment at which so many business minutes have passed since `start`, UTC.

    Raises ValueError for less than 0, InvalidInput when the calendar does not open for a year.
    """
    return calendar.add_business_time(start, minutes)


def deadline_of(start: datetime, calendar: BusinessCalendar, *, minutes: float = MINUTES) -> Deadline:
    """Both moments of a message that came in at `start`; the manager hears of it at two thirds of the time."""
    return Deadline(
        escalate_at=due_after(start, minutes * ESCALATE_AFTER / MINUTES, calendar),
        due_at=due_after(start, minutes, calendar),
    )


def minutes_used(start: datetime, stop: datetime, calendar: BusinessCalendar) -> float:
    """Business minutes from arrival until the clock stopped; 0 when it was taken outside of business hours."""
    return calendar.business_minutes_between(start, stop)


def state_of(deadline: Deadline, *, stopped_at: datetime | None, now: datetime) -> ClockState:
    """How a clock stands. The very moment of the deadline is still in time."""
    if stopped_at is not None:
        return ClockState.STOPPED_LATE if stopped_at > deadline.due_at else ClockState.STOPPED
    if now > deadline.due_at:
        return ClockState.LATE
    return ClockState.ESCALATED if now >= deadline.escalate_at else ClockState.RUNNING


def measured(used: Sequence[float], *, started: int, late: int, escalated: int) -> Measured:
    """Clocks of a period added up. used : business minutes of those that stopped"""
    return Measured(
        started=started, stopped=len(used), median_minutes=median(used) if used else None, late=late,
        escalated=escalated,
    )  # fmt: skip
