"""Deleted rows out of the files: what a database lets go of stays in its pages until somebody writes over it.

SQLite: word indexes built anew, the file written anew (VACUUM), the log emptied into it and cut to nothing.
PostgreSQL: VACUUM of the tables, after which the server gives nobody the old rows; its own log and backups keep them
until they are cycled.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from django.db import connection, transaction

from tandem.core.errors import Conflict

WAIT_SECONDS = 20.0
PAUSE_SECONDS = 0.2


def scrub_when_done(tables: Collection[str]) -> None:
    """Scrub as soon as the transaction in which we may be has ended well; at once when there is none.

    tables : those of which rows went or changed
    """
    touched = tuple(sorted(tables))
    transaction.on_commit(lambda: scrub(touched))


def scrub(tables: Collection[str]) -> None:
    """Take what was deleted out of the database's files.

    Raises Conflict when somebody reads all the time and SQLite's log can't be emptied: run it again later.
    """
    if connection.vendor == "sqlite":
        _scrub_sqlite()
        return
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")


def _scrub_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%%fts5%%'")
        for (index,) in cursor.fetchall():
            name = connection.ops.quote_name(index)
            cursor.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608  a table of our own
        cursor.execute("VACUUM")
        last = time.monotonic() + WAIT_SECONDS
        while True:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if not cursor.fetchone()[0]:
                return
            if time.monotonic() > last:
                raise Conflict(
                    "The database's log can't be emptied while somebody reads.",
                    hint="Stop long reads (exports, reports) and run the erasure again: it does what is left.",
                    code="erasure.log_in_use",
                )
            time.sleep(PAUSE_SECONDS)
