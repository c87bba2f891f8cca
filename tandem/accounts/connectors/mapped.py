"""Connectors made of mapping files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from tandem.accounts.connectors import shaping
from tandem.accounts.connectors.base import Connector, Table
from tandem.accounts.contracts import Entity
from tandem.accounts.domain.fields import fields_of
from tandem.accounts.domain.headers import header_word
from tandem.accounts.domain.mapping import FileMapping, FileMappings, read_mapping
from tandem.accounts.domain.vocabulary import StageWords
from tandem.core.errors import DataUnreadable

SYSTEM = "mapping"


def open_mapping(path: Path) -> FileMappings:
    """Read a mapping file. Raises DataUnreadable when it is no text, InvalidInput when it is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{path} can't be read as a mapping file.",
            hint="It must be a text in UTF-8; `tandem import PATH --propose` writes one to begin with.",
            context={"file": str(path)},
        ) from error
    return read_mapping(text, file_name=path.name)


def connector_of(file: FileMapping) -> Connector:
    """How files of this mapping are read."""
    return Connector(
        system=SYSTEM,
        entity=file.entity,
        source_kind=file.source_kind,
        file_names=(file.match.lower(),),
        columns=_columns(file),
        prepare=_preparing(file),
        ambiguity=file.date_order,
        decimal_comma=file.decimal_comma,
        inspect=_inspecting(file),
        label=f"{file.entity.value.replace('_', ' ')} by mapping",
    )


def _columns(file: FileMapping) -> dict[str, str]:
    """Header word to field; a column that is only a part of a field goes to scratch."""
    columns = {_part(header)[1:]: _part(header) for headers in file.join.values() for header in headers}
    return columns | {header_word(header): names[0] for header, names in file.columns.items()}


def _part(header: str) -> str:
    """Scratch column of a header."""
    return f"_{header_word(header)}"


def _joined(rows: pd.DataFrame, file: FileMapping, headers: tuple[str, ...]) -> pd.Series:
    """The cells of several columns with a space between; empty ones leave none."""
    mapped = {header_word(header): names[0] for header, names in file.columns.items()}
    parts = [shaping.text(rows, mapped.get(header_word(header), _part(header))).tolist() for header in headers]
    cells = [" ".join(filter(None, some)) for some in zip(*parts, strict=True)]
    return pd.Series(cells, index=rows.index, dtype=object)


def _preparing(file: FileMapping) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Fields that share a column, then translations, units, constants and the stages that end a deal."""
    copies = [(names[0], other) for names in file.columns.values() for other in names[1:]]
    words = StageWords(won=frozenset(map(header_word, file.won)), lost=frozenset(map(header_word, file.lost)))

    def prepare(rows: pd.DataFrame) -> pd.DataFrame:
        """The canonical text columns as the mapping wants them."""
        rows = rows.copy()
        for name, other in copies:
            rows[other] = shaping.text(rows, name)
        for name, headers in file.join.items():
            rows[name] = _joined(rows, file, headers)
        for name, table in file.values.items():
            rows[name] = _translated(shaping.text(rows, name), table)
        for name, unit in file.units.items():
            told = shaping.text(rows, name)
            rows[name] = told.where(told == "", told + unit)
        for name, value in file.constants.items():
            told = shaping.text(rows, name)
            rows[name] = told.where(told != "", value)
        rows = shaping.without_scratch(rows)
        return shaping.close_by_stage(rows, words) if file.entity is Entity.OPPORTUNITY else rows

    return prepare


def _translated(cells: pd.Series, table: Mapping[str, str]) -> pd.Series:
    return shaping.each(cells, lambda word: table.get(word.strip().casefold(), word))


def _inspecting(file: FileMapping) -> Callable[[Path, Table], tuple[str, ...]]:
    """Does the file have the columns that the mapping names?"""

    def inspect(path: Path, table: Table) -> tuple[str, ...]:
        """Notes on columns that are missing, or that nobody uses."""
        present = {header_word(header): header for header in table.headers}
        told = [*file.columns, *(header for headers in file.join.values() for header in headers)]
        missing = [header for header in told if header_word(header) not in present]
        _refuse_without_required(file, path, table, missing)
        named = {header_word(header) for header in told}
        unused = [header for word, header in present.items() if word not in named]
        notes = [f"The mapping names columns that are not here: {', '.join(missing)}."] if missing else []
        return (*notes, f"Columns not used: {', '.join(unused[:20])}.") if unused else tuple(notes)

    return inspect


def _refuse_without_required(file: FileMapping, path: Path, table: Table, missing: list[str]) -> None:
    given = {name for header, names in file.columns.items() if header not in missing for name in names}
    given |= {name for name, headers in file.join.items() if not set(headers) <= set(missing)}
    for name, field in fields_of(file.entity).items():
        if field.required and name not in given and name not in file.constants:
            headers = [
                header
                for header in missing
                if name in file.columns.get(header, ()) or header in file.join.get(name, ())
            ]
            raise DataUnreadable(
                f"{path.name} has no column {headers[0]!r}, which the mapping names for {name!r}.",
                hint=f"It has: {', '.join(table.headers[:30])}. Mend the mapping, or leave the file out of its match.",
                code="mapping.column_missing",
                context={"file": path.name, "column": headers[0]},
            )
