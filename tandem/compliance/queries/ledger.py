"""Reads of the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from tandem.compliance.contracts import Checkpoint, Entry, Verification
from tandem.compliance.domain import chain
from tandem.compliance.models import LedgerEntry
from tandem.core.errors import DataUnreadable, NotFound

COLUMNS = (
    "number", "at", "actor_kind", "actor_id", "actor_name", "action", "subject", "facts", "previous_hash", "hash",
)  # fmt: skip
ROWS_AT_ONCE = 5_000
LEDGER, VERIFIED = "ledger:1", "compliance.ledger_verified"


def verify(*, expected_head: str | None = None, checkpoint: Checkpoint | None = None) -> Verification:
    """Recompute the whole chain; names the first entry that does not hold. See `domain.chain.verify`."""
    return chain.verify(all_entries(), expected_head=expected_head, checkpoint=checkpoint)


def last_verification() -> tuple[datetime, Verification] | None:
    """When the whole chain was last recomputed by the night, and what was found; None: never."""
    rows = LedgerEntry.objects.filter(subject=LEDGER, action=VERIFIED).order_by("-number")
    row = rows.values_list("at", "facts").first()
    if row is None:
        return None
    told = json.loads(row[1])
    found = Verification(entries=told["entries"], head=told["head"], broken_at=told["broken_at"], reason=told["reason"])
    return row[0], found


def last_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest of the checkpoints that nights left in a folder; None: there is none. Raises DataUnreadable."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return read_checkpoint(files[-1].read_text(encoding="utf-8")) if files else None


def take_checkpoint(*, now: datetime) -> Checkpoint:
    """Where the ledger stands, to be kept where nobody here can change it."""
    number, last = head()
    return Checkpoint(number=number, hash=last, at=now)


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint as it was written down. Raises DataUnreadable."""
    try:
        read = json.loads(text)
        return Checkpoint(number=int(read["number"]), hash=str(read["hash"]), at=datetime.fromisoformat(read["at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DataUnreadable(
            "This is no checkpoint of a ledger.", hint="Give a file written by `tandem ledger checkpoint`."
        ) from error


def each_line() -> Iterator[str]:
    """Every entry as a line of JSON, as `compliance.verifier` reads it."""
    for entry in all_entries():
        yield json.dumps(entry.as_dict(), ensure_ascii=False) + "\n"


def all_entries() -> Iterator[Entry]:
    """Every entry in order, a few thousand at a time."""
    rows = LedgerEntry.objects.order_by("number").values_list(*COLUMNS)
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield Entry(**dict(zip(COLUMNS, row, strict=True)))


def head() -> tuple[int, str]:
    """Number and hash of the last entry; 0 and zeros for an empty ledger."""
    row = LedgerEntry.objects.order_by("-number").values_list("number", "hash").first()
    return row or (0, chain.BEFORE_THE_FIRST)


def list_entries(
    *,
    subject: str = "",
    actor_kind: str = "",
    actor_name: str = "",
    action: str = "",
    since: datetime | None = None,
    before_number: int | None = None,
    limit: int = 50,
) -> Sequence[Entry]:
    """Newest first; `before_number` pages on. Texts match from their beginning ("access." finds all of access)."""
    rows = LedgerEntry.objects.order_by("-number")
    wanted = {
        "subject": subject,
        "actor_kind": actor_kind,
        "actor_name__icontains": actor_name,
        "action__startswith": action,
        "at__gte": since,
        "number__lt": before_number,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return [Entry(**row) for row in rows.values(*COLUMNS)[:limit]]


def get_entry(number: int) -> Entry:
    """One entry. Raises NotFound."""
    row = LedgerEntry.objects.filter(number=number).values(*COLUMNS).first()
    if row is None:
        raise NotFound(f"The ledger has no entry {number}.")
    return Entry(**row)


def entries_about(subject: str, *, limit: int = 1_000) -> Sequence[Entry]:
    """The record of one thing, oldest first."""
    rows = LedgerEntry.objects.filter(subject=subject).order_by("number")[:limit]
    return [Entry(**row) for row in rows.values(*COLUMNS)]
