"""A web server on the loopback that answers as a test tells it: how providers and public places are played."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A request that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered. `hang`: seconds before the answer; `drip`: seconds between single bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    breaks_off: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Answerer = Callable[[Heard], Reply]


class Outside:
    """The server: `url`, what it heard, and what it answers (a list is used up, its last stays; or a function)."""

    def __init__(self) -> None:
        self.url = ""
        self.host = ""
        self.heard: list[Heard] = []
        self.replies: list[Reply] = [Reply(body={})]
        self.answerer: Answerer | None = None

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.answerer = None

    def reply(self, heard: Heard) -> Reply:
        self.heard.append(heard)
        if self.answerer is not None:
            return self.answerer(heard)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def outside() -> Iterator[Outside]:
    told = Outside()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            heard = Heard(
                method=self.command,
                path=parts.path,
                query={name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()},
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(size),
            )
            reply = told.reply(heard)
            if reply.hang:
                time.sleep(reply.hang)
            if reply.breaks_off:
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = _answer  # noqa: N815
        do_POST = _answer  # noqa: N815

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.host = f"127.0.0.1:{server.server_port}"
    told.url = f"http://{told.host}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
