"""Rows that a reader makes one by one (mails, meetings, chats, events) as a table with bounded batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from tandem.accounts.connectors.base import BrokenRow, RawBatch
from tandem.accounts.connectors.files.limits import KEPT_RAW_CHARACTERS, MAX_BATCH_CHARACTERS


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that should have been a row and can't be read: why, and how it begins."""

    reason: str
    raw: str = ""


@dataclass(slots=True)
class RowTable:
    """A `Table` over `read`, which starts anew at each call and gives the same rows in the same order.

    headers : every row has these cells and no others; missing ones are ""
    row_estimate : None where it is not known without reading
    notes : list that `read` may add to while it goes
    """

    headers: tuple[str, ...]
    read: Callable[[], Iterator[Mapping[str, str] | Unread]]
    row_estimate: int | None = None
    told: list[str] = field(default_factory=list)

    @property
    def notes(self) -> tuple[str, ...]:
        """See `Table.notes`."""
        return tuple(dict.fromkeys(self.told))

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """See `Table.batches`; a batch ends early when its text has grown large."""
        cells: dict[int, list[str]] = {}
        broken: list[BrokenRow] = []
        first, used = skip_rows + 1, 0
        for number, row in enumerate(self.read(), start=1):
            if number <= skip_rows:
                continue
            if isinstance(row, Unread):
                broken.append(BrokenRow(row_number=number, reason=row.reason, raw=row.raw[:KEPT_RAW_CHARACTERS]))
            else:
                cells[number] = [row.get(title, "") for title in self.headers]
                used += sum(map(len, cells[number]))
            if number - first + 1 >= size or used >= MAX_BATCH_CHARACTERS:
                yield self._batch(first, cells, broken)
                first, used, cells, broken = number + 1, 0, {}, []
        if cells or broken:
            yield self._batch(first, cells, broken)

    def _batch(self, first: int, cells: dict[int, list[str]], broken: list[BrokenRow]) -> RawBatch:
        index = pd.Index(list(cells), name="row", dtype="int64")
        frame = pd.DataFrame(list(cells.values()), columns=list(self.headers), index=index, dtype=object)
        return RawBatch(first_row_number=first, rows=frame, broken=tuple(broken))
