"""API of the background work. The work itself is `core`'s, which knows no rights; so its doors stand here."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from tandem.access.guard import api
from tandem.core import jobs
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, place, repeatable

router = Router()


@router.get("/jobs", response=Listed[jobs.JobView], tags=["jobs"], summary="Jobs, newest first")
@api("job", "view")
def list_jobs(
    request: HttpRequest,
    status: Annotated[jobs.JobStatus | None, Query(description="Only jobs that stand so.")] = None,
    task: Annotated[str, Query(description="Only this task, e.g. accounts.resolve.", max_length=100)] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Background work, newest first; finished jobs are kept for some weeks."""
    found = jobs.list_jobs(status, task=task or None, before_id=place(cursor) or None, limit=limit + 1)
    return listed(found, limit)


@router.get("/jobs/counts", response=jobs.JobCounts, tags=["jobs"], summary="How many jobs stand where")
@api("job", "view")
def count_jobs(request: HttpRequest) -> jobs.JobCounts:
    """Waiting, running, done, dead, and late: due for more than five minutes."""
    return jobs.job_counts()


@router.get("/jobs/{int:job_id}", response=jobs.JobView, tags=["jobs"], summary="One job")
@api("job", "view")
def get_job(request: HttpRequest, job_id: int) -> jobs.JobView:
    """One job with its progress and, if it failed, what it said."""
    return jobs.get_job(job_id)


@router.post("/jobs/{int:job_id}/rerun", response=jobs.JobView, tags=["jobs"], summary="Run a dead job again")
@api("job", "manage")
@repeatable
def rerun_job(request: HttpRequest, job_id: int) -> jobs.JobView:
    """Give a job that gave up its tries back."""
    jobs.rerun(job_id, actor_of(request))
    return jobs.get_job(job_id)
