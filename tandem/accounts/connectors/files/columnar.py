"""Parquet, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tandem.accounts.connectors.base import RawBatch
from tandem.accounts.connectors.files.delimited import distinct_headers
from tandem.accounts.connectors.files.limits import MAX_COLUMNS
from tandem.core.errors import DataUnreadable


def open_parquet(path: Path) -> ParquetTable:
    """The file as a table of text cells. Raises DataUnreadable when it is damaged or too wide."""
    try:
        names = pq.ParquetFile(path).schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise DataUnreadable(
            f"{path.name} is no readable Parquet file.", hint="Export it again.", context={"file": str(path)}
        ) from error
    if len(names) > MAX_COLUMNS:
        raise DataUnreadable(
            f"{path.name} has {len(names):,} columns; {MAX_COLUMNS:,} is the most.", code="data.too_wide"
        )
    return ParquetTable(path, distinct_headers(names))


class ParquetTable:
    """A Parquet file as a `Table`."""

    def __init__(self, path: Path, headers: tuple[str, ...]) -> None:
        self.path, self.headers = path, headers
        self.row_estimate: int | None = pq.ParquetFile(path).metadata.num_rows
        self.notes: tuple[str, ...] = ()

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """See `Table.batches`."""
        number = 1
        for batch in pq.ParquetFile(self.path).iter_batches(batch_size=size):
            last = number + batch.num_rows - 1
            if last > skip_rows:
                skipped = max(skip_rows - number + 1, 0)
                frame = _as_text(batch.slice(skipped)).set_axis(list(self.headers), axis=1)
                frame.index = pd.RangeIndex(number + skipped, last + 1, name="row")
                yield RawBatch(first_row_number=number + skipped, rows=frame)
            number = last + 1


def _as_text(batch: pa.RecordBatch) -> pd.DataFrame:
    columns = []
    for column in batch.columns:
        try:
            text = column.cast(pa.string())
        except pa.ArrowException:
            text = pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
        columns.append(text.fill_null(""))
    return pa.table(columns, names=[str(index) for index in range(len(columns))]).to_pandas().astype(object)
