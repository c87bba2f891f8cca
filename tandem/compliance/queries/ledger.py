"""Reads of the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from tandem.compliance.contracts import Checkpoint, Entry, SignatureState, Verification
from tandem.compliance.domain import chain, signing
from tandem.compliance.models import LedgerEntry
from tandem.core.errors import DataUnreadable, NotFound

COLUMNS = (
    "number", "at", "actor_kind", "actor_id", "actor_name", "action", "subject", "facts", "previous_hash", "hash",
)  # fmt: skip
ROWS_AT_ONCE = 5_000
Report = Callable[[int, int | None, str], None]
WHOLE_SECOND = len("2026-11-24T08:40:00")
BELOW_ALL = -(2**63)

# As `chain.Line` wants it. On SQLite the casts keep the driver from making a time of each text.
_TEXTS = ("actor_name", "action", "subject", "facts", "previous_hash", "hash")
_SQLITE = "number, CAST(at AS TEXT), actor_kind, actor_id, " + ", ".join(f"CAST({name} AS TEXT)" for name in _TEXTS)
_POSTGRESQL = (
    """number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), actor_kind, actor_id, """
    + ", ".join(_TEXTS)
)
LEDGER = "ledger:1"


def verify(
    *, expected_head: str | None = None, checkpoints: Sequence[Checkpoint] = (), report: Report | None = None
) -> Verification:
    """Recompute the whole chain; names the first entry that does not hold. See `domain.chain.verify`.

    A checkpoint whose signature does not fit is refused as proof, whatever the chain says.
    report : told (entries read, entries in all, "") now and then
    Raises DataUnreadable when the database can't read a row.
    """
    rows = each_row() if report is None else _reported(each_row(), report)
    found = chain.verify(rows, expected_head=expected_head, checkpoints=checkpoints)
    forged = [one.number for one in checkpoints if signing.state(one) is SignatureState.BAD]
    if found.holds and forged:
        return replace(found, reason=f"the signature of the checkpoint of entry {forged[0]:,} does not fit its words")
    return found


def _reported(rows: Iterable[chain.Line], report: Report) -> Iterator[chain.Line]:
    total, _ = head()
    for row in rows:
        if row[0] % ROWS_AT_ONCE == 0:
            report(row[0], total, "")
        yield row


def each_row(*, after: int = BELOW_ALL) -> Iterator[chain.Line]:
    """Every entry in order as a plain line, read in pieces without the models: ten million take about half a minute.

    after : begin behind this number
    """
    is_sqlite = connection.vendor == "sqlite"
    sql = f"SELECT {_SQLITE if is_sqlite else _POSTGRESQL} FROM {LedgerEntry._meta.db_table} "  # noqa: S608
    sql += f"WHERE number > %s ORDER BY number LIMIT {ROWS_AT_ONCE}"
    while True:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, [after])
                rows = cursor.fetchall()
        except DatabaseError as error:
            raise DataUnreadable(
                f"The database can't read the ledger behind entry {after:,}: {error}",
                hint="The file is damaged, or was changed by hand. Compare with a backup.",
                code="ledger.unreadable",
            ) from error
        yield from (_with_time(row) for row in rows) if is_sqlite else rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][0]


def _with_time(row: tuple[Any, ...]) -> chain.Line:
    """A row of SQLite, whose times are texts without zone and, on a full second, without fraction."""
    at = row[1].replace(" ", "T")
    return (row[0], f"{at}+00:00" if len(at) > WHOLE_SECOND else f"{at}.000000+00:00", *row[2:])


def each_line() -> Iterator[str]:
    """Every entry as a line of JSON, as `compliance.verifier` reads it."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    for row in each_row():
        yield encode(dict(zip(COLUMNS, row, strict=True))) + "\n"


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
