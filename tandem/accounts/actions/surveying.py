"""The first pass over a file: whether it can be read to its end, and how its columns write dates and numbers.

Nothing is written here, and nothing but the file is needed, so that another process can do it. What was read of a
small file is kept, so that it is not read again when it is landed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from tandem.accounts.connectors.base import Connector, RawBatch, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.registry import files_of
from tandem.accounts.domain import conversion
from tandem.accounts.domain.drift import DriftWatch
from tandem.accounts.domain.parsing import Evidence, Style
from tandem.core.errors import DataUnreadable

# What is kept of one file takes about ten times its size in memory.
KEPT_BYTES, KEPT_ROWS = 16_000_000, 60_000
PACKED = frozenset({".gz", ".zip", ".xlsx", ".parquet"})

Progress = Callable[[int, int | None, str], None]
Piece = tuple[RawBatch, pd.DataFrame]


@dataclass(slots=True)
class Survey:
    """What the first pass found.

    notes : of the reader and of the connector, for people
    pieces : all batches with their canonical texts; None: too many to keep, read them again
    """

    rows: int = 0
    broken: int = 0
    evidence: dict[str, Evidence] = field(default_factory=dict)
    drift: DriftWatch = field(default_factory=DriftWatch)
    notes: tuple[str, ...] = ()
    pieces: list[Piece] | None = None

    def styles(self, connector: Connector) -> dict[str, Style]:
        """Each column's style; what the connector is told decides."""
        styles = {name: evidence.style(connector.ambiguity) for name, evidence in self.evidence.items()}
        if connector.decimal_comma is None:
            return styles
        return {name: replace(style, comma_decimal=connector.decimal_comma) for name, style in styles.items()}


def survey_file(path: Path, connector: Connector, *, size: int, progress: Progress | None = None) -> Survey:
    """Read the whole file in batches of `size` rows.

    Raises DataUnreadable where it can't be read to its end, or holds rows and none of them can be read.
    """
    table = _open(path, connector)
    survey = Survey(pieces=[] if _is_small(path) else None)
    for batch, texts in _pieces(table, connector, skip_rows=0, size=size):
        conversion.observe(texts, connector.entity, survey.evidence)
        survey.drift.observe(texts)
        survey.rows += len(batch.rows) + len(batch.broken)
        survey.broken += len(batch.broken)
        if survey.pieces is not None:
            survey.pieces.append((batch, texts))
        if survey.rows > KEPT_ROWS:
            survey.pieces = None
        if progress:
            progress(survey.rows, table.row_estimate, "reading")
    if survey.rows and survey.broken == survey.rows:
        raise DataUnreadable(
            f"None of the {survey.rows:,} rows can be read as a table.",
            hint="Check the delimiter and the header row, or export the file again.",
            code="data.no_rows",
        )
    remarks = connector.inspect(path, table) if connector.inspect is not None else ()
    survey.notes = (*table.notes, *remarks)
    return survey


def pieces_of(path: Path, connector: Connector, survey: Survey, *, skip_rows: int, size: int) -> Iterator[Piece]:
    """The batches after the first `skip_rows` rows with their canonical texts: those kept, else read again."""
    if survey.pieces is not None and not skip_rows:
        return iter(survey.pieces)
    return _pieces(_open(path, connector), connector, skip_rows=skip_rows, size=size)


def _open(path: Path, connector: Connector) -> Table:
    return connector.open_table(path) if connector.open_table else open_table(path)


def _pieces(table: Table, connector: Connector, *, skip_rows: int, size: int) -> Iterator[Piece]:
    for batch in table.batches(skip_rows=skip_rows, size=size):
        yield batch, conversion.canonical_texts(batch.rows, connector.columns, connector.prepare)


def _is_small(path: Path) -> bool:
    """Whether what stands in it may be kept in memory; of a packed file nobody knows beforehand."""
    files = files_of(path)
    return not any(file.suffix.lower() in PACKED for file in files) and _bytes_of(files) <= KEPT_BYTES


def _bytes_of(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files)
