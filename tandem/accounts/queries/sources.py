"""Reads of sources, their freshness, their loads and what was refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet, Sum

from tandem.accounts.models import Load, LoadState, Source, SourceRecord
from tandem.core.errors import NotFound

REJECTS_SHOWN = 100
CELL_CHARACTERS = 2_000


class Freshness(StrEnum):
    """Fresh: heard in time. Late: older than expected. Silent: expected and never heard. Unwatched: nobody expects."""

    FRESH = "fresh"
    LATE = "late"
    SILENT = "silent"
    UNWATCHED = "unwatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source as the page of data health shows it.

    last_landed_at : end of its last whole load; None: none yet
    expected_every_hours : None: no expectation
    read = landed + unchanged + refused : rows over all its landed loads
    records : accounts, contacts, deals it tells of
    failed : loads that could not be read
    is_typed_in : people's corrections, which have no loads
    """

    key: str
    name: str
    kind: str
    system: str
    expected_every_hours: int | None
    freshness: Freshness
    last_landed_at: datetime | None
    loads: int
    failed: int
    read: int
    landed: int
    unchanged: int
    refused: int
    records: int
    is_typed_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """One load as lists show it. `finished_at` None: still reading, or broken off."""

    id: int
    source_key: str
    source_name: str
    entity: str
    file_name: str
    state: str
    read: int
    landed: int
    unchanged: int
    refused: int
    started_at: datetime
    finished_at: datetime | None
    has_rejects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """One line of a rejects file: a refused row, or a cell left empty."""

    row: str
    outcome: str
    column: str
    value: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadHead:
    """One load, whole. `error`: code, message, hint, where of what failed it; None: it did not fail.

    rejects : the first lines; there may be more in the file
    rejects_gone : lines were refused, and the file that tells which is no longer there
    """

    row: LoadRow
    sha256: str
    notes: tuple[str, ...]
    error: Mapping[str, Any] | None
    rejects: tuple[Reject, ...]
    more_rejects: bool
    rejects_gone: bool


def list_sources(*, now: datetime) -> Sequence[SourceRow]:
    """Every source by name, in three statements."""
    return _rows(Source.objects.order_by("name", "id"), now)


def get_source_row(key: str, *, now: datetime) -> SourceRow:
    """One source. Raises NotFound."""
    for row in _rows(Source.objects.filter(key=key), now):
        return row
    raise NotFound(f"There is no source {key!r}.", hint="Open the list of sources.")


def _rows(sources: QuerySet[Source], now: datetime) -> list[SourceRow]:
    landed = Q(loads__state=LoadState.LANDED)
    sums = {
        name: Sum(f"loads__rows_{name}", filter=landed, default=0)
        for name in ("read", "landed", "unchanged", "refused")
    }
    found: Any = sources.annotate(
        count=Count("loads", filter=landed),
        failed=Count("loads", filter=Q(loads__state=LoadState.FAILED)),
        last=Max("loads__finished_at", filter=landed),
        **sums,
    )
    told = SourceRecord.objects.exclude(entity="person").values_list("source_id").annotate(n=Count("id")).order_by()
    records = dict(told)
    return [
        SourceRow(
            key=row.key,
            name=row.name,
            kind=row.kind,
            system=row.system,
            expected_every_hours=row.expected_every_hours,
            freshness=freshness(row.last, row.expected_every_hours, now),
            last_landed_at=row.last,
            loads=row.count,
            failed=row.failed,
            read=row.read,
            landed=row.landed,
            unchanged=row.unchanged,
            refused=row.refused,
            records=records.get(row.id, 0),
            is_typed_in=row.kind == "correction",
        )
        for row in found
    ]


def freshness(last: datetime | None, every_hours: int | None, now: datetime) -> Freshness:
    """How a source stands against what is expected of it."""
    if every_hours is None:
        return Freshness.UNWATCHED
    if last is None:
        return Freshness.SILENT
    return Freshness.FRESH if now - last <= timedelta(hours=every_hours) else Freshness.LATE


def list_loads(
    *, source_key: str = "", state: str = "", before_id: int | None = None, limit: int = 50
) -> Sequence[LoadRow]:
    """Loads, newest first. Empty texts: any. `before_id` is the last id of the page before."""
    wanted = {"source__key": source_key or None, "state": state or None, "id__lt": before_id}
    rows = Load.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    return [_load(row) for row in rows.select_related("source").order_by("-id")[:limit]]


def get_load(load_id: int, *, most_rejects: int = REJECTS_SHOWN) -> LoadHead:
    """One load with its notes and the first rejects. Raises NotFound."""
    load = Load.objects.select_related("source").filter(id=load_id).first()
    if load is None:
        raise NotFound(f"There is no load {load_id}.", hint="Open the list of sources and choose one of its loads.")
    file = _file_of(load)
    lines = _read_rejects(file, most_rejects + 1) if file else []
    return LoadHead(
        row=_load(load),
        sha256=load.file_sha256,
        notes=tuple(str(note) for note in load.notes),
        error=load.error,
        rejects=tuple(lines[:most_rejects]),
        more_rejects=len(lines) > most_rejects,
        rejects_gone=bool(load.rejects_path) and file is None,
    )


def find_rejects_file(load_id: int) -> Path:
    """The rejects file of a load, for taking out. Raises NotFound when there is none."""
    load = Load.objects.filter(id=load_id).first()
    file = _file_of(load) if load else None
    if file is None:
        raise NotFound(f"Load {load_id} has no rejects file.", hint="Nothing was refused, or the file was removed.")
    return file


def _load(load: Load) -> LoadRow:
    return LoadRow(
        id=load.id,
        source_key=load.source.key,
        source_name=load.source.name,
        entity=load.entity,
        file_name=load.file_name,
        state=load.state,
        read=load.rows_read,
        landed=load.rows_landed,
        unchanged=load.rows_unchanged,
        refused=load.rows_refused,
        started_at=load.started_at,
        finished_at=load.finished_at,
        has_rejects=bool(load.rejects_path),
    )


def _file_of(load: Load) -> Path | None:
    """The file, only if it lies where landing puts such files: a path in a row must not open any other."""
    if not load.rejects_path:
        return None
    folder = (Path(settings.DATA_DIR) / "rejects").resolve()
    file = (Path(settings.DATA_DIR) / load.rejects_path).resolve()
    return file if file.is_relative_to(folder) and file.is_file() else None


def _read_rejects(file: Path, most: int) -> list[Reject]:
    with file.open(newline="", encoding="utf-8") as stream:
        lines = islice(csv.reader(stream), 1, most + 1)
        padded = ((*line, "", "", "", "", "", "")[:6] for line in lines)
        return [
            Reject(row=row, outcome=outcome, column=column, value=value, reason=reason, raw=raw[:CELL_CHARACTERS])
            for row, outcome, column, value, reason, raw in padded
        ]
