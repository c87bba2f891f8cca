"""The life of a job row. Each step is one short transaction; the token decides who may take it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from tandem.core import clock, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound
from tandem.core.jobs.registry import Task, get_task
from tandem.core.models import Job, JobState

FIRST_RETRY_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 3600.0
JITTER = 0.2
ERROR_LETTERS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job in a worker's hands. Only the holder of the row's token may record anything about it.

    tries : including this one
    until : when the lease runs out, unless it is extended
    """

    job_id: int
    token: str
    task: Task
    payload: dict[str, Any]
    tries: int
    max_tries: int
    until: datetime


def enqueue(
    task: str,
    payload: Mapping[str, Any] | None = None,
    *,
    unique_key: str | None = None,
    due_at: datetime | None = None,
    max_tries: int | None = None,
) -> int:
    """Add a job in the caller's transaction; returns its id.

    unique_key : at most one job ever has it; if it is taken, the present job's id is returned and nothing is added
    due_at : not before this moment; None: now
    max_tries : None: as the task was registered
    """
    now = clock.now()
    known = get_task(task)
    job = Job(
        task=task,
        payload=dict(payload or {}),
        next_due_at=due_at or now,
        max_tries=max_tries or known.max_tries,
        unique_key=unique_key,
        created_at=now,
    )
    if unique_key is None:
        job.save(force_insert=True)
        return job.pk
    Job.objects.bulk_create([job], ignore_conflicts=True)
    return Job.objects.values_list("id", flat=True).get(unique_key=unique_key)


def retry_seconds(job_id: int, tries: int) -> float:
    """How long to wait after a failed try: doubling, capped, spread by a fifth either way.

    The spread comes from the job's id and try, so that it is the same in a replay and differs between jobs.
    """
    wait = min(FIRST_RETRY_SECONDS * 2.0 ** min(tries - 1, 32), LONGEST_RETRY_SECONDS)
    digest = hashlib.sha256(f"{job_id}:{tries}".encode()).digest()
    place = int.from_bytes(digest[:4], "big") / 2**32
    return wait * (1 - JITTER + 2 * JITTER * place)


def claim_next(tasks: Mapping[str, Task], now: datetime) -> Claim | None:
    """Take the job that has been due the longest, with a fresh token and a lease; None when nothing is due.

    A job whose lease ran out on its last try is marked dead on the way.
    """
    due = Job.objects.filter(state=JobState.WAITING, next_due_at__lte=now, task__in=list(tasks))
    due = due.order_by("next_due_at", "id")
    # A read first: looking for work must not take SQLite's only write lock.
    while due.exists():
        with transaction.atomic():
            locked = due.select_for_update(skip_locked=True) if connection.features.has_select_for_update else due
            job = locked.first()
            if job is None:
                return None
            if job.tries < job.max_tries:
                return _take(job, tasks[job.task], now)
            _bury(job, now)
    return None


def _take(job: Job, task: Task, now: datetime) -> Claim:
    claim = Claim(
        job_id=job.pk,
        token=secrets.token_hex(16),
        task=task,
        payload=job.payload,
        tries=job.tries + 1,
        max_tries=job.max_tries,
        until=now + timedelta(seconds=task.lease_seconds),
    )
    Job.objects.filter(id=job.pk).update(claim=claim.token, claimed_at=now, tries=claim.tries, next_due_at=claim.until)
    return claim


def _bury(job: Job, now: datetime) -> None:
    """The worker of the last try went silent; nobody is left to say so."""
    told = job.error or "It never came to an end."
    Job.objects.filter(id=job.pk).update(
        state=JobState.DEAD,
        claim=None,
        next_due_at=None,
        finished_at=now,
        error=f"The worker stopped in the middle of try {job.tries} of {job.max_tries}. {told}"[:ERROR_LETTERS],
    )


def _held(claim: Claim) -> Any:
    return Job.objects.filter(id=claim.job_id, claim=claim.token, state=JobState.WAITING)


def extend(claim: Claim, now: datetime, **values: Any) -> bool:
    """Move the lease's end to a whole lease from now and set progress columns; False: the job is no longer ours."""
    until = now + timedelta(seconds=claim.task.lease_seconds)
    return bool(_held(claim).update(next_due_at=until, **values))


def finish(claim: Claim, now: datetime, **values: Any) -> bool:
    """Record that it is done; False: the lease was lost and nothing is recorded."""
    return bool(
        _held(claim).update(state=JobState.DONE, claim=None, next_due_at=None, finished_at=now, error="", **values)
    )


def fail(claim: Claim, error: str, now: datetime, *, is_final: bool) -> bool:
    """Record a failed try: due again after a wait, or dead after the last one or when another try can't help."""
    told = error[:ERROR_LETTERS]
    if is_final or claim.tries >= claim.max_tries:
        return bool(_held(claim).update(state=JobState.DEAD, claim=None, next_due_at=None, finished_at=now, error=told))
    due_at = now + timedelta(seconds=retry_seconds(claim.job_id, claim.tries))
    return bool(_held(claim).update(claim=None, next_due_at=due_at, error=told))


def release(claim: Claim, now: datetime) -> bool:
    """Hand the job back unfinished; the try does not count."""
    return bool(_held(claim).update(claim=None, next_due_at=now, tries=claim.tries - 1))


def rerun(job_id: int, actor: Actor) -> None:
    """Make a dead job due again, with all its tries. The caller has checked that the actor may.

    Raises NotFound, and Conflict when the job is not dead.
    """
    now = clock.now()
    with transaction.atomic():
        changed = Job.objects.filter(id=job_id, state=JobState.DEAD).update(
            state=JobState.WAITING, next_due_at=now, tries=0, finished_at=None, claim=None
        )
        job = Job.objects.filter(id=job_id).values("state", "task").first()
        if job is None:
            raise NotFound(f"There is no job {job_id}.", hint="Finished jobs are deleted after some weeks.")
        if not changed:
            raise Conflict(
                f"Job {job_id} is {job['state']}, not dead.",
                hint="Only a job that gave up can be run again.",
                code="job.not_dead",
                context={"job": job_id},
            )
        ledger.append(actor, "core.job_rerun", subject=f"job:{job_id}", task=job["task"])


def delete_done(before: datetime) -> int:
    """Forget jobs that were done before a moment; dead ones stay until somebody has seen to them."""
    return Job.objects.filter(state=JobState.DONE, finished_at__lt=before).delete()[0]
