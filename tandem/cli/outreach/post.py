"""The world outside, on this machine: a mail server that takes what is sent, and people who answer it.

    with Post(folder, seed=7) as post:            # mail to post.port; nothing leaves this machine
        ...
        for letter in post.due(now): ...          # what has arrived since

An answer on its way is a file named by the moment at which it arrives, so that it arrives too when everything was
switched off meanwhile. How people felt before is forgotten then; who objected was taken out by then.
"""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from tandem.core import clock
from tandem.simulation.text.answering import Prospects

if TYPE_CHECKING:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

LOOPBACK = "127.0.0.1"
TAKEN = "250 2.0.0 taken"
_NAME = re.compile(r"(\d+)\.(\d+)\.(.+)\.eml")
Moment = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail that arrives. mailbox : the address of ours it comes to"""

    at: datetime
    mailbox: str
    file: Path


class Post:
    """The server with everybody behind it.

    moment : when mail arrives; the clock, until whoever tells past days sets another
    sent : how many mails each address was sent, with the moment of the last; acts : what people did, by kind
    """

    def __init__(self, folder: Path, *, seed: int, port: int = 0, moment: Moment = clock.now) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.moment = folder, moment
        self.port = port or free_port()
        self.sent: Counter[str] = Counter()
        self.last_sent: dict[str, datetime] = {}
        self.acts: Counter[str] = Counter()
        self._prospects = Prospects(seed)
        self._number = max((number for _, number, _, _ in self._all()), default=0)
        self._server: Controller | None = None

    def __enter__(self) -> Post:
        from aiosmtpd.controller import Controller

        self._server = Controller(self, hostname=LOOPBACK, port=self.port)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  as it is called
        """Take one mail, and let whoever gets it act on it."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        self.deliver(raw, sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos))
        return TAKEN

    def deliver(self, raw: bytes, *, sender: str, recipients: tuple[str, ...]) -> None:
        """A mail arrives now; what comes back is on its way. sender : of the envelope"""
        at = self.moment()
        for recipient in recipients:
            self.sent[recipient.lower()] += 1
            self.last_sent[recipient.lower()] = at
        mailbox = parseaddr(str(BytesHeaderParser().parsebytes(raw)["From"] or ""))[1]
        for answer in self._prospects.answers(raw, at=at, bounces_to=sender):
            self.acts[answer.act.value] += 1
            self._put(answer.raw, answer.at, mailbox)

    def _put(self, raw: bytes, at: datetime, mailbox: str) -> None:
        self._number += 1
        name = f"{int(at.timestamp())}.{self._number}.{mailbox}.eml"
        (self.folder / f".{name}").write_bytes(raw)
        (self.folder / f".{name}").rename(self.folder / name)

    def due(self, now: datetime) -> list[Letter]:
        """What has arrived by a moment, the oldest first. It stays until its file is removed."""
        return [
            Letter(at=datetime.fromtimestamp(at, UTC), mailbox=mailbox, file=file)
            for at, _, mailbox, file in sorted(self._all())
            if at <= now.timestamp()
        ]

    @property
    def on_the_way(self) -> int:
        """How many answers have not been fetched."""
        return len(self._all())

    def _all(self) -> list[tuple[int, int, str, Path]]:
        found = [(_NAME.fullmatch(file.name), file) for file in self.folder.iterdir()]
        return [(int(read[1]), int(read[2]), read[3], file) for read, file in found if read]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
