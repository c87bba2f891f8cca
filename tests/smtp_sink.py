"""A mail server on this machine that takes mail, counts it, and fails as it is told to; for tests and benchmarks."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

_ID = re.compile(rb"^Message-ID:\s*<([^>]+)>", re.IGNORECASE | re.MULTILINE)


class Fault(StrEnum):
    """What goes wrong with one mail, at which stage. HANG: no answer for longer than the other side waits."""

    NONE = "none"
    GREETING_CLOSED = "greeting_closed"
    MAIL_451 = "mail_451"
    RCPT_450 = "rcpt_450"
    RCPT_550 = "rcpt_550"
    RCPT_HANG = "rcpt_hang"
    DATA_421 = "data_421"
    DATA_DROP = "data_drop"
    BODY_DROP = "body_drop"
    END_451 = "end_451"
    END_554 = "end_554"
    END_HANG_TAKEN = "end_hang_taken"
    END_HANG_LOST = "end_hang_lost"
    END_DROP_TAKEN = "end_drop_taken"
    END_DROP_LOST = "end_drop_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail that the server keeps. at : seconds since 1970"""

    message_id: str
    recipient: str
    sender: str
    content: bytes = field(repr=False)
    at: float


@dataclass(kw_only=True)
class _Talk:
    sender: str = ""
    recipient: str = ""
    fault: Fault = Fault.NONE


class _Handler(socketserver.StreamRequestHandler):
    """One connection: RFC 5321 as far as a client needs it."""

    def handle(self) -> None:
        """Answer until the other side has gone, or until the fault says to go."""
        sink: SmtpSink = self.server.sink  # type: ignore[attr-defined]
        sink.connections += 1
        if sink.plan("") is Fault.GREETING_CLOSED:
            return
        self._say("220 sink")
        talk = _Talk()
        while line := self.rfile.readline():
            word = line[:4].strip().upper()
            if word == b"QUIT":
                self._say("221 bye")
                return
            if not self._answered(word, line, talk, sink):
                return

    def _answered(self, word: bytes, line: bytes, talk: _Talk, sink: SmtpSink) -> bool:
        """Answer one command; False: the conversation is over."""
        if word == b"EHLO":
            self._say("250-sink\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 SIZE 30000000")
        elif word == b"MAIL":
            talk.sender, talk.recipient, talk.fault = _path(line), "", Fault.NONE
            self._say("250 ok")
        elif word == b"RCPT":
            talk.recipient = _path(line)
            talk.fault = sink.plan(talk.recipient)
            return self._rcpt(talk.fault, sink)
        elif word == b"DATA":
            return self._data(talk, sink)
        else:
            self._say("250 ok")
        return True

    def _rcpt(self, fault: Fault, sink: SmtpSink) -> bool:
        if fault is Fault.RCPT_HANG:
            time.sleep(sink.hang_seconds)
            return False
        told = {Fault.RCPT_450: "450 4.2.0 greylisted", Fault.RCPT_550: "550 5.1.1 no such user",
                Fault.MAIL_451: "451 4.3.0 try later"}  # fmt: skip
        self._say(told.get(fault, "250 ok"))
        return True

    def _data(self, talk: _Talk, sink: SmtpSink) -> bool:
        if talk.fault is Fault.DATA_DROP:
            return False
        if talk.fault is Fault.DATA_421:
            self._say("421 4.3.2 going down")
            return False
        self._say("354 go on")
        content = self._content(talk.fault)
        if content is None:
            return False
        if talk.fault in (Fault.END_451, Fault.END_554):
            self._say("451 4.3.0 try later" if talk.fault is Fault.END_451 else "554 5.7.1 no thanks")
            return True
        if talk.fault not in (Fault.END_HANG_LOST, Fault.END_DROP_LOST):
            sink.keep(talk, content)
        if talk.fault in (Fault.END_HANG_TAKEN, Fault.END_HANG_LOST):
            time.sleep(sink.hang_seconds)
        if talk.fault is not Fault.NONE:
            return False
        self._say("250 2.0.0 taken")
        return True

    def _content(self, fault: Fault) -> bytes | None:
        """The mail, or None when one side broke off before its end."""
        lines: list[bytes] = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
            if fault is Fault.BODY_DROP and len(lines) > 3:
                return None
        return None

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


def _path(line: bytes) -> str:
    return line.decode("utf-8", "replace").partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that died is what this is about."""

    def get_request(self) -> tuple[socket.socket, object]:
        """Answers leave at once."""
        found, address = super().get_request()
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found, address


class SmtpSink:
    """The server, in threads of this process; `with SmtpSink() as sink`.

    plan : the fault of one mail, asked at its RCPT, and with "" at the greeting
    """

    def __init__(
        self, plan: Callable[[str], Fault] = lambda recipient: Fault.NONE, *, hang_seconds: float = 1.0
    ) -> None:
        self.plan, self.hang_seconds = plan, hang_seconds
        self.taken: list[Taken] = []
        self.connections = 0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.sink = self  # type: ignore[attr-defined]
        self.port: int = self._server.server_address[1]

    def keep(self, talk: _Talk, content: bytes) -> None:
        """Take one mail."""
        found = _ID.search(content)
        told = found[1].decode("ascii", "replace") if found else ""
        self.taken.append(
            Taken(message_id=told, recipient=talk.recipient, sender=talk.sender, content=content, at=time.time())
        )

    def __enter__(self) -> SmtpSink:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
