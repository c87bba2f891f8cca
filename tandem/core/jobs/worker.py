"""The worker: enqueue periodic slots, claim, run, record, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from types import FrameType
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections

from tandem.core import clock
from tandem.core.errors import AppError
from tandem.core.jobs import rows
from tandem.core.jobs.progress import LeaseLost, Paused, Progress
from tandem.core.jobs.registry import Daily, every, list_periodic, list_tasks, task

log = logging.getLogger("tandem.jobs")

POLL_SECONDS = 1.0
KEEP_DONE_DAYS = 30


def run_worker(stop_event: threading.Event | None = None, *, once: bool = False) -> int:
    """Work until `stop_event` is set or the process gets SIGTERM or SIGINT; returns how many jobs were run.

    A job that is running when the signal comes is finished first; a second signal ends the process at once.
    once : do what is due now, then return
    """
    stop = stop_event or threading.Event()
    enqueued: dict[str, datetime] = {}
    count = 0
    with _stopping_on_signals(stop):
        while not stop.is_set():
            try:
                enqueue_periodic(clock.now(), enqueued)
                ran = run_next(stop)
            except (OperationalError, InterfaceError) as error:
                # The database is restarting or busy: leases outlive this, so wait and go on.
                if once:
                    raise
                log.warning("The database did not answer: %s", error)
                ran = False
            count += ran
            if not ran:
                if once:
                    break
                close_old_connections()
                stop.wait(POLL_SECONDS)
    return count


def run_next(stop: threading.Event | None = None) -> bool:
    """Claim and run one due job; False when nothing is due."""
    claim = rows.claim_next(list_tasks(), clock.now())
    if claim is None:
        return False
    _run(claim, Progress(claim, stop=stop))
    return True


def _run(claim: rows.Claim, progress: Progress) -> None:
    try:
        with progress.heartbeat():
            claim.task.run(claim.payload, progress)
        is_ours = progress.finish()
    except LeaseLost:
        is_ours = False
    except Paused:
        is_ours = rows.release(claim, clock.now())
    except AppError as error:
        told = " ".join(filter(None, (error.message, error.hint)))
        is_ours = rows.fail(claim, told, clock.now(), is_final=not error.retryable)
    except Exception as error:
        # Whatever a task raises must not end the worker.
        log.exception("Job %s (%s) failed on try %s", claim.job_id, claim.task.name, claim.tries)
        is_ours = rows.fail(claim, f"{type(error).__name__}: {error}", clock.now(), is_final=False)
    if not is_ours:
        log.warning("Job %s (%s) was taken over; this try is not recorded", claim.job_id, claim.task.name)


def enqueue_periodic(now: datetime, enqueued: dict[str, datetime]) -> None:
    """Add the job of every slot that has come; `enqueued` remembers what this worker has added already."""
    for periodic in list_periodic():
        slot = periodic.due_slot(now)
        if slot is not None and enqueued.get(periodic.name) != slot:
            key = f"every:{periodic.name}:{slot.isoformat()}"
            rows.enqueue(periodic.task, {**periodic.payload, "slot": slot.isoformat()}, unique_key=key)
            enqueued[periodic.name] = slot


@contextmanager
def _stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT asks to stop, the next one does what it always does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@task("core.delete_done_jobs")
def delete_done_jobs(payload: dict[str, Any], progress: Progress) -> None:
    """Forget what was done a month ago."""
    rows.delete_done(clock.now() - timedelta(days=KEEP_DONE_DAYS))


every("core.delete_done_jobs", "core.delete_done_jobs", Daily(time(3, 30)), late_by=timedelta(hours=20))
