"""An archive of one database restores into the other: the way from SQLite to PostgreSQL and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from tandem.compliance import queries as record
from tandem.config.testing import start_postgresql
from tandem.core import archive
from tandem.core.actors import built_in_agent
from tests.company import build

SHELL = built_in_agent("shell", "shell")
# What an installation's own shell would do: setup, import --archive, ledger verify, export, in one process for speed.
ELSEWHERE = """
import json, sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from tandem.accounts.models import Account
from tandem.compliance import queries
from tandem.core import archive, clock
from tandem.core.actors import built_in_agent
call_command("migrate", verbosity=0, interactive=False)
actor = built_in_agent("shell", "shell")
archive.import_archive(Path(sys.argv[1]), actor=actor)
archive.export_archive(Path(sys.argv[2]), actor=actor)
highest = Account.objects.order_by("-id").first().id
new = Account.objects.create(name="New", created_at=clock.now(), updated_at=clock.now())
print(json.dumps({"vendor": connection.vendor, "holds": queries.verify().holds, "next": new.id - highest}))
"""


@pytest.fixture
def other_database(tmp_path: Path) -> dict[str, str]:
    """The environment of a new installation on the database that this run does not use."""
    address = ""
    if connection.vendor == "sqlite":
        try:
            address = start_postgresql()
        except FileNotFoundError:
            pytest.skip("PostgreSQL is not installed")
    own = {"TANDEM_DATABASE_URL": address, "TANDEM_DATA_DIR": str(tmp_path / "new")}
    return os.environ | own | {"DJANGO_SETTINGS_MODULE": "tandem.config.settings"}


@pytest.mark.django_db(transaction=True)
def test_the_company_is_the_same_in_the_other_database(
    other_database: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    build()
    made = archive.export_archive(tmp_path / "out", actor=SHELL)
    call = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "out"), str(tmp_path / "back")]
    done = subprocess.run(call, env=other_database, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {"vendor": "postgresql" if connection.vendor == "sqlite" else "sqlite", "holds": True, "next": 1}
    for table in made.tables:
        file = Path("tables") / f"{table.name}.parquet"
        rows, back = (pq.read_table(folder / file).to_pylist() for folder in (tmp_path / "out", tmp_path / "back"))
        grown = 3 if table.name == "compliance.ledgerentry" else 0
        assert len(back) == len(rows) + grown, table.name
        assert back[: len(rows)] == rows, table.name
    assert record.verify().holds
