"""Background work: leased, fenced, retried, visible."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tandem.core import clock, jobs, ledger
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotFound, ProviderFailed
from tandem.core.jobs import registry, rows, worker
from tandem.core.models import ExchangeRate, Job, JobState

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
LEASE = timedelta(seconds=60)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test registers its own tasks."""
    monkeypatch.setattr(registry, "_tasks", {})
    monkeypatch.setattr(registry, "_periodic", {})
    monkeypatch.setattr(registry, "_is_discovered", True)
    with clock.at(NOW):
        yield


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What went to the ledger."""
    written: list[tuple[str, str]] = []

    def write(*, actor, action, subject, facts):
        written.append((action, subject))
        return ledger.Receipt(number=len(written), hash="0")

    monkeypatch.setattr(ledger, "_writer", write)
    return written


def register(run, name: str = "test.do", **options):
    return jobs.task(name, lease_seconds=LEASE.total_seconds(), **options)(run)


def nothing(payload, progress):
    """A task without effect."""


def claim(at: datetime = NOW) -> rows.Claim:
    found = rows.claim_next(jobs.list_tasks(), at)
    assert found is not None
    return found


def the_job() -> Job:
    return Job.objects.get()


def record_rate() -> None:
    ExchangeRate.objects.create(base="EUR", quote="USD", on=NOW.date(), rate=1, source="job")


def test_an_enqueued_job_runs_once_with_its_payload_and_is_done():
    seen = []
    register(lambda payload, progress: seen.append(payload))
    job_id = jobs.enqueue("test.do", {"file": "a.csv"})
    assert jobs.run_worker(once=True) == 1
    assert jobs.run_worker(once=True) == 0
    assert seen == [{"file": "a.csv"}]
    view = jobs.get_job(job_id)
    assert (view.status, view.tries, view.finished_at, view.due_at) == (jobs.JobStatus.DONE, 1, NOW, None)


def test_an_unknown_task_is_not_enqueued():
    with pytest.raises(LookupError, match=r"no\.such"):
        jobs.enqueue("no.such", {})
    assert Job.objects.count() == 0


def test_a_job_of_a_task_this_worker_does_not_know_stays_waiting():
    Job.objects.create(task="newer.version", created_at=NOW, next_due_at=NOW)
    assert jobs.run_worker(once=True) == 0
    assert jobs.job_counts().waiting == 1


def test_a_job_is_not_run_before_it_is_due():
    register(nothing)
    jobs.enqueue("test.do", due_at=NOW + timedelta(seconds=1))
    assert jobs.run_worker(once=True) == 0
    with clock.at(NOW + timedelta(seconds=1)):
        assert jobs.run_worker(once=True) == 1


def test_the_job_due_longest_comes_first():
    seen = []
    register(lambda payload, progress: seen.append(payload["n"]))
    for late in (1, 3, 2):
        jobs.enqueue("test.do", {"n": late}, due_at=NOW - timedelta(minutes=late))
    jobs.run_worker(once=True)
    assert seen == [3, 2, 1]


def test_a_unique_key_is_given_to_one_job_ever_also_after_it_is_done():
    register(nothing)
    first = jobs.enqueue("test.do", {"n": 1}, unique_key="once")
    assert jobs.enqueue("test.do", {"n": 2}, unique_key="once") == first
    jobs.run_worker(once=True)
    assert jobs.enqueue("test.do", {"n": 3}, unique_key="once") == first
    assert the_job().payload == {"n": 1}
    found = jobs.find_job_by_key("once")
    assert found is not None
    assert found.id == first
    assert jobs.find_job_by_key("other") is None


def test_a_claimed_job_is_nobody_elses_until_its_lease_runs_out():
    register(nothing)
    jobs.enqueue("test.do")
    first = claim()
    assert rows.claim_next(jobs.list_tasks(), NOW + LEASE - timedelta(seconds=1)) is None
    second = claim(NOW + LEASE)
    assert (second.job_id, second.tries) == (first.job_id, 2)
    assert second.token != first.token


def test_a_worker_that_lost_the_lease_records_nothing():
    register(nothing)
    jobs.enqueue("test.do")
    first = claim()
    second = claim(NOW + LEASE)
    before = Job.objects.values().get()
    assert not rows.finish(first, NOW)
    assert not rows.fail(first, "late", NOW, is_final=True)
    assert not rows.release(first, NOW)
    assert not rows.extend(first, NOW, progress_done=9)
    assert Job.objects.values().get() == before
    assert rows.finish(second, NOW)


def test_a_worker_that_lost_the_lease_writes_no_result():
    register(nothing)
    jobs.enqueue("test.do")
    first, second = jobs.Progress(claim()), jobs.Progress(claim(NOW + LEASE))
    for write in (first.final_write, first.fenced_write):
        with pytest.raises(jobs.LeaseLost), write():
            record_rate()
    assert ExchangeRate.objects.count() == 0
    with second.final_write():
        record_rate()
    assert ExchangeRate.objects.count() == 1
    assert the_job().state == JobState.DONE
    assert second.finish()


def test_a_result_that_fails_to_be_written_leaves_the_job_unfinished():
    def work(payload, progress):
        with progress.final_write():
            record_rate()
            raise OSError("disk full")

    register(work)
    jobs.enqueue("test.do")
    jobs.run_worker(once=True)
    assert ExchangeRate.objects.count() == 0
    assert (the_job().state, the_job().error) == (JobState.WAITING, "OSError: disk full")


def test_a_lost_lease_in_the_middle_ends_the_task_without_a_record():
    def work(payload, progress):
        Job.objects.update(claim="somebody else")
        progress(1, 2)
        raise AssertionError("not reached")

    register(work)
    jobs.enqueue("test.do")
    assert jobs.run_worker(once=True) == 1
    assert (the_job().claim, the_job().error, the_job().progress_done) == ("somebody else", "", 0)


def test_a_failed_try_waits_longer_each_time_and_ends_dead_and_visible():
    def work(payload, progress):
        raise ProviderFailed("crm.example did not answer.", hint="Try again later.")

    register(work, max_tries=3)
    job_id = jobs.enqueue("test.do")
    waits, at = [], NOW
    for _ in range(2):
        with clock.at(at):
            jobs.run_worker(once=True)
        due = the_job().next_due_at
        assert due is not None
        waits.append((due - at).total_seconds())
        at = due
    assert waits == [pytest.approx(rows.retry_seconds(job_id, 1)), pytest.approx(rows.retry_seconds(job_id, 2))]
    with clock.at(at):
        jobs.run_worker(once=True)
    (dead,) = jobs.list_jobs(jobs.JobStatus.DEAD)
    assert (dead.tries, dead.error, dead.due_at) == (3, "crm.example did not answer. Try again later.", None)


def test_an_error_that_another_try_cannot_mend_is_dead_at_once():
    def work(payload, progress):
        raise InvalidInput("Column 'Name' is missing.")

    register(work)
    jobs.enqueue("test.do")
    jobs.run_worker(once=True)
    assert (the_job().state, the_job().tries) == (JobState.DEAD, 1)


def test_a_job_whose_worker_was_killed_on_the_last_try_is_dead_not_lost():
    register(nothing, max_tries=1)
    jobs.enqueue("test.do")
    claim()
    with clock.at(NOW + LEASE):
        assert jobs.run_worker(once=True) == 0
    assert the_job().state == JobState.DEAD
    assert the_job().error == "The worker stopped in the middle of try 1 of 1. It never came to an end."


@given(job_id=st.integers(1, 10**9), tries=st.integers(1, 60))
def test_waits_are_capped_spread_and_the_same_in_a_replay(job_id, tries):
    wait = rows.retry_seconds(job_id, tries)
    plain = min(10 * 2.0 ** (tries - 1), 3600)
    assert plain * 0.8 <= wait <= plain * 1.2
    assert wait == rows.retry_seconds(job_id, tries)


def test_a_dead_job_is_run_again_by_a_person_and_the_ledger_knows(entries):
    register(nothing, max_tries=2)
    job_id = jobs.enqueue("test.do")
    Job.objects.update(state=JobState.DEAD, next_due_at=None, tries=2, finished_at=NOW)
    jobs.rerun(job_id, built_in_agent("shell"))
    assert entries == [("core.job_rerun", f"job:{job_id}")]
    assert jobs.run_worker(once=True) == 1
    assert (the_job().state, the_job().tries) == (JobState.DONE, 1)


def test_only_a_dead_job_can_be_run_again(entries):
    register(nothing)
    job_id = jobs.enqueue("test.do")
    before = Job.objects.values().get()
    with pytest.raises(Conflict, match=r"waiting, not dead"):
        jobs.rerun(job_id, built_in_agent("shell"))
    with pytest.raises(NotFound):
        jobs.rerun(job_id + 1, built_in_agent("shell"))
    assert Job.objects.values().get() == before
    assert entries == []


def test_progress_is_written_at_most_once_a_second_and_extends_the_lease():
    register(nothing)
    jobs.enqueue("test.do")
    ticks = iter([0.0, 0.9, 1.0])
    progress = jobs.Progress(claim(), monotonic=lambda: next(ticks))
    written = []
    with clock.at(NOW + timedelta(seconds=30)):
        for done in (1, 2, 3):
            progress(done, 10, f"row {done}")
            written.append(the_job().progress_done)
    assert written == [1, 1, 3]
    assert the_job().next_due_at == NOW + timedelta(seconds=90)
    assert jobs.get_job(the_job().id).share == 0.3
    progress.finish()
    assert the_job().progress_note == "row 3"


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_of_a_silent_task():
    if connection.vendor == "sqlite":
        pytest.skip("the in-memory test database has one connection")
    seen = threading.Event()

    def work(payload, progress):
        before = the_job().next_due_at
        for _ in range(500):
            if the_job().next_due_at != before:
                seen.set()
                return
            threading.Event().wait(0.01)

    jobs.task("test.do", lease_seconds=0.03)(work)
    with clock.at(datetime.now(UTC)):
        jobs.enqueue("test.do")
        jobs.run_worker(once=True)
    assert seen.is_set()


def test_a_task_asked_to_stop_hands_its_job_back_without_losing_a_try():
    stop = threading.Event()

    def work(payload, progress):
        stop.set()
        if progress.is_stopping:
            raise jobs.Paused

    register(work)
    jobs.enqueue("test.do")
    assert jobs.run_worker(stop) == 1
    assert (the_job().state, the_job().tries, the_job().claim) == (JobState.WAITING, 0, None)


def test_a_running_job_is_finished_before_the_worker_stops():
    stop = threading.Event()
    register(lambda payload, progress: stop.set())
    for _ in range(2):
        jobs.enqueue("test.do")
    assert jobs.run_worker(stop) == 1
    assert (jobs.job_counts().done, jobs.job_counts().waiting) == (1, 1)


def test_a_slot_is_enqueued_once_by_however_many_workers():
    register(nothing)
    jobs.every("tick", "test.do", jobs.Interval(60))
    worker.enqueue_periodic(NOW, {})
    worker.enqueue_periodic(NOW + timedelta(seconds=59), {})
    assert Job.objects.count() == 1
    worker.enqueue_periodic(NOW + timedelta(seconds=60), {})
    assert [job.payload["slot"] for job in Job.objects.order_by("id")] == [
        "2026-11-24T08:40:00+00:00",
        "2026-11-24T08:41:00+00:00",
    ]


def test_slots_missed_while_no_worker_ran_are_made_up_for_once_and_not_too_late():
    register(nothing)
    jobs.every("night", "test.do", jobs.Daily(time(2), "Europe/Berlin"), late_by=timedelta(hours=6))
    worker.enqueue_periodic(datetime(2026, 11, 24, 7, 1, tzinfo=UTC), {})
    assert Job.objects.count() == 0
    worker.enqueue_periodic(datetime(2026, 11, 24, 6, 59, tzinfo=UTC), {})
    assert the_job().payload == {"slot": "2026-11-24T01:00:00+00:00"}


@given(now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), hour=st.integers(0, 23))
def test_the_latest_slot_is_never_ahead_and_at_most_a_day_and_an_hour_back(now, hour):
    now = now.replace(tzinfo=UTC)
    slot = jobs.Daily(time(hour, 30), "Europe/Berlin").latest_slot(now)
    assert timedelta(0) <= now - slot <= timedelta(hours=25)
    weekly = jobs.Weekly(0, time(hour, 30), "Europe/Berlin").latest_slot(now)
    assert timedelta(0) <= now - weekly <= timedelta(days=7, hours=1)
    assert weekly.astimezone(ZoneInfo("Europe/Berlin")).weekday() == 0
    assert timedelta(0) <= now - jobs.Interval(300).latest_slot(now) < timedelta(seconds=301)


def test_counts_and_lists_tell_waiting_running_done_dead_and_late_apart():
    register(nothing)
    ids = [jobs.enqueue("test.do", due_at=NOW - timedelta(minutes=10 - at)) for at in range(3)]
    claim()
    Job.objects.create(task="a.b", state=JobState.DEAD, created_at=NOW)
    assert jobs.job_counts() == jobs.JobCounts(waiting=2, running=1, done=0, dead=1, late=2)
    assert [job.id for job in jobs.list_jobs(jobs.JobStatus.RUNNING)] == ids[:1]
    assert [job.id for job in jobs.list_jobs(task="test.do", limit=2)] == [ids[2], ids[1]]
    assert [job.id for job in jobs.list_jobs(task="test.do", before_id=ids[1])] == [ids[0]]


def test_done_jobs_are_forgotten_and_dead_ones_kept():
    for state in (JobState.DONE, JobState.DEAD):
        Job.objects.create(task="a.b", state=state, created_at=NOW, finished_at=NOW - timedelta(days=31))
    assert jobs.delete_done(NOW - timedelta(days=30)) == 1
    assert the_job().state == JobState.DEAD


def test_two_functions_cannot_share_a_task_name():
    register(nothing)
    with pytest.raises(ValueError, match="registered already"):
        register(lambda payload, progress: None)


def kill(runs: int) -> str:
    """The killing script in its own process, on the same kind of database."""
    passed = {key: value for key, value in os.environ.items() if key not in {"TANDEM_DATA_DIR", "TANDEM_DATABASE_URL"}}
    done = subprocess.run(
        [sys.executable, "-m", "tandem.core.tests.kill_jobs", "--runs", str(runs)],
        cwd=Path(__file__).parents[3],
        env=passed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_killed_workers_lose_nothing_and_nothing_is_recorded_twice():
    assert "0 lost, 0 twice" in kill(6)


@pytest.mark.chaos
def test_two_hundred_killed_workers_lose_nothing_and_nothing_is_recorded_twice():
    assert "200 kills" in kill(200)
