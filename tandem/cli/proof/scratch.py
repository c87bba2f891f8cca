"""Scratch databases for proofs: made from nothing, apart from the installation, and removed afterwards.

SQLite databases lie in a temporary folder; PostgreSQL ones get names of their own on the server that is given. All are
copies of one that was migrated once.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tandem.core.errors import AppError

CHILD = (sys.executable, "-m", "tandem.cli.proof.child")
KEYS = ("TANDEM_SECRET_KEY", "TANDEM_REGISTRY_KEYS", "TANDEM_SIGNING_KEY")


class Scratch:
    """Makes databases; `address` empty: SQLite, else a PostgreSQL server where the user may create databases."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self._made: list[str] = []
        self._template = self._new("template")
        done = subprocess.run(  # noqa: S603  our own program
            [*CHILD, "migrate"], env=dict(self._template), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AppError(
                f"The scratch database can't be made: {done.stderr.strip().splitlines()[-1:]}",
                hint="Check the disk, or the address of the database server.",
            )

    def fresh(self, name: str) -> dict[str, str]:
        """The environment of a process that works on a new, empty database."""
        env = self._new(name, template=self._template)
        if not self.address:
            shutil.copyfile(_file(self._template), _file(env))
        return env

    def drop(self, env: Mapping[str, str]) -> None:
        """Remove one database; nobody may be connected."""
        if self.address:
            name = urlsplit(env["TANDEM_DATABASE_URL"]).path.lstrip("/")
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            self._made.remove(name)
        shutil.rmtree(env["TANDEM_DATA_DIR"], ignore_errors=True)

    def close(self) -> None:
        """Remove what is left on the server; the folder goes with its context."""
        for name in self._made:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _new(self, name: str, template: Mapping[str, str] | None = None) -> dict[str, str]:
        folder = self.folder / name
        folder.mkdir()
        env = {key: value for key, value in os.environ.items() if not key.startswith("TANDEM_")}
        env |= {"TANDEM_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "tandem.config.settings"}
        for key in KEYS:  # one set of keys for all, so that no process waits for another's
            env[key] = template[key] if template else secrets.token_hex(32)
        if self.address:
            database = f"tandem_proof_{secrets.token_hex(4)}"
            copied = f' TEMPLATE "{urlsplit(template["TANDEM_DATABASE_URL"]).path.lstrip("/")}"' if template else ""
            self._run(f'CREATE DATABASE "{database}"{copied}')
            self._made.append(database)
            env["TANDEM_DATABASE_URL"] = urlunsplit(urlsplit(self.address)._replace(path=f"/{database}"))
        return env

    def _run(self, statement: str) -> None:
        import psycopg

        try:
            with psycopg.connect(self.address, autocommit=True) as connection:
                connection.execute(statement)  # type: ignore[call-overload]
        except psycopg.Error as error:
            raise AppError(
                f"The database server refused: {str(error).strip()}",
                hint="The user of the address must be allowed to create databases.",
            ) from error


@contextmanager
def scratch(address: str = "") -> Iterator[Scratch]:
    """A place for databases that is gone afterwards. Raises AppError when there can be none."""
    with tempfile.TemporaryDirectory(prefix="tandem-proof-") as folder:
        made = Scratch(Path(folder), address)
        try:
            yield made
        finally:
            made.close()


def _file(env: Mapping[str, str]) -> Path:
    return Path(env["TANDEM_DATA_DIR"]) / "tandem.sqlite3"
