"""Which tasks exist and when the periodic ones are due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.module_loading import autodiscover_modules

if TYPE_CHECKING:
    from tandem.core.jobs.progress import Progress

TaskFunction = Callable[[dict[str, Any], "Progress"], None]

DEFAULT_LEASE_SECONDS = 120.0
DEFAULT_MAX_TRIES = 5
# A task that hangs must not be kept alive by its heartbeat for ever.
DEFAULT_LONGEST_SECONDS = 4 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A registered function.

    lease_seconds : how long a worker may be silent before another one takes the job
    max_tries : after this many failed or broken-off tries the job is dead
    longest_seconds : the heartbeat stops extending the lease after this
    """

    name: str
    run: TaskFunction
    lease_seconds: float
    max_tries: int
    longest_seconds: float


class Schedule(Protocol):
    """When a periodic task is due."""

    def latest_slot(self, now: datetime) -> datetime:
        """The last slot at or before `now`, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Interval:
    """Every so many seconds, counted from the epoch, so that all workers agree on the slots."""

    seconds: int

    def latest_slot(self, now: datetime) -> datetime:
        """The last multiple of the interval."""
        epoch = int(now.timestamp())
        return datetime.fromtimestamp(epoch - epoch % self.seconds, UTC)


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a local time. A time the clocks skip happens at the moment they skip to."""

    at: time
    zone: str = "UTC"

    def latest_slot(self, now: datetime) -> datetime:
        """Today's slot if it has come, else yesterday's."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        slot = datetime.combine(today, self.at, zone).astimezone(UTC)
        if slot <= now:
            return slot
        return datetime.combine(today - timedelta(days=1), self.at, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week at a local time. `weekday`: 0 is Monday, 6 is Sunday."""

    weekday: int
    at: time
    zone: str = "UTC"

    def latest_slot(self, now: datetime) -> datetime:
        """This week's slot if it has come, else last week's."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        day = today - timedelta(days=(today.weekday() - self.weekday) % 7)
        slot = datetime.combine(day, self.at, zone).astimezone(UTC)
        return slot if slot <= now else datetime.combine(day - timedelta(days=7), self.at, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A task with a schedule. A slot missed by more than `late_by` is left out; several missed ones run once."""

    name: str
    task: str
    schedule: Schedule
    payload: Mapping[str, Any] = field(default_factory=dict)
    late_by: timedelta = timedelta(hours=6)

    def due_slot(self, now: datetime) -> datetime | None:
        """The slot to run now, or None when it is too late for it."""
        slot = self.schedule.latest_slot(now)
        return slot if now - slot <= self.late_by else None


_tasks: dict[str, Task] = {}
_periodic: dict[str, Periodic] = {}
_is_discovered = False


def task(
    name: str,
    *,
    lease_seconds: float = DEFAULT_LEASE_SECONDS,
    max_tries: int = DEFAULT_MAX_TRIES,
    longest_seconds: float = DEFAULT_LONGEST_SECONDS,
) -> Callable[[TaskFunction], TaskFunction]:
    """Register a function `(payload, progress) -> None` under "room.verb"."""

    def register(run: TaskFunction) -> TaskFunction:
        present = _tasks.get(name)
        if present is not None and present.run.__qualname__ != run.__qualname__:
            raise ValueError(f"Task {name!r} is registered already, by {present.run.__qualname__}")
        _tasks[name] = Task(
            name=name, run=run, lease_seconds=lease_seconds, max_tries=max_tries, longest_seconds=longest_seconds
        )
        return run

    return register


def every(
    name: str,
    task_name: str,
    schedule: Schedule,
    *,
    payload: Mapping[str, Any] | None = None,
    late_by: timedelta = timedelta(hours=6),
) -> Periodic:
    """Have workers enqueue a task once per slot of the schedule, however many workers there are."""
    _periodic[name] = Periodic(
        name=name, task=task_name, schedule=schedule, payload=dict(payload or {}), late_by=late_by
    )
    return _periodic[name]


def discover() -> None:
    """Import every room's `jobs` module, once, so that all tasks and steps are registered."""
    global _is_discovered  # noqa: PLW0603  imports are done once per process
    if not _is_discovered:
        _is_discovered = True
        import_module("tandem.core.nightly")
        autodiscover_modules("jobs")


def list_tasks() -> Mapping[str, Task]:
    """All registered tasks by name."""
    discover()
    return _tasks


def get_task(name: str) -> Task:
    """A registered task; a name nobody registered is a mistake in the code."""
    if name not in list_tasks():
        raise LookupError(f"No task {name!r} is registered; known: {', '.join(sorted(_tasks))}")
    return _tasks[name]


def list_periodic() -> tuple[Periodic, ...]:
    """All periodic tasks, by name."""
    discover()
    return tuple(_periodic[name] for name in sorted(_periodic))
