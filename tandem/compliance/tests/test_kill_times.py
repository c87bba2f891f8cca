"""Under load and at random moments: the red button and a revocation hold within a second, and nothing is taken after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OWN = ("TANDEM_DATA_DIR", "TANDEM_DATABASE_URL")  # the measurement makes an installation of its own


@pytest.mark.chaos
def test_a_stop_and_a_revocation_hold_within_a_second_under_load() -> None:
    call = [sys.executable, "-m", "benchmarks.bench_kill", "--rounds", "5"]
    inherited = {name: value for name, value in os.environ.items() if name not in OWN}
    done = subprocess.run(call, cwd=ROOT, env=inherited, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Claimed after a stop: 0." in done.stdout
