"""Other people's files as tables, for rooms that read files of their own kind. No database."""

from __future__ import annotations

from pathlib import Path

from tandem.accounts.connectors.base import Table
from tandem.accounts.connectors.files import open_table


def open_file(path: Path) -> Table:
    """The file as a table of text cells, whatever its dress (CSV, Parquet, XLSX, JSON lines, packed).

    Raises DataUnreadable: missing, empty, binary, damaged, too wide.
    """
    return open_table(path)
