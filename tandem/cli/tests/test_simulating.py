"""`tandem simulate`: writes into a new folder only, and keeps the truth away from the files."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from tandem.cli.simulating import app
from tandem.core.errors import InvalidInput

SMALL = ["--sellers", "1", "--months", "3"]


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_files_and_truth_are_written_and_counted(tmp_path):
    result = run("--out", tmp_path / "files", "--truth", tmp_path / "truth.sqlite", "--json", *SMALL)
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["files"] == sum(entry.is_file() for entry in (tmp_path / "files").rglob("*"))
    assert told["counts"]["salesforce/Account.csv"] > 0
    assert (tmp_path / "truth.sqlite").is_file()


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    result = run("--out", tmp_path, *SMALL)
    assert isinstance(result.exception, InvalidInput)
    assert result.exception.error_code == "simulate.not_empty"
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


def test_a_truth_inside_the_files_is_refused(tmp_path):
    result = run("--out", tmp_path / "files", "--truth", tmp_path / "files" / "truth.sqlite", *SMALL)
    assert isinstance(result.exception, InvalidInput)
    assert not (tmp_path / "files").exists()


def test_an_existing_truth_is_not_replaced(tmp_path):
    (tmp_path / "truth").write_text("older")
    result = run("--out", tmp_path / "files", "--truth", tmp_path / "truth", *SMALL)
    assert isinstance(result.exception, InvalidInput)
    assert (tmp_path / "truth").read_text() == "older"
    assert not (tmp_path / "files").exists()


def test_an_unknown_noise_level_is_wrong_usage(tmp_path):
    assert run("--out", tmp_path / "files", "--noise", "deafening").exit_code == 2
