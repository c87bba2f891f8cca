"""One person's rows in Arrow tables: found fast, told apart from rows that only mention them, and taken out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tandem.core.redaction import Redactor


@dataclass(frozen=True)
class PersonRows:
    """What to look for in a table.

    redactor : takes the person's keys out of a text
    keys : ids that mean the person: those that a source gave them or their activities
    naming : columns in which such an id, or a mail address alone, says that the row is theirs
    listing : columns that list the people who took part
    """

    redactor: Redactor
    keys: frozenset[str] = frozenset()
    naming: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()

    def places(self, table: pa.Table) -> list[int]:
        """Rows of which a text cell mentions the person, or a naming one holds one of the ids, in order."""
        columns = {name: _as_text(table.column(name)) for name in text_columns(table)}
        answers = [self._likely(column) for column in columns.values()] if self.redactor.loose else []
        if self.keys:
            ids = pa.array(sorted(self.keys), pa.large_string())
            answers += [pc.is_in(columns[name], value_set=ids) for name in self.naming if name in columns]
        if not answers or not len(table):
            return []
        likely = pc.indices_nonzero(pc.fill_null(reduce(pc.or_kleene, answers), False)).to_pylist()
        return [
            place for place in likely if self._holds({name: cells[place].as_py() for name, cells in columns.items()})
        ]

    def _holds(self, row: Mapping[str, Any]) -> bool:
        named = any(row.get(name) in self.keys for name in self.naming)
        return named or any(cell and self.redactor.mentions(cell) for cell in row.values())

    def _likely(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.match_substring_regex(column, self.redactor.loose, ignore_case=True)

    def is_own(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is the person's, or lists them among those who took part."""
        for name in self.naming:
            cell = row.get(name)
            if isinstance(cell, str) and cell and (cell in self.keys or self.redactor.is_whole(cell)):
                return True
        listed = (row.get(name) for name in self.listing)
        return any(self.redactor.is_whole(one) for cell in listed if cell for one in _people_in(str(cell)))

    def cleaned(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with a mark in place of each key."""
        return {name: self.redactor.clean(cell) if isinstance(cell, str) else cell for name, cell in row.items()}


def text_columns(table: pa.Table) -> list[str]:
    """Names of the columns that hold text."""
    return [
        field.name
        for field in table.schema
        if pa.types.is_string(field.type)
        or pa.types.is_large_string(field.type)
        or (pa.types.is_dictionary(field.type) and pa.types.is_string(field.type.value_type))
    ]


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.large_string())


def _people_in(cell: str) -> Iterable[str]:
    """The texts in a cell that lists people: JSON objects with address and name, or "a; b"."""
    try:
        told = json.loads(cell)
    except ValueError:
        return re.split(r"[;,]", cell)
    people = told if isinstance(told, list) else [told]
    return [str(value) for one in people if isinstance(one, dict) for value in one.values() if isinstance(value, str)]


def replaced(
    table: pa.Table, places: list[int], become: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> pa.Table | None:
    """The table with these rows as `become` says (None: gone) and all others as they are; None: nothing changed."""
    before = table.take(pa.array(places, pa.int64())).to_pylist()
    after = [become(row) for row in before]
    if after == before:
        return None
    pieces, last = [], 0
    for place, row in zip(places, after, strict=True):
        pieces.append(table.slice(last, place - last))
        if row is not None:
            pieces.append(pa.Table.from_pylist([row], schema=table.schema))
        last = place + 1
    pieces.append(table.slice(last))
    return pa.concat_tables(pieces).combine_chunks() if len(pieces) else table
