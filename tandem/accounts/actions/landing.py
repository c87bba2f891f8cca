"""One file into the model's source records and facts: twice over the file, resumable at any row.

The first pass (`surveying`) reads the whole file and writes nothing: it finds out whether the file can be read to its
end, and how its columns write dates and numbers. The second pass lands batch by batch; each batch's rows, counts and
position move in one transaction, so that a killed load goes on exactly where it stood. Raw rows and rejects are files
named by their first row, written before that transaction and replaced whole when a batch is done again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from django.db import transaction

from tandem.accounts import warehouse
from tandem.accounts.actions import barring, partitioning, rejects
from tandem.accounts.actions.facts import FACT_LOADERS, FactBatch, FactResult
from tandem.accounts.actions.records import land_records
from tandem.accounts.actions.spelling import notes_on_products
from tandem.accounts.actions.surveying import Progress, Survey, pieces_of, survey_file
from tandem.accounts.connectors.base import Connector, RawBatch
from tandem.accounts.connectors.registry import source_name
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.domain import conversion
from tandem.accounts.models import Load, LoadState, Source
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import AppError, Conflict

ROWS_AT_ONCE = 20_000
MATCHED = frozenset({Entity.ACCOUNT, Entity.CONTACT, Entity.OPPORTUNITY})
POINTED_AT = MATCHED | {Entity.PERSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What became of one file. `word`: landed, already landed, failed, not recognised."""

    file_name: str
    word: str
    entity: str = ""
    source_key: str = ""
    load_id: int | None = None
    rows_read: int = 0
    rows_landed: int = 0
    rows_unchanged: int = 0
    rows_refused: int = 0
    rejects_path: str = ""
    notes: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def get_source(key: str, kind: SourceKind, *, system: str, now: datetime) -> Source:
    """The source of this key, made on first sight."""
    source, _ = Source.objects.get_or_create(
        key=key,
        defaults={"name": source_name(key), "kind": kind, "system": system, "created_at": now},
    )
    return source


def land_file(
    path: Path,
    connector: Connector,
    *,
    source_key: str,
    actor: Actor,
    now: datetime,
    progress: Progress | None = None,
    mapping_sha256: str = "",
    ahead: Callable[[], Survey | None] | None = None,
) -> LoadReport:
    """Land one file; the same file and mapping again change nothing, unless what refused rows pointed at has come.

    ahead : gives the first pass where another process has made it; asked only if the file is to be landed
    An unreadable file ends as a failed load with its error kept; nothing of it is in use.
    Raises Conflict when another process is landing the same file.
    """
    source = get_source(source_key, connector.source_kind, system=connector.system, now=now)
    load, is_new = Load.objects.get_or_create(
        source=source,
        entity=connector.entity,
        file_sha256=sha256_of(path),
        mapping_sha256=mapping_sha256,
        defaults={"file_name": path.name, "started_at": now},
    )
    if not is_new and load.state == LoadState.LANDED:
        if not _may_land_more(load, actor=actor):
            return _report(load, "already landed")
        _begin_again(load)
    if load.state == LoadState.FAILED:
        load.state, load.error = LoadState.READING, None
        load.save(update_fields=["state", "error"])
    try:
        survey = ahead() if ahead is not None else None
        survey = survey or survey_file(path, connector, size=ROWS_AT_ONCE, progress=progress)
    except AppError as error:
        return _fail(load, error, actor=actor, now=now)
    _land_batches(load, path, connector, survey, actor=actor, now=now, progress=progress)
    return _finish(load, survey, actor=actor, now=now)


def _may_land_more(load: Load, *, actor: Actor) -> bool:
    """Whether rows that were refused for want of their deal, account, contact or person may find it by now; or rows
    that were put aside for their region may be kept by now.

    Not when the source has told of the same things since: an older file must not undo a newer one.
    """
    if not load.rows_refused:
        return False
    if partitioning.may_keep_more(load, actor=actor):
        return True
    if load.entity in MATCHED:
        return False
    later = Load.objects.filter(state=LoadState.LANDED)
    if later.filter(source=load.source, entity=load.entity, id__gt=load.id).exists():
        return False
    return later.filter(entity__in=POINTED_AT, finished_at__gt=load.finished_at, rows_landed__gt=0).exists()


def _begin_again(load: Load) -> None:
    """Back to the first row: what has landed will be found unchanged."""
    load.state, load.position = LoadState.READING, 0
    load.rows_read = load.rows_landed = load.rows_unchanged = load.rows_refused = 0
    load.save(update_fields=["state", "position", "rows_read", "rows_landed", "rows_unchanged", "rows_refused"])


def _land_batches(
    load: Load,
    path: Path,
    connector: Connector,
    survey: Survey,
    *,
    actor: Actor,
    now: datetime,
    progress: Progress | None,
) -> None:
    styles = survey.styles(connector)
    for batch, texts in pieces_of(path, connector, survey, skip_rows=load.position, size=ROWS_AT_ONCE):
        screened = barring.without_erased(batch, texts, connector.entity, load.source.key)
        kept = partitioning.keep_here(load, connector, screened.batch, screened.texts, actor=actor, now=now)
        _keep_raw(load, kept.batch)
        converted = conversion.convert(kept.texts, connector.entity, styles)
        with transaction.atomic():
            result = _write(load, connector, converted, actor=actor, now=now)
            refused = converted.refused + result.refused
            lines = rejects.lines_of(kept.batch.rows, kept.batch.broken, refused, converted.dropped)
            rejects.write_part(load.id, batch.first_row_number, sorted([*lines, *kept.lines, *screened.lines]))
            _move_on(
                load, batch, result, refused=len(refused) + len(batch.broken) + len(kept.lines) + len(screened.lines)
            )
        if progress:
            progress(load.position, survey.rows, "landing")


def _write(
    load: Load,
    connector: Connector,
    converted: conversion.Converted,
    *,
    actor: Actor,
    now: datetime,
) -> FactResult:
    rows = FactBatch(load_id=load.id, source=load.source, typed=converted.rows, now=now, actor=actor)
    if connector.entity in MATCHED:
        return land_records(rows, connector.entity)
    return FACT_LOADERS[connector.entity](rows)


def _keep_raw(load: Load, batch: RawBatch) -> None:
    """The rows as they came, each with its number, its load and a 64-bit hash of its cells."""
    told = len(batch.rows.columns) > 0
    hashes = pd.util.hash_pandas_object(batch.rows, index=False) if told else [None] * len(batch.rows)
    raw = pa.Table.from_pandas(batch.rows.rename_axis("row_number").reset_index(), preserve_index=False)
    raw = raw.append_column("load_id", pa.array([load.id] * len(raw), pa.int64()))
    raw = raw.append_column("row_hash", pa.array(hashes, pa.uint64()))
    warehouse.write_raw(
        source=load.source.key, entity=load.entity, load_id=load.id, first_row=batch.first_row_number, table=raw
    )


def _move_on(load: Load, batch: RawBatch, result: FactResult, *, refused: int) -> None:
    """Counts and position forward, unless somebody else has moved them."""
    read = len(batch.rows) + len(batch.broken)
    expected = load.position
    load.position = batch.first_row_number + read - 1
    load.rows_read += read
    load.rows_landed += result.landed
    load.rows_unchanged += result.unchanged
    load.rows_refused += refused
    changed = Load.objects.filter(id=load.id, position=expected, state=LoadState.READING).update(
        position=load.position,
        rows_read=load.rows_read,
        rows_landed=load.rows_landed,
        rows_unchanged=load.rows_unchanged,
        rows_refused=load.rows_refused,
    )
    if not changed:
        raise Conflict(f"{load.file_name} is being landed by another process.", hint="Wait until it is done.")


def _finish(load: Load, survey: Survey, *, actor: Actor, now: datetime) -> LoadReport:
    path, emptied = rejects.join(load.id)
    load.notes = _notes(survey, emptied) + notes_on_products(load.source, survey.drift.of("product_name"))
    load.rejects_path, load.state, load.finished_at = path, LoadState.LANDED, now
    with transaction.atomic():
        load.save(update_fields=["notes", "rejects_path", "state", "finished_at"])
        ledger.append(
            actor,
            "accounts.file_landed",
            subject=f"load:{load.id}",
            sha256=load.file_sha256,
            entity=str(load.entity),
            read=load.rows_read,
            landed=load.rows_landed,
            unchanged=load.rows_unchanged,
            refused=load.rows_refused,
        )
    return _report(load, "landed")


def _notes(survey: Survey, emptied: Counter[tuple[str, str]]) -> list[str]:
    notes = [*survey.notes]
    notes += filter(None, (evidence.note(name) for name, evidence in survey.evidence.items()))
    notes += [f"{column}: {count:,} cells left empty, {reason}." for (column, reason), count in emptied.most_common(20)]
    return notes + survey.drift.notes()


def _fail(load: Load, error: AppError, *, actor: Actor, now: datetime) -> LoadReport:
    """Nothing of the file is in use: it was refused before anything was landed."""
    rejects.forget(load.id)
    warehouse.drop_load(source=load.source.key, entity=load.entity, load_id=load.id)
    load.state, load.error, load.finished_at = LoadState.FAILED, error.as_dict(), now
    with transaction.atomic():
        load.save(update_fields=["state", "error", "finished_at"])
        ledger.append(actor, "accounts.file_refused", subject=f"load:{load.id}", code=error.error_code)
    return _report(load, "failed")


def _report(load: Load, word: str) -> LoadReport:
    return LoadReport(
        file_name=load.file_name,
        word=word,
        entity=str(load.entity),
        source_key=load.source.key,
        load_id=load.id,
        rows_read=load.rows_read,
        rows_landed=load.rows_landed,
        rows_unchanged=load.rows_unchanged,
        rows_refused=load.rows_refused,
        rejects_path=load.rejects_path,
        notes=tuple(load.notes),
        error=load.error,
    )


def sha256_of(path: Path) -> str:
    """Of the file; of a folder (chat exports, meetings), of its files' names and contents in order."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if path.is_dir():
            digest.update(str(file.relative_to(path)).encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
