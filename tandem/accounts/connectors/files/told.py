"""Columns that a file does not hold but its name, or a look over the whole of it, tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from tandem.accounts.connectors.base import RawBatch, Table

_DATE = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


class ToldColumns:
    """A table with further columns, the same value in every row.

    told : column title to value; a title the table has already is left alone
    """

    def __init__(self, table: Table, told: Mapping[str, str]) -> None:
        self._table = table
        self._told = {title: value for title, value in told.items() if title not in table.headers}
        self.headers: tuple[str, ...] = (*table.headers, *self._told)
        self.row_estimate: int | None = table.row_estimate

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Table.notes`."""
        more = [f"{title}: {value!r} in every row, told by the file as a whole." for title, value in self._told.items()]
        return (*self._table.notes, *more)

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """See `Table.batches`."""
        for batch in self._table.batches(skip_rows=skip_rows, size=size):
            rows = batch.rows.assign(**self._told)
            yield RawBatch(first_row_number=batch.first_row_number, rows=rows, broken=batch.broken)


def date_in_name(path: Path) -> str:
    """The last calendar day in a file's name, as ISO text; "" when there is none.

    >>> date_in_name(Path("bombora-surge-2026-03-02.csv")), date_in_name(Path("Surge_20260302.csv.gz"))
    ('2026-03-02', '2026-03-02')
    """
    for year, month, day in reversed(_DATE.findall(path.name)):
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
    return ""
