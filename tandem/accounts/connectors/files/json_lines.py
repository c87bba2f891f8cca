"""JSON lines: one object a line, nested keys joined with dots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from tandem.accounts.connectors.base import BrokenRow, RawBatch
from tandem.accounts.connectors.files.delimited import SAMPLE_LINES
from tandem.accounts.connectors.files.limits import KEPT_RAW_CHARACTERS, MAX_CELL_CHARACTERS, MAX_COLUMNS
from tandem.accounts.connectors.files.text import TextFile, open_text
from tandem.accounts.domain.parsing import storable
from tandem.core.errors import DataUnreadable

RAW_COLUMN = "json"


def open_json_lines(path: Path) -> JsonLinesTable:
    """The file as a table. Raises DataUnreadable when none of its first lines is an object."""
    text = open_text(path)
    headers: dict[str, None] = {}
    for line in islice(text.lines(), SAMPLE_LINES * 20):
        found = parsed_object(line)
        if isinstance(found, dict):
            headers.update(dict.fromkeys(flat(found)))
    if not headers or len(headers) > MAX_COLUMNS:
        raise DataUnreadable(
            f"{path.name} holds no JSON objects, one a line."
            if not headers
            else f"{path.name} has {len(headers):,} keys.",
            hint="Each line must be one JSON object of at most 2,000 keys.",
            context={"file": str(path)},
        )
    return JsonLinesTable(path, text, (*headers, RAW_COLUMN))


def parsed_object(line: str) -> dict[str, Any] | str:
    """The object of a line, or the reason why there is none."""
    try:
        found = json.loads(storable(line))
    except (ValueError, RecursionError):
        return "the line is no JSON"
    return found if isinstance(found, dict) else "the line is no JSON object"


def flat(found: dict[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """Nested keys joined with dots, values as text; lists and what lies deeper than four levels as JSON."""
    cells: dict[str, str] = {}
    for key, value in found.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < 4:
            cells |= flat(value, f"{name}.", depth + 1)
        elif value is None:
            cells[name] = ""
        elif isinstance(value, str):
            cells[name] = value
        else:
            cells[name] = json.dumps(value, ensure_ascii=False)
    return cells


class JsonLinesTable:
    """A file of JSON objects as a `Table`; the column "json" holds each line as it came."""

    def __init__(self, path: Path, text: TextFile, headers: tuple[str, ...]) -> None:
        self.path, self.headers, self._text = path, headers, text
        self.row_estimate: int | None = None
        self.notes: tuple[str, ...] = ()

    def batches(self, *, skip_rows: int = 0, size: int = 20_000) -> Iterator[RawBatch]:
        """See `Table.batches`."""
        filled = enumerate((line for line in self._text.lines() if line.strip()), start=1)
        lines = islice(filled, skip_rows, None)
        while chunk := list(islice(lines, size)):
            rows: list[dict[str, str]] = []
            numbers: list[int] = []
            broken: list[BrokenRow] = []
            for number, line in chunk:
                found = parsed_object(line) if len(line) <= MAX_CELL_CHARACTERS else "the line is too long"
                if isinstance(found, str):
                    broken.append(BrokenRow(row_number=number, reason=found, raw=line[:KEPT_RAW_CHARACTERS]))
                else:
                    rows.append(flat(found) | {RAW_COLUMN: line.strip()})
                    numbers.append(number)
            frame = pd.DataFrame(rows, index=pd.Index(numbers, name="row"), dtype=object)
            frame = frame.reindex(columns=list(self.headers)).fillna("")
            yield RawBatch(first_row_number=chunk[0][0], rows=frame, broken=tuple(broken))
