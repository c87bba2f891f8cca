"""Files are read by a second process while the first matches and writes; nothing depends on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tandem.accounts.actions import imports, landing, reading_ahead, surveying
from tandem.accounts.actions.reading_ahead import ReadAhead
from tandem.accounts.connectors import registry
from tandem.accounts.connectors.files import open_table
from tandem.accounts.models import Activity, OpportunityChange
from tandem.accounts.tests.kill_imports import write_export
from tandem.core.actors import built_in_agent

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL = built_in_agent("shell", "shell")


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small company's files, worth a process of its own."""
    monkeypatch.setattr(reading_ahead, "LEAST_BYTES", 0)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    folder = tmp_path / "export"
    folder.mkdir()
    write_export(folder)
    return folder


def wanted(folder: Path, *names: str) -> list[reading_ahead.Wanted]:
    units = [folder / name for name in names]
    found = [(unit, registry.detect(unit, open_table(unit).headers)) for unit in units]
    return [(unit, one.connector) for unit, one in found if one is not None]


def test_another_process_finds_in_a_file_what_this_one_would(export: Path) -> None:
    files = wanted(export, "OpportunityHistory.csv", "Task.csv")
    ahead = ReadAhead(files, size=100)
    ahead.start()
    theirs = ahead.take(*files[1])
    ours = surveying.survey_file(*files[1], size=100)
    passed_over = ahead.take(*files[0])
    ahead.close()
    assert passed_over is None
    assert theirs is not None
    assert (theirs.rows, theirs.broken, theirs.evidence, theirs.notes) == (
        ours.rows,
        ours.broken,
        ours.evidence,
        ours.notes,
    )
    assert theirs.pieces is not None
    assert ours.pieces is not None
    assert [batch.first_row_number for batch, _ in theirs.pieces] == [1, 101, 201]
    for (batch, texts), (own_batch, own_texts) in zip(theirs.pieces, ours.pieces, strict=True):
        assert batch.rows.equals(own_batch.rows)
        assert texts.equals(own_texts)


def test_every_declared_connector_can_be_told_to_another_process() -> None:
    assert all(map(reading_ahead._can_travel, registry.list_connectors()))


def test_a_file_that_cannot_be_read_is_left_to_the_caller(export: Path) -> None:
    files = wanted(export, "Task.csv")
    ahead = ReadAhead([(export / "empty.csv", files[0][1]), *files], size=100)
    (export / "empty.csv").write_text("")
    ahead.start()
    missing, there = ahead.take(export / "empty.csv", files[0][1]), ahead.take(*files[0])
    ahead.close()
    assert missing is None
    assert there is not None
    assert there.rows == 240


@pytest.mark.django_db
@pytest.mark.parametrize("dies", [False, True])
def test_an_import_comes_out_the_same_whether_the_other_process_lives_or_dies(
    export: Path, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    asked: list[bool] = []
    take = ReadAhead.take

    def counting(self: ReadAhead, *file: object) -> surveying.Survey | None:
        if dies and self._child is not None:
            self._child.kill()
        found = take(self, *file)  # type: ignore[arg-type]
        asked.append(found is not None)
        return found

    monkeypatch.setattr(ReadAhead, "take", counting)
    monkeypatch.setattr(landing, "ROWS_AT_ONCE", 40)
    report = imports.import_path(export, actor=SHELL, now=NOW, mapping=export.parent / "surge.toml")
    assert not report.failed
    assert (report.rows_landed, report.rows_refused) == (917, 24)
    assert (Activity.objects.count(), OpportunityChange.objects.filter(field="stage").count()) == (240, 114)
    # The file of the mapping is never read ahead.
    if dies:  # what it had handed over before it died is used
        assert asked[-1] is False
    else:
        assert asked == [True, True, True, False]


def test_files_worth_less_than_the_start_of_a_process_are_read_here(tmp_path: Path) -> None:
    write_export(tmp_path)
    files = wanted(tmp_path, "Task.csv")
    ahead = ReadAhead(files, size=100)
    ahead.start()
    assert ahead.take(*files[0]) is None


@pytest.mark.django_db
def test_a_file_past_the_limit_is_read_twice_and_lands_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    write_export(folder)
    monkeypatch.setattr(surveying, "KEPT_ROWS", 0)
    report = imports.import_path(folder, actor=SHELL, now=NOW, mapping=tmp_path / "surge.toml")
    assert (report.rows_landed, report.rows_refused) == (917, 24)
