"""Everything out in open formats, and back in: one Parquet file a table, a manifest with counts and hashes.

Generic over all tables of the product, so that a room added later is in the archive without a line here.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from tandem.core import bulk, clock, exits, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, DataUnreadable, NotAllowed

FORMAT_VERSION = 1
ROWS_AT_ONCE = 20_000
# Background work in progress and answers to repeatable calls are of this installation, not of the company.
LEFT_OUT = {"core.job", "core.keptanswer"}

Report = Callable[[int, int | None, str], None]
AfterRestore = Callable[[Actor], None]

_after_restore: list[AfterRestore] = []


def register_after_restore(work: AfterRestore) -> None:
    """Have something done at the end of every restore, inside its transaction, before anybody can see what came back.

    Called once at start-up by the room that owns it.
    """
    if work not in _after_restore:
        _after_restore.append(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedTable:
    """One table of an archive. `sha256` is of its Parquet file, hex."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What an archive holds."""

    format_version: int
    made_at: str
    tables: tuple[ArchivedTable, ...]
    files: int

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def archived_models() -> list[type[models.Model]]:
    """Tables of the product in an order in which references point backwards.

    Where tables point at each other one of them comes first all the same: a restore is one transaction, and both
    databases look at references at its end.
    """
    ours = [model for model in apps.get_models() if model.__module__.startswith("tandem.")]
    chosen = [model for model in ours if model._meta.managed and model._meta.label_lower not in LEFT_OUT]
    ordered: list[type[models.Model]] = []
    begun: set[type[models.Model]] = set()

    def place(model: type[models.Model]) -> None:
        if model in begun or model not in chosen:
            return
        begun.add(model)
        for field in model._meta.concrete_fields:
            target = field.related_model
            if field.is_relation and isinstance(target, type) and target is not model:
                place(target)
        ordered.append(model)

    for model in chosen:
        place(model)
    return ordered


def export_archive(out: Path, *, actor: Actor, progress: Report | None = None) -> Archive:
    """Write every table, the warehouse and the rejects to `out`.

    Raises Conflict when `out` has anything in it, NotAllowed when exports are stopped; then nothing is left there.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Conflict(f"{out} is not an empty folder.", hint="Name a new folder.", context={"folder": str(out)})
    exits.leave(actor, what="installation:1")
    (out / "tables").mkdir(parents=True)
    ledger.append(actor, "core.archive_exported", subject="installation:1", folder=out.name)
    chosen = archived_models()
    tables = []
    try:
        for done, model in enumerate(exits.watched(actor, chosen, what="installation:1")):
            if progress:
                progress(done, len(chosen), model._meta.label)
            tables.append(_write_table(model, out / "tables" / f"{model._meta.label_lower}.parquet"))
    except NotAllowed:  # stopped in the middle: what is there already goes too
        shutil.rmtree(out)
        raise
    files = _copy_folders(settings.DATA_DIR, out / "files")
    archive = Archive(format_version=FORMAT_VERSION, made_at=clock.now().isoformat(), tables=tuple(tables), files=files)
    (out / "manifest.json").write_text(json.dumps(archive.as_dict(), indent=2))
    return archive


def import_archive(folder: Path, *, actor: Actor, progress: Report | None = None) -> Archive:
    """Restore an archive into an empty installation, all or nothing.

    Raises DataUnreadable when a file is missing or altered, Conflict when there is data here already.
    """
    archive = _read_manifest(folder)
    by_label = {model._meta.label_lower: model for model in archived_models()}
    _refuse_unless_empty(by_label)
    with transaction.atomic():
        _clear_seeded(by_label)
        for done, table in enumerate(archive.tables):
            if progress:
                progress(done, len(archive.tables), table.name)
            if table.rows:
                _read_table(by_label[table.name], folder / "tables" / f"{table.name}.parquet")
        _advance_sequences(list(by_label.values()))
        ledger.append(actor, "core.archive_imported", subject="installation:1", made_at=archive.made_at)
        _copy_folders(folder / "files", settings.DATA_DIR)
        for work in _after_restore:
            work(actor)
    return archive


def _columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return list(model._meta.concrete_fields)


def _arrow_type(field: models.Field[Any, Any]) -> pa.DataType:
    kinds: tuple[tuple[type | tuple[type, ...], pa.DataType], ...] = (
        (models.BooleanField, pa.bool_()),
        (models.FloatField, pa.float64()),
        (models.DateTimeField, pa.timestamp("us", tz="UTC")),
        (models.DateField, pa.date32()),
        (models.IntegerField, pa.int64()),
    )
    if field.is_relation:
        return _arrow_type(field.target_field)  # type: ignore[attr-defined]
    return next((arrow for kind, arrow in kinds if isinstance(field, kind)), pa.string())


def _as_open(value: object) -> object:
    """A cell in an open type: decimals and JSON as text, the rest as it is."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def _write_table(model: type[models.Model], file: Path) -> ArchivedTable:
    fields = _columns(model)
    schema = pa.schema([pa.field(field.column, _arrow_type(field)) for field in fields])
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(model, fields):
            columns = [
                [_cell(value, kind) for value in column]
                for column, kind in zip(zip(*batch, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pa.table(columns, schema=schema))
            rows += len(batch)
    return ArchivedTable(name=model._meta.label_lower, rows=rows, sha256=_sha256(file))


def _cell(value: object, kind: pa.DataType) -> object:
    opened = _as_open(value)
    return (
        json.dumps(opened)
        if pa.types.is_string(kind) and opened is not None and not isinstance(opened, str)
        else opened
    )


def _batches(model: type[models.Model], fields: list[models.Field[Any, Any]]) -> Iterator[list[tuple[Any, ...]]]:
    names = [field.attname for field in fields]
    rows = model._default_manager.order_by("pk").values_list(*names).iterator(chunk_size=ROWS_AT_ONCE)
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _read_table(model: type[models.Model], file: Path) -> None:
    """Rows back through the bulk writer; rows that point at their own table come in order of id."""
    fields = _columns(model)
    columns = tuple(str(field.column) for field in fields)
    own = [index for index, field in enumerate(fields) if field.related_model is model]
    late: list[tuple[Any, ...]] = []
    for batch in pq.ParquetFile(file).iter_batches(batch_size=ROWS_AT_ONCE, columns=list(columns)):
        rows = [
            tuple(_as_stored(field, value) for field, value in zip(fields, row.values(), strict=True))
            for row in batch.to_pylist()
        ]
        if own:
            late += [
                (row[0], *(row[index] for index in own)) for row in rows if any(row[index] is not None for index in own)
            ]
            rows = [tuple(None if index in own else value for index, value in enumerate(row)) for row in rows]
        bulk.upsert(model, columns, rows, conflict=(columns[0],), update=None)
    if late:
        bulk.update_many(model, columns[0], tuple(columns[index] for index in own), late)


def _as_stored(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.JSONField):
        return json.loads(value)
    if isinstance(field, models.DecimalField):
        return Decimal(value)
    return value


def _read_manifest(folder: Path) -> Archive:
    file = folder / "manifest.json"
    try:
        document = json.loads(file.read_text())
        tables = tuple(ArchivedTable(**table) for table in document["tables"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataUnreadable(
            f"{file} is not the manifest of an archive.",
            hint="Name a folder written by `tandem export`.",
            context={"file": str(file)},
        ) from error
    if document.get("format_version") != FORMAT_VERSION:
        raise DataUnreadable(
            f"Archive format {document.get('format_version')!r} is not known here.",
            hint=f"This version reads format {FORMAT_VERSION}.",
        )
    for table in tables:
        path = folder / "tables" / f"{table.name}.parquet"
        if not path.exists() or _sha256(path) != table.sha256:
            raise DataUnreadable(
                f"{path.name} is missing or was altered after the export.",
                hint="Export again, or copy the archive again.",
                context={"file": str(path)},
            )
    return Archive(format_version=FORMAT_VERSION, made_at=document["made_at"], tables=tables, files=document["files"])


def _refuse_unless_empty(by_label: dict[str, type[models.Model]]) -> None:
    for label in ("accounts.load", "accounts.account", "compliance.ledgerentry"):
        if by_label[label]._default_manager.exists():
            raise Conflict(
                f"This installation already has rows in {label}.",
                hint="Restore into an empty one: set TANDEM_DATA_DIR to a new folder and run `tandem setup`.",
            )


def _clear_seeded(by_label: dict[str, type[models.Model]]) -> None:
    """Rows that migrations seed come from the archive instead."""
    for model in reversed(list(by_label.values())):
        if model._meta.label_lower != "compliance.ledgerentry":
            model._default_manager.all().delete()


def _advance_sequences(chosen: list[type[models.Model]]) -> None:
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), chosen):
            cursor.execute(statement)


def _copy_folders(origin: Path, target: Path) -> int:
    """Copy the warehouse and the rejects; returns how many files."""
    copied = 0
    for name in ("warehouse", "rejects"):
        if (origin / name).exists():
            shutil.copytree(origin / name, target / name, dirs_exist_ok=True)
            copied += sum(1 for path in (target / name).rglob("*") if path.is_file())
    return copied


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
