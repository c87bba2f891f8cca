"""`tandem resolve`: people's files in, clusters out, and a clear word about what can't be read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tandem.cli.resolving import app
from tandem.core.errors import AppError, InvalidInput

PEOPLE = """Record ID,First Name,Last Name,Email,Company,Cluster
1,Anna,Leitner,anna.leitner@alpine-tools.at,Alpine Tools GmbH,7
2,Bruno,Haas,bruno.haas@alpine-tools.at,Alpine Tools GmbH,8
3,Carla,Rossi,carla@borealis.no,Borealis AS,9
"""
OTHERS = """id;vorname;nachname;email;firma
x1;Anna;Leitner;Anna.Leitner@alpine-tools.at;Alpine Tools
x2;Dora;Blum;dora@cumulus.de;Cumulus
"""
COMPANIES = "id,company,website\na,Alpine Tools GmbH,https://www.alpine-tools.at\nb,Borealis AS,borealis.no\n"


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def clusters(folder: Path) -> set[frozenset[tuple[str, str]]]:
    groups: dict[str, set[tuple[str, str]]] = {}
    with (folder / "clusters.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            assert 0 <= float(row["probability"]) <= 1
            groups.setdefault(row["cluster_id"], set()).add((row["source"], row["source_id"]))
    return {frozenset(group) for group in groups.values()}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    told = {"crm.csv": PEOPLE, "list.csv": OTHERS, "companies.csv": COMPANIES}
    for name, text in told.items():
        (tmp_path / name).write_text(text)
    return tmp_path / "crm.csv", tmp_path / "list.csv", tmp_path / "companies.csv"


def test_two_files_in_two_languages_meet_in_one_cluster(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    crm, others, companies = files
    result = run("--contacts", crm, "--contacts", others, "--accounts", companies, "--out", tmp_path / "o", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["records"], told["clusters"], told["rows_unread"]) == (7, 6, 0)
    assert {"pairs_reviewed", "seconds"} <= set(told)
    assert frozenset({("crm", "1"), ("list", "x1")}) in clusters(tmp_path / "o")


def test_order_of_rows_and_repeated_files_change_nothing(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    crm, others, _ = files
    run("--contacts", crm, "--contacts", others, "--out", tmp_path / "o")
    first = clusters(tmp_path / "o")
    head, *rows = PEOPLE.splitlines()
    (tmp_path / "copy.csv").write_text(OTHERS)
    crm.write_text("\n".join([head, *reversed(rows)]))
    result = run("--contacts", others, "--contacts", crm, "--contacts", others, "--out", tmp_path / "o", "--json")
    assert json.loads(result.stdout)["records"] == 5
    assert clusters(tmp_path / "o") == first


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "no column by which contacts can be compared"),
        (b"email,first_name\n", "no rows"),
        (bytes(range(256)) * 40, ""),
    ],
)
def test_a_file_that_cant_be_used_is_refused_with_a_remedy(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    error = run("--contacts", path, "--out", tmp_path / "o").exception
    assert isinstance(error, InvalidInput)
    assert says in error.message
    assert error.hint
    assert not (tmp_path / "o" / "clusters.csv").exists()


def test_wrong_calls_are_refused(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    for arguments in (
        ("--out", tmp_path / "o"),
        ("--contacts", tmp_path / "nowhere.csv", "--out", tmp_path / "o"),
        ("--contacts", files[0], "--out", tmp_path / "o", "--automatic", 1.5),
        ("--contacts", files[0], "--out", files[1]),
    ):
        assert isinstance(run(*arguments).exception, AppError)
