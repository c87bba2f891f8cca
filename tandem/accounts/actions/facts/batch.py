"""What landing hands to a fact loader, and what it gets back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.models import Source
from tandem.core.actors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FactBatch:
    """Rows of one entity of one file, typed, to be written in the caller's transaction.

    load_id : `Load` they come from
    source : whose words they are
    typed : one column per canonical field (absent column: the file lacks it), one row per row of the file, index =
        row number. Values are Python ones: str, Decimal, int, float (probability, 0 to 1), bool, date, aware
        datetime, parsed JSON; None, NaN and "" are missing
    now : when the load runs
    actor : who loads
    """

    load_id: int
    source: Source
    typed: pd.DataFrame
    now: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FactResult:
    """What became of the rows: `landed + unchanged + len(refused)` is the number of rows given.

    landed : new or changed
    unchanged : already here, as given
    """

    landed: int
    unchanged: int
    refused: list[Refusal]


FactLoader = Callable[[FactBatch], FactResult]


def column(batch: FactBatch, name: str) -> list[Any]:
    """One column's values in row order, missing ones as None; all None when the file lacks the column."""
    if name not in batch.typed.columns:
        return [None] * len(batch.typed)
    return [None if _is_missing(value) else value for value in batch.typed[name].tolist()]


def row_numbers(batch: FactBatch) -> list[int]:
    """The rows' numbers in the file, in row order."""
    return [int(number) for number in batch.typed.index]


def text_column(batch: FactBatch, name: str) -> list[str]:
    """A column as text, missing values as ""."""
    return ["" if value is None else str(value) for value in column(batch, name)]


def json_column(batch: FactBatch, name: str) -> list[Any]:
    """A column of JSON values, whether typed already or still text; what can't be read is None."""
    return [_as_json(value) for value in column(batch, name)]


def texts(batch: FactBatch, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Several text columns, row by row."""
    return list(zip(*(text_column(batch, name) for name in names), strict=True))


def _as_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _is_missing(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return value == "" if isinstance(value, str) else isinstance(value, float) and value != value
