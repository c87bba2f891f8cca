"""Fast set writes that store exactly what the ORM would, on SQLite and PostgreSQL.

SQLite gets prepared statements in batches; PostgreSQL gets COPY into a temporary table and one statement over it.
Values are converted column by column with the model field's own conversion, skipped where the driver needs none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction

if TYPE_CHECKING:
    DbField = models.Field[Any, Any]

BATCH_ROWS = 5_000
KNOWN_VALUES = 50_000
STAGE = "bulk_stage"
TRIES_WITHOUT_LOCK = 3

Column = Sequence[Any]
Converter = Callable[[Column], Column]

NOTHING = type(None)
AS_THEY_ARE: dict[str, frozenset[type]] = {
    "CharField": frozenset({str, NOTHING}),
    "TextField": frozenset({str, NOTHING}),
    "IntegerField": frozenset({int, NOTHING}),
    "BooleanField": frozenset({bool, NOTHING}),
    "FloatField": frozenset({float, NOTHING}),
}
AS_THEY_ARE_ON_POSTGRESQL: dict[str, frozenset[type]] = {
    "DateTimeField": frozenset({datetime, NOTHING}),
    "DateField": frozenset({date, NOTHING}),
    "DecimalField": frozenset({Decimal, NOTHING}),
}
SAME_FAMILY = {
    "EmailField": "CharField",
    "SlugField": "CharField",
    "URLField": "CharField",
    "AutoField": "IntegerField",
    "BigAutoField": "IntegerField",
    "SmallAutoField": "IntegerField",
    "BigIntegerField": "IntegerField",
    "SmallIntegerField": "IntegerField",
    "PositiveIntegerField": "IntegerField",
    "PositiveBigIntegerField": "IntegerField",
    "PositiveSmallIntegerField": "IntegerField",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an `upsert` did. Exact when no key is given twice; SQLite counts each write of a repeated key.

    rows : given
    inserted : new
    updated : existing, and different from what was given
    """

    rows: int = 0
    inserted: int = 0
    updated: int = 0

    @property
    def unchanged(self) -> int:
        """Rows that changed nothing."""
        return self.rows - self.inserted - self.updated

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            rows=self.rows + other.rows,
            inserted=self.inserted + other.inserted,
            updated=self.updated + other.updated,
        )


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    *,
    conflict: Sequence[str],
    update: Sequence[str] | None,
    stamp: Sequence[str] = (),
) -> Counts:
    """Insert rows; where the key exists already, update the columns named, but only if one of them differs.

    Columns of the model that are not named get the field's default, as with `Model.objects.create`.

    Parameters
    ----------
    columns : field names ("account" or "account_id"), in the order of the values in each row
    rows : tuples of Python values; may be a generator, also one that queries. A key given twice: the last row stands
        (the first one when `update` is None)
    conflict : fields of a unique constraint without condition. Empty: plain insert, a duplicate raises IntegrityError
    update : fields to overwrite when the key exists. None: leave existing rows as they are
    stamp : fields overwritten along with `update` ones, which alone do not make a row different (updated_at)
    """
    table = _Table(model, columns)
    resolution = _resolution(table, conflict, update, stamp)
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            return _upsert_staged(table, rows, conflict, keeps_last=update is not None, resolution=resolution)
        return _upsert_direct(table, rows, resolution)


def update_many(model: type[models.Model], key: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Set columns of existing rows found by a unique key; returns how many rows changed.

    rows : (key value, *column values). A key that is not there is passed over; the last row of a repeated key stands
    """
    table = _Table(model, (key, *columns), with_defaults=False)
    key_name, *names = table.quoted
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            return _update_staged(table, rows)
        differs = " OR ".join(f"{name} IS NOT %s" for name in names)
        sets = ", ".join(f"{name} = %s" for name in names)
        sql = f"UPDATE {table.name} SET {sets} WHERE {key_name} = %s AND ({differs})"  # noqa: S608  names from models
        changed = 0
        with connection.cursor() as cursor:
            for batch in table.batches(rows):
                cursor.executemany(sql, [(*row[1:], row[0], *row[1:]) for row in batch])
                changed += cursor.rowcount
        return changed


def reserve_ids(model: type[models.Model], count: int) -> range:
    """Primary keys nobody else will get, in one run without a gap. Reserved for good, also if never used.

    On SQLite call it inside the transaction that writes the rows: a rollback gives the ids back.
    """
    if count <= 0:
        return range(0)
    if connection.vendor == "postgresql":
        return _reserve_in_sequence(model, count)
    return _reserve_in_table(model, count)


class _Table:
    """A model's table with the columns of one bulk write and how to convert each of them."""

    def __init__(self, model: type[models.Model], columns: Sequence[str], *, with_defaults: bool = True) -> None:
        meta = model._meta
        self.given: list[DbField] = [meta.get_field(name) for name in columns]  # type: ignore[misc]
        missing = [field for field in meta.concrete_fields if field not in self.given and not field.primary_key]
        self.filled: list[DbField] = missing if with_defaults else []
        self.meta = meta
        self.name = connection.ops.quote_name(meta.db_table)
        self.quoted = [self.quote(field.name) for field in (*self.given, *self.filled)]
        self.converters = [_converter(field) for field in self.given]

    def quote(self, name: str) -> str:
        """A field's column name, ready for SQL."""
        return connection.ops.quote_name(str(self.meta.get_field(name).column))  # type: ignore[union-attr]

    def batches(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
        """Rows as the driver wants them, some thousand at a time."""
        rest = iter(rows)
        while chunk := list(islice(rest, BATCH_ROWS)):
            given = list(zip(*chunk, strict=True))
            if len(given) != len(self.given):
                raise ValueError(f"A row of {len(given)} values for {len(self.given)} columns of {self.name}")
            converted = [convert(column) for convert, column in zip(self.converters, given, strict=True)]
            converted += [_default_column(field, len(chunk)) for field in self.filled]
            yield list(zip(*converted, strict=True))


def _default_column(field: DbField, size: int) -> Column:
    """What the ORM stores in a column nobody set. A callable other than a plain type is asked for each row."""
    default = field.default
    if field.has_default() and callable(default) and not isinstance(default, type):
        return _converter(field)([field.get_default() for _ in range(size)])
    stored = _converter(field)([field.get_default()])[0]
    return list(repeat(stored, size))


def _converter(field: DbField) -> Converter:
    """How one column's Python values become the driver's, chosen once for the column."""
    target: DbField = field.target_field if isinstance(field, models.ForeignKey) else field
    kind = target.get_internal_type()
    if kind == "JSONField":
        encoder = getattr(target, "encoder", None)
        return lambda column: [None if value is None else json.dumps(value, cls=encoder) for value in column]
    free = AS_THEY_ARE.get(SAME_FAMILY.get(kind, kind), frozenset())
    if connection.vendor == "postgresql":
        free |= AS_THEY_ARE_ON_POSTGRESQL.get(kind, frozenset())

    known: dict[tuple[type, Hashable], Any] = {}

    def convert(column: Column) -> Column:
        if set(map(type, column)) <= free and not _has_naive(column, kind):
            return column
        return _by_field(field, column, known)

    return convert


def _has_naive(column: Column, kind: str) -> bool:
    return kind == "DateTimeField" and any(value is not None and value.tzinfo is None for value in column)


def _by_field(field: DbField, column: Column, known: dict[tuple[type, Hashable], Any]) -> Column:
    """The field's own conversion, once for each different value; `known` carries them from batch to batch."""
    if len(known) > KNOWN_VALUES:
        known.clear()
    converted = []
    for value in column:
        key = (type(value), value)
        if key not in known:
            plain = value.value if isinstance(value, Enum) else value
            known[key] = field.get_db_prep_save(plain, connection)
        converted.append(known[key])
    return converted


def _resolution(table: _Table, conflict: Sequence[str], update: Sequence[str] | None, stamp: Sequence[str]) -> str:
    """The ON CONFLICT clause: nothing, or overwrite where something differs."""
    if not conflict:
        return ""
    target = ", ".join(table.quote(name) for name in conflict)
    if not update:
        return f"ON CONFLICT ({target}) DO NOTHING"
    unequal = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    names = [table.quote(name) for name in update]
    sets = ", ".join(f"{name} = excluded.{name}" for name in (*names, *(table.quote(name) for name in stamp)))
    differs = " OR ".join(f"{table.name}.{name} {unequal} excluded.{name}" for name in names)
    return f"ON CONFLICT ({target}) DO UPDATE SET {sets} WHERE {differs}"


def _upsert_direct(table: _Table, rows: Iterable[tuple[Any, ...]], resolution: str) -> Counts:
    """SQLite: prepared statements; new rows are told from changed ones by the table's size before and after."""
    marks = ", ".join(["%s"] * len(table.quoted))
    sql = f"INSERT INTO {table.name} ({', '.join(table.quoted)}) VALUES ({marks}) {resolution}"  # noqa: S608
    given = written = 0
    with connection.cursor() as cursor:
        before = _size(cursor, table)
        for batch in table.batches(rows):
            cursor.executemany(sql, batch)
            given += len(batch)
            written += cursor.rowcount
        inserted = _size(cursor, table) - before if given else 0
    return Counts(rows=given, inserted=inserted, updated=written - inserted)


def _size(cursor: Any, table: _Table) -> int:
    cursor.execute(f"SELECT count(*) FROM {table.name}")  # noqa: S608
    return int(cursor.fetchone()[0])


def _stage(cursor: Any, table: _Table, rows: Iterable[tuple[Any, ...]]) -> int:
    """PostgreSQL: rows into a temporary table with the target's column types; returns how many."""
    names = ", ".join(table.quoted)
    cursor.execute(f"CREATE TEMP TABLE {STAGE} ON COMMIT DROP AS SELECT {names} FROM {table.name} WITH NO DATA")  # noqa: S608
    count = 0
    # One COPY a batch, begun when the batch is there: while a COPY goes on, the connection answers no query, and rows
    # that are read as they are asked for (a queryset, a generator over one) would wait for it for ever.
    for batch in table.batches(rows):
        with cursor.copy(f"COPY {STAGE} ({names}) FROM STDIN") as copy:
            for row in batch:
                copy.write_row(row)
        count += len(batch)
    return count


def _upsert_staged(
    table: _Table, rows: Iterable[tuple[Any, ...]], conflict: Sequence[str], *, keeps_last: bool, resolution: str
) -> Counts:
    names = ", ".join(table.quoted)
    source = f"SELECT {names} FROM {STAGE} ORDER BY ctid"  # noqa: S608
    if conflict:
        keys = ", ".join(table.quote(name) for name in conflict)
        order = "DESC" if keeps_last else "ASC"
        one_each = f"SELECT DISTINCT ON ({keys}) {names}, ctid AS bulk_place FROM {STAGE} ORDER BY {keys}, ctid {order}"  # noqa: S608
        source = f"SELECT {names} FROM ({one_each}) AS given ORDER BY bulk_place"  # noqa: S608
    with connection.cursor() as cursor:
        given = _stage(cursor, table, rows)
        # A row version written by an update has a deleting transaction (xmax) on record; a fresh one has none.
        cursor.execute(
            f"WITH written AS (INSERT INTO {table.name} ({names}) {source} {resolution} "  # noqa: S608
            "RETURNING (xmax = 0) AS fresh) "
            "SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written"
        )
        inserted, updated = cursor.fetchone()
        cursor.execute(f"DROP TABLE {STAGE}")
    return Counts(rows=given, inserted=inserted, updated=updated)


def _update_staged(table: _Table, rows: Iterable[tuple[Any, ...]]) -> int:
    key, *names = table.quoted
    sets = ", ".join(f"{name} = given.{name}" for name in names)
    differs = " OR ".join(f"{table.name}.{name} IS DISTINCT FROM given.{name}" for name in names)
    last = f"SELECT DISTINCT ON ({key}) * FROM {STAGE} ORDER BY {key}, ctid DESC"  # noqa: S608
    with connection.cursor() as cursor:
        _stage(cursor, table, rows)
        cursor.execute(
            f"UPDATE {table.name} SET {sets} FROM ({last}) AS given "  # noqa: S608
            f"WHERE {table.name}.{key} = given.{key} AND ({differs})"
        )
        changed = int(cursor.rowcount)
        cursor.execute(f"DROP TABLE {STAGE}")
    return changed


def _reserve_in_table(model: type[models.Model], count: int) -> range:
    """SQLite: move the table's counter, inside a write transaction, where nobody else can."""
    table = model._meta.db_table
    key = connection.ops.quote_name(str(model._meta.pk.column))
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max({key}), 0) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        highest = int(cursor.fetchone()[0])
        cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
        counter = cursor.fetchone()[0]
        start = max(highest, counter or 0) + 1
        if counter is None:
            cursor.execute("INSERT INTO sqlite_sequence (seq, name) VALUES (%s, %s)", [start + count - 1, table])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [start + count - 1, table])
    return range(start, start + count)


def _reserve_in_sequence(model: type[models.Model], count: int) -> range:
    """PostgreSQL: a run from the sequence; if others kept taking numbers in between, under a short table lock."""
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, model._meta.pk.column])
        sequence = cursor.fetchone()[0]
        for _ in range(TRIES_WITHOUT_LOCK):
            cursor.execute(
                "SELECT min(id), max(id) FROM (SELECT nextval(%s) AS id FROM generate_series(1, %s)) AS taken",
                [sequence, count],
            )
            first, last = cursor.fetchone()
            if last - first + 1 == count:
                return range(first, last + 1)
        # setval is never rolled back and a lock is released with its savepoint: the run stays ours, the lock does not.
        cursor.execute("SAVEPOINT reserve_ids")
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT setval(%s, nextval(%s) + %s - 1)", [sequence, sequence, count])
        last = int(cursor.fetchone()[0])
        cursor.execute("ROLLBACK TO SAVEPOINT reserve_ids")
        cursor.execute("RELEASE SAVEPOINT reserve_ids")
    return range(last - count + 1, last + 1)
