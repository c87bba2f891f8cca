"""Signals and kinds in people's files: read a stretch at a time, each row taken or refused with its reason.

Moments are ISO 8601. A date alone, here and as the moment of reckoning, means the end of that day in UTC, so that two
dates are whole days apart; a time without a zone is taken as UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tandem.accounts.queries.file_tables import open_file
from tandem.core.errors import DataUnreadable, InvalidInput
from tandem.intent.contracts import KindTable, SignalKind
from tandem.intent.domain.kinds import MOST, checked

COLUMNS = ("account_id", "kind", "at", "strength")
KIND_COLUMNS = ("kind", "weight", "half_life_days")
OPTIONAL_COLUMNS = ("saturation", "least_strength")
SCHEMA = pa.schema(
    [
        ("account_id", pa.string()),
        ("kind", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("strength", pa.float64()),
        ("row", pa.int64()),
    ]
)
ROWS_AT_ONCE = 100_000
NAMED_ROWS = 20  # refused rows that are told one by one
DATE_LETTERS = len("2026-11-25")
TO_THE_END_OF_THE_DAY = pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)


@dataclass(slots=True)
class Reading:
    """What was met in a file while it is read; whole after the last stretch.

    rows : all of the file
    refused : rows left out; the first 20 of them are in `reasons`
    unknown : signals of kinds that are not in the table but count all the same, by kind
    """

    path: Path
    rows: int = 0
    refused: int = 0
    reasons: list[InvalidInput] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    def refuse(self, row: int, column: str | None, wrong: str, rule: str, *, code: str = "intent.row") -> None:
        """Count a row as refused, and keep the reason of the first ones."""
        self.refused += 1
        if len(self.reasons) < NAMED_ROWS:
            where = {"file": self.path.name, "row": row} | ({"column": column} if column else {})
            self.reasons.append(InvalidInput(wrong, hint=rule, code=code, context=where))


def read_signals(path: Path, *, kinds: KindTable, reading: Reading) -> Iterator[pa.Table]:
    """The signals of a file (columns of `SCHEMA`; rows count from 1 below the titles), a stretch at a time.

    Raises DataUnreadable for a file that can't be read, lacks a column or has no rows, InvalidInput when every row
    was refused.
    """
    table = open_file(path)
    titles = _titles(path, table.headers, COLUMNS)
    for batch in table.batches(size=ROWS_AT_ONCE):
        reading.rows += len(batch.rows) + len(batch.broken)
        for broken in batch.broken:
            reading.refuse(broken.row_number, None, f"This row can't be read: {broken.reason}.", "Mend or remove it.")
        cells = batch.rows[list(titles.values())].set_axis(list(titles), axis=1)
        typed = _typed(cells, kinds, reading)
        if len(typed):
            yield pa.Table.from_pandas(typed, schema=SCHEMA, preserve_index=False)
    if not reading.rows:
        raise DataUnreadable(f"{path.name} has no rows.", hint="Export it again.", context={"file": str(path)})
    if reading.refused == reading.rows:
        raise _nothing_left(reading)


def read_kinds(path: Path) -> KindTable:
    """Kinds from a file: kind, weight, half_life_days, saturation and least_strength (empty or no such column: none).
    Others don't count.

    Raises DataUnreadable for a file that can't be read, InvalidInput for a row that breaks a rule.
    """
    table = open_file(path)
    titles = _titles(path, table.headers, KIND_COLUMNS)
    optional = _optional(table.headers)
    known: dict[str, SignalKind] = {}
    for batch in table.batches():
        if batch.broken:
            raise _wrong_kind(
                path, batch.broken[0].row_number, None, f"This row can't be read: {batch.broken[0].reason}."
            )
        for row, cells in zip(batch.rows.index, batch.rows.to_dict("records"), strict=True):
            told = {name: str(cells[title]).strip() for name, title in titles.items()}
            more = {name: str(cells[title]).strip() for name, title in optional.items()}
            kind = _kind_of(path, int(row), told, {name: text for name, text in more.items() if text})
            if kind.kind in known:
                raise _wrong_kind(path, int(row), "kind", f"Kind {kind.kind!r} stands there twice.")
            known[kind.kind] = kind
    if not known:
        raise DataUnreadable(f"{path.name} has no rows.", hint="One row a kind.", context={"file": str(path)})
    return KindTable(known=known)


def moment_of(text: str) -> datetime:
    """An ISO 8601 moment; a date alone is the end of that day in UTC, a time without zone is UTC.

    Raises ValueError when it is neither.
    """
    moment = datetime.fromisoformat(text.strip())
    if len(text.strip()) <= DATE_LETTERS:
        moment = datetime.combine(moment.date(), time.max)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _typed(cells: pd.DataFrame, kinds: KindTable, reading: Reading) -> pd.DataFrame:
    """Rows that hold every rule, typed; the others are told to `reading`."""
    texts = {name: cells[name].str.strip() for name in COLUMNS}
    moments = _moments(texts["at"])
    strength = pd.to_numeric(texts["strength"], errors="coerce")
    known = texts["kind"].isin(list(kinds.known))
    rules: tuple[tuple[str, pd.Series[bool], str], ...] = (
        ("account_id", texts["account_id"] != "", "Every signal belongs to an account: fill it in."),
        ("kind", texts["kind"] != "", "Every signal has a kind: fill it in."),
        ("kind", known | (kinds.other is not None), "It is not in the file of kinds: add it there, with a weight."),
        ("at", moments.notna(), "A moment is ISO 8601, such as 2026-11-25 or 2026-11-25T09:30:00Z."),
        ("strength", (strength >= 0) & (strength <= MOST), f"A strength is a number from 0 to {MOST:,.0f}."),
    )
    good = pd.Series(True, index=cells.index)
    reasons: dict[int, tuple[str, str]] = {}
    for column, holds, rule in rules:
        for row in cells.index[good & ~holds]:
            reasons[int(row)] = (column, rule)
        good &= holds
    for row in sorted(reasons):
        column, rule = reasons[row]
        value = texts[column].at[row]
        wrong = f"{column} {value!r} can't be used." if value else f"{column} is empty."
        reading.refuse(row, column, wrong, rule)
    reading.unknown.update(texts["kind"][good & ~known].tolist())
    typed = {"account_id": texts["account_id"], "kind": texts["kind"], "at": moments, "strength": strength}
    frame = pd.DataFrame(typed)[good]
    return frame.assign(at=frame["at"].dt.floor("us"), row=frame.index)


def _moments(texts: pd.Series[str]) -> pd.Series[Any]:
    letters = texts.str.len()
    moments = pd.to_datetime(texts.where(letters >= DATE_LETTERS), format="ISO8601", utc=True, errors="coerce")
    return moments.where(letters != DATE_LETTERS, moments + TO_THE_END_OF_THE_DAY)


def _titles(path: Path, headers: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Wanted column to the file's own title. Raises DataUnreadable for one that is missing."""
    found = {_plain(header): header for header in reversed(headers)}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise DataUnreadable(
            f"{path.name} has no column {', '.join(missing)}.",
            hint=f"It needs {', '.join(wanted)}; it has {', '.join(headers[:30])}.",
            code="intent.no_column",
            context={"file": str(path), "column": missing[0]},
        )
    return {name: found[name] for name in wanted}


def _optional(headers: Sequence[str]) -> dict[str, str]:
    """Columns of kinds that may be missing, to the file's own title."""
    found = {_plain(header): header for header in reversed(headers)}
    return {name: found[name] for name in OPTIONAL_COLUMNS if name in found}


def _plain(header: str) -> str:
    return header.strip().lower()


def _kind_of(path: Path, row: int, told: Mapping[str, str], more: Mapping[str, str]) -> SignalKind:
    numbers: dict[str, float | None] = {}
    texts = {"weight": told["weight"], "half_life_days": told["half_life_days"], **more}
    if not told["kind"]:
        raise _wrong_kind(path, row, "kind", "kind is empty.")
    for column, text in texts.items():
        try:
            numbers[column] = float(text)
        except ValueError as error:
            raise _wrong_kind(path, row, column, f"{column} {text!r} is no number.") from error
    try:
        return checked(SignalKind(kind=told["kind"], **numbers))  # type: ignore[arg-type]
    except InvalidInput as error:
        where = {"file": path.name, "row": row, **error.context}
        raise InvalidInput(error.message, hint=error.hint, code=error.error_code, context=where) from error


def _wrong_kind(path: Path, row: int, column: str | None, wrong: str) -> InvalidInput:
    where = {"file": path.name, "row": row} | ({"column": column} if column else {})
    return InvalidInput(
        wrong,
        hint="One row a kind: its word, a weight from 0, a half-life in days above 0; saturation and least_strength "
        "may be empty.",
        code="intent.kind",
        context=where,
    )


def _nothing_left(reading: Reading) -> InvalidInput:
    first = reading.reasons[0]
    return InvalidInput(
        f"None of the {reading.rows:,} rows of {reading.path.name} can be used. The first: {first.message}",
        hint=first.hint,
        code="intent.no_rows",
        context=first.context,
    )
