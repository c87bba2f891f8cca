"""An import that dies half way loses nothing, doubles nothing, and goes on where it stood."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tandem.accounts.actions import imports, landing
from tandem.accounts.models import Activity, Load, OpportunityChange, SourceRecord
from tandem.accounts.tests.kill_imports import write_export
from tandem.core.actors import built_in_agent

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL = built_in_agent("shell", "shell")


class Killed(BaseException):
    """Stands for SIGKILL inside one process: nothing may catch it."""


@pytest.mark.django_db
def test_a_stopped_import_goes_on_where_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    write_export(folder)
    monkeypatch.setattr(landing, "ROWS_AT_ONCE", 40)
    move_on, moves = landing._move_on, []

    def die_now_and_then(*given: Any, **more: Any) -> None:
        moves.append(given)
        if len(moves) in (3, 9, 14, 20):
            raise Killed
        move_on(*given, **more)

    monkeypatch.setattr(landing, "_move_on", die_now_and_then)
    deaths = 0
    while True:
        try:
            report = imports.import_path(folder, actor=SHELL, now=NOW, mapping=tmp_path / "surge.toml")
        except Killed:
            deaths += 1
            continue
        break
    assert (deaths, report.failed) == (4, False)
    loads = Load.objects.values_list("file_name", "state", "rows_read", "rows_landed", "rows_unchanged", "rows_refused")
    assert sorted(loads) == [
        ("Account.csv", "landed", 30, 30, 0, 0),
        ("Contact.csv", "landed", 60, 60, 0, 0),
        ("Opportunity.csv", "landed", 120, 114, 0, 6),
        ("OpportunityHistory.csv", "landed", 240, 228, 0, 12),
        ("OpportunityLineItem.csv", "landed", 120, 114, 0, 6),
        ("Product2.csv", "landed", 6, 6, 0, 0),
        ("Task.csv", "landed", 240, 240, 0, 0),
        ("User.csv", "landed", 5, 5, 0, 0),
        ("surge.csv", "landed", 120, 120, 0, 0),
    ]
    assert SourceRecord.objects.filter(is_dirty=True).count() == 0
    assert (Activity.objects.count(), OpportunityChange.objects.filter(field="stage").count()) == (240, 114)


def kill(runs: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tandem.accounts.tests.kill_imports", "--runs", str(runs)],
        capture_output=True,
        text=True,
        env={
            name: value for name, value in os.environ.items() if name not in ("TANDEM_DATA_DIR", "TANDEM_DATABASE_URL")
        },
        check=False,
    )


@pytest.mark.chaos
@pytest.mark.parametrize("runs", [3, 200])
def test_killed_imports_lose_nothing_and_double_nothing(runs: int) -> None:
    done = kill(runs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rounds_wrong=0" in done.stdout
