"""Rows of a database that may mention a person: a condition that both databases work out themselves.

It lets through every row that `Redactor.mentions` finds, and some that it does not: who reads the rows looks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from tandem.core.redaction import Redactor

BETWEEN_DIGITS = " -().//\u00a0\t"
TEXTS_ON_POSTGRESQL = ("text", "character varying", "character", "jsonb", "json", "ARRAY")
ROWS_AT_ONCE = 2_000


def may_mention(column: str, redactor: Redactor) -> tuple[str, list[str]]:
    """SQL that is true where a column may hold a key, and its parameters. `column`: quoted, as it stands in the query.

    For a person without keys it is never true.
    """
    is_sqlite = connection.vendor == "sqlite"
    text = f"CAST({column} AS TEXT)" if is_sqlite else f"{column}::text"
    like = "LIKE" if is_sqlite else "ILIKE"
    parts = [f"{text} {like} %s ESCAPE '\\'" for _ in redactor.fragments]
    params = [f"%{_escaped(fragment)}%" for fragment in redactor.fragments]
    for digits in redactor.phones:
        parts.append(f"{_unspaced(text)} LIKE %s")
        params.append(f"%{digits}%")
    return f"({' OR '.join(parts)})" if parts else "(1 = 0)", params


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _unspaced(text: str) -> str:
    """The text without what stands between digits of phone numbers."""
    if connection.vendor != "sqlite":
        return f"translate({text}, '{BETWEEN_DIGITS}', '')"
    for mark in dict.fromkeys(BETWEEN_DIGITS):
        text = f"replace({text}, '{mark}', '')"
    return text


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
    quote = connection.ops.quote_name
    place = quote(key) if key else ("rowid" if connection.vendor == "sqlite" else "ctid::text")
    conditions, params = [], []
    for column in columns:
        condition, values = may_mention(quote(column), redactor)
        conditions.append(condition)
        params += values
    names = ", ".join(quote(column) for column in columns)
    sql = f"SELECT {place}, {names} FROM {quote(table)} WHERE {' OR '.join(conditions)}"  # noqa: S608  own names
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows
