"""Every night a signed checkpoint reaches folder, mailbox, repository and web address; what fails is told and tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tandem.accounts.domain.layers import Health
from tandem.accounts.queries.health import check_ledger
from tandem.compliance import actions, jobs, queries
from tandem.compliance.contracts import SignatureState
from tandem.compliance.contracts.anchors import AnchorKind
from tandem.compliance.domain import signing
from tandem.compliance.models import Anchor, LedgerEntry
from tandem.compliance.tests.listeners import web_listener
from tandem.core import clock, ledger, nightly
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, ProviderFailed

WORKER = built_in_agent("nightly", "worker")
NIGHT = nightly.Night(day=date(2026, 11, 24), actor=WORKER)
pytestmark = pytest.mark.django_db


@pytest.fixture
def room(tmp_path: Path, settings: Any) -> Path:
    """A ledger of one entry, and folders in which anchors may work."""
    settings.ANCHOR_FOLDERS = [tmp_path]
    settings.CHECKPOINT_DIR = tmp_path / "nights"
    settings.SIGNING_KEYS = []
    settings.SIGNING_KEY_FILE = tmp_path / "signing_key"
    settings.OUTSIDE_HOSTS = ["127.0.0.1"]
    ledger.append(WORKER, "a.done", subject="account:1")
    return tmp_path


@pytest.fixture
def mailbox(settings: Any) -> Iterator[list[Any]]:
    taken: list[Any] = []

    class Inbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            taken.append(envelope)
            return "250 OK"

    controller = Controller(Inbox(), hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    settings.SYSTEM_MAIL_URL = f"smtp://127.0.0.1:{controller.port}"
    settings.SYSTEM_MAIL_FROM = "ledger@aislewright.example"
    yield taken
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def add(kind: AnchorKind, target: object, name: str = "auditor") -> int:
    return actions.add_anchor(kind=kind, name=name, target=str(target), actor=WORKER, now=clock.now())


def anchored(anchor_id: int) -> Any:
    return actions.anchor_checkpoint(actor=WORKER, now=clock.now(), anchor_id=anchor_id)[0]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def is_good(document: str) -> bool:
    known = {key.public_key for key in queries.signing_keys()}
    return signing.state(queries.read_checkpoint(document), known) is SignatureState.GOOD


def test_a_folder_gets_a_signed_file_that_nobody_may_write_to(room: Path) -> None:
    state = anchored(add(AnchorKind.FILE, room / "kept"))
    file = Path(state.kept_as)
    assert is_good(file.read_text())
    assert (file.parent, file.stat().st_mode & 0o777) == (room / "kept", 0o444)
    assert (state.error, state.failures, state.anchored_number) == ("", 0, json.loads(file.read_text())["number"])
    entry = queries.entries_about(f"anchor:{state.id}")[-1]
    assert (entry.action, json.loads(entry.facts)["number"]) == (
        "compliance.checkpoint_anchored",
        state.anchored_number,
    )
    assert queries.verify(checkpoints=[queries.read_checkpoint(file.read_text())]).holds


def test_a_repository_gets_a_commit_that_is_pushed_to_its_origin(room: Path) -> None:
    git(room, "init", "--quiet", "--bare", "outside.git")
    git(room, "clone", "--quiet", "outside.git", "copy")
    anchor_id = add(AnchorKind.GIT, room / "copy")
    first, second = anchored(anchor_id), anchored(anchor_id)
    log = git(room / "outside.git", "log", "--format=%H", "HEAD").splitlines()
    assert log == [second.kept_as, first.kept_as]
    name = git(room / "outside.git", "show", "--name-only", "--format=", second.kept_as)
    assert is_good(git(room / "outside.git", "show", f"{second.kept_as}:{name}"))


def test_a_commit_that_could_not_be_pushed_goes_with_the_next_try(room: Path) -> None:
    git(room, "init", "--quiet", "--bare", "outside.git")
    git(room, "clone", "--quiet", "outside.git", "copy")
    (room / "outside.git").rename(room / "gone.git")
    anchor_id = add(AnchorKind.GIT, room / "copy")
    failed = anchored(anchor_id)
    assert (failed.failures, failed.anchored_at, "push" in failed.error) == (1, None, True)
    (room / "gone.git").rename(room / "outside.git")
    assert anchored(anchor_id).failures == 0
    assert len(git(room / "outside.git", "log", "--format=%H", "HEAD").splitlines()) == 2


def test_a_folder_that_is_no_repository_is_told(room: Path) -> None:
    assert "no git repository" in anchored(add(AnchorKind.GIT, room / "none")).error


def test_an_auditor_gets_a_mail_with_the_checkpoint(room: Path, mailbox: list[Any]) -> None:
    state = anchored(add(AnchorKind.MAIL, "ledger@auditor.example"))
    [envelope] = mailbox
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert envelope.rcpt_tos == ["ledger@auditor.example"]
    assert message["Message-ID"].strip() == state.kept_as
    [attached] = list(message.iter_attachments())
    assert is_good(attached.get_content().decode())
    told = "".join(entry.facts for entry in queries.entries_about(f"anchor:{state.id}"))
    assert "auditor.example" not in told  # an address is somebody's; the ledger names things by id


def test_without_a_mail_server_the_anchor_says_what_to_set(room: Path) -> None:
    assert "TANDEM_SYSTEM_MAIL_URL" in anchored(add(AnchorKind.MAIL, "ledger@auditor.example")).error


def test_a_web_address_gets_a_post_whose_signature_can_be_checked(room: Path) -> None:
    with web_listener() as listener:
        state = anchored(add(AnchorKind.WEBHOOK, listener.url))
    [(headers, body)] = listener.taken
    stamp, digest = (part.split("=", 1)[1] for part in headers["tandem-signature"].split(","))
    secret = queries.webhook_secret("auditor").encode()
    assert hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == digest
    assert is_good(body.decode())
    assert state.kept_as == "answered 200"


def test_a_place_that_fails_is_shown_tried_again_later_and_holds_up_nobody(room: Path) -> None:
    with web_listener(*[500] * 6) as listener:
        failing = add(AnchorKind.WEBHOOK, listener.url, "failing")
        add(AnchorKind.FILE, room / "kept", "folder")
        with pytest.raises(ProviderFailed, match="failing"):
            jobs.anchor(NIGHT, lambda *told: None)  # type: ignore[arg-type]
        assert len(list((room / "kept").iterdir())) == 1
        first = queries.get_anchor(failing)
        assert (first.failures, first.anchored_at) == (1, None)
        actions.anchor_checkpoint(actor=WORKER, now=clock.now(), only_due=True)
        assert queries.get_anchor(failing).failures == 1  # not due yet
        with clock.at(clock.now() + timedelta(minutes=16)):
            actions.anchor_checkpoint(actor=WORKER, now=clock.now(), only_due=True)
            assert queries.get_anchor(failing).failures == 2
        with clock.at(clock.now() + timedelta(minutes=60)):
            [again] = actions.anchor_checkpoint(actor=WORKER, now=clock.now(), only_due=True)
    assert (again.failures, again.error, again.next_due_at) == (0, "", None)
    deeds = [entry.action.removeprefix("compliance.") for entry in queries.entries_about(f"anchor:{failing}")]
    assert deeds == ["anchor_added", "anchor_failed", "checkpoint_anchored"]  # the second failure is no news


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (AnchorKind.FILE, "/etc"),
        (AnchorKind.FILE, "kept"),
        (AnchorKind.GIT, "/srv/../etc"),
        (AnchorKind.MAIL, "nobody"),
        (AnchorKind.WEBHOOK, "ftp://auditor.example"),
        (AnchorKind.WEBHOOK, "https://user:word@auditor.example/"),
    ],
)
def test_a_target_that_can_not_be_one_is_refused(room: Path, kind: AnchorKind, target: str) -> None:
    before = LedgerEntry.objects.count()
    with pytest.raises(InvalidInput):
        add(kind, target)
    assert (Anchor.objects.count(), LedgerEntry.objects.count()) == (0, before)


def test_a_folder_above_its_own_by_dots_is_refused(room: Path) -> None:
    with pytest.raises(InvalidInput, match="no folder below"):
        add(AnchorKind.FILE, f"{room}/../elsewhere")


def test_a_private_address_is_not_called_unless_the_operator_named_it(room: Path, settings: Any) -> None:
    settings.OUTSIDE_HOSTS = []
    with web_listener() as listener:
        state = anchored(add(AnchorKind.WEBHOOK, listener.url.replace("http:", "https:")))
    assert "no public address" in state.error
    assert listener.tries == 0


def test_names_are_given_once_and_switched_off_anchors_rest(room: Path) -> None:
    anchor_id = add(AnchorKind.FILE, room / "kept")
    with pytest.raises(Conflict):
        add(AnchorKind.FILE, room / "kept")
    actions.switch_outlet("anchor", anchor_id, is_on=False, actor=WORKER)
    assert actions.anchor_checkpoint(actor=WORKER, now=clock.now()) == []
    actions.remove_outlet("anchor", anchor_id, actor=WORKER)
    assert queries.list_anchors() == []


def test_anchoring_needs_the_right(room: Path) -> None:
    stranger = built_in_agent("stranger")
    anchor_id = add(AnchorKind.FILE, room / "kept")
    before = LedgerEntry.objects.count()
    for act in (
        lambda: actions.anchor_checkpoint(actor=stranger, now=clock.now()),
        lambda: actions.remove_outlet("anchor", anchor_id, actor=stranger),
        lambda: actions.switch_outlet("anchor", anchor_id, is_on=False, actor=stranger),
        lambda: actions.rotate_signing_key(actor=stranger),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert (LedgerEntry.objects.count(), (room / "kept").exists(), queries.get_anchor(anchor_id).is_on) == (
        before,
        False,
        True,
    )


def test_what_is_older_than_two_days_is_said(room: Path) -> None:
    with clock.at(clock.now() + timedelta(days=3)):
        assert queries.proof_warnings(now=clock.now()) == ["No night has left a checkpoint yet."]
    add(AnchorKind.FILE, room / "kept")
    jobs.verify(NIGHT, lambda *told: None)  # type: ignore[arg-type]
    jobs.anchor(NIGHT, lambda *told: None)  # type: ignore[arg-type]
    assert queries.proof_warnings(now=clock.now()) == []
    assert check_ledger().state is Health.HEALTHY
    with clock.at(clock.now() + timedelta(days=3)):
        found = queries.proof_warnings(now=clock.now())
        assert [sentence.split(" ", 2)[:2] for sentence in found] == [["The", "last"], ["Anchor", "auditor:"]]
        layer = check_ledger()
    assert (layer.state, "Anchor auditor: last reached" in layer.evidence) == (Health.DEGRADED, True)
