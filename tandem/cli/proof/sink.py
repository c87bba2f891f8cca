"""A mail server on this machine that takes everything and keeps when which bytes came; for proofs, so no TLS."""

from __future__ import annotations

import hashlib
import re
import socketserver
import threading
import time
from dataclasses import dataclass

_TOUCH = re.compile(rb"^Message-ID: *<([^@>]+)@", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One mail that was taken. `at`: seconds since 1970, when the last byte was there. `digest`: SHA-256, hex."""

    at: float
    recipient: str
    key: str
    digest: str


class _Talk(socketserver.StreamRequestHandler):
    """One connection: RFC 5321 as far as a friendly client needs it."""

    def handle(self) -> None:
        """Answer until the other side has gone."""
        self._say("220 proof")
        recipient = ""
        while line := self.rfile.readline():
            word = line[:4].strip().upper()
            if word == b"RCPT":
                recipient = line.decode("ascii", "replace").partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self._say("354 go on")
                if (data := self._data()) is None:
                    return
                self._keep(data, recipient)
            self._say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _data(self) -> bytes | None:
        """The mail, or None when the other side broke off: then it was not taken."""
        lines: list[bytes] = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
        return None

    def _keep(self, data: bytes, recipient: str) -> None:
        found = _TOUCH.search(data)
        key = found[1].decode("ascii", "replace") if found else ""
        sink: Sink = self.server.sink  # type: ignore[attr-defined]
        sink.arrivals.append(
            Arrival(at=time.time(), recipient=recipient, key=key, digest=hashlib.sha256(data).hexdigest())
        )


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what a race is about."""


class Sink:
    """The server, in a thread of this process; `with Sink() as sink`."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.sink = self  # type: ignore[attr-defined]
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Sink:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
