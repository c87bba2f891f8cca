"""Kill worker processes at random points and count what was recorded.

`python -m tandem.core.tests.kill_jobs --runs 100` prints a report; `TANDEM_TEST_DATABASE=postgresql` runs it there.
Workers are forked from this process, which itself never opens a database connection of Django's. Every job writes one
row into a table without any unique constraint, inside `final_write`: a row too many or too few would stay visible.
Some workers are not killed but frozen for longer than their lease.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

LEASE_SECONDS = 0.25
WORKERS = 2
POLL_SECONDS = 0.005
FROZEN_SHARE = 0.1
JOBS_PER_KILL = 12
JOBS_AT_ONCE = 60
GIVE_UP_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened. `lost` and `twice` must be zero; `started` above `jobs` shows that the kills hit running jobs."""

    database: str
    kills: int
    freezes: int
    jobs: int
    started: int
    recorded: int
    lost: int
    twice: int
    seconds: float

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing recorded twice."""
        return self.lost == 0 and self.twice == 0


def _in_child(work: Callable[[], None]) -> int:
    """Fork; the child does the work and never returns."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _wait(child: int) -> None:
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"A preparing process ended with {os.waitstatus_to_exitcode(status)}")


def _statement(sql: str, *values: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _register() -> None:
    from tandem.core import jobs

    jobs.list_tasks()  # the rooms' modules are imported once, before anybody is forked

    @jobs.task("probe.count", lease_seconds=LEASE_SECONDS, max_tries=10_000)
    def count(payload: dict[str, int], progress: jobs.Progress) -> None:
        _statement("INSERT INTO probe_started (number) VALUES (%s)", payload["number"])
        time.sleep(random.random() * 0.004)
        progress(1, 2)
        with progress.final_write():
            _statement("INSERT INTO probe_recorded (number) VALUES (%s)", payload["number"])


def _prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", "core", verbosity=0, interactive=False)
    for table in ("probe_started", "probe_recorded"):
        _statement(f"DROP TABLE IF EXISTS {table}")
        _statement(f"CREATE TABLE {table} (number bigint)")
    _statement("DELETE FROM core_job")


def _add(first: int, count: int) -> None:
    from django.db import transaction

    from tandem.core import jobs

    with transaction.atomic():
        for number in range(first, first + count):
            jobs.enqueue("probe.count", {"number": number})


def _work() -> None:
    from tandem.core.jobs import worker

    worker.POLL_SECONDS = POLL_SECONDS
    # The rooms' own periodic work has no tables here, and would still be waiting when the probe is over.
    worker.list_periodic = lambda: ()
    random.seed(os.getpid())
    worker.run_worker()


def _rows(sql: str) -> list[tuple[int, ...]]:
    """Read in a child, so that this process keeps no connection across a fork."""
    reader, writer = os.pipe()

    def read() -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql)
            text = ";".join(",".join(str(value) for value in row) for row in cursor.fetchall())
        with os.fdopen(writer, "w") as out:
            out.write(text)

    child = _in_child(read)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    _wait(child)
    return [tuple(int(value) for value in row.split(",")) for row in text.split(";") if row]


class _Crew:
    """The running workers; a killed one is replaced at once."""

    def __init__(self) -> None:
        self.members = [_in_child(_work) for _ in range(WORKERS)]
        self.kills = self.freezes = 0

    def strike(self, chance: random.Random) -> None:
        """Kill one worker, or freeze it until its lease is over."""
        place = chance.randrange(WORKERS)
        victim = self.members[place]
        if chance.random() < FROZEN_SHARE:
            os.kill(victim, signal.SIGSTOP)
            time.sleep(LEASE_SECONDS * 1.5)
            os.kill(victim, signal.SIGCONT)
            self.freezes += 1
            return
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        self.members[place] = _in_child(_work)
        self.kills += 1

    def dismiss(self) -> None:
        """Ask the rest to stop."""
        for member in self.members:
            os.kill(member, signal.SIGTERM)
        for member in self.members:
            os.waitpid(member, 0)


def run(runs: int, *, seed: int) -> Report:
    """Kill workers `runs` times while they work, then let them finish and count."""
    from django.db import connection

    began = time.monotonic()
    chance = random.Random(seed)
    _register()
    _wait(_in_child(_prepare))
    crew = _Crew()
    added = 0
    try:
        while crew.kills < runs:
            if crew.kills * JOBS_PER_KILL >= added:
                _wait(_in_child(lambda first=added: _add(first, JOBS_AT_ONCE)))  # type: ignore[misc]
                added += JOBS_AT_ONCE
            time.sleep(chance.uniform(0.002, 0.06))
            crew.strike(chance)
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            if _rows("SELECT count(*) FROM core_job WHERE state = 'waiting'") == [(0,)]:
                break
            time.sleep(0.1)
    finally:
        crew.dismiss()
    recorded = Counter(number for (number,) in _rows("SELECT number FROM probe_recorded"))
    return Report(
        database=connection.vendor,
        kills=crew.kills,
        freezes=crew.freezes,
        jobs=added,
        started=_rows("SELECT count(*) FROM probe_started")[0][0],
        recorded=recorded.total(),
        lost=sum(number not in recorded for number in range(added)),
        twice=sum(times > 1 for times in recorded.values()),
        seconds=time.monotonic() - began,
    )


def main() -> int:
    """Run it and print the report; 1 when something was lost or recorded twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many SIGKILLs")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    import tandem.config.testing  # noqa: F401  a throw-away data folder or server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    import django

    django.setup()
    report = run(asked.runs, seed=asked.seed)
    print(  # noqa: T201
        f"{report.database}: {report.kills} kills, {report.freezes} freezes, {report.jobs} jobs, "
        f"{report.started} starts, {report.recorded} recorded, {report.lost} lost, {report.twice} twice, "
        f"{report.seconds:.1f} s"
    )
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
