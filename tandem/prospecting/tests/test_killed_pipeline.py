"""A worker that is killed in the middle of a run, again and again: every row ends once, and nothing is paid twice."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.chaos
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_run_whose_workers_are_killed_ends_every_row_once_and_pays_nothing_twice(database: str) -> None:
    own = ("TANDEM_DATA_DIR", "TANDEM_DATABASE_URL", "TANDEM_TEST_DATABASE")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    done = subprocess.run(
        [sys.executable, "-m", "tandem.prospecting.tests.kill_pipeline", "--kills", "8"],
        capture_output=True,
        text=True,
        env={**environment, "TANDEM_TEST_DATABASE": database},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4_000:]
    assert f"database={database} kills=8 " in done.stdout
