"""The world outside of the demo: mail is taken over SMTP, answers lie on their way, and survive a restart."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

from tandem.cli.outreach.post import LOOPBACK, Post

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MAILS = 120


def mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Maya Lindqvist <maya@outreach.example>", f"Pat <pat{number}@firm{number}.example>"
    message["Subject"], message["Message-ID"] = "Your site", f"<{number}@outreach.example>"
    message.set_content("Hi Pat,\n\nYour site in Leeds opens in May.\n\nMaya\n")
    return message.as_bytes()


def test_mail_is_taken_and_what_comes_back_arrives_in_its_time(tmp_path: Path) -> None:
    with Post(tmp_path, seed=3, moment=lambda: AT) as post, smtplib.SMTP(LOOPBACK, post.port) as line:
        for number in range(MAILS):
            line.sendmail("bounces@outreach.example", [f"pat{number}@firm{number}.example"], mail(number))
    assert sum(post.sent.values()) == len(post.last_sent) == MAILS
    assert sum(post.acts.values()) == post.on_the_way > 0
    again = Post(tmp_path, seed=3)
    assert again.due(AT - timedelta(seconds=1)) == []
    arrived = again.due(AT + timedelta(days=10))
    assert len(arrived) == post.on_the_way
    assert [one.at for one in arrived] == sorted(one.at for one in arrived)
    assert {one.mailbox for one in arrived} == {"maya@outreach.example"}
    assert b"firm" in arrived[0].file.read_bytes()
    again.deliver(mail(MAILS), sender="", recipients=("Pat@Firm.example",))
    assert again.sent == {"pat@firm.example": 1}


def test_the_same_seed_has_the_same_people(tmp_path: Path) -> None:
    acts = []
    for name in ("one", "other"):
        post = Post(tmp_path / name, seed=5, moment=lambda: AT)
        for number in range(MAILS):
            post.deliver(mail(number), sender="", recipients=(f"pat{number}@firm{number}.example",))
        acts.append(dict(post.acts))
    assert acts[0] == acts[1] != {}
