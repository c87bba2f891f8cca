"""The ledger takes entries, gives nothing back to edit, and shows where somebody forced it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction

from tandem.compliance import actions, queries, verifier
from tandem.compliance.models import LedgerEntry
from tandem.core import ledger
from tandem.core.actors import Actor, ActorKind, built_in_agent

MAYA = Actor(kind=ActorKind.PERSON, id=7, name="Maya Okafor", role="seller")
WORKER = built_in_agent("worker", "worker")
TRIGGERS = {
    "sqlite": ["DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete", "DROP TRIGGER ledger_in_chain"],
    "postgresql": [f"ALTER TABLE {LedgerEntry._meta.db_table} DISABLE TRIGGER USER"],
}


@pytest.fixture
def three_entries(db: None, now: datetime) -> None:
    for action, actor in (("a.first", MAYA), ("a.second", WORKER), ("a.third", MAYA)):
        ledger.append(actor, action, subject="account:42", amount=Decimal("10.50"), at=now, name="Kröger\n")


def without_triggers() -> None:
    with connection.cursor() as cursor:
        for statement in TRIGGERS[connection.vendor]:
            cursor.execute(statement)


def test_entries_follow_one_another_and_the_chain_holds(three_entries: None) -> None:
    found = queries.verify()
    assert (found.holds, found.entries) == (True, 3)
    assert [entry.actor_kind for entry in queries.entries_about("account:42")] == ["person", "agent", "person"]
    assert json.loads(queries.get_entry(1).facts)["amount"] == "10.50"


def test_the_record_of_one_thing_is_found_by_its_index_however_long_the_ledger_is(three_entries: None) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # three rows are read faster without
        rows = LedgerEntry.objects.filter(subject="account:42")
        # Of three rows PostgreSQL may rather sort, or walk the other index; what it finds them by is what counts.
        plan = (rows if connection.vendor == "postgresql" else rows.order_by("number")).explain()
    assert "ledger_by_subject" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compliance_ledgerentry SET actor_name = 'x' WHERE number = 2",
        "DELETE FROM compliance_ledgerentry WHERE number = 3",
        "INSERT INTO compliance_ledgerentry SELECT 9, at, actor_kind, actor_id, actor_name, action, subject, facts, "
        "'abc', 'def' FROM compliance_ledgerentry WHERE number = 1",
    ],
    ids=["update", "delete", "out of chain"],
)
def test_the_database_refuses_to_change_the_record(three_entries: None, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert queries.verify().entries == 3


@pytest.mark.parametrize("column", ["number", "hash", "previous_hash"])
def test_replacing_an_entry_is_refused_on_sqlite(three_entries: None, column: str) -> None:
    if connection.vendor != "sqlite":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE compliance_ledgerentry")
        assert queries.verify().entries == 3
        return
    values = {"number": "9", "hash": "'x'", "previous_hash": "'y'"}
    values[column] = column
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
        cursor.execute(
            f"INSERT OR REPLACE INTO compliance_ledgerentry SELECT {values['number']}, at, actor_kind, actor_id, "
            f"'forged', action, subject, facts, {values['previous_hash']}, {values['hash']} "
            "FROM compliance_ledgerentry WHERE number = 2"
        )
    assert queries.verify().entries == 3


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE compliance_ledgerentry SET facts = '{}' WHERE number = 2", 2),
        ("UPDATE compliance_ledgerentry SET actor_kind = 'agent' WHERE number = 1", 1),
        ("DELETE FROM compliance_ledgerentry WHERE number = 2", 2),
        ("UPDATE compliance_ledgerentry SET number = 5 WHERE number = 3", 3),
        ("DELETE FROM compliance_ledgerentry WHERE number = 3", 3),
    ],
    ids=["edit", "changed hand", "delete", "renumber", "cut tail"],
)
def test_every_kind_of_tampering_is_found(three_entries: None, tampering: str, broken_at: int) -> None:
    anchored = queries.head()[1]
    without_triggers()
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    assert queries.verify(expected_head=anchored).broken_at == broken_at


def test_swapped_entries_are_found(three_entries: None) -> None:
    without_triggers()
    with connection.cursor() as cursor:
        for old, new in ((2, 9), (3, 2), (9, 3)):
            cursor.execute("UPDATE compliance_ledgerentry SET number = %s WHERE number = %s", [new, old])
    assert queries.verify().broken_at == 2


def test_an_entry_goes_when_its_transaction_rolls_back(three_entries: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ledger.append(MAYA, "a.fourth", subject="account:42")
        raise RuntimeError
    assert queries.verify().entries == 3


def test_an_outsider_verifies_the_export_with_one_file(three_entries: None, tmp_path: Path) -> None:
    lines = [json.dumps(entry.as_dict(), ensure_ascii=False) for entry in queries.all_entries()]
    file = tmp_path / "ledger.jsonl"
    file.write_text("\n".join(lines) + "\n")
    assert verifier.verify_file(file, queries.head()[1]).holds
    file.write_text("\n".join(lines[:2]) + "\n")
    assert verifier.verify_file(file, queries.head()[1]).broken_at == 3
    file.write_text(lines[0] + "\n" + lines[1].replace("a.second", "a.secund") + "\n" + lines[2])
    assert verifier.verify_file(file).broken_at == 2
    file.write_text("no json\n")
    assert verifier.verify_file(file).reason == "the line is no JSON"


def test_values_without_a_canonical_form_are_refused(db: None) -> None:
    with pytest.raises(TypeError, match="can't be written"):
        ledger.append(MAYA, "a.b", subject="x:1", thing=object())
    assert queries.head()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain() -> None:
    def write(worker: int) -> None:
        for count in range(10):
            actions.append(actor=WORKER, action="a.raced", subject=f"worker:{worker}", facts={"n": count})
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    found = queries.verify()
    assert (found.holds, found.entries) == (True, 40)
