"""Files that are not brought in at all: their rows are counted, so that an import accounts for all it is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tandem.accounts.actions.landing import LoadReport
from tandem.accounts.connectors.files import open_table
from tandem.core.errors import AppError

# What a person would call a table; of other files nobody expects rows.
TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet", ".jsonl", ".ndjson", ".gz", ".zip"})
ROWS_AT_ONCE = 50_000

Progress = Callable[[int, int | None, str], None]


def refuse_file(unit: Path, word: str, reason: str, *, progress: Progress | None = None) -> LoadReport:
    """The report on a file that is refused whole: every row of a readable table counts as refused, for `reason`.

    word : what became of the file. The file is read once, in bounded memory; what is no table has no rows
    """
    rows = _count_rows(unit, progress) if unit.is_file() and unit.suffix.lower() in TABLES else 0
    counted = (f"All {rows:,} rows refused with it.",) if rows else ()
    return LoadReport(file_name=unit.name, word=word, rows_read=rows, rows_refused=rows, notes=(reason, *counted))


def _count_rows(unit: Path, progress: Progress | None) -> int:
    """Rows up to the end, or up to where the file can't be read any further."""
    rows = 0
    try:
        table = open_table(unit)
        for batch in table.batches(size=ROWS_AT_ONCE):
            rows += len(batch.rows) + len(batch.broken)
            if progress:
                progress(rows, table.row_estimate, f"{unit.name}: counting")
    except AppError:
        return rows
    return rows
