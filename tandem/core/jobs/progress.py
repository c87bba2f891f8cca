"""What a running task holds: it tells how far it is, keeps the lease, and fences the task's writes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

from tandem.core import clock
from tandem.core.jobs import rows

log = logging.getLogger("tandem.jobs")

SECONDS_BETWEEN_WRITES = 1.0
BEATS_PER_LEASE = 3
NOTE_LETTERS = 200


class LeaseLost(Exception):
    """Another worker has the job now; nothing this one does counts any more."""


class Paused(Exception):
    """Raised by a task that was asked to stop and can go on later: the job is due again, the try does not count."""


class Progress:
    """How far a task is. Written at most once a second; each write also extends the lease.

    Callable as `progress(done, total, note)`, so that an engine can be given it as a plain function.
    """

    def __init__(
        self,
        claim: rows.Claim,
        *,
        stop: threading.Event | None = None,
        listener: Callable[[int, int | None, str], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.claim = claim
        self.is_recorded = False
        self._stop = stop or threading.Event()
        self._lost = threading.Event()
        self._listener = listener
        self._monotonic = monotonic
        self._written_at: float | None = None
        self._values: dict[str, object] = {}

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell how much is done; raises LeaseLost when another worker has the job."""
        self._values = {"progress_done": done, "progress_total": total, "progress_note": note[:NOTE_LETTERS]}
        if self.is_recorded:
            return
        if self._lost.is_set():
            raise LeaseLost(f"job {self.claim.job_id}")
        moment = self._monotonic()
        if self._written_at is not None and moment - self._written_at < SECONDS_BETWEEN_WRITES:
            return
        self._written_at = moment
        if self._listener is not None:
            self._listener(done, total, note)
        if not rows.extend(self.claim, clock.now(), **self._values):
            raise LeaseLost(f"job {self.claim.job_id}")

    @property
    def is_stopping(self) -> bool:
        """Whether the worker was asked to stop: a long, resumable task may raise Paused."""
        return self._stop.is_set()

    @contextmanager
    def fenced_write(self) -> Iterator[None]:
        """A transaction that commits only while the job is ours; raises LeaseLost, and nothing is written."""
        with transaction.atomic():
            self._require(rows.extend(self.claim, clock.now()))
            yield

    @contextmanager
    def final_write(self) -> Iterator[None]:
        """Write the result and mark the job done in one transaction: exactly once, whatever dies when.

        Raises LeaseLost, and nothing is written, when another worker has the job.
        """
        with transaction.atomic():
            self._require(rows.finish(self.claim, clock.now(), **self._values))
            yield
        self.is_recorded = True

    def finish(self) -> bool:
        """Mark the job done unless `final_write` has; False: the lease was lost."""
        return self.is_recorded or rows.finish(self.claim, clock.now(), **self._values)

    def _require(self, is_ours: bool) -> None:
        if not is_ours:
            raise LeaseLost(f"job {self.claim.job_id}")

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Extend the lease from a thread while the task runs, so that a long silent step does not lose it."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(over,), name=f"job-{self.claim.job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, over: threading.Event) -> None:
        task = self.claim.task
        ends_at = time.monotonic() + task.longest_seconds
        has_beaten = False
        while not over.wait(task.lease_seconds / BEATS_PER_LEASE) and time.monotonic() < ends_at:
            has_beaten = True
            try:
                if not rows.extend(self.claim, clock.now()) and not over.is_set():
                    self._lost.set()
                    break
            except DatabaseError as error:
                # Busy or restarting; the next beat tries again, and the fence holds if it comes too late.
                log.warning("Heartbeat of job %s failed: %s", self.claim.job_id, error)
        if has_beaten:
            connection.close()
