"""Small moves on canonical text columns that `prepare` functions share. Frames are changed in a copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from tandem.accounts.connectors.base import REFUSE
from tandem.accounts.domain.vocabulary import StageWords, read_stage

YES_WORDS = frozenset({"1", "true", "yes", "y", "ja"})


def text(rows: pd.DataFrame, name: str) -> pd.Series:
    """A column as text; empty texts when the file lacks it."""
    if name not in rows.columns:
        return pd.Series("", index=rows.index, dtype=object)
    return rows[name].fillna("").astype(object)


def each(values: pd.Series, function: Callable[[str], str]) -> pd.Series:
    """`function` over a text column, once per distinct value."""
    return values.map({value: function(value) for value in values.unique()})


def as_json(value: Any) -> str:
    """A JSON cell, the same text for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def details(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.Series:
    """A JSON object a row, of those named scratch columns (word to column) that hold something; "" where none does."""
    columns = {word: text(rows, scratch).tolist() for word, scratch in names.items()}
    found = [{word: values[place] for word, values in columns.items() if values[place]} for place in range(len(rows))]
    return pd.Series([as_json(one) if one else "" for one in found], index=rows.index, dtype=object)


def first_filled(rows: pd.DataFrame, *names: str) -> pd.Series:
    """For each row the first of the named columns that holds something."""
    chosen = text(rows, names[0])
    for name in names[1:]:
        chosen = chosen.where(chosen != "", text(rows, name))
    return chosen


def constant(rows: pd.DataFrame, value: str) -> pd.Series:
    """The same text in every row."""
    return pd.Series(value, index=rows.index, dtype=object)


def is_yes(values: pd.Series) -> pd.Series:
    """Which cells say yes."""
    return values.str.strip().str.lower().isin(YES_WORDS)


def refuse(rows: pd.DataFrame, where: pd.Series, reason: str) -> None:
    """Mark rows of `rows` (in place) to be refused; an earlier reason stands."""
    rows[REFUSE] = text(rows, REFUSE).where(~where | (text(rows, REFUSE) != ""), reason)


def refuse_deleted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows the source marks as deleted (scratch column `_deleted`) are refused."""
    if "_deleted" not in rows.columns:
        return rows
    rows = rows.copy()
    refuse(rows, is_yes(rows["_deleted"]), "deleted in the source")
    return rows.drop(columns="_deleted")


def without_scratch(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame without scratch columns, `REFUSE` kept."""
    return rows.drop(columns=[name for name in rows.columns if name.startswith("_") and name != REFUSE])


def close_by_stage(rows: pd.DataFrame, words: StageWords | None = None) -> pd.DataFrame:
    """Fill is_closed and is_won from the stage where the source does not tell; stage names as people read them."""
    rows = rows.copy()
    stages = text(rows, "stage")
    states = {value: read_stage(value, words) for value in stages.unique()}
    rows["stage"] = stages.map({value: state.name for value, state in states.items()})
    for name in ("is_closed", "is_won"):
        told = text(rows, name)
        derived = stages.map({value: str(getattr(state, name)).lower() for value, state in states.items()})
        rows[name] = told.where(told != "", derived).where(stages != "", told)
    return rows
