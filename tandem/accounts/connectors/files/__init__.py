"""Other people's files as tables: CSV in any dress, XLSX, Parquet, JSON lines, gzip and zip around them."""

from __future__ import annotations

from pathlib import Path

from tandem.accounts.connectors.base import Table
from tandem.accounts.connectors.files.columnar import open_parquet
from tandem.accounts.connectors.files.delimited import open_delimited
from tandem.accounts.connectors.files.json_lines import open_json_lines
from tandem.accounts.connectors.files.limits import MAX_COLUMNS
from tandem.accounts.connectors.files.packed import unpacked
from tandem.accounts.connectors.files.sheets import open_sheet
from tandem.core.errors import DataUnreadable

__all__ = ["MAX_COLUMNS", "open_table"]

PARQUET_MAGIC = b"PAR1"
ZIP_MAGIC = b"PK\x03\x04"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"


def open_table(path: Path) -> Table:
    """The file as a table, recognised by its first bytes rather than its name.

    Raises DataUnreadable with what is wrong and the remedy: empty, binary, too wide, a bomb, damaged.
    """
    if not path.is_file():
        raise DataUnreadable(f"{path.name} is not a file.", hint="Name a file.", context={"file": str(path)})
    with unpacked(path) as plain:
        head = plain.head
        if not head.strip():
            raise DataUnreadable(f"{path.name} is empty.", hint="Export it again.", context={"file": str(path)})
        if head.startswith(PARQUET_MAGIC):
            return open_parquet(path)
        if head.startswith((ZIP_MAGIC, OLD_EXCEL_MAGIC)):
            return open_sheet(path, head)
        if path.suffix.lower() in {".jsonl", ".ndjson"} or head.lstrip()[:1] == b"{":
            return open_json_lines(path)
        return open_delimited(path)
