"""Excel workbooks: the first visible sheet with more than one filled row."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd
import python_calamine

from tandem.accounts.connectors.base import BrokenRow, RawBatch
from tandem.accounts.connectors.files.delimited import distinct_headers
from tandem.accounts.connectors.files.limits import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_SHEET_BYTES
from tandem.accounts.connectors.files.packed import check_zip
from tandem.core.errors import DataUnreadable

ZIP_MAGIC = b"PK\x03\x04"


def open_sheet(path: Path, head: bytes) -> SheetTable:
    """The workbook's first filled sheet. Raises DataUnreadable for bombs, damage and too many columns."""
    hint = "Save the sheet as CSV and import that."
    try:
        if head.startswith(ZIP_MAGIC):
            check_zip(path, most_bytes=MAX_SHEET_BYTES)
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        # Dynamics keeps its value lists in a hidden sheet, at times the first one.
        hidden = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible
        ]
        names = [name for name in workbook.sheet_names if name not in hidden] or workbook.sheet_names
        sheets = [workbook.get_sheet_by_name(name) for name in names]
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataUnreadable(f"{path.name} is no readable workbook.", hint=hint, context={"file": str(path)}) from error
    sheet = next((sheet for sheet in sheets if sheet.height > 1), None)
    if sheet is None:
        raise DataUnreadable(
            f"{path.name} has no sheet with a header and rows.", hint=hint, context={"file": str(path)}
        )
    if sheet.width > MAX_COLUMNS:
        raise DataUnreadable(
            f"{path.name} has {sheet.width:,} columns; {MAX_COLUMNS:,} is the most.", hint=hint, code="data.too_wide"
        )
    left_out = [name for name in names if name != sheet.name]
    return SheetTable(path, sheet.name, left_out)


class SheetTable:
    """One sheet as a `Table`."""

    def __init__(self, path: Path, sheet: str, left_out: list[str]) -> None:
        self.path, self._sheet = path, sheet
        rows = self._rows()
        self.headers = distinct_headers([_text(cell) for cell in next(rows, [])])
        self.row_estimate: int | None = None
        self.notes: tuple[str, ...] = (f"Sheet {sheet!r} read; left out: {', '.join(left_out)}.",) if left_out else ()

    def _rows(self) -> Iterator[Sequence[object]]:
        workbook = python_calamine.CalamineWorkbook.from_path(str(self.path))
        rows = workbook.get_sheet_by_name(self._sheet).iter_rows()
        return (row for row in rows if any(cell not in ("", None) for cell in row))

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """See `Table.batches`."""
        numbered = enumerate(islice(self._rows(), 1, None), start=1)
        rows = islice(numbered, skip_rows, None)
        while chunk := list(islice(rows, size)):
            broken = []
            cells, numbers = [], []
            for number, row in chunk:
                texts = [_text(cell) for cell in row]
                texts += [""] * (len(self.headers) - len(texts))
                if max(map(len, texts)) > MAX_CELL_CHARACTERS:
                    broken.append(BrokenRow(row_number=number, reason="a cell is too long", raw=""))
                else:
                    cells.append(texts[: len(self.headers)])
                    numbers.append(number)
            frame = pd.DataFrame(cells, columns=list(self.headers), index=pd.Index(numbers, name="row"), dtype=object)
            yield RawBatch(first_row_number=chunk[0][0], rows=frame, broken=tuple(broken))


def _text(cell: object) -> str:
    """A cell as its reader would have typed it: whole numbers without a point, times in ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell).strip()
