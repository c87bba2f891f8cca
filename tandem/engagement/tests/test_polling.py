"""Mailboxes read through a real IMAP server: each mail once, whatever breaks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tandem.core import clock
from tandem.core.errors import InvalidInput, ProviderFailed
from tandem.core.secrets import seal
from tandem.engagement.actions import polling, receiving
from tandem.engagement.connectors import imap
from tandem.engagement.connectors.imap import ImapFolder, ImapServer
from tandem.engagement.models import Inbound, Mailbox, MailboxCursor
from tandem.engagement.tests.incoming import WORKER, mail, reading
from tests.dovecot import PASSWORD, Dovecot, running
from tests.outreach import plant

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as started:
        yield started


@pytest.fixture
def box(company: Company, server: Dovecot, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Mailbox:
    monkeypatch.setattr(receiving, "read", lambda raw, received_at: reading(text="Hello."))
    mailbox = plant(company, "paula").mailbox
    user = f"{abs(hash(request.node.name)):x}"
    mailbox.receiving = server.receiving(user)
    mailbox.secrets = seal(json.dumps({"password": PASSWORD}))
    mailbox.save()
    return mailbox


def letters(server: Dovecot, box: Mailbox, *texts: str) -> None:
    for text in texts:
        server.deliver(mail("ann@acme.test", text, subject=text), str(box.receiving["user"]))


def poll(box: Mailbox) -> polling.Polled:
    return polling.poll(box.id, actor=WORKER, now=clock.now())


def test_each_mail_is_taken_once_and_reading_goes_on_behind_the_last(server: Dovecot, box: Mailbox) -> None:
    letters(server, box, "one", "two")
    assert poll(box) == polling.Polled(taken=2)
    assert poll(box) == polling.Polled()
    letters(server, box, "three")
    assert poll(box) == polling.Polled(taken=1)
    assert sorted(Inbound.objects.values_list("subject", flat=True)) == ["one", "three", "two"]
    assert all(row.handled_at for row in Inbound.objects.all())


def test_a_crash_before_the_cursor_moved_takes_no_mail_twice(
    server: Dovecot,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letters(server, box, "one", "two")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(polling, "_advance", dies)
        with pytest.raises(KeyboardInterrupt):
            poll(box)
    assert Inbound.objects.count() == 1
    assert poll(box) == polling.Polled(taken=1, known=1)
    assert receiving.resume(actor=WORKER, now=clock.now()) == 1
    assert Inbound.objects.filter(handled_at=None).count() == 0


def test_a_folder_numbered_anew_is_read_again_and_known_mail_is_known(server: Dovecot, box: Mailbox) -> None:
    letters(server, box, "one", "two")
    poll(box)
    before = MailboxCursor.objects.get().uid_validity
    server.number_anew(str(box.receiving["user"]))
    letters(server, box, "three")
    assert poll(box) == polling.Polled(taken=1, known=2)
    assert MailboxCursor.objects.get().uid_validity != before


def test_a_mail_that_breaks_the_reader_is_told_and_the_others_come_in(
    server: Dovecot,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reads(raw: bytes, received_at: object) -> object:
        if b"broken" in raw:
            raise ValueError("no such charset")
        return reading(text="Hello.")

    monkeypatch.setattr(receiving, "read", reads)
    letters(server, box, "one", "broken", "two")
    assert poll(box) == polling.Polled(taken=2, skipped=1)
    assert MailboxCursor.objects.get().skipped[0]["why"] == "ValueError: no such charset"
    assert poll(box) == polling.Polled()


def test_of_a_large_mail_the_beginning_is_fetched(
    server: Dovecot,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "MOST_BYTES", 2_000)
    letters(server, box, "small")
    server.deliver(mail("ann@acme.test", "word " * 2_000), str(box.receiving["user"]))
    with ImapFolder(polling.server_of(box)) as folder:
        small, large = folder.after(0)
    assert isinstance(small, imap.Fetched)
    assert isinstance(large, imap.Fetched)
    assert (len(large.raw), large.left_out > 7_000, small.left_out) == (2_000, True, 0)


def test_a_watcher_takes_mail_as_it_arrives(server: Dovecot, box: Mailbox) -> None:
    letters(server, box, "one")
    with ImapFolder(polling.server_of(box)) as folder:
        assert folder.wait(0.2) is False
        began = time.monotonic()
        threading.Timer(0.3, letters, (server, box, "two")).start()
        assert folder.wait(10.0) is True
        assert time.monotonic() - began < 5
    stop = threading.Event()
    done = polling.watch(box.id, actor=WORKER, stop=stop, told=lambda some: stop.set())
    assert done == polling.Polled(taken=2)


def test_a_wrong_password_is_told_and_nothing_is_lost(server: Dovecot, box: Mailbox) -> None:
    poll(box)
    box.secrets = seal(json.dumps({"password": "wrong"}))
    box.save()
    with pytest.raises(ProviderFailed, match="did not let"):
        poll(box)
    assert "did not let" in MailboxCursor.objects.get().why


def test_no_password_goes_over_an_open_line() -> None:
    with pytest.raises(InvalidInput, match="tls=none can't be used"):
        ImapFolder(ImapServer(host="imap.acme.test", user="maya", tls="none"))
