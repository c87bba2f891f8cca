"""Workers that send, killed at random moments: nothing twice, nothing lost, nothing to whoever said no."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
KILLS = "15"


@pytest.mark.chaos
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_senders_send_everything_once(database: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_outreach_crash", "--kills", KILLS, "--database", database],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
