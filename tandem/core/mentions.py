"""Rows of a database that may mention a person: a condition that both databases work out themselves.

It lets through every row that `Redactor.mentions` finds, and some that it does not: who reads the rows looks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from tandem.core.redaction import Redactor

BETWEEN_DIGITS = " -().//\u00a0\t"
BETWEEN_CELLS = "\x1f"
TEXTS_ON_POSTGRESQL = ("text", "character varying", "character", "jsonb", "json", "ARRAY")
ROWS_AT_ONCE = 2_000
FUNCTION = "row_may_mention"


def text_columns() -> dict[str, tuple[str, ...]]:
    """Every table of the database, also those of no model, with its columns that can hold text. No views."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return _of_sqlite(cursor)
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
            "USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE' AND c.table_schema = current_schema() "
            "AND c.data_type = ANY(%s) ORDER BY 1, c.ordinal_position",
            [list(TEXTS_ON_POSTGRESQL)],
        )
        found: dict[str, list[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, []).append(column)
        return {table: tuple(columns) for table, columns in found.items()}


def _of_sqlite(cursor: Any) -> dict[str, tuple[str, ...]]:
    """All columns: any may hold text. Word indexes and their shadow tables, which keep no whole text, are left out."""
    cursor.execute("SELECT name, sql LIKE 'CREATE VIRTUAL%%' FROM sqlite_master WHERE type = 'table'")
    listed = [(str(name), bool(is_index)) for name, is_index in cursor.fetchall()]
    shadows = tuple(f"{name}_" for name, is_index in listed if is_index)
    tables = [name for name, is_index in listed if not is_index and not name.startswith(shadows or ("\0",))]
    found = {}
    for table in sorted(tables):
        cursor.execute(f"PRAGMA table_info({connection.ops.quote_name(table)})")
        found[table] = tuple(str(row[1]) for row in cursor.fetchall())
    return found


def rows_that_may_mention(
    table: str, columns: Sequence[str], redactor: Redactor, *, key: str = ""
) -> Iterator[tuple[Any, ...]]:
    """The rows of one table in which a column may hold a key: (key, *columns as the database keeps them).

    key : column that finds the row again; empty: its place in the table
    """
    if not redactor.fragments and not redactor.phones:
        return
    is_sqlite = connection.vendor == "sqlite"
    quote = connection.ops.quote_name
    place = quote(key) if key else ("rowid" if is_sqlite else "ctid::text")
    names = [quote(column) for column in columns]
    with connection.cursor() as cursor:
        condition, params = _on_sqlite(names, redactor) if is_sqlite else _on_postgresql(names, redactor)
        cursor.execute(f"SELECT {place}, {', '.join(names)} FROM {quote(table)} {condition}", params)  # noqa: S608
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _on_sqlite(names: Sequence[str], redactor: Redactor) -> tuple[str, list[str]]:
    """One call for each row, with all its cells as bytes, since a cell need not be text."""
    connection.ensure_connection()
    connection.connection.create_function(FUNCTION, 1, redactor.may_mention, deterministic=True)
    cells = f" || '{BETWEEN_CELLS}' || ".join(f"coalesce(CAST({name} AS BLOB), '')" for name in names)
    return f"WHERE {FUNCTION}(CAST({cells} AS BLOB))", []


def _on_postgresql(names: Sequence[str], redactor: Redactor) -> tuple[str, list[str]]:
    """All cells put together once for each row (OFFSET keeps them from being put together for each condition)."""
    cells = ", ".join(f"{name}::text" for name in names)
    whole = f", LATERAL (SELECT concat_ws('{BETWEEN_CELLS}', {cells}) AS whole OFFSET 0) AS cells"
    parts = ["whole ILIKE %s ESCAPE '\\'" for _ in redactor.fragments]
    parts += [f"translate(whole, '{BETWEEN_DIGITS}', '') LIKE %s" for _ in redactor.phones]
    params = [f"%{_escaped(fragment)}%" for fragment in redactor.fragments]
    params += [f"%{digits}%" for digits in redactor.phones]
    return f"{whole} WHERE {' OR '.join(parts)}", params


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
