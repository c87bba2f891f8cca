"""Everything goes out and comes back: an archive restored into an empty installation is the same company."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.db import transaction

from tandem.accounts.models import Account, Source
from tandem.compliance import queries as record
from tandem.compliance.contracts import Checkpoint
from tandem.compliance.models import LedgerEntry
from tandem.core import archive, ledger
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, DataUnreadable
from tests.company import NOW, Company, build

pytestmark = pytest.mark.django_db(transaction=True)
SHELL = built_in_agent("shell", "shell")


@pytest.fixture
def stored(settings: Any, tmp_path: Path) -> Company:
    settings.DATA_DIR = tmp_path / "data"
    company = build()
    for count in range(3):
        ledger.append(company.actor("seller"), "a.done", subject=f"account:{count}", note="Zoë\n")
    return company


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every archived table but the ledger, which grows by the export and the import themselves."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in archive.archived_models()
        if model is not LedgerEntry
    }


def test_the_restored_company_is_the_same_row_by_row(stored: Company, settings: Any, tmp_path: Path) -> None:
    before, head = everything(), record.head()
    made = archive.export_archive(tmp_path / "out", actor=SHELL)
    assert {table.name: table.rows for table in made.tables}["accounts.account"] == 13
    assert made.files == 1
    call_command("flush", interactive=False, verbosity=0)
    settings.DATA_DIR = tmp_path / "elsewhere"
    archive.import_archive(tmp_path / "out", actor=SHELL)
    assert everything() == before
    found = record.verify(checkpoints=[Checkpoint(number=head[0], hash=head[1], at=NOW)])
    assert (found.holds, found.entries) == (True, head[0] + 3)  # leave to go out, export, import
    assert (settings.DATA_DIR / stored.loads["leads"].rejects_path).exists()


def test_new_rows_after_a_restore_get_fresh_ids(stored: Company, settings: Any, tmp_path: Path) -> None:
    archive.export_archive(tmp_path / "out", actor=SHELL)
    highest = Account.objects.order_by("-id").first().id  # type: ignore[union-attr]
    call_command("flush", interactive=False, verbosity=0)
    archive.import_archive(tmp_path / "out", actor=SHELL)
    with transaction.atomic():
        assert Account.objects.create(name="New", created_at=NOW, updated_at=NOW).id > highest


def test_an_archive_is_readable_with_other_tools(stored: Company, tmp_path: Path) -> None:
    archive.export_archive(tmp_path / "out", actor=SHELL)
    table = pq.read_table(tmp_path / "out" / "tables" / "accounts.opportunity.parquet")
    amounts = dict(zip(table["name"].to_pylist(), table["amount"].to_pylist(), strict=True))
    assert (amounts["Kröger line 4"], amounts["Donau fleet"]) == ("240000.00", None)


def test_an_archive_is_not_restored_over_data(stored: Company, tmp_path: Path) -> None:
    archive.export_archive(tmp_path / "out", actor=SHELL)
    before = everything()
    with pytest.raises(Conflict):
        archive.import_archive(tmp_path / "out", actor=SHELL)
    with pytest.raises(Conflict, match="not an empty folder"):
        archive.export_archive(tmp_path / "out", actor=SHELL)
    assert everything() == before


@pytest.mark.parametrize("damage", ["altered", "missing", "manifest", "version"])
def test_a_damaged_archive_is_refused_whole(stored: Company, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "out"
    archive.export_archive(out, actor=SHELL)
    call_command("flush", interactive=False, verbosity=0)
    file, manifest = out / "tables" / "accounts.account.parquet", out / "manifest.json"
    if damage == "altered":
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    elif damage == "missing":
        file.unlink()
    else:
        document = json.loads(manifest.read_text()) | {"format_version": 99}
        manifest.write_text("{" if damage == "manifest" else json.dumps(document))
    with pytest.raises(DataUnreadable):
        archive.import_archive(out, actor=SHELL)
    assert (Source.objects.count(), LedgerEntry.objects.count()) == (0, 0)
