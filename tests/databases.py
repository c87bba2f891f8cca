"""The migrated database of a test process: copied from one that is kept, migrated and kept where there is none.

Migrating takes longer than hundreds of tests. What is kept belongs to the migrations as they are
(`tandem.config.testing.kept_database`); Django still looks whether a migration is missing and applies it.
SQLite's is a file under var/; PostgreSQL's is a database of the run's own server, whose folder is kept after the run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import setup_databases

from tandem.config.testing import KEPT, forget_old_databases, kept_database


def set_up(*, verbosity: int, anew: bool) -> Any:
    """Give this process its test database; `anew` migrates whatever is kept. Returns what tearing down needs."""
    kept = kept_database(connection.vendor)
    with _one_at_a_time(kept):
        is_there = not anew and _copy(kept)
        settings = setup_databases(verbosity=verbosity, interactive=False, keepdb=is_there, serialized_aliases=())
        if not is_there and kept == kept_database(connection.vendor):  # nobody changed a migration meanwhile
            _keep(kept)
    return settings


@contextmanager
def _one_at_a_time(kept: Path) -> Iterator[None]:
    """The first process migrates; those beside it that want the same database wait and copy."""
    folder = _own_server() or KEPT
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{kept.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _name(kept: Path) -> str:
    """What PostgreSQL's kept database is called."""
    return kept.name.replace("-", "_")


def _own_server() -> Path | None:
    """The folder of the server that this run started; None on SQLite or a server that somebody else keeps."""
    return Path(os.environ["TANDEM_TEST_SERVER"]) if "TANDEM_TEST_SERVER" in os.environ else None


def _copy(kept: Path) -> bool:
    """Copy the kept database to the place of this process's; False when there is none."""
    target = str(connection.creation._get_test_db_name())
    if connection.vendor == "sqlite":
        if kept.exists():
            shutil.copyfile(kept, target)
        return kept.exists()
    server = _own_server()
    if server is None:
        return False
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_name(kept)])
        if cursor.fetchone() is None:
            return False
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE {_name(kept)}')
    return True


def _keep(kept: Path) -> None:
    """Keep the database just migrated, for the other processes and the next runs."""
    if connection.vendor == "sqlite":
        partial = kept.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(partial)])
        partial.replace(kept)
        forget_old_databases()
        return
    server = _own_server()
    if server is None:
        return
    source = connection.settings_dict["NAME"]
    connection.close()
    connection.close_pool()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_name(kept)}")
        cursor.execute(f'CREATE DATABASE {_name(kept)} TEMPLATE "{source}"')
    if (server / "migrations").read_text() == kept.name:
        (server / "migrated").touch()  # its folder is kept when it stops
