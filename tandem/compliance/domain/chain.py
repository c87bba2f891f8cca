"""The hash chain: how an entry is written down, hashed and checked. Pure.

Layout, version 1: SHA-256 over the UTF-8 bytes of ten lines joined by "\\n": the word "tandem-ledger-1", previous hash,
number, time (ISO 8601, UTC, microseconds, "+00:00"), actor kind, actor id, actor name, action, subject, facts. The
names are JSON strings, so that no value can contain a line break. `compliance.verifier` repeats it on its own.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring
from typing import Any

from tandem.compliance.contracts import Checkpoint, Entry, Verification

VERSION = "tandem-ledger-1"
BEFORE_THE_FIRST = "0" * 64
NOT_AS_SEEN = "it is not the entry that the checkpoint has seen"
ENDS_EARLY = "the chain ends before the anchored entry"

# An entry as databases give it, in the order of the columns: number, time as hashed, actor kind, actor id, actor name,
# action, subject, facts, previous hash, hash. Plain tuples, for ten million of them are read at once.
Line = tuple[int, str, str, int, str, str, str, str, str, str]


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


def as_line(entry: Entry) -> Line:
    """The entry as a line of the chain."""
    return (
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_kind,
        entry.actor_id,
        entry.actor_name,
        entry.action,
        entry.subject,
        entry.facts,
        entry.previous_hash,
        entry.hash,
    )


def line_hash(line: Line) -> str:
    """The hash that the line must bear, hex."""
    number, at, kind, actor_id, name, action, subject, facts, previous, _ = line
    words = (
        f"{VERSION}\n{previous}\n{number}\n{at}\n{kind}\n{actor_id}\n"
        f"{encode_basestring(name)}\n{encode_basestring(action)}\n{encode_basestring(subject)}\n{facts}"
    )
    return hashlib.sha256(words.encode()).hexdigest()


def entry_hash(entry: Entry) -> str:
    """The hash that the entry must bear, hex."""
    return line_hash(as_line(entry))


def verify(
    lines: Iterable[Line], *, expected_head: str | None = None, checkpoints: Sequence[Checkpoint] = ()
) -> Verification:
    """Check a whole chain from its first line on.

    expected_head : hash that an outside anchor says the last entry has; None: not known
    checkpoints : entries that outside anchors have seen; the chain may have grown since. Without them and without an
        expected head, a cut tail and a chain made anew go unseen
    """
    seen = defaultdict(list)
    for checkpoint in checkpoints:
        seen[checkpoint.number].append(checkpoint.hash)
    previous, number = BEFORE_THE_FIRST, 0
    for line in lines:
        reason = _fault(line, number + 1, previous)
        if not reason and number + 1 in seen and any(line[9] != digest for digest in seen[number + 1]):
            reason = NOT_AS_SEEN
        if reason:
            return Verification(entries=number, head=previous, broken_at=number + 1, reason=reason)
        previous, number = line[9], number + 1
    is_short = any(number < seen_number for seen_number in seen)
    if is_short or (expected_head is not None and previous != expected_head):
        return Verification(entries=number, head=previous, broken_at=number + 1, reason=ENDS_EARLY)
    return Verification(entries=number, head=previous)


def _fault(line: Line, number: int, previous: str) -> str:
    if line[0] != number:
        return f"number {line[0]} stands where {number} belongs"
    if line[8] != previous:
        return "it does not point at the entry before"
    try:
        is_as_written = line[9] == line_hash(line)
    except (TypeError, UnicodeError):  # a part is no text at all
        is_as_written = False
    return "" if is_as_written else "its contents were changed after it was written"
