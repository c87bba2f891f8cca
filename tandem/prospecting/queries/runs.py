"""Reads of pipeline runs: how far each stage is, and where every account stands with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.core.jobs.reads import JobStatus, get_job
from tandem.prospecting.domain.pipeline import TITLES, Stage
from tandem.prospecting.models import PipelineRow, PipelineRun, RowState
from tandem.prospecting.queries.lists import lists_in_sight

STATES = tuple(state.value for state in RowState)
SORTS = {"name": "account__name", "stage": "stage", "state": "state", "changed": "updated_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCount:
    """One stage. waiting : stand before it; ended : by the state that ended their way here; passed : went on"""

    stage: str
    title: str
    waiting: int
    ended: Mapping[str, int]
    passed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """A run with its figures.

    counts : accounts in sight by state
    job_status, job_error : of the background work that carries it; empty: it is forgotten
    """

    id: int
    list_id: int
    list_name: str
    list_version: int
    phase: str
    allowance: int
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    stages: tuple[StageCount, ...]
    job_status: str
    job_error: str

    @property
    def size(self) -> int:
        """Accounts it began with."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Accounts whose way has ended."""
        return self.size - self.counts.get(RowState.MOVING, 0)

    @property
    def has_stalled(self) -> bool:
        """Running, and nobody carries it."""
        return self.phase == "running" and self.job_status not in (JobStatus.WAITING, JobStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One account of a run. facts : what stages found"""

    id: int
    account_id: int
    name: str
    owner_name: str
    stage: str
    stage_title: str
    state: str
    reason: str
    attempts: int
    facts: Mapping[str, Any]
    updated_at: datetime


def get_run(actor: Actor, run_id: int) -> RunHead:
    """A run over a list in sight. Raises NotFound."""
    visible = lists_in_sight(actor).order_by().values("id")
    run = PipelineRun.objects.filter(id=run_id, prospect_list__in=visible).select_related("prospect_list").first()
    if run is None:
        raise NotFound(f"There is no run {run_id} that you can see.", hint="Open the list it belongs to.")
    counted = _rows(actor, run_id).order_by().values_list("stage", "state").annotate(n=Count("id"))
    status, error = _job(run.job_id)
    return _head(run, list(counted), status, error)


def _job(job_id: int | None) -> tuple[str, str]:
    try:
        job = get_job(job_id or 0)
    except NotFound:
        return "", ""
    return job.status.value, job.error


def _head(run: PipelineRun, counted: Sequence[tuple[str, str, int]], status: str, error: str) -> RunHead:
    counts: dict[str, int] = {}
    for _, state, count in counted:
        counts[state] = counts.get(state, 0) + count
    return RunHead(
        id=run.id,
        list_id=run.prospect_list_id,
        list_name=run.prospect_list.name,
        list_version=run.list_version,
        phase=run.phase,
        allowance=run.allowance,
        started_by=run.started_by_name,
        started_at=run.started_at,
        finished_at=run.finished_at,
        counts=counts,
        stages=_stages(counted),
        job_status=status,
        job_error=error,
    )


def _stages(counted: Sequence[tuple[str, str, int]]) -> tuple[StageCount, ...]:
    order = [stage.value for stage in Stage]
    found = []
    for at, stage in enumerate(Stage):
        here = {state: count for name, state, count in counted if name == stage.value}
        waiting = here.pop(RowState.MOVING.value, 0)
        beyond = sum(count for name, _, count in counted if order.index(name) > at) + here.get(RowState.READY.value, 0)
        found.append(StageCount(stage=stage.value, title=TITLES[stage], waiting=waiting, ended=here, passed=beyond))
    return tuple(found)


def list_runs(actor: Actor, *, list_id: int | None = None, after_id: int = 0, limit: int = 50) -> list[PipelineRun]:
    """Runs over lists in sight by id, strictly after one; with `list_id` only that list's."""
    rows = PipelineRun.objects.filter(prospect_list__in=lists_in_sight(actor).order_by().values("id"), id__gt=after_id)
    rows = rows.filter(prospect_list_id=list_id) if list_id is not None else rows
    return list(rows.select_related("prospect_list").order_by("id")[:limit])


def last_runs(actor: Actor, list_id: int, *, limit: int = 10) -> list[PipelineRun]:
    """The newest runs over a list in sight, newest first."""
    rows = PipelineRun.objects.filter(
        prospect_list_id=list_id, prospect_list__in=lists_in_sight(actor).order_by().values("id")
    )
    return list(rows.order_by("-id")[:limit])


def _rows(actor: Actor, run_id: int) -> QuerySet[PipelineRow]:
    return PipelineRow.objects.filter(run_id=run_id, account__in=accounts_in_sight(actor).order_by().values("id"))


def list_rows(
    actor: Actor,
    run_id: int,
    *,
    state: str = "",
    stage: str = "",
    text: str = "",
    sort: str = "name",
    offset: int = 0,
    limit: int | None = 50,
) -> list[RunRow]:
    """Accounts in sight of a run. The caller may see the run."""
    rows = _narrowed(_rows(actor, run_id), state, stage, text).select_related("account", "account__owner")
    word, down = sort.lstrip("-"), sort.startswith("-")
    page = rows.order_by(("-" if down else "") + SORTS.get(word, "account__name"), "id")
    return [_row(row) for row in (page[offset : offset + limit] if limit else page)]


def count_rows(actor: Actor, run_id: int, *, state: str = "", stage: str = "", text: str = "") -> int:
    """How many there are."""
    return _narrowed(_rows(actor, run_id), state, stage, text).count()


def _narrowed(rows: QuerySet[PipelineRow], state: str, stage: str, text: str) -> QuerySet[PipelineRow]:
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(stage=stage) if stage else rows
    return rows.filter(account__name__icontains=text) if text else rows


def _row(row: PipelineRow) -> RunRow:
    return RunRow(
        id=row.id,
        account_id=row.account_id,
        name=row.account.name,
        owner_name=row.account.owner.name if row.account.owner else "",
        stage=row.stage,
        stage_title=TITLES[Stage(row.stage)],
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        facts=row.facts,
        updated_at=row.updated_at,
    )
