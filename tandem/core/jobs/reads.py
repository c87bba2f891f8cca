"""What the console and the shell see of the background work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from tandem.core import clock
from tandem.core.errors import NotFound
from tandem.core.models import Job, JobState

LATE_SECONDS = 300


class JobStatus(StrEnum):
    """As a person sees it: waiting (also for its next try), running (a worker holds it), done, dead (gave up)."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job. `due_at` is None once it is over; `total` is None while unknown."""

    id: int
    task: str
    status: JobStatus
    tries: int
    max_tries: int
    due_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int | None
    note: str
    error: str
    unique_key: str | None

    @property
    def share(self) -> float | None:
        """Part done, 0 to 1; None while the total is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounts:
    """How many jobs stand where. `late` are waiting ones due for more than five minutes: is a worker running?"""

    waiting: int
    running: int
    done: int
    dead: int
    late: int


def _with_status(now: datetime) -> QuerySet[Any]:
    is_held = Q(state=JobState.WAITING, claim__isnull=False, next_due_at__gt=now)
    status = Case(
        When(is_held, then=Value(JobStatus.RUNNING.value)),
        default="state",
        output_field=CharField(),
    )
    return Job.objects.annotate(status=status)


def _view(job: Any) -> JobView:
    return JobView(
        id=job.pk,
        task=job.task,
        status=JobStatus(job.status),
        tries=job.tries,
        max_tries=job.max_tries,
        due_at=job.next_due_at,
        created_at=job.created_at,
        started_at=job.claimed_at,
        finished_at=job.finished_at,
        done=job.progress_done,
        total=job.progress_total,
        note=job.progress_note,
        error=job.error,
        unique_key=job.unique_key,
    )


def list_jobs(
    status: JobStatus | None = None, *, task: str | None = None, before_id: int | None = None, limit: int = 50
) -> tuple[JobView, ...]:
    """Newest first. None: any. `before_id` is the last id of the page before."""
    found = _with_status(clock.now()).defer("payload")
    if status is not None:
        found = found.filter(status=status.value)
    if task is not None:
        found = found.filter(task=task)
    if before_id is not None:
        found = found.filter(id__lt=before_id)
    return tuple(_view(job) for job in found.order_by("-id")[:limit])


def get_job(job_id: int) -> JobView:
    """One job, or NotFound."""
    job = _with_status(clock.now()).filter(id=job_id).first()
    if job is None:
        raise NotFound(f"There is no job {job_id}.", hint="Finished jobs are deleted after some weeks.")
    return _view(job)


def find_job_by_key(unique_key: str) -> JobView | None:
    """The job with a unique key, or None."""
    job = _with_status(clock.now()).filter(unique_key=unique_key).first()
    return _view(job) if job else None


def job_counts() -> JobCounts:
    """How many jobs stand where, now."""
    now = clock.now()
    found = {row["status"]: row["count"] for row in _with_status(now).values("status").annotate(count=Count("id"))}
    late_before = now - timedelta(seconds=LATE_SECONDS)
    late = Job.objects.filter(state=JobState.WAITING, next_due_at__lt=late_before).count()
    return JobCounts(**{status.value: found.get(status.value, 0) for status in JobStatus}, late=late)
