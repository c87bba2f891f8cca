"""Every night the chain is recomputed, the finding is kept, and a checkpoint is left where it is told to be."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tandem.accounts.domain.layers import Health
from tandem.accounts.queries.health import check_ledger
from tandem.compliance import actions, jobs, queries
from tandem.compliance.models import LedgerEntry
from tandem.compliance.tests.test_ledger import without_triggers
from tandem.core import clock, ledger, nightly
from tandem.core.actors import built_in_agent
from tandem.core.errors import DataUnreadable, NotAllowed

WORKER = built_in_agent("worker", "worker")
NIGHT = nightly.Night(day=date(2026, 11, 24), actor=WORKER)
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.CHECKPOINT_DIR = tmp_path / "kept"
    for number in range(3):
        ledger.append(WORKER, "a.done", subject=f"account:{number}")
    return tmp_path / "kept"


def run() -> None:
    jobs.verify(NIGHT, lambda *told: None)  # type: ignore[arg-type]


def test_a_chain_that_holds_leaves_a_checkpoint_of_the_day_and_a_healthy_layer(folder: Path) -> None:
    assert "Not verified by a night yet." in check_ledger().evidence
    run()
    written = json.loads((folder / f"{clock.now():%Y-%m-%d}.json").read_text())
    assert (written["number"], written["hash"]) == queries.head()
    assert written["number"] == 5  # three, the finding, and the key that signs
    kept = queries.last_verification()
    assert kept is not None
    assert (kept[1].holds, kept[1].entries) == (True, 3)
    assert check_ledger().state is Health.HEALTHY
    assert "Verified on" in check_ledger().evidence
    run()
    assert len(list(folder.iterdir())) == 1
    assert queries.verify().holds


def test_an_edited_entry_fails_the_step_and_degrades_the_layer_and_leaves_the_old_checkpoint(folder: Path) -> None:
    run()
    before = (folder / f"{clock.now():%Y-%m-%d}.json").read_text()
    without_triggers()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_ledgerentry SET subject = 'x' WHERE number = 2")
    with pytest.raises(DataUnreadable, match="does not hold at entry 2"):
        run()
    found = check_ledger()
    assert found.state is Health.DEGRADED
    assert "does not hold at entry 2: its contents were changed" in found.evidence
    assert (folder / f"{clock.now():%Y-%m-%d}.json").read_text() == before


def test_a_cut_tail_is_found_against_the_last_checkpoint(folder: Path) -> None:
    run()
    without_triggers()
    LedgerEntry.objects.filter(number__gte=3).delete()
    with pytest.raises(DataUnreadable, match="the chain ends before the anchored entry"):
        run()


def test_the_step_is_one_of_the_night_and_needs_the_right(folder: Path) -> None:
    assert "compliance.verify" in [step.name for step in nightly.steps()]
    with pytest.raises(NotAllowed):
        actions.verify_ledger(actor=built_in_agent("stranger"), folder=folder, now=clock.now())
    assert (LedgerEntry.objects.count(), folder.exists()) == (3, False)
