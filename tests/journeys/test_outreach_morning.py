"""A morning of outreach with real servers: read and approve by keyboard, SMTP out, answers by LMTP, IMAP, the inbox."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tandem.core import clock
from tandem.core.secrets import seal
from tandem.engagement.actions import polling
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.actions.dispatch import dispatch_due
from tandem.engagement.contracts import EnrollmentState, TouchState
from tandem.engagement.models import Draft, Enrollment, Inbound, Mailbox, ReplyTask, Review, Touch
from tandem.engagement.tests.review_desk import WORKER, lay_out
from tandem.simulation.text.answering import Prospects
from tandem.simulation.text.prospects import Act
from tests.dovecot import PASSWORD, running
from tests.outreach import OPEN_HOUR, SITE
from tests.smtp_sink import SmtpSink, Taken

PEOPLE = ("paula", "oscar", "nora", "marcus", "quentin", "rosa")
MORE = 4  # second drafts, which are read today and leave later
WANTED = (Act.MEETING, Act.UNSUBSCRIBE)
MOST_SEEDS = 4_000


@pytest.fixture
def dovecot():
    with running() as server:
        yield server


@pytest.fixture
def desk(company, settings, dovecot):
    """Ten drafts that wait for Liam; his mailbox sends to a server of this machine, and is read from another."""
    settings.PUBLIC_URL = SITE
    found = lay_out(company, *PEOPLE)
    later = OPEN_HOUR + timedelta(days=5)
    more = [found.outreach.touch(who, state=TouchState.WRITTEN.value, due_at=later) for who in PEOPLE[:MORE]]
    ask_gate([touch.id for touch in more], actor=WORKER, now=OPEN_HOUR)
    with SmtpSink() as sink:
        Mailbox.objects.update(
            sending={"host": "127.0.0.1", "port": sink.port, "tls": "none"}, receiving=dovecot.receiving("maya"),
            secrets=seal(json.dumps({"imap_password": PASSWORD})),
        )  # fmt: skip
        yield sink


def answer_of(mail: Taken, act: Act) -> bytes:
    """What somebody who does this about a mail writes back, the first that is found."""
    for seed in range(MOST_SEEDS):
        for one in Prospects(seed).answers(mail.content, at=OPEN_HOUR, bounces_to=mail.sender):
            if one.act is act:
                return one.raw
    raise AssertionError(f"nobody does {act}")


def test_a_seller_reads_ten_drafts_and_gets_the_answers(desk, dovecot, client_of, open_page, shot):
    liam = client_of("liam")
    page = open_page("/review", liam, size="wide")
    expect(page.locator("#review-count")).to_have_text("10 drafts wait")
    for left in range(9, -1, -1):
        page.keyboard.press("a")
        done = page.locator(f"#review-count:has-text('{left} draft'), h3:has-text('The queue is empty')")
        expect(done.first).to_be_visible()
    assert Review.objects.filter(action="as_is").count() == 10

    done = dispatch_due(actor=WORKER, now=OPEN_HOUR, moment=lambda: OPEN_HOUR)
    assert done.sent == len(desk.taken) == Touch.objects.filter(state="sent").count() >= len(WANTED)
    assert all(b"List-Unsubscribe" in mail.content for mail in desk.taken)

    for mail, act in zip(desk.taken, WANTED, strict=False):
        dovecot.deliver(answer_of(mail, act), "maya")
    box = Mailbox.objects.get()
    assert polling.poll(box.id, actor=WORKER, now=clock.now()).taken == len(WANTED)
    assert polling.poll(box.id, actor=WORKER, now=clock.now()).taken == 0
    assert Inbound.objects.filter(touch__isnull=False, handled_at__isnull=False).count() == len(WANTED)
    states = list(Enrollment.objects.exclude(state="active").order_by("id").values_list("state", flat=True))
    assert sorted(states) == sorted([EnrollmentState.ANSWERED, EnrollmentState.OBJECTED])
    assert ReplyTask.objects.count() == 1
    assert not Draft.objects.filter(touch__enrollment__state="objected", touch__state="ready").exists()

    page = open_page("/inbox", liam, size="wide")
    expect(page.locator("main")).to_contain_text(ReplyTask.objects.get().inbound.contact.name)
    shot(page, "outreach-morning-inbox")
    page = open_page("/outreach/outcomes", client_of("revops"), size="wide")
    expect(page.locator("main")).to_contain_text(f"{done.sent}")
