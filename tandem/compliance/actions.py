"""Writes of the ledger: append, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import connection, transaction

from tandem.compliance import queries
from tandem.compliance.contracts import Entry
from tandem.compliance.domain import chain
from tandem.compliance.models import LedgerEntry
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.ledger import Receipt

# One number for all writers of the chain; PostgreSQL lets them through one after the other until commit.
CHAIN_LOCK = 0x7A2DE3


def append(*, actor: Actor, action: str, subject: str, facts: Mapping[str, Any]) -> Receipt:
    """Add one entry in the caller's transaction; gone again if that rolls back."""
    return append_many(actor=actor, action=action, about=[(subject, facts)])[0]


def append_many(*, actor: Actor, action: str, about: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Receipt]:
    """Add one entry for each (subject, facts), under one lock."""
    with transaction.atomic():
        _lock_chain()
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


def _lock_chain() -> None:
    """SQLite's IMMEDIATE transaction is the lock already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
