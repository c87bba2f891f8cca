"""Background work as rows: leased with a fence token, retried, visible, and never recorded by two workers.

Everything here is at-least-once: a task may run again after a crash. What must happen once is written inside
`Progress.final_write`, in the same transaction that marks the job done.
"""

from tandem.core.jobs.progress import LeaseLost, Paused, Progress
from tandem.core.jobs.reads import JobCounts, JobStatus, JobView, find_job_by_key, get_job, job_counts, list_jobs
from tandem.core.jobs.registry import Daily, Interval, Periodic, Task, Weekly, every, list_periodic, list_tasks, task
from tandem.core.jobs.rows import delete_done, enqueue, rerun
from tandem.core.jobs.worker import run_worker

__all__ = [
    "Daily",
    "Interval",
    "JobCounts",
    "JobStatus",
    "JobView",
    "LeaseLost",
    "Paused",
    "Periodic",
    "Progress",
    "Task",
    "Weekly",
    "delete_done",
    "enqueue",
    "every",
    "find_job_by_key",
    "get_job",
    "job_counts",
    "list_jobs",
    "list_periodic",
    "list_tasks",
    "rerun",
    "run_worker",
    "task",
]
