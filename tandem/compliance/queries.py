"""Reads of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tandem.compliance.contracts import Entry, Verification
from tandem.compliance.domain import chain
from tandem.compliance.models import LedgerEntry
from tandem.core.errors import NotFound

COLUMNS = (
    "number", "at", "actor_kind", "actor_id", "actor_name", "action", "subject", "facts", "previous_hash", "hash",
)  # fmt: skip
ROWS_AT_ONCE = 5_000


def verify(*, expected_head: str | None = None) -> Verification:
    """Recompute the whole chain; names the first entry that does not hold."""
    return chain.verify(all_entries(), expected_head=expected_head)


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
