"""Runs of the pipeline: begin one, carry it on stage by stage, try rows again, stop it.

A stage works on a stretch of accounts outside of any transaction; what it found is written together with the rows' next
stage, and only while the job is this worker's. A worker that dies loses at most one stretch: it is done again, and what
it had asked of providers and models is kept by question, so that nothing is paid for twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from tandem.access.actions import require
from tandem.access.queries import actor_of_person, get_agent
from tandem.core import bulk, clock, ledger
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import AppError, Conflict, InvalidInput, NotAllowed, NotFound
from tandem.core.jobs import Progress, enqueue
from tandem.core.jobs.reads import JobStatus, get_job
from tandem.core.jobs.registry import get_task
from tandem.core.jobs.rows import claim_next, fail
from tandem.prospecting.actions import stages
from tandem.prospecting.actions.stages import Outcome, Work
from tandem.prospecting.domain.pipeline import TITLES, Stage, next_allowance
from tandem.prospecting.models import (
    EntryState,
    ListEntry,
    PipelineRow,
    PipelineRun,
    RowState,
    RunPhase,
)
from tandem.prospecting.queries.lists import get_list, lists_in_sight
from tandem.prospecting.queries.runs import get_run

TASK = "prospecting.run_pipeline"
ROWS_AT_ONCE = 200
ENTRY_OF = {
    RowState.EXCLUDED: EntryState.EXCLUDED,
    RowState.PASSED: EntryState.PASSED,
    RowState.HELD: EntryState.HELD,
    RowState.DEFERRED: EntryState.DEFERRED,
    RowState.READY: EntryState.READY,
}
AGAIN = (RowState.FAILED, RowState.HELD, RowState.DEFERRED)

Fence = Callable[[], AbstractContextManager[None]]
Reporter = Callable[[int, int | None, str], None]


def _no_report(done: int, total: int | None, note: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """How a run writes and tells: by the job that carries it.

    fence : opens a transaction that commits only while the job is ours
    clock : what time it is when the run ends; None: the moment it was carried on at
    """

    fence: Fence = transaction.atomic
    tell: Reporter = _no_report
    clock: Callable[[], datetime] | None = None


def start_run(list_id: int, *, actor: Actor, now: datetime) -> int:
    """Begin a run over all accounts of a list's newest version that engagement has not taken; returns its id.

    Raises NotAllowed, NotFound, InvalidInput for a list with nothing to do, Conflict while another run goes on.
    """
    require(actor, "prospect.edit")
    head = get_list(actor, list_id)
    if not lists_in_sight(actor, "edit").filter(id=list_id).exists():
        raise Conflict("This list is somebody else's.", hint="Ask them, or make one of your own.")
    entries = ListEntry.objects.filter(prospect_list_id=list_id, removed_in=None, taken_at=None)
    pairs = list(entries.order_by("id").values_list("id", "account_id"))
    if not pairs:
        raise InvalidInput("There is nothing to do on this list.", hint="Put accounts on it first.", code="run.empty")
    try:
        with transaction.atomic():
            run = PipelineRun.objects.create(
                prospect_list_id=list_id, list_version=head.version, started_by=_told(actor),
                started_by_name=actor.name, allowance=_allowance(list_id), started_at=now,
            )  # fmt: skip
            rows = [(run.id, account_id, entry_id, Stage.DEDUPLICATE.value, now) for entry_id, account_id in pairs]
            bulk.upsert(
                PipelineRow, ("run_id", "account_id", "entry_id", "stage", "updated_at"), rows, conflict=(), update=None
            )  # fmt: skip
            job_id = enqueue(TASK, {"run": run.id}, unique_key=f"{TASK}:{run.id}")
            PipelineRun.objects.filter(id=run.id).update(job_id=job_id)
            ledger.append(actor, "prospecting.run_started", subject=f"run:{run.id}", list=list_id, accounts=len(rows))
    except IntegrityError as error:
        raise Conflict("A run over this list goes on.", hint="Open it, and stop it if it should not.") from error
    return run.id


def _allowance(list_id: int) -> int:
    """By the last run of this list that came to an end and what it brought."""
    last = PipelineRun.objects.filter(prospect_list_id=list_id, phase=RunPhase.DONE).order_by("-id").first()
    if last is None:
        return next_allowance(None, [])
    ready = PipelineRow.objects.filter(run=last, state=RowState.READY).values_list("facts__quality", flat=True)
    return next_allowance(last.allowance, [float(one) for one in ready if one is not None])


def carry_on(run_id: int, *, now: datetime, carrier: Carrier | None = None) -> None:
    """Take a run from where it stands to its end. Safe to call again after a crash.

    Raises LeaseLost when the fence finds that another worker has the job, NotAllowed when whoever started it may no
    longer; the run is stopped then.
    """
    run = PipelineRun.objects.filter(id=run_id, phase=RunPhase.RUNNING).first()
    if run is None:
        return
    way = carrier or Carrier()
    actor = _actor(run, now, way)
    for stage in Stage:
        if not _do_stage(run, stage, actor=actor, now=now, way=way):
            return
    with way.fence():
        ended = PipelineRun.objects.filter(id=run_id, phase=RunPhase.RUNNING)
        if ended.update(phase=RunPhase.DONE, finished_at=way.clock() if way.clock else now):
            ready = PipelineRow.objects.filter(run_id=run_id, state=RowState.READY).count()
            ledger.append(actor, "prospecting.run_done", subject=f"run:{run_id}", ready=ready)


def carry_here(run_id: int, *, tell: Reporter) -> None:
    """Have a run's job done by this process, as a worker would, with the same lease and fence; runs that are due
    before it come first.

    Raises Conflict when a worker holds it, and whatever broke the run off, which its job then says too.
    """
    known = {TASK: get_task(TASK)}
    _wake(PipelineRun.objects.get(id=run_id), clock.now())
    while PipelineRun.objects.filter(id=run_id, phase=RunPhase.RUNNING).exists():
        claim = claim_next(known, clock.now())
        if claim is None:
            raise Conflict("A worker carries this run already.", hint=f"Watch it on /prospecting/runs/{run_id}.")
        progress = Progress(claim, listener=tell)
        carrier = Carrier(fence=progress.fenced_write, tell=progress, clock=clock.now)
        try:
            with progress.heartbeat():
                carry_on(int(claim.payload["run"]), now=clock.now(), carrier=carrier)
        except AppError as error:
            fail(claim, error.message, clock.now(), is_final=not error.retryable)
            raise
        progress.finish()


def _do_stage(run: PipelineRun, stage: Stage, *, actor: Actor, now: datetime, way: Carrier) -> bool:
    """All rows that stand before a stage, a stretch at a time; False: the run was stopped meanwhile."""
    rows = PipelineRow.objects.filter(run=run, stage=stage.value, state=RowState.MOVING)
    total = PipelineRow.objects.filter(run=run).count()
    # Who finds room can only be said of all together.
    stretch = total if stage is Stage.INTAKE else ROWS_AT_ONCE
    while some := list(rows.order_by("id")[:stretch]):
        if not PipelineRun.objects.filter(id=run.id, phase=RunPhase.RUNNING).exists():
            return False
        ended = PipelineRow.objects.filter(run=run).exclude(state=RowState.MOVING).count()
        way.tell(ended, total, TITLES[stage])
        found = _outcomes(stage, some, run, actor, now)
        with way.fence():
            _write(stage, some, found, now)
    return True


def _outcomes(
    stage: Stage, rows: Sequence[PipelineRow], run: PipelineRun, actor: Actor, now: datetime
) -> Mapping[int, Outcome]:
    """What a stage makes of a stretch. When it breaks, each account is tried alone, so that one does not stop all."""
    work = Work(
        run_id=run.id, allowance=run.allowance, actor=actor, now=now, facts={row.account_id: row.facts for row in rows}
    )  # fmt: skip
    try:
        return stages.STAGES[stage](work)
    except NotAllowed:
        raise
    except AppError as error:
        if len(rows) == 1 or stage is Stage.INTAKE:
            return {row.account_id: _failed(error) for row in rows}
    found: dict[int, Outcome] = {}
    for row in rows:
        found.update(_outcomes(stage, [row], run, actor, now))
    return found


def _failed(error: AppError) -> Outcome:
    told = " ".join(filter(None, (error.message, error.hint)))
    return Outcome(state=RowState.FAILED, reason=told[:400])


def _write(stage: Stage, rows: Sequence[PipelineRow], found: Mapping[int, Outcome], now: datetime) -> None:
    """The rows' next stage or end, and the entries of those that ended. A row that moved meanwhile is left alone."""
    lost = Outcome(state=RowState.FAILED, reason="The stage said nothing of it; try it again.")
    for row in rows:
        outcome = found.get(row.account_id, lost)
        goes_on = outcome.state is RowState.MOVING
        following = stage.following if goes_on else stage
        facts = {**row.facts, **outcome.facts}
        mine = PipelineRow.objects.filter(id=row.id, stage=stage.value, state=RowState.MOVING)
        moved = mine.update(
            stage=(following or stage).value, state=outcome.state, reason=outcome.reason, facts=facts, updated_at=now,
            attempts=F("attempts") + 1 if outcome.state is RowState.FAILED else 0,
        )  # fmt: skip
        if moved and outcome.state in ENTRY_OF:
            _write_entry(row.entry_id, outcome, facts, now)


def _write_entry(entry_id: int, outcome: Outcome, facts: Mapping[str, Any], now: datetime) -> None:
    is_ready = outcome.state is RowState.READY
    # What engagement took meanwhile stays as it took it.
    ListEntry.objects.filter(id=entry_id, taken_at=None).update(
        state=ENTRY_OF[outcome.state],
        reason=outcome.reason,
        quality=facts.get("quality"),
        contact_ids=facts.get("contacts", []),
        ready_at=now if is_ready else None,
    )


def try_again(run_id: int, *, actor: Actor, now: datetime, row_ids: Iterable[int] | None = None) -> int:
    """Have rows that failed, were held or deferred go through their stage again; None: all of them. Returns how many.

    Held rows begin again with enriching, since what was missing may be known by now.

    Raises NotAllowed, NotFound, Conflict while another run of the list goes on or there is nothing to try again.
    """
    require(actor, "prospect.edit")
    run = _editable(run_id, actor)
    rows = PipelineRow.objects.filter(run=run, state__in=AGAIN)
    if row_ids is not None:
        rows = rows.filter(id__in=list(row_ids))
    try:
        with transaction.atomic():
            held = rows.filter(state=RowState.HELD).update(
                state=RowState.MOVING, stage=Stage.ENRICH.value, reason="", updated_at=now
            )
            count = held + rows.update(state=RowState.MOVING, reason="", updated_at=now)
            if not count:
                raise Conflict("Nothing here can be tried again.", hint="Excluded and passed accounts stay so.")
            PipelineRun.objects.filter(id=run.id).update(phase=RunPhase.RUNNING, finished_at=None)
            _wake(run, now)
            ledger.append(actor, "prospecting.run_again", subject=f"run:{run.id}", accounts=count)
    except IntegrityError as error:
        raise Conflict("Another run over this list goes on.", hint="Wait for it, or stop it.") from error
    return count


def go_on(run_id: int, *, actor: Actor, now: datetime) -> None:
    """Have a running run whose background work gave up carried on. Raises NotAllowed, NotFound, Conflict."""
    require(actor, "prospect.edit")
    run = _editable(run_id, actor)
    if run.phase != RunPhase.RUNNING:
        raise Conflict("The run is over.", hint="Try its rows again instead.")
    with transaction.atomic():
        _wake(run, now)
        ledger.append(actor, "prospecting.run_again", subject=f"run:{run.id}", accounts=0)


def _wake(run: PipelineRun, now: datetime) -> None:
    """A job for the run, unless one waits or works."""
    try:
        status = get_job(run.job_id).status if run.job_id else JobStatus.DONE
    except NotFound:
        status = JobStatus.DONE
    if status in (JobStatus.WAITING, JobStatus.RUNNING):
        return
    job_id = enqueue(TASK, {"run": run.id}, unique_key=f"{TASK}:{run.id}:{now.isoformat()}")
    PipelineRun.objects.filter(id=run.id).update(job_id=job_id)


def stop_run(run_id: int, *, actor: Actor, now: datetime) -> None:
    """End a run where it stands; rows that ended keep what they came to. Raises NotAllowed, NotFound, Conflict."""
    require(actor, "prospect.edit")
    run = _editable(run_id, actor)
    with transaction.atomic():
        ended = PipelineRun.objects.filter(id=run.id, phase=RunPhase.RUNNING)
        if not ended.update(phase=RunPhase.STOPPED, finished_at=now):
            raise Conflict("The run is over already.", hint="Start another one on the list's page.")
        ledger.append(actor, "prospecting.run_stopped", subject=f"run:{run.id}")


def _editable(run_id: int, actor: Actor) -> PipelineRun:
    run = get_run(actor, run_id)
    if not lists_in_sight(actor, "edit").filter(id=run.list_id).exists():
        raise Conflict("This run is somebody else's.", hint="Ask them, or make a list of your own.")
    return PipelineRun.objects.get(id=run_id)


def _told(actor: Actor) -> dict[str, Any]:
    return {"kind": actor.kind.value, "id": actor.id, "name": actor.name, "scopes": sorted(actor.scopes)}


def _actor(run: PipelineRun, now: datetime, way: Carrier) -> Actor:
    """On whose behalf it runs, with today's rights. Raises NotAllowed when they have left; the run is stopped."""
    told = run.started_by
    found: Actor | None
    if told["kind"] == ActorKind.PERSON.value:
        found = actor_of_person(told["id"])
    elif told["id"] == 0:
        found = built_in_agent(told["name"], *told["scopes"])
    else:
        agent = get_agent(told["id"])
        found = Actor(kind=ActorKind.AGENT, id=told["id"], name=told["name"], scopes=frozenset(agent.scopes))
    if found is None:
        with way.fence():
            PipelineRun.objects.filter(id=run.id).update(phase=RunPhase.STOPPED, finished_at=now)
        raise NotAllowed(f"{told['name']} no longer works here.", hint="Start the list's run again yourself.")
    return found
