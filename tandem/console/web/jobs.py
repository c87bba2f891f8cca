"""Background work: what waits, runs, is done or gave up; the last night, step by step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments, nightly
from tandem.core.api import actor_of
from tandem.core.jobs import JobStatus, get_job, job_counts, list_jobs, rerun

JOBS_A_PAGE = 50


@page("job", "view")
def job_list(request: HttpRequest) -> HttpResponse:
    """Jobs, newest first; those that gave up stand on top."""
    asked, before = request.GET.get("status", ""), request.GET.get("before", "")
    status = JobStatus(asked) if asked in set(JobStatus) else None
    jobs = list_jobs(
        status, before_id=int(before) if before.isdecimal() and len(before) < 19 else None, limit=JOBS_A_PAGE + 1
    )
    context = {
        "jobs": jobs[:JOBS_A_PAGE],
        "older": jobs[JOBS_A_PAGE - 1].id if len(jobs) > JOBS_A_PAGE else None,
        "dead": list_jobs(JobStatus.DEAD) if status is None else (),
        "counts": job_counts(),
        "status": status,
        "night": nightly.last_run(),
        "statuses": list(JobStatus),
        "may_manage": may(actor_of(request), "job.manage"),
    }
    return render(request, "console/jobs.html", context)


@page("job", "view")
def job_page(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job, with what its last try said."""
    context = {"job": get_job(job_id), "may_manage": may(actor_of(request), "job.manage")}
    return render(request, "console/job.html", context)


@page("job", "manage", methods=("POST",))
def rerun_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Make a job that gave up due again."""
    rerun(job_id, actor_of(request))
    return fragments.done(request, f"Job {job_id} is due again.", to="/jobs")
