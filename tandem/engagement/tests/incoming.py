"""Mail that comes in, for tests of the inbox: bytes as people's programs write them, and what they are read as."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest

from tandem.core.actors import built_in_agent
from tandem.engagement.actions import receiving
from tandem.engagement.contracts import BounceReading, MailKind, MailReading, ReplyLabel, TouchState
from tandem.engagement.models import Inbound, Touch
from tests.outreach import OPEN_HOUR, Outreach

WORKER = built_in_agent("inbox", "worker")
ARRIVED = OPEN_HOUR + timedelta(hours=2)


def sent(outreach: Outreach, who: str, **changes: Any) -> Touch:
    """The next touch of somebody, as it stands once it has left."""
    touch = outreach.touch(who, state=TouchState.SENT.value, sent_at=OPEN_HOUR, mailbox=outreach.mailbox, **changes)
    touch.message_id = f"touch-{touch.id}@mail.aislewright.example"
    touch.save()
    return touch


def mail(
    sender: str, text: str, *, answers: Touch | None = None, subject: str = "Re: Your Portland site", **headers: str
) -> bytes:
    """A mail to Maya; `answers`: its headers point at a touch. Underscores in header names are hyphens."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "Maya Lindqvist <maya@mail.aislewright.example>"
    message["Subject"] = subject
    message["Date"] = format_datetime(ARRIVED)
    message["Message-ID"] = f"<{abs(hash((sender, text, subject))):x}@reply.test>"
    if answers is not None:
        message["In-Reply-To"] = f"<{answers.message_id}>"
        message["References"] = f"<{answers.message_id}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def reading(
    label: ReplyLabel | None = None, *, kind: MailKind = MailKind.REPLY, text: str = "", to_human: bool | None = None,
    bounce: BounceReading | None = None, returns_on: date | None = None, **more: Any,
) -> MailReading:  # fmt: skip
    """What a reader says of a mail."""
    return MailReading(
        kind=kind, label=label, confidence=0.97 if label else 0.4, new_text=text, evidence=text[:20], language="en",
        to_human=(label is None and kind is MailKind.REPLY) if to_human is None else to_human, bounce=bounce,
        returns_on=returns_on, **more,
    )  # fmt: skip


class Post:
    """Hands mail in with a reading of one's own, so that a test is about what follows from it."""

    def __init__(self, outreach: Outreach, patch: pytest.MonkeyPatch) -> None:
        self.outreach, self._patch = outreach, patch

    def arrives(self, raw: bytes, read_as: MailReading | None = None, *, at: datetime = ARRIVED) -> Inbound:
        """The stored row, its consequences drawn."""
        if read_as is not None:
            self._patch.setattr(receiving, "read", lambda raw, received_at: read_as)
        found = receiving.receive(raw, mailbox_id=self.outreach.mailbox.id, received_at=at, actor=WORKER, now=at)
        assert found is not None
        return Inbound.objects.get(id=found)
