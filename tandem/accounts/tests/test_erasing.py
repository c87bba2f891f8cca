"""A person who was everywhere is nowhere afterwards but as the hash that blocks them; their neighbours are as before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection

from tandem.accounts import warehouse
from tandem.accounts.actions.erasing.stores import FilesStore, TablesStore, WarehouseStore
from tandem.accounts.actions.imports import import_path
from tandem.accounts.models import (
    Activity,
    Contact,
    ErasedContact,
    Load,
    Opportunity,
    Source,
    SourceRecord,
    StoredReport,
)
from tandem.accounts.tests.planted import MAIL, NAME, NEIGHBOUR, PHONE, PRIVATE, WRITTEN, write_exports
from tandem.compliance.contracts.rights import PersonKeys
from tandem.compliance.models import LedgerEntry, Suppression
from tandem.compliance.queries.crawling import crawl
from tandem.compliance.queries.stores import stores, widen
from tandem.core import archive
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import NotAllowed
from tandem.core.mentions import text_columns
from tandem.core.models import Job, KeptAnswer
from tandem.core.redaction import MARK

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL, DESK = built_in_agent("shell", "shell"), built_in_agent("rights desk", "worker")
# Everything by which anybody could still tell who it was, in small letters.
LEFT = (MAIL, PRIVATE, "kaester+x@", "15712345678", "1571 2345678", "01571/2345678", "frieda käster", "käster, frieda",
        "frieda k\\u00e4ster", "kaester%40", "cello", "my dog", "rather buy", "get well", "frieda-käster")  # fmt: skip


@pytest.fixture
def planted(settings: Any, tmp_path: Path) -> Path:
    """The company with the person in every store; the folder of the exports it came from."""
    settings.DATA_DIR = tmp_path / "data"
    settings.WAREHOUSE_DIR = settings.DATA_DIR / "warehouse"
    exports = write_exports(tmp_path / "exports")
    Source.objects.get_or_create(  # other tests with real transactions empty what migrations seed
        kind="correction", defaults={"key": "corrections", "name": "Corrections", "created_at": NOW}
    )
    import_path(exports, actor=SHELL, now=NOW)
    Job.objects.create(task="accounts.import_file", payload={"note": f"from {MAIL.upper()}"}, created_at=NOW)
    body = {"people": [{NAME: PHONE}]}
    KeptAnswer.objects.create(
        actor_kind="person", actor_id=1, key="k", request_hash="h", body=body, created_at=NOW
    )  # fmt: skip
    StoredReport.objects.create(key="seen", computed_at=NOW, body={"of": f"{WRITTEN[0]} {NEIGHBOUR}"})
    session = SessionStore()
    session["search"] = NAME.lower()
    session.save()
    (settings.DATA_DIR / "worker.log").write_text(f"08:40 mail to {MAIL}\n08:41 mail to {NEIGHBOUR}\n")
    return exports


def erase(start: PersonKeys) -> PersonKeys:
    """Over every store, as the rights desk does it."""
    person = widen(start)
    for store in stores():
        store.erase(person, request="request:1", actor=DESK, now=NOW)
    return person


def texts() -> Iterator[tuple[str, str]]:
    """Everything that this installation keeps, in small letters: each table's cells, each file raw and unpacked."""
    for table, columns in text_columns().items():
        with connection.cursor() as cursor:
            names = ", ".join(connection.ops.quote_name(name) for name in columns)
            cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, " | ".join(map(str, row)).casefold()
    files = [file for file in Path(django_settings.DATA_DIR).rglob("*") if file.is_file()]
    if connection.vendor == "sqlite":
        database = Path(str(connection.settings_dict["NAME"]))
        files += database.parent.glob(f"{database.name}*")
    for file in files:
        content = file.read_bytes()
        yield file.name, content.decode("utf-8", "replace").casefold()
        yield file.name, content[: len(content) // 2 * 2].decode("utf-16-le", "replace").casefold()
        if content.startswith(b"PAR1"):
            yield file.name, str(pq.read_table(file).to_pylist()).casefold()


def found() -> set[tuple[str, str]]:
    """Where anything of the person is left. The neighbour's address, which ends alike, is not the person's."""
    return {
        (place, word) for place, text in texts() for word in LEFT if word in text.replace(NEIGHBOUR, "somebody else")
    }


def rows() -> dict[tuple[str, Any], dict[str, Any]]:
    """Every row of every archived table but those that an erasure writes."""
    return {
        (model._meta.label, row[str(model._meta.pk.attname)]): row
        for model in archive.archived_models()
        if model not in (LedgerEntry, Suppression)
        for row in model._default_manager.values()
    }


def test_nothing_but_the_hash_that_blocks_is_left(planted: Path) -> None:
    assert {place for place, _ in found()} >= {"accounts_contact", "core_job", "core_keptanswer", "worker.log"}
    before, contact = rows(), Contact.objects.get(email=MAIL)
    assert len(crawl(widen(PersonKeys(emails=(PRIVATE,)))).findings) > 50
    person = erase(PersonKeys(emails=(PRIVATE,)))
    assert person == PersonKeys(
        emails=tuple(sorted((PRIVATE, MAIL))), phones=(PHONE,), names=(NAME,), subjects=(f"contact:{contact.id}",)
    )
    assert found() == set()
    report = crawl(person)
    assert report.is_clean
    assert report.bytes_read > 50_000
    assert [finding.what for finding in report.findings] == ["keyed hash"] * 3
    assert {row.address for row in Suppression.objects.all()} == {""}
    assert ErasedContact.objects.get().contact_id == contact.id
    _assert_neighbours(before, rows(), contact.id)


def _assert_neighbours(before: dict[Any, Any], after: dict[Any, Any], contact_id: int) -> None:
    """Rows that told nothing of the person are all there and the same, but for what pointed at them."""
    gone = {"accounts.Contact", "accounts.ContactPoint", "accounts.Employment", "accounts.SourceRecord",
            "accounts.OpportunityContact", "accounts.MatchPair", "accounts.ActivityParticipant", "core.Job"}  # fmt: skip
    for key, row in before.items():
        if key not in after:
            assert key[0] in gone
            continue
        changed = {name for name, value in row.items() if after[key][name] != value}
        hers = any(word in str(row).casefold().replace(NEIGHBOUR, "") for word in (*LEFT, "frieda"))
        assert hers or changed <= {"contact_id"}, (key, changed)
    assert after["accounts.Contact", Contact.objects.get(email=NEIGHBOUR).id]["phone"] == "+49731100200"
    assert sum(key[0] == "accounts.Activity" for key in after) == sum(key[0] == "accounts.Activity" for key in before)
    assert not any(
        row.get("contact_id") == contact_id for key, row in after.items() if key[0] != "accounts.ErasedContact"
    )


def test_what_others_said_and_did_stays_without_them(planted: Path) -> None:
    erase(PersonKeys(emails=(MAIL,)))
    bodies = {row.key: row.body for row in Activity.objects.all()}
    assert bodies["m1@mail"] == bodies["m2@mail"] == bodies["00TA"] == MARK
    assert bodies["m3@mail"] == f"Dear {MARK}, dear Bo, here is the offer of 12,000."
    assert bodies["m4@mail"] == f"Ask {MARK}: {MARK} or {MARK}, {MARK}. Not {NEIGHBOUR}."
    assert bodies["m5@mail"] == "The price is fine."
    assert bodies["meet-1"] == (
        f"Maya Okafor: Welcome {MARK} and Bo.\n{MARK}: {MARK}\nBo Kaester: So would I, as {MARK} says."
    )
    meeting = Activity.objects.get(key="meet-1")
    assert meeting.subject == f"Pumps with {MARK}"
    assert meeting.details["speakers"][MARK] == {"words": 6, "seconds": 1.0}
    assert [one.name for one in meeting.participants.order_by("id")] == ["Maya Okafor", "Bo Kaester"]
    assert Opportunity.objects.get().next_step == f"Call {MARK} on Monday"
    assert [part.contact.email for part in Opportunity.objects.get().people.all()] == [NEIGHBOUR]
    signals = pq.read_table([file for file in warehouse.part_files() if "signals" in file.parts]).to_pylist()
    assert [(row["key"], row["contact_email"], row["contact_key"]) for row in signals] == [
        ("e1", "", ""), ("e2", "", ""), ("e3", "ada@ulmerpumpen.de", "u-8"),
    ]  # fmt: skip
    assert _lines(Load.objects.get(file_name="Opportunity.csv"))[0] == "2,row refused,,,erased at their request,"


def test_later_imports_bring_nothing_back_and_lose_nobody_else(planted: Path, tmp_path: Path) -> None:
    erase(PersonKeys(emails=(MAIL,)))
    before = rows()
    again = import_path(planted, actor=SHELL, now=NOW)
    assert {report.word for report in again.files} == {"already landed"}
    later = import_path(write_exports(tmp_path / "later", more=True), actor=SHELL, now=NOW)
    assert not later.failed
    assert found() == set()
    refused = {report.file_name: report.rows_refused for report in later.files}
    assert refused == {
        "User.csv": 0, "Account.csv": 1, "Contact.csv": 1, "hubspot-contacts.csv": 1, "zoominfo-contacts.csv": 1,
        "Opportunity.csv": 1, "OpportunityContactRole.csv": 1, "maya@ours.example.mbox": 2, "meetings": 0,
        "Task.csv": 1, "slack": 0, "events-2026-10.jsonl": 2,
    }  # fmt: skip
    assert Contact.objects.filter(email="cy@albguss.de").exists()
    assert Activity.objects.filter(key="m6@mail").exists()
    assert Activity.objects.get(key="meet-2").body.splitlines()[:2] == [
        f"Maya Okafor: Welcome {MARK} and Bo.", f"{MARK}: {MARK}",
    ]  # fmt: skip
    after = rows()
    kept = [key for key in before if key[0] in ("accounts.Contact", "accounts.Account", "accounts.Activity")]
    assert all(key in after for key in kept)
    reasons = {line.split(",")[4] for load in Load.objects.exclude(rejects_path="") for line in _lines(load)}
    assert "erased at their request" in reasons


def _lines(load: Load) -> list[str]:
    return (Path(django_settings.DATA_DIR) / load.rejects_path).read_text().splitlines()[1:]


def test_an_erasure_that_was_killed_is_finished_by_the_next_run(planted: Path, monkeypatch: Any) -> None:
    written: list[Path] = []
    rewrite = warehouse.rewrite

    def killed(file: Path, table: Any) -> None:
        rewrite(file, table)
        written.append(file)
        if len(written) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(warehouse, "rewrite", killed)
        with pytest.raises(KeyboardInterrupt):
            erase(PersonKeys(emails=(PRIVATE,)))
    assert found()
    with monkeypatch.context() as patch:
        patch.setattr("tandem.accounts.actions.erasing.stores.sweep_tables", lambda whom: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(PersonKeys(emails=(PRIVATE,)))
    assert Contact.objects.filter(email=MAIL).exists()
    erase(PersonKeys(emails=(PRIVATE,)))
    assert found() == set()
    assert [store.erase(PersonKeys(emails=(PRIVATE,)), request="request:1", actor=DESK, now=NOW)
            for store in (FilesStore(), WarehouseStore(), TablesStore())] == [0, 0, 0]  # fmt: skip


def test_an_older_archive_brings_nobody_back(planted: Path, settings: Any, tmp_path: Path) -> None:
    archive.export_archive(tmp_path / "old", actor=SHELL)
    erase(PersonKeys(emails=(MAIL,)))
    log = settings.DATA_DIR / "erasures.jsonl"
    assert all(set(json.loads(line)) == {"at", "request", "keys"} for line in log.read_text().splitlines())
    call_command("flush", interactive=False, verbosity=0)
    settings.DATA_DIR = tmp_path / "new"
    settings.WAREHOUSE_DIR = settings.DATA_DIR / "warehouse"
    settings.DATA_DIR.mkdir()
    shutil.copy(log, settings.DATA_DIR)
    archive.import_archive(tmp_path / "old", actor=SHELL)
    assert found() == set()
    assert Contact.objects.filter(email=NEIGHBOUR).exists()
    assert Suppression.objects.filter(reason="erased").count() == 3


def test_whoever_may_not_manage_requests_erases_nothing(planted: Path) -> None:
    before = rows()
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya Okafor", role="seller")
    for store in (FilesStore(), WarehouseStore(), TablesStore()):
        with pytest.raises(NotAllowed):
            store.erase(PersonKeys(emails=(MAIL,)), request="request:1", actor=seller, now=NOW)
    assert rows() == before


def test_a_name_that_somebody_else_bears_stays_with_them(planted: Path) -> None:
    other = Contact.objects.create(name=NAME, email="frieda@elsewhere.example", created_at=NOW, updated_at=NOW)
    person = erase(PersonKeys(emails=(MAIL,)))
    assert Contact.objects.get(id=other.id).name == NAME
    assert Opportunity.objects.get().next_step == f"Call {NAME} on Monday"
    report = crawl(person)
    assert report.is_clean
    assert {one.what for one in report.findings} == {"keyed hash", "name"}


def test_the_person_gets_what_is_held_about_them(planted: Path) -> None:
    person = widen(PersonKeys(emails=(PRIVATE,)))
    held = [item for store in (FilesStore(), WarehouseStore(), TablesStore()) for item in store.collect(person)]
    assert {item.what for item in held} == {
        "contact", "way to reach them", "employment", "part in a deal", "source record", "touch", "warehouse row", "file",
    }  # fmt: skip
    assert len([item for item in held if item.what == "touch"]) == 5
    told = json.dumps([dict(item.data) for item in held], ensure_ascii=False)
    assert PRIVATE in told
    assert "cello" in told
    corrected = TablesStore().correct(person, {"title": "Chair"}, request="request:2", actor=DESK, now=NOW)
    assert corrected == 1
    assert Contact.objects.get(email=MAIL).title == "Chair"
    assert SourceRecord.objects.filter(source__kind="correction").count() == 1
