"""Reading an export the way landing does, for tests of connectors: no database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tandem.accounts.connectors import registry
from tandem.accounts.connectors.base import BrokenRow, Connector, RawBatch, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.domain import conversion
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.domain.parsing import Evidence

EXPORTS = Path(__file__).parent / "exports"


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file's rows."""

    connector: Connector
    table: Table
    batches: list[RawBatch]
    rows: list[dict[str, Any]]
    refused: list[Refusal]
    dropped: list[Refusal]

    @property
    def raw(self) -> pd.DataFrame:
        """Every row as it came."""
        return pd.concat([batch.rows for batch in self.batches])

    @property
    def broken(self) -> list[BrokenRow]:
        """Rows that could not be read at all."""
        return [one for batch in self.batches for one in batch.broken]

    @property
    def reasons(self) -> list[str]:
        """Why rows did not land, in the order of the file."""
        told = [(one.row_number, one.reason) for one in self.broken]
        told += [(one.row_number, one.reason) for one in self.refused]
        return [reason for _, reason in sorted(told)]


def connector_for(unit: Path) -> Connector | None:
    """What an import would choose: by content without titles first, then by titles."""
    found = registry.detect(unit)
    if found is None and unit.is_file():
        found = registry.detect(unit, open_table(unit).headers)
    return found.connector if found else None


def open_with(connector: Connector, unit: Path) -> Table:
    """The unit as the connector's table."""
    return connector.open_table(unit) if connector.open_table else open_table(unit)


def read(unit: Path, *, size: int = 20_000, skip_rows: int = 0) -> Reading:
    """Recognise, read, prepare and convert a unit."""
    connector = connector_for(unit)
    assert connector is not None, f"{unit.name} is not recognised"
    table = open_with(connector, unit)
    evidence: dict[str, Evidence] = {}
    for batch in table.batches(size=size):
        texts = conversion.canonical_texts(batch.rows, connector.columns, connector.prepare)
        conversion.observe(texts, connector.entity, evidence)
    styles = {name: found.style(connector.ambiguity) for name, found in evidence.items()}
    batches = list(table.batches(size=size, skip_rows=skip_rows))
    rows, refused, dropped = [], [], []
    for batch in batches:
        texts = conversion.canonical_texts(batch.rows, connector.columns, connector.prepare)
        converted = conversion.convert(texts, connector.entity, styles)
        rows += [
            {name: value for name, value in row.items() if value is not None}
            for row in converted.rows.to_dict("records")
        ]
        refused += converted.refused
        dropped += converted.dropped
    return Reading(connector, table, batches, rows, refused, dropped)
