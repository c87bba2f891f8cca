"""Erasures are remembered as hashes outside the database; a restore applies them again before anybody sees it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tandem.accounts.models import Contact, ContactPoint, Source
from tandem.cli import rights
from tandem.compliance.actions import erase_person, erasure_log
from tandem.compliance.contracts.erasures import ReplayReport
from tandem.compliance.models import LedgerEntry, Suppression
from tandem.compliance.queries.erased import ErasedAddresses
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import DataUnreadable, NotAllowed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
SHELL, DESK = built_in_agent("shell", "shell"), built_in_agent("rights desk", "worker")
MAIL, PHONE = "ann@acme.example", "+442079460958"


@pytest.fixture
def log(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.WAREHOUSE_DIR = tmp_path / "warehouse"
    return tmp_path / "erasures.jsonl"


def add_contact() -> Contact:
    contact = Contact.objects.create(name="Ann Lee", email=MAIL, created_at=NOW, updated_at=NOW)
    source, _ = Source.objects.get_or_create(key="s", defaults={"name": "S", "kind": "crm", "created_at": NOW})
    ContactPoint.objects.create(contact=contact, kind="email", value=MAIL, source=source)
    return contact


def test_an_erasure_is_noted_once_and_without_the_address(log: Path) -> None:
    erase_person([MAIL, PHONE], actor=DESK, now=NOW, request="request:1")
    erase_person([MAIL], actor=DESK, now=NOW, request="request:2")
    assert len(log.read_text().splitlines()) == 1
    assert MAIL not in log.read_text()
    assert PHONE[3:] not in log.read_text()
    note = erasure_log.read_log()[0]
    assert (note.request, [kind for kind, *_ in note.keys]) == ("request:1", ["email", "phone"])
    assert log.stat().st_mode & 0o077 == 0


def test_a_refused_erasure_is_not_noted(log: Path) -> None:
    seller = Actor(kind=ActorKind.PERSON, id=1, name="Maya", role="seller")
    with pytest.raises(NotAllowed):
        erase_person([MAIL], actor=seller, now=NOW, request="request:1")
    assert not log.exists()


def test_who_is_here_again_is_blocked_and_erased_again(log: Path) -> None:
    erase_person([MAIL, PHONE], actor=DESK, now=NOW, request="request:1")
    kept = log.read_text()
    log.unlink()
    noted = Suppression.objects.count()
    assert noted == 2
    log.write_text(kept)
    contact = add_contact()
    report = erasure_log.replay_erasures(actor=SHELL, now=NOW)
    assert (report.noted, report.suppressed, report.found) == (1, 0, 1)
    assert report.changed > 0
    assert not Contact.objects.filter(id=contact.id).exists()
    entries = LedgerEntry.objects.count()
    assert erasure_log.replay_erasures(actor=SHELL, now=NOW) == ReplayReport(
        noted=1, suppressed=0, found=0, changed=0
    )  # fmt: skip
    assert LedgerEntry.objects.count() == entries


def test_hashes_that_an_archive_lacks_come_back_from_the_log(log: Path) -> None:
    key = ["email", "0" * 32, next(iter(_known_key_ids()))]
    log.write_text(json.dumps({"at": NOW.isoformat(), "request": "request:1", "keys": [key]}) + "\n")
    assert erasure_log.replay_erasures(actor=SHELL, now=NOW).suppressed == 1
    row = Suppression.objects.get()
    assert (row.reason, row.address, row.key_hash) == ("erased", "", "0" * 32)


def _known_key_ids() -> frozenset[str]:
    from tandem.compliance.queries import known_key_ids

    return known_key_ids()


def test_a_lost_key_or_a_broken_log_is_told_and_changes_nothing(log: Path) -> None:
    good = json.dumps({"at": "x", "request": "request:1", "keys": [["email", "0" * 32, "deadbeef"]]})
    log.write_text(good + "\n")
    with pytest.raises(DataUnreadable, match="registry key that is not here"):
        erasure_log.replay_erasures(actor=SHELL, now=NOW)
    log.write_text("no note\n" + good + "\n")
    with pytest.raises(DataUnreadable, match="Line 1"):
        erasure_log.replay_erasures(actor=SHELL, now=NOW)
    log.write_text(good + "\n" + good[:20])
    assert len(erasure_log.read_log()) == 1  # a line that a power cut broke off


def test_addresses_of_erased_people_are_known_in_any_form(log: Path) -> None:
    assert not ErasedAddresses()
    erase_person([MAIL, PHONE, "ann.lee@gmail.com"], actor=DESK, now=NOW, request="request:1")
    erased = ErasedAddresses()
    assert erased
    for told in (MAIL, "ANN@Acme.example", "Ann <ann+crm@acme.example>", "annlee@googlemail.com", "+44 20 7946 0958"):
        assert erased.has(told)
    assert erased.has("020 7946 0958", country="GB")
    for other in ("bo@acme.example", "ann@acme.example.org", "020 7946 0958", "", "Ann"):
        assert not erased.has(other)


def test_the_shell_crawls_and_replays(log: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(rights, "require_database", lambda: None)
    add_contact()
    found = CliRunner().invoke(rights.app, ["crawl", MAIL, PHONE, "--name", "Ann Lee", "--json"])
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert (told["is_clean"], {one["what"] for one in told["findings"]}) == (False, {"mail address", "name"})
    erase_person([MAIL], actor=DESK, now=NOW, request="request:1")
    again = CliRunner().invoke(rights.app, ["replay-erasures", "--json"])
    assert json.loads(again.stdout)["found"] == 1
    assert CliRunner().invoke(rights.app, ["replay-erasures"]).stdout.startswith("1 erasures noted")
