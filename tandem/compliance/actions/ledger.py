"""Writes of the ledger: append, and nothing else; and its way out as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tandem.access.actions import require
from tandem.compliance import queries
from tandem.compliance.contracts import Checkpoint, Entry
from tandem.compliance.domain import chain
from tandem.compliance.models import LedgerEntry
from tandem.core import clock, exits
from tandem.core.actors import Actor
from tandem.core.errors import Conflict
from tandem.core.ledger import Receipt

# One number for all writers of the chain; PostgreSQL lets them through one after the other until commit.
CHAIN_LOCK = 0x7A2DE3


def append(*, actor: Actor, action: str, subject: str, facts: Mapping[str, Any]) -> Receipt:
    """Add one entry in the caller's transaction; gone again if that rolls back."""
    return append_many(actor=actor, action=action, about=[(subject, facts)])[0]


def append_many(*, actor: Actor, action: str, about: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Receipt]:
    """Add one entry for each (subject, facts), under one lock."""
    with transaction.atomic():
        lock_chain()
        number, previous = queries.head()
        now = clock.now()
        entries = []
        for subject, facts in about:
            number += 1
            entry = Entry(
                number=number,
                at=now,
                actor_kind=actor.kind.value,
                actor_id=actor.id,
                actor_name=actor.name,
                action=action,
                subject=subject,
                facts=chain.canonical(facts),
                previous_hash=previous,
                hash="",
            )
            entry = replace(entry, hash=chain.entry_hash(entry))
            previous = entry.hash
            entries.append(entry)
        LedgerEntry.objects.bulk_create([LedgerEntry(**asdict(entry)) for entry in entries], batch_size=90)
    return [Receipt(number=entry.number, hash=entry.hash) for entry in entries]


def export_ledger(file: Path, *, actor: Actor) -> Checkpoint:
    """Write the whole ledger as JSON lines to a new file; returns where it stood. The export is its last entry.

    Raises NotAllowed without the right "ledger.export", Conflict when the file exists.
    """
    require(actor, "ledger.export")
    if file.exists():
        raise Conflict(f"{file} exists already.", hint="Name a new file.", context={"file": str(file)})
    exits.leave(actor, what="ledger:1")
    append(actor=actor, action="compliance.ledger_exported", subject="ledger:1", facts={"file": file.name})
    checkpoint = queries.take_checkpoint(now=clock.now())
    half = file.with_name(file.name + ".half")
    try:
        with half.open("w", encoding="utf-8") as stream:
            stream.writelines(exits.watched(actor, islice(queries.each_line(), checkpoint.number), what="ledger:1"))
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    return checkpoint


def lock_chain() -> None:
    """Let nobody else append until the transaction ends; what is read after it stays true until then.

    SQLite's IMMEDIATE transaction is the lock already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
