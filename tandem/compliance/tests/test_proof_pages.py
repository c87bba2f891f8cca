"""The ledger's page shows what proves it; anchors and streams are entered, paused and removed by those who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tandem.compliance import actions, queries
from tandem.compliance.contracts.anchors import AnchorKind, StreamKind
from tandem.compliance.models import Anchor, LedgerStream
from tandem.core import clock, ledger
from tandem.core.actors import built_in_agent
from tandem.core.jobs import run_worker
from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def folders(tmp_path: Path, settings: Any) -> Path:
    settings.ANCHOR_FOLDERS, settings.CHECKPOINT_DIR = [tmp_path], tmp_path / "nights"
    settings.SIGNING_KEYS, settings.SIGNING_KEY_FILE = [], tmp_path / "signing_key"
    return tmp_path


def test_the_page_of_the_ledger_shows_key_checkpoint_anchor_and_stream(
    client_of: Any, company: Company, folders: Path
) -> None:
    actor = company.actor("compliance")
    actions.verify_ledger(actor=actor, folder=folders / "nights", now=clock.now())
    actions.add_anchor(kind=AnchorKind.FILE, name="vault", target=str(folders / "kept"), actor=actor, now=clock.now())
    actions.add_stream(
        kind=StreamKind.SYSLOG_TCP, name="siem", target="siem.example:6514", actor=actor, now=clock.now()
    )
    client = client_of("compliance")
    shown = client.get("/ledger").content.decode()
    for words in (queries.signing_keys()[0].public_key, "signed", "vault", "waits", "siem", "behind", "holds"):
        assert words in shown, words
    assert "Last verified" not in client.get("/ledger?action=compliance.").content.decode()
    state = actions.anchor_checkpoint(actor=actor, now=clock.now())[0]
    told = client.get("/ledger/anchors").content.decode()
    assert state.kept_as in told
    assert "anchored" in told


def test_a_key_that_came_in_without_the_one_before_it_is_marked(client_of: Any, folders: Path, settings: Any) -> None:
    for seed in ("11" * 32, "22" * 32):
        settings.SIGNING_KEYS = [seed]
        actions.sign_checkpoint(actor=built_in_agent("worker", "worker"), now=clock.now())
    client = client_of("compliance")
    for address in ("/ledger", "/ledger/anchors"):
        assert "not endorsed" in client.get(address).content.decode()


def test_a_checkpoint_file_that_is_none_does_not_break_the_page(client_of: Any, folders: Path) -> None:
    (folders / "nights").mkdir()
    (folders / "nights" / "2026-11-23.json").write_text("{}")
    shown = client_of("compliance").get("/ledger")
    assert (
        shown.status_code,
        "can&#x27;t be read" in shown.content.decode() or "can't be read" in shown.content.decode(),
    ) == (200, True)


def test_an_anchor_is_entered_used_paused_and_removed(client_of: Any, folders: Path) -> None:
    client = client_of("revops")
    made = client.post("/ledger/anchors/new", {"name": "vault", "kind": "file", "target": str(folders / "kept")})
    assert (made.status_code, made["Location"]) == (302, "/ledger/anchors")
    anchor = Anchor.objects.get()
    client.post("/ledger/anchors/now")
    assert len(list((folders / "kept").iterdir())) == 1
    client.post(f"/ledger/anchors/{anchor.id}/switch")
    assert "paused" in client.get("/ledger/anchors").content.decode()
    client.post(f"/ledger/anchors/{anchor.id}/switch", {"on": "1"})
    anchor.refresh_from_db()
    assert anchor.is_on
    client.post(f"/ledger/anchors/{anchor.id}/remove")
    assert Anchor.objects.count() == 0


def test_a_wrong_target_stands_above_the_form_with_the_remedy_and_nothing_is_kept(
    client_of: Any, folders: Path
) -> None:
    refused = client_of("revops").post("/ledger/anchors/new", {"name": "x", "kind": "file", "target": "/etc"})
    assert (refused.status_code, "TANDEM_ANCHOR_FOLDERS" in refused.content.decode()) == (422, True)
    refused = client_of("revops").post(
        "/ledger/streams/new", {"name": "x", "kind": "syslog_tcp", "target": "nowhere", "form": "ecs", "after": "0"}
    )
    assert (refused.status_code, "host:port" in refused.content.decode()) == (422, True)
    assert (Anchor.objects.count(), LedgerStream.objects.count()) == (0, 0)


def test_the_key_of_a_webhook_is_shown_to_those_who_may_manage_alone(
    client_of: Any, company: Company, folders: Path
) -> None:
    actions.add_stream(
        kind=StreamKind.WEBHOOK,
        name="hook",
        target="https://siem.example/in",
        actor=company.actor("revops"),
        now=clock.now(),
    )
    secret = queries.webhook_secret("hook")
    assert secret in client_of("revops").get("/ledger/anchors").content.decode()
    assert client_of("seller").get("/ledger/anchors").status_code == 403
    assert client_of("seller").post("/ledger/anchors/now").status_code == 403


def test_a_stream_is_entered_on_its_page(client_of: Any, folders: Path) -> None:
    client = client_of("compliance")
    for number in (1, 2):
        ledger.append(built_in_agent("worker"), "a.done", subject=f"account:{number}")
    made = client.post(
        "/ledger/streams/new",
        {"name": "siem", "kind": "syslog_tls", "target": "SIEM.example:6514", "form": "raw", "after": "2"},
    )
    assert made.status_code == 302
    [stream] = queries.list_streams()
    assert (stream.target, stream.format.value, stream.cursor) == ("siem.example:6514", "raw", 2)
    client.post(f"/ledger/streams/{stream.id}/remove")
    assert queries.list_streams() == []


def test_a_very_long_ledger_is_verified_in_the_background(
    client_of: Any, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.compliance.web.pages.MOST_AT_ONCE", 1)
    for number in range(3):
        ledger.append(built_in_agent("worker"), "a.done", subject=f"account:{number}")
    client = client_of("compliance")
    asked = client.post("/ledger/verify")
    assert "being verified in the background" in asked.content.decode()
    client.post("/ledger/verify", headers={"HX-Request": "true"})
    run_worker(once=True)
    found = queries.last_verification()
    assert found is not None
    assert found[1].holds
    assert len(queries.kept_checkpoints(folders / "nights")) == 1
