"""Accounts and contacts in anybody's files, as matching takes them. No database.

A file's columns are understood by a mapping, by the connector that knows the export, or by the words of the schema.
Texts of unknown meaning come along as further evidence; numbers of unknown meaning do not, they compare as nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tandem.accounts.connectors import registry
from tandem.accounts.connectors.base import REFUSE, Connector, Table
from tandem.accounts.connectors.files import open_table
from tandem.accounts.connectors.mapped import connector_of, open_mapping
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion
from tandem.accounts.domain.fields import fields_of
from tandem.accounts.domain.headers import header_word
from tandem.accounts.domain.matching.features import MAX_EXTRAS
from tandem.core.errors import DataUnreadable

HOUSE_NUMBER = "house_number"
HOUSE_WORDS = frozenset({"streetnumber", "housenumber", "houseno", "streetno", "hausnummer", "hausnr"})
COMPARED: Mapping[Entity, frozenset[str]] = {
    Entity.ACCOUNT: frozenset(
        {"name", "domain", "domain_2", "phone", "street", "city", "region", "postal_code", "country", "industry"}
    ),
    Entity.CONTACT: frozenset(
        {
            "first_name", "last_name", "name", "email", "email_2", "phone", "mobile", "linkedin", "title",
            "account_key", "account_name", "account_domain", "birth_date", "national_id", "street", "city", "region",
            "postal_code", "country",
        }
    ),
}  # fmt: skip
NEVER_ALONE = frozenset({"account_key", "country", "region", "title", "industry"})  # no record is told by these alone
ROWS_AT_ONCE = 100_000
LETTERS_SHARE = 0.5  # of filled cells that must hold a letter, for a column of unknown meaning to be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFile:
    """One file's records.

    records : source, source_id, key, order (of content, whatever the order of rows) and the compared fields, text
    broken : rows that could not be read
    """

    path: Path
    source: str
    records: pd.DataFrame
    broken: int
    notes: tuple[str, ...]


def read_match_files(paths: Sequence[Path], entity: Entity, *, mapping: Path | None = None) -> tuple[MatchFile, ...]:
    """Read files of accounts or of contacts; a file that is given twice is read once.

    Raises DataUnreadable (missing, empty, damaged, nothing to compare), InvalidInput for a wrong mapping.
    """
    mapped = open_mapping(mapping) if mapping is not None else None
    seen: dict[str, Path] = {}
    for path in sorted(set(paths)):
        if not path.is_file():
            raise DataUnreadable(f"{path} does not exist.", hint="Check the spelling.", context={"file": str(path)})
        seen.setdefault(_sha256(path), path)
    files = list(seen.values())
    names = _names(files)
    found = []
    for path in files:
        table = open_table(path)
        by_mapping = [one for one in (mapped.of(path.name) if mapped else ()) if one.entity is entity]
        connector = connector_of(by_mapping[0]) if by_mapping else _recognised(path, table, entity)
        found.append(_read(path, table, connector, names[path]))
    return tuple(found)


def as_frames(files: Sequence[MatchFile]) -> Iterator[pd.DataFrame]:
    """The records of several files with `record_id` by content, a stretch at a time."""
    ids = record_ids(files)
    for file, own in zip(files, ids, strict=True):
        frame = file.records.assign(record_id=own)
        for start in range(0, len(frame), ROWS_AT_ONCE):
            yield frame.iloc[start : start + ROWS_AT_ONCE]


def record_ids(files: Sequence[MatchFile]) -> list[np.ndarray]:
    """Numbers from 0 over all files, by source and content: the order of rows in a file does not matter."""
    first, found = 0, []
    for file in files:
        places = np.empty(len(file.records), dtype=np.int64)
        places[np.argsort(file.records["order"].to_numpy(), kind="stable")] = np.arange(len(places))
        found.append(places + first)
        first += len(places)
    return found


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """Each file's source word: its name without ending, or the whole path where two would be called the same."""
    stems = [path.stem for path in files]
    return {path: path.stem if stems.count(path.stem) == 1 else str(path) for path in files}


def _recognised(path: Path, table: Table, entity: Entity) -> Connector:
    """The connector that knows the file, if it is for this entity; else one made of the schema's words."""
    detection = registry.detect(path, table.headers)
    if detection is not None and detection.connector.entity is entity:
        return detection.connector
    words: dict[str, str] = {}
    for field in fields_of(entity).values():
        for word in (header_word(field.name), *field.synonyms):
            words.setdefault(word, field.name)
    headers = {header_word(header) for header in table.headers}
    columns = {word: words[word] for word in headers if word in words}
    if not (set(columns.values()) & COMPARED[entity]) - NEVER_ALONE:
        raise DataUnreadable(
            f"{path.name} has no column by which {entity.value}s can be compared.",
            hint=f"It has: {', '.join(table.headers[:30])}. Say what they mean with --mapping.",
            code="resolve.no_columns",
            context={"file": str(path)},
        )
    in_order = {word: name for word, name in words.items() if word in columns}
    kind = registry.list_connectors()[0].source_kind
    return Connector(system="file", entity=entity, source_kind=kind, columns=in_order)


def _read(path: Path, table: Table, connector: Connector, source: str) -> MatchFile:
    by_word = {header_word(header): header for header in table.headers}
    house = next((by_word[word] for word in sorted(HOUSE_WORDS) if word in by_word), None)
    columns = {word: name for word, name in connector.columns.items() if word not in HOUSE_WORDS}
    unknown = [header for header in table.headers if header_word(header) not in {*columns, *HOUSE_WORDS, ""}]
    frames, broken = [], 0
    for batch in table.batches():
        texts = conversion.canonical_texts(batch.rows, columns, connector.prepare)
        broken += len(batch.broken)
        if REFUSE in texts.columns:
            refused = texts[REFUSE] != ""
            texts, broken = texts[~refused], broken + int(refused.sum())
        kept = [name for name in texts.columns if name in COMPARED[connector.entity] or name == "key"]
        frame = texts[kept].copy()
        rows = batch.rows.loc[frame.index]
        if house is not None:
            frame[HOUSE_NUMBER] = rows[house]
        for header in unknown:
            frame[f"extra_{header_word(header)}"] = rows[header]
        frames.append(frame.astype("string[pyarrow]"))
    return _file(path, source, frames, broken, table.notes)


def _file(path: Path, source: str, frames: list[pd.DataFrame], broken: int, notes: tuple[str, ...]) -> MatchFile:
    records = pd.concat(frames) if frames else pd.DataFrame()
    if records.empty:
        raise DataUnreadable(
            f"{path.name} has no rows that can be read.",
            hint="Check the delimiter and the header row, or export it again.",
            code="data.no_rows",
            context={"file": str(path), "broken": broken or None},
        )
    records = records.fillna("")
    records = records.drop(columns=_meaningless(records))
    content = sorted(name for name in records.columns if name != "key")
    order = pd.util.hash_pandas_object(records[content], index=False).to_numpy()
    numbers = pd.Series(records.index.astype(str), index=records.index)
    key = records["key"].str.strip() if "key" in records.columns else pd.Series("", index=records.index)
    source_id = key.where(key != "", numbers)
    records = records.assign(source=source, source_id=source_id, key=key, order=order).reset_index(drop=True)
    return MatchFile(path=path, source=source, records=records, broken=broken, notes=notes)


def _meaningless(records: pd.DataFrame) -> list[str]:
    """Columns of unknown meaning that say nothing: numbers, one value throughout, a different text in every row."""
    extras = sorted(str(name) for name in records.columns if str(name).startswith("extra_"))
    telling = []
    for name in extras:
        filled = records[name][records[name].str.strip() != ""]
        distinct = filled.nunique()
        if distinct > 1 and filled.str.contains(r"[^\W\d_]", regex=True).mean() >= LETTERS_SHARE:
            telling.append((-len(filled), name))
    kept = {name for _, name in sorted(telling)[:MAX_EXTRAS]}
    return [name for name in extras if name not in kept]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
