"""The nightly run: named steps in the order of their needs, resumable, each one a job row with its state and duration.

A room registers its steps in its `jobs` module. A step is done at most once per day unless somebody asks for it again;
when one fails, those that need it are left out and the others go on.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tandem.core import clock, ledger
from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import AppError, InvalidInput
from tandem.core.jobs import Daily, LeaseLost, Progress, every, task
from tandem.core.jobs.registry import discover, get_task
from tandem.core.jobs.rows import Claim, fail
from tandem.core.models import Job, JobState

log = logging.getLogger("tandem.nightly")

STEP_TASK = "core.run_nightly_step"
NIGHT_TASK = "core.run_nightly"
STARTS_AT = time(2, 0)
ROWS_OF_A_NIGHT = 100

Reporter = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a step is told: the day it works for and on whose behalf."""

    day: date
    actor: Actor


StepFunction = Callable[[Night, Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A registered step. `after` names the steps that must be done before it."""

    name: str
    title: str
    after: tuple[str, ...]
    run: StepFunction


class StepState(StrEnum):
    """Waiting: not begun. Running: held by some process. Skipped: a step it needs is not done."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRun:
    """How a step of one night went. `seconds` is 0 while it has not ended; `error` is empty unless it failed."""

    name: str
    title: str
    state: StepState
    seconds: float = 0.0
    error: str = ""
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRun:
    """One night, its steps in running order. `finished_at` is the last step's end; None: none has ended."""

    day: date
    steps: tuple[StepRun, ...]

    @property
    def succeeded(self) -> bool:
        """Whether no step failed or was left out."""
        return not any(step.state in {StepState.FAILED, StepState.SKIPPED} for step in self.steps)

    @property
    def finished_at(self) -> datetime | None:
        """When the last of the steps ended."""
        return max((step.finished_at for step in self.steps if step.finished_at), default=None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        rows = [asdict(step) for step in self.steps]
        for row in rows:
            row["finished_at"] = row["finished_at"] and row["finished_at"].isoformat()
        return {"day": self.day.isoformat(), "succeeded": self.succeeded, "steps": rows}


_steps: dict[str, Step] = {}


def step(name: str, *, title: str, after: Sequence[str] = ()) -> Callable[[StepFunction], StepFunction]:
    """Register `(night, progress) -> None` under "room.verb".

    title : sentence-case text for pages, e.g. "Bring in new rows"
    after : names of steps that must be done before; other rooms' steps may be named
    """

    def register(run: StepFunction) -> StepFunction:
        _steps[name] = Step(name=name, title=title, after=tuple(after), run=run)
        return run

    return register


def steps() -> tuple[Step, ...]:
    """All steps in running order: needs first, else in the order of registration."""
    discover()
    for known in _steps.values():
        missing = [name for name in known.after if name not in _steps]
        if missing:
            raise LookupError(f"Step {known.name!r} comes after {missing[0]!r}, which nobody registered")
    sorter = TopologicalSorter({known.name: known.after for known in _steps.values()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise LookupError(f"Steps wait for each other: {' > '.join(error.args[1])}") from error
    place = {name: at for at, name in enumerate(_steps)}
    ordered: list[str] = []
    ready = list(sorter.get_ready())
    while ready:
        ready.sort(key=place.__getitem__)
        ordered.append(ready.pop(0))
        sorter.done(ordered[-1])
        ready += sorter.get_ready()
    return tuple(_steps[name] for name in ordered)


def today(now: datetime) -> date:
    """The company's day at a moment: which night a run started now belongs to."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def run(
    day: date,
    *,
    actor: Actor,
    from_step: str | None = None,
    only: str | None = None,
    progress: Reporter | None = None,
) -> NightRun:
    """Run what is not done yet of a night; returns how each step stands.

    from_step : do this step and all after it again, also if done
    only : do this step alone, also if done, without asking for the steps it needs
    progress : told (steps done, steps in all, what happens now)

    Raises InvalidInput for a step nobody registered.
    """
    ordered = steps()
    names = [known.name for known in ordered]
    for asked in filter(None, (from_step, only)):
        if asked not in names:
            raise InvalidInput(f"There is no step {asked!r}.", hint=f"Steps: {', '.join(names)}.", code="nightly.step")
    chosen = [known for known in ordered if only in (None, known.name)]
    again = set(names[names.index(from_step) :]) if from_step else {only}
    night = Night(day=day, actor=actor)
    ended: dict[str, StepRun] = {}
    for at, known in enumerate(chosen):
        blocked = [name for name in known.after if name in ended and ended[name].state != StepState.DONE]
        if blocked:
            told = f"{ended[blocked[0]].title}: {ended[blocked[0]].state}."
            ended[known.name] = StepRun(name=known.name, title=known.title, state=StepState.SKIPPED, error=told)
            continue
        listener = _listener(progress, at, len(chosen), known.title)
        ended[known.name] = _run_step(known, night, listener, is_again=known.name in again)
    if progress is not None:
        progress(len(chosen), len(chosen), "")
    by_state = {
        state.value: [one.name for one in ended.values() if one.state is state]
        for state in (StepState.DONE, StepState.FAILED, StepState.SKIPPED)
    }
    ledger.append(actor, "core.nightly_ran", subject=f"night:{day}", **by_state)
    return NightRun(day=day, steps=tuple(ended.values()))


def _listener(progress: Reporter | None, at: int, total: int, title: str) -> Reporter | None:
    if progress is None:
        return None
    outer = progress
    outer(at, total, title)
    return lambda done, of, note: outer(at, total, f"{title}: {note or done}")


def _run_step(known: Step, night: Night, listener: Reporter | None, *, is_again: bool) -> StepRun:
    claim = _claim(known, night.day, clock.now(), is_again=is_again)
    if claim is not None:
        _work(known, night, Progress(claim, listener=listener))
    return _stands(known, _rows_of(night.day).get(known.name))


def _work(known: Step, night: Night, progress: Progress) -> None:
    """Run one claimed step and record how it ended."""
    try:
        with progress.heartbeat():
            known.run(night, progress)
        progress.finish()
    except LeaseLost:
        log.warning("Step %s was taken over by another process", known.name)
    except AppError as error:
        told = " ".join(filter(None, (error.message, error.hint)))
        fail(progress.claim, told, clock.now(), is_final=True)
    except Exception as error:
        # One step's defect must not stop the rest of the night.
        log.exception("Step %s failed", known.name)
        fail(progress.claim, f"{type(error).__name__}: {error}", clock.now(), is_final=True)


def _key(day: date, name: str) -> str:
    return f"nightly:{day.isoformat()}:{name}"


def _claim(known: Step, day: date, now: datetime, *, is_again: bool) -> Claim | None:
    """Take the step's row, making it if there is none; None when it is done, or held by another process."""
    what = get_task(STEP_TASK)
    payload = {"day": day.isoformat(), "step": known.name}
    claim = Claim(
        job_id=0,
        token=secrets.token_hex(16),
        task=what,
        payload=payload,
        tries=1,
        max_tries=what.max_tries,
        until=now + timedelta(seconds=what.lease_seconds),
    )
    key = _key(day, known.name)
    row = Job(
        task=STEP_TASK, payload=payload, unique_key=key, next_due_at=now, created_at=now, max_tries=what.max_tries
    )
    free = Q(state=JobState.DEAD) | Q(state=JobState.WAITING, next_due_at__lte=now)
    if is_again:
        free |= Q(state=JobState.DONE)
    with transaction.atomic():
        Job.objects.bulk_create([row], ignore_conflicts=True)
        taken = Job.objects.filter(free, unique_key=key).update(
            state=JobState.WAITING,
            claim=claim.token,
            claimed_at=now,
            next_due_at=claim.until,
            tries=1,
            finished_at=None,
            error="",
            progress_done=0,
            progress_total=None,
            progress_note="",
        )
        if not taken:
            return None
        job_id = Job.objects.values_list("id", flat=True).get(unique_key=key)
    return Claim(
        job_id=job_id,
        token=claim.token,
        task=what,
        payload=payload,
        tries=1,
        max_tries=what.max_tries,
        until=claim.until,
    )


def _rows_of(day: date) -> dict[str, Job]:
    prefix = _key(day, "")
    found = Job.objects.filter(task=STEP_TASK, unique_key__startswith=prefix)
    return {str(job.unique_key).removeprefix(prefix): job for job in found}


def _stands(known: Step, job: Job | None) -> StepRun:
    """How a step stands by its row."""
    if job is None:
        return StepRun(name=known.name, title=known.title, state=StepState.WAITING)
    is_held = job.claim is not None and job.next_due_at is not None and job.next_due_at > clock.now()
    state = {
        JobState.DONE: StepState.DONE,
        JobState.DEAD: StepState.FAILED,
        JobState.WAITING: StepState.RUNNING if is_held else StepState.WAITING,
    }[JobState(job.state)]
    took = (job.finished_at - job.claimed_at).total_seconds() if job.finished_at and job.claimed_at else 0.0
    return StepRun(
        name=known.name,
        title=known.title,
        state=state,
        seconds=took,
        error=job.error if state is StepState.FAILED else "",
        finished_at=job.finished_at,
    )


def last_run() -> NightRun | None:
    """The night begun last, as it stands now; None when there has been none. One query."""
    recent = list(Job.objects.filter(task=STEP_TASK).order_by("-id")[:ROWS_OF_A_NIGHT])
    if not recent:
        return None
    day = date.fromisoformat(recent[0].payload["day"])
    by_name: Mapping[str, Job] = {
        job.payload["step"]: job for job in recent if job.payload["day"] == recent[0].payload["day"]
    }
    runs: dict[str, StepRun] = {}
    for known in steps():
        stands = _stands(known, by_name.get(known.name))
        broken = [name for name in known.after if runs[name].state in {StepState.FAILED, StepState.SKIPPED}]
        if stands.state is StepState.WAITING and broken:
            told = f"{runs[broken[0]].title}: {runs[broken[0]].state}."
            stands = StepRun(name=known.name, title=known.title, state=StepState.SKIPPED, error=told)
        runs[known.name] = stands
    return NightRun(day=day, steps=tuple(runs.values()))


@task(STEP_TASK)
def run_step_again(payload: dict[str, Any], progress: Progress) -> None:
    """A step whose process died, or that a person asked for again on the jobs page."""
    known = {one.name: one for one in steps()}[payload["step"]]
    known.run(Night(day=date.fromisoformat(payload["day"]), actor=built_in_agent("nightly")), progress)


@task(NIGHT_TASK)
def run_nightly(payload: dict[str, Any], progress: Progress) -> None:
    """Tonight, from the worker. After a crash it goes on with the first step that is not done."""
    day = today(datetime.fromisoformat(payload["slot"]))
    run(day, actor=built_in_agent("nightly"), progress=progress)


every(NIGHT_TASK, NIGHT_TASK, Daily(STARTS_AT, settings.TIME_ZONE))
