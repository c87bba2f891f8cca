"""Somebody who trusts nobody here finds every change of the record with one file and their own Python."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tandem.cli.main import app
from tandem.compliance import actions, queries, verifier
from tandem.compliance.contracts import Checkpoint, Entry
from tandem.compliance.domain import chain
from tandem.core import ledger
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, DataUnreadable, NotAllowed
from tests.company import Company

SHELL = built_in_agent("shell", "shell")
START = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
text = st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def chains(draw: st.DrawFn) -> list[Entry]:
    """A good chain of two to eight entries with any words in them."""
    entries: list[Entry] = []
    previous = chain.BEFORE_THE_FIRST
    for number in range(1, draw(st.integers(2, 8)) + 1):
        entry = Entry(
            number=number, at=START + timedelta(seconds=number), actor_kind=draw(st.sampled_from(["person", "agent"])),
            actor_id=draw(st.integers(0, 99)), actor_name=draw(text), action=draw(text), subject=draw(text),
            facts=chain.canonical({"word": draw(text)}), previous_hash=previous, hash="",
        )  # fmt: skip
        entry = replace(entry, hash=chain.entry_hash(entry))
        previous = entry.hash
        entries.append(entry)
    return entries


def as_lines(entries: list[Entry]) -> list[dict[str, Any]]:
    return [entry.as_dict() for entry in entries]


def check(folder: Path, lines: list[dict[str, Any]], checkpoint: dict[str, Any] | None = None) -> verifier.Finding:
    file = folder / "ledger.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return verifier.verify_file(file, checkpoints=[checkpoint] if checkpoint else [])


with_folder = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@with_folder
@given(chains())
def test_a_good_chain_holds_for_both_verifiers(tmp_path: Path, entries: list[Entry]) -> None:
    assert check(tmp_path, as_lines(entries)).holds
    assert chain.verify(map(chain.as_line, entries)).holds


@with_folder
@given(chains(), st.data())
def test_an_edit_of_any_part_is_found_where_it_was_made(tmp_path: Path, entries: list[Entry], data: Any) -> None:
    lines = as_lines(entries)
    place = data.draw(st.integers(0, len(lines) - 1))
    part = data.draw(st.sampled_from(verifier.KEYS))
    before = lines[place][part]
    lines[place][part] = (
        before + 1 if isinstance(before, int) else before + data.draw(st.sampled_from(["x", " ", "\n"]))
    )
    assert check(tmp_path, lines).broken_at == place + 1


@with_folder
@given(chains(), st.data())
def test_an_entry_taken_out_moved_or_doubled_is_found(tmp_path: Path, entries: list[Entry], data: Any) -> None:
    lines = as_lines(entries)
    place = data.draw(st.integers(0, len(lines) - 2))
    ways = {
        "taken out": [*lines[:place], *lines[place + 1 :]],
        "swapped": [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]],
        "doubled": [*lines[: place + 1], *lines[place:]],
    }
    for way, changed in ways.items():
        assert check(tmp_path, changed).broken_at == place + 1 + (way == "doubled"), way


@with_folder
@given(chains(), st.data())
def test_a_cut_tail_is_found_against_a_checkpoint(tmp_path: Path, entries: list[Entry], data: Any) -> None:
    lines = as_lines(entries)
    kept = data.draw(st.integers(0, len(lines) - 1))
    seen = {"number": entries[-1].number, "hash": entries[-1].hash}
    assert check(tmp_path, lines[:kept]).holds
    assert check(tmp_path, lines[:kept], seen).broken_at == kept + 1
    anchor = Checkpoint(number=entries[-1].number, hash=entries[-1].hash, at=START)
    assert chain.verify(map(chain.as_line, entries[:kept]), checkpoints=[anchor]).broken_at == kept + 1


@with_folder
@given(chains(), st.data())
def test_a_chain_that_was_made_anew_is_found_against_a_checkpoint(
    tmp_path: Path, entries: list[Entry], data: Any
) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    forged, previous = entries[:place], entries[place].previous_hash
    for entry in entries[place:]:
        fresh = replace(entry, actor_name=entry.actor_name + "x", previous_hash=previous, hash="")
        forged.append(replace(fresh, hash=chain.entry_hash(fresh)))
        previous = forged[-1].hash
    assert check(tmp_path, as_lines(forged)).holds
    seen = entries[data.draw(st.integers(place, len(entries) - 1))]
    assert check(tmp_path, as_lines(forged), {"number": seen.number, "hash": seen.hash}).broken_at == seen.number
    anchor = Checkpoint(number=seen.number, hash=seen.hash, at=START)
    assert chain.verify(map(chain.as_line, forged), checkpoints=[anchor]).broken_at == seen.number


@given(chains(), st.data())
def test_a_chain_that_has_grown_still_fits_its_old_checkpoint(entries: list[Entry], data: Any) -> None:
    seen = data.draw(st.sampled_from(entries))
    anchor = Checkpoint(number=seen.number, hash=seen.hash, at=START)
    assert chain.verify(map(chain.as_line, entries), checkpoints=[anchor]).holds


@pytest.fixture
def exported(company: Company, tmp_path: Path) -> Path:
    for count in range(3):
        ledger.append(company.actor("revops"), "a.done", subject="message:<m1@aislewright.example>", count=count)
    file = tmp_path / "ledger.jsonl"
    actions.export_ledger(file, actor=company.actor("compliance"))
    return file


def test_the_verifier_runs_alone_on_a_bare_python(exported: Path, tmp_path: Path) -> None:
    script = tmp_path / "alone" / "verifier.py"
    script.parent.mkdir()
    script.write_text(Path(str(verifier.__file__)).read_text())
    anchor = tmp_path / "checkpoint.json"
    anchor.write_text(json.dumps(queries.take_checkpoint(now=START).as_dict()))

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(script), *arguments], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    code, said = run(str(exported), "--checkpoint", str(anchor))
    last = queries.head()[0]
    holds = f"The ledger holds: {last} entries, each following from the one before.\n"
    assert (code, said) == (0, f"{holds}The checkpoint of entry {last} fits; it is not signed.\n")
    lines = exported.read_text().splitlines(keepends=True)
    exported.write_text("".join(lines[:-1]))
    assert run(str(exported))[0] == 0
    code, said = run(str(exported), "--checkpoint", str(anchor))
    assert (code, f"entry {last}" in said) == (1, True)
    assert run(str(exported), "--head", "0" * 64)[0] == 1


def test_the_export_is_in_the_ledger_and_needs_the_right(company: Company, exported: Path, tmp_path: Path) -> None:
    assert json.loads(exported.read_text().splitlines()[-1])["action"] == "compliance.ledger_exported"
    with pytest.raises(Conflict):
        actions.export_ledger(exported, actor=company.actor("compliance"))
    with pytest.raises(NotAllowed):
        actions.export_ledger(tmp_path / "other.jsonl", actor=company.actor("seller"))
    assert not (tmp_path / "other.jsonl").exists()


def test_the_shell_shows_and_proves(exported: Path, tmp_path: Path) -> None:
    run, anchor = CliRunner().invoke, tmp_path / "checkpoint.json"
    assert run(app, ["ledger", "checkpoint", "--out", str(anchor)]).exit_code == 0
    whole = run(app, ["ledger", "verify", "--checkpoint", str(anchor), "--json"])
    assert (whole.exit_code, json.loads(whole.stdout)["holds"]) == (0, True)
    shown = run(app, ["ledger", "show", "<m1@aislewright.example>", "--json"])
    assert [json.loads(entry["facts"])["count"] for entry in json.loads(shown.stdout)] == [0, 1, 2]
    exported.write_text(exported.read_text().replace("a.done", "a.dune", 1))
    broken = run(app, ["ledger", "verify", str(exported), "--json"])
    assert (broken.exit_code, json.loads(broken.stdout)["broken_at"]) == (1, 1)


def test_a_checkpoint_that_is_none_is_refused() -> None:
    with pytest.raises(DataUnreadable):
        queries.read_checkpoint('{"number": "many"}')
