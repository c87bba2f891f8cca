"""The hash chain: how an entry is written down, hashed and checked. Pure.

Layout, version 1: SHA-256 over the UTF-8 bytes of ten lines joined by "\\n": the word "tandem-ledger-1", previous hash,
number, time (ISO 8601, UTC, microseconds, "+00:00"), actor kind, actor id, actor name, action, subject, facts. The
names are JSON strings, so that no value can contain a line break. `compliance.verifier` repeats it on its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from tandem.compliance.contracts import Checkpoint, Entry, Verification

VERSION = "tandem-ledger-1"
BEFORE_THE_FIRST = "0" * 64


def canonical(facts: Mapping[str, Any]) -> str:
    """Facts as one text: sorted keys, no spaces, decimals and times as strings.

    Raises TypeError for a value that has no such form.
    """
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_as_text)


def _as_text(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} can't be written to the ledger; give text, numbers, lists or dates")


def entry_hash(entry: Entry) -> str:
    """The hash that the entry must bear, hex."""
    lines = [
        VERSION,
        entry.previous_hash,
        str(entry.number),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_kind,
        str(entry.actor_id),
        json.dumps(entry.actor_name, ensure_ascii=False),
        json.dumps(entry.action, ensure_ascii=False),
        json.dumps(entry.subject, ensure_ascii=False),
        entry.facts,
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def verify(
    entries: Iterable[Entry], *, expected_head: str | None = None, checkpoint: Checkpoint | None = None
) -> Verification:
    """Check a whole chain from its first entry on.

    expected_head : hash that an outside anchor says the last entry has; None: not known
    checkpoint : an entry that an outside anchor has seen; the chain may have grown since. None: not known.
        Without either, a cut tail goes unseen
    """
    previous, number = BEFORE_THE_FIRST, 0
    for entry in entries:
        reason = _fault(entry, number + 1, previous)
        if not reason and checkpoint is not None and checkpoint.number == entry.number != 0:
            reason = "" if entry.hash == checkpoint.hash else "it is not the entry that the checkpoint has seen"
        if reason:
            return Verification(entries=number, head=previous, broken_at=number + 1, reason=reason)
        previous, number = entry.hash, number + 1
    is_short = checkpoint is not None and number < checkpoint.number
    if is_short or (expected_head is not None and previous != expected_head):
        return Verification(
            entries=number, head=previous, broken_at=number + 1, reason="the chain ends before the anchored entry"
        )
    return Verification(entries=number, head=previous)


def _fault(entry: Entry, number: int, previous: str) -> str:
    if entry.number != number:
        return f"number {entry.number} stands where {number} belongs"
    if entry.previous_hash != previous:
        return "it does not point at the entry before"
    if entry.hash != entry_hash(entry):
        return "its contents were changed after it was written"
    return ""
