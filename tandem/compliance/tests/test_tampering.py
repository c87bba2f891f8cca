"""Whoever owns a copy of the database and drops its triggers is found out: every kind of change, on both databases.

SQLite: a file with the same table, rows and triggers. PostgreSQL: a copy of the table in a schema of its own, as
superuser, read through COPY.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from tandem.compliance import actions, queries, verifier
from tandem.compliance.contracts import Checkpoint, Entry, SignatureState
from tandem.compliance.domain import chain, signing
from tandem.compliance.models import LedgerEntry
from tandem.core import clock, ledger
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import Conflict, InvalidInput

MAYA = Actor(kind=ActorKind.PERSON, id=7, name="Maya Økafor", role="seller")
WORKER = built_in_agent("nightly", "worker")
TABLE = LedgerEntry._meta.db_table
COLUMNS = ", ".join(verifier.KEYS)
ENTRIES = 12
EDITS = {
    "at": "'2020-01-01 00:00:00'", "actor_kind": "'agent'", "actor_id": "actor_id + 1", "actor_name": "'nobody'",
    "action": "'a.other'", "subject": "'account:9'", "facts": "'{}'", "previous_hash": "'" + "f" * 64 + "'",
    "hash": "'" + "e" * 64 + "'",
}  # fmt: skip
SECONDS = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


class Copy:
    """A copy of the ledger that a tamperer has to himself."""

    def __init__(self, run: Callable[[str], None], file: Callable[[], Path], name: str) -> None:
        self.run, self.file, self.name = run, file, name

    def change(self, *statements: str) -> None:
        for statement in statements:
            self.run(statement.replace(TABLE, self.name))

    def verified(self, *checkpoints: Checkpoint, keys: tuple[str, ...] = ()) -> verifier.Finding:
        """What the stand-alone verifier says of it now."""
        return verifier.verify_file(self.file(), checkpoints=[one.as_dict() for one in checkpoints], keys=keys)


@pytest.fixture
def keyed(tmp_path: Path, settings: Any) -> None:
    settings.SIGNING_KEYS, settings.SIGNING_KEY_FILE = [], tmp_path / "signing_key"


@pytest.fixture
def checkpoints(keyed: None, db: None) -> list[Checkpoint]:
    """A ledger of twelve entries at odd and even seconds, with signed checkpoints in its middle and at its end."""
    taken = []
    for number in range(2, ENTRIES):
        with clock.at(SECONDS + timedelta(seconds=number, microseconds=500 * (number % 2))):
            ledger.append(
                (MAYA, WORKER)[number % 2], f"a.deed{number}", subject="account:1", name="Kröger\n\t\\x", n=number
            )
            if number in (5, ENTRIES - 1):
                taken.append(actions.sign_checkpoint(actor=WORKER, now=clock.now()))
    assert queries.head()[0] == ENTRIES - 1
    return taken


@pytest.fixture
def copy(checkpoints: list[Checkpoint], tmp_path: Path) -> Iterator[Copy]:
    yield from (_copy_of_sqlite if connection.vendor == "sqlite" else _copy_in_postgresql)(tmp_path)


def _copy_of_sqlite(folder: Path) -> Iterator[Copy]:
    file = folder / "copied.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [TABLE])
        made = dict(cursor.fetchall())
    copied = sqlite3.connect(file, isolation_level=None)
    copied.execute("PRAGMA journal_mode=WAL")
    rows = list(LedgerEntry.objects.order_by("number").values_list(*verifier.KEYS))
    copied.execute(made[TABLE])
    stored = [(row[0], str(row[1].replace(tzinfo=None)), *row[2:]) for row in rows]
    copied.executemany(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(verifier.KEYS))})", stored)
    for name, sql in made.items():
        if name != TABLE:
            copied.execute(sql)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        copied.execute(f"DELETE FROM {TABLE}")
    for name in (name for name, sql in made.items() if sql.startswith("CREATE TRIGGER")):
        copied.execute(f"DROP TRIGGER {name}")
    yield Copy(copied.execute, lambda: file, TABLE)  # type: ignore[arg-type]
    copied.close()


def _copy_in_postgresql(folder: Path) -> Iterator[Copy]:
    name, file = f"tampered.{TABLE}", folder / "copied.copy"
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA tampered")
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL)")  # without its triggers
        cursor.execute(f"INSERT INTO {name} SELECT * FROM {TABLE}")

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def written() -> Path:
        with connection.cursor() as cursor, file.open("wb") as stream:
            cursor.execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")
            with cursor.copy(f"COPY (SELECT * FROM {name} ORDER BY number) TO STDOUT") as rows:  # type: ignore[attr-defined]
                stream.writelines(rows)
        return file

    yield Copy(run, written, name)


def test_an_untouched_copy_holds_against_every_checkpoint(copy: Copy, checkpoints: list[Checkpoint]) -> None:
    found = copy.verified(*checkpoints, keys=(checkpoints[0].public_key,))
    assert (found.holds, found.entries) == (True, ENTRIES - 1)
    assert found.notes == (
        "The checkpoint of entry 5 fits; it is signed by a key that you trust.",
        "The checkpoint of entry 11 fits; it is signed by a key that you trust.",
    )


@pytest.mark.parametrize("column", EDITS)
def test_an_edit_of_any_column_is_found_where_it_was_made(copy: Copy, column: str) -> None:
    copy.change(f"UPDATE {TABLE} SET {column} = {EDITS[column]} WHERE number = 6")
    assert copy.verified().broken_at == 6


def test_a_time_moved_by_a_microsecond_is_found(copy: Copy) -> None:
    moved = "'2026-11-24 08:40:06.000001'" if connection.vendor == "sqlite" else "at + interval '1 microsecond'"
    copy.change(f"UPDATE {TABLE} SET at = {moved} WHERE number = 7")
    assert copy.verified().broken_at == 7


@pytest.mark.parametrize(
    ("statements", "broken_at", "reason"),
    [
        ([f"DELETE FROM {TABLE} WHERE number = 6"], 6, "number 7 stands where 6 belongs"),
        ([f"DELETE FROM {TABLE} WHERE number = 1"], 1, "number 2 stands where 1 belongs"),
        ([f"DELETE FROM {TABLE} WHERE number BETWEEN 4 AND 7"], 4, "number 8 stands where 4 belongs"),
        ([f"DELETE FROM {TABLE} WHERE number = 6", *(f"UPDATE {TABLE} SET number = {n - 1} WHERE number = {n}" for n in range(7, 12))],
         6, "it does not point at the entry before"),
        ([f"UPDATE {TABLE} SET number = 99 WHERE number = 6", f"UPDATE {TABLE} SET number = 6 WHERE number = 7",
          f"UPDATE {TABLE} SET number = 7 WHERE number = 99"], 6, "it does not point at the entry before"),
        ([f"UPDATE {TABLE} SET number = 30 WHERE number = 11"], 11, "number 30 stands where 11 belongs"),
        ([*(f"UPDATE {TABLE} SET number = {n + 1} WHERE number = {n}" for n in range(11, 5, -1)),
          f"INSERT INTO {TABLE} ({COLUMNS}) SELECT 6, at, actor_kind, actor_id, actor_name, action, subject, facts, "
          f"'{'a' * 64}', '{'b' * 64}' FROM {TABLE} WHERE number = 5"], 6, "it does not point at the entry before"),
        ([f"INSERT INTO {TABLE} ({COLUMNS}) SELECT 12, at, actor_kind, actor_id, 'somebody', action, subject, facts, hash, "
          f"'{'b' * 64}' FROM {TABLE} WHERE number = 11"], 12, "its contents were changed after it was written"),
    ],
    ids=["delete", "delete the first", "delete many", "delete and renumber", "swap", "renumber", "insert", "append"],
)  # fmt: skip
def test_what_is_removed_moved_or_put_in_is_found(
    copy: Copy, statements: list[str], broken_at: int, reason: str
) -> None:
    copy.change(*statements)
    found = copy.verified()
    assert (found.broken_at, found.reason) == (broken_at, reason)


def test_a_cut_tail_is_found_against_the_checkpoint_that_saw_it(copy: Copy, checkpoints: list[Checkpoint]) -> None:
    copy.change(f"DELETE FROM {TABLE} WHERE number > 8")
    assert copy.verified().holds  # of itself, a chain does not know its end
    assert copy.verified(checkpoints[0]).holds
    found = copy.verified(*checkpoints)
    assert (found.broken_at, found.reason) == (9, "the chain ends before the anchored entry")


@pytest.mark.parametrize(("start", "told_at"), [(1, 5), (4, 5), (6, 11), (11, 11)])
def test_a_chain_made_anew_is_found_at_the_first_checkpoint_behind_it(
    copy: Copy, checkpoints: list[Checkpoint], start: int, told_at: int
) -> None:
    for entry in forged(start):
        copy.change(
            f"UPDATE {TABLE} SET actor_name = '{entry.actor_name}', previous_hash = '{entry.previous_hash}', "
            f"hash = '{entry.hash}' WHERE number = {entry.number}"
        )
    assert copy.verified().holds
    found = copy.verified(*checkpoints)
    assert (found.broken_at, found.reason) == (told_at, "it is not the entry that the checkpoint has seen")


def forged(start: int) -> list[Entry]:
    """The chain as somebody makes it anew from an entry on, with another name in each."""
    entries = list(queries.all_entries())
    previous, made = entries[start - 1].previous_hash, []
    for entry in entries[start - 1 :]:
        fresh = replace(entry, actor_name="somebody else", previous_hash=previous, hash="")
        made.append(replace(fresh, hash=chain.entry_hash(fresh)))
        previous = made[-1].hash
    return made


@pytest.mark.parametrize("part", ["number", "hash", "at", "installation", "public_key", "signature"])
def test_a_checkpoint_with_any_other_word_is_no_proof(copy: Copy, checkpoints: list[Checkpoint], part: str) -> None:
    good = checkpoints[1]
    entries = list(queries.all_entries())
    others = {
        "number": replace(good, number=entries[9].number, hash=entries[9].hash), "hash": replace(good, hash="0" * 64),
        "at": replace(good, at=good.at + timedelta(days=1)), "installation": replace(good, installation="0" * 16),
        "public_key": replace(good, public_key=Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()),
        "signature": replace(good, signature="00" * 64),
    }  # fmt: skip
    for found in (copy.verified(others[part]), queries.verify(checkpoints=[others[part]])):
        assert not found.holds
        assert "signature" in found.reason or found.broken_at == 11


def test_a_checkpoint_signed_by_a_stranger_is_told(copy: Copy, checkpoints: list[Checkpoint]) -> None:
    stranger = signing.sign(checkpoints[1], "11" * 32)
    assert signing.state(stranger, {checkpoints[0].public_key}) is SignatureState.UNKNOWN_KEY
    found = copy.verified(stranger, keys=(checkpoints[0].public_key,))
    assert found.reason == "the checkpoint of entry 11 is signed by a key that you do not trust"
    assert f"signed by {stranger.public_key}: compare" in copy.verified(stranger).notes[0]


def test_a_checkpoint_of_another_ledger_is_told(copy: Copy, checkpoints: list[Checkpoint]) -> None:
    other = signing.sign(replace(checkpoints[1], installation="f" * 16), "11" * 32)
    assert copy.verified(other).reason == "a checkpoint is of another ledger"


def test_a_new_key_is_endorsed_by_the_old_one_and_trusted_through_it(
    checkpoints: list[Checkpoint], tmp_path: Path, settings: Any
) -> None:
    old = checkpoints[0].public_key
    new = actions.rotate_signing_key(actor=WORKER)
    held = settings.SIGNING_KEY_FILE
    assert (held.stat().st_mode & 0o777, len(held.read_text().split())) == (0o600, 1)
    later = actions.sign_checkpoint(actor=WORKER, now=clock.now())
    assert later.public_key == new != old
    assert [(key.public_key, key.endorsed_by, key.is_endorsed) for key in queries.signing_keys()] == [
        (old, "", True),
        (new, old, True),
    ]
    file = tmp_path / "ledger.jsonl"
    file.write_text("".join(queries.each_line()))
    seen = [checkpoints[1].as_dict(), later.as_dict()]
    assert verifier.verify_file(file, checkpoints=seen, keys=[old]).holds
    assert (
        "do not trust" in verifier.verify_file(file, checkpoints=seen, keys=[new]).reason
    )  # the old one: not through it


def test_a_key_that_nobody_endorsed_is_told(checkpoints: list[Checkpoint], tmp_path: Path, settings: Any) -> None:
    settings.SIGNING_KEYS = ["22" * 32]
    later = actions.sign_checkpoint(actor=WORKER, now=clock.now())
    assert [key.is_endorsed for key in queries.signing_keys()] == [True, False]
    file = tmp_path / "ledger.jsonl"
    file.write_text("".join(queries.each_line()))
    found = verifier.verify_file(file, checkpoints=[later.as_dict()], keys=[checkpoints[0].public_key])
    assert "do not trust" in found.reason


def test_keys_of_the_settings_endorse_in_their_order_and_are_not_changed_here(
    checkpoints: list[Checkpoint], settings: Any
) -> None:
    settings.SIGNING_KEYS = ["22" * 32, settings.SIGNING_KEY_FILE.read_text().strip()]
    actions.sign_checkpoint(actor=WORKER, now=clock.now())
    assert [key.is_endorsed for key in queries.signing_keys()] == [True, True]
    with pytest.raises(Conflict, match="TANDEM_SIGNING_KEY"):
        actions.rotate_signing_key(actor=WORKER)
    settings.SIGNING_KEYS = ["no key"]
    with pytest.raises(InvalidInput, match="64 hexadecimal"):
        actions.sign_checkpoint(actor=WORKER, now=clock.now())


def test_a_machine_without_cryptography_says_that_it_did_not_check(
    checkpoints: list[Checkpoint], tmp_path: Path
) -> None:
    script, file, seen = tmp_path / "verifier.py", tmp_path / "ledger.jsonl", tmp_path / "seen.json"
    script.write_text(Path(str(verifier.__file__)).read_text())
    file.write_text("".join(queries.each_line()))
    seen.write_text(json.dumps(checkpoints[1].as_dict()))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(file), "--checkpoint", str(seen)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "SIGNATURE WAS NOT CHECKED" in done.stdout


def test_a_damaged_database_is_told_and_no_trace_is_shown(copy: Copy, tmp_path: Path) -> None:
    file = tmp_path / "damaged.sqlite3"
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 2_000)
    assert "can't be read there" in verifier.verify_file(file).reason
