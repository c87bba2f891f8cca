"""Exports of facts go the whole way: recognised, landed and counted to the last row, from every system."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tandem.accounts.actions.imports import import_path
from tandem.accounts.actions.landing import MATCHED
from tandem.accounts.models import Activity, ActivityParticipant
from tandem.accounts.tests.reading import EXPORTS, connector_for
from tandem.accounts.tests.test_connectors import KNOWN
from tandem.core.actors import built_in_agent
from tandem.core.models import ExchangeRate

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL = built_in_agent("shell", "shell")


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """The exports that hold neither accounts nor contacts nor deals: nothing is matched, so this is quick."""
    for name in KNOWN:
        unit, copy = EXPORTS / name, tmp_path / name
        connector = connector_for(unit)
        if connector is not None and connector.entity not in MATCHED:
            copy.parent.mkdir(parents=True, exist_ok=True)
            if unit.is_dir():
                shutil.copytree(unit, copy)
            else:
                shutil.copy(unit, copy)
    return tmp_path


@pytest.mark.django_db
def test_facts_of_every_system_land_with_every_row_accounted_for(facts: Path) -> None:
    report = import_path(facts, actor=SHELL, now=NOW)
    assert {file.file_name: file.word for file in report.files if file.word != "landed"} == {}
    assert len(report.files) == 52
    for file in report.files:
        assert file.rows_landed + file.rows_unchanged + file.rows_refused == file.rows_read, file.file_name
    again = import_path(facts, actor=SHELL, now=NOW)
    assert {file.word for file in again.files} == {"already landed"}
    answer = Activity.objects.get(key="m2@gruenwald.de")
    assert (answer.is_inbound, answer.body) == (True, "Danke, das passt für uns.")
    assert ActivityParticipant.objects.filter(activity__key="C2:2026-09-03", role="guest").count() == 2
    assert ExchangeRate.objects.count() == 3
