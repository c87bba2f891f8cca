"""Rows that one installation hands to another: canonical fields as text, one CSV a file of origin, in one zip.

What is handed over has been read already: dates are ISO, numbers have points, phones are E.164. So it needs none of the
connector that read it, and lands in the other installation as words of the same source.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tandem.accounts.connectors.base import Connector
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain.fields import fields_of
from tandem.accounts.domain.headers import header_word
from tandem.core.errors import DataUnreadable

MANIFEST, FORMAT = "manifest.json", 1
LONG_AGO = (2020, 1, 1, 0, 0, 0)  # the same rows make the same file
MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one file. rows : canonical field to JSON-ready value; missing fields are absent"""

    file_name: str
    system: str
    entity: Entity
    source_kind: SourceKind
    source_key: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """One file of rows, laid down to be landed."""

    file: Path
    connector: Connector
    source_key: str


def pack(parts: Iterable[Part]) -> bytes:
    """All parts in one zip."""
    target = io.BytesIO()
    told = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts, 1):
            name = f"{number:04d}.csv"
            _add(archive, name, _as_csv(part.rows))
            told.append(
                {
                    "name": name, "file": part.file_name, "system": part.system, "entity": part.entity.value,
                    "source_kind": part.source_kind.value, "source_key": part.source_key, "rows": len(part.rows),
                }
            )  # fmt: skip
        _add(archive, MANIFEST, json.dumps({"format": FORMAT, "parts": told}, ensure_ascii=False))
    return target.getvalue()


def unpack(content: bytes, folder: Path) -> list[Unpacked]:
    """Lay the parts down in a folder, each with the connector that reads it. Raises DataUnreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told = json.loads(archive.read(MANIFEST))
            if told["format"] != FORMAT or len(told["parts"]) > MOST_PARTS:
                raise _unreadable()
            return [_unpack(archive, number, part, folder) for number, part in enumerate(told["parts"], 1)]
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise _unreadable() from error


def _unpack(archive: zipfile.ZipFile, number: int, part: Mapping[str, Any], folder: Path) -> Unpacked:
    entity = Entity(part["entity"])
    file = folder / f"{number:04d}-{entity.value}.csv"
    file.write_bytes(archive.read(str(part["name"])))
    connector = Connector(
        system=str(part["system"]),
        entity=entity,
        source_kind=SourceKind(part["source_kind"]),
        columns={header_word(name): name for name in fields_of(entity)},
        decimal_comma=False,
        label=f"{entity.value.replace('_', ' ')} rows from another installation",
    )
    return Unpacked(file=file, connector=connector, source_key=str(part["source_key"]))


def _as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_as_text(row.get(name)) for name in heads] for row in rows)
    return target.getvalue()


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, text.encode("utf-8", "replace"))


def _unreadable() -> DataUnreadable:
    return DataUnreadable("What was handed over can't be read.", hint="The sender may run another version; ask there.")
