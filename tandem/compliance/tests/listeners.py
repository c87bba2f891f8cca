"""Real servers on the loopback for tests of what leaves the house: HTTP, syslog over TCP and UDP."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer


class WebListener:
    """Keeps what is posted to it; answers with the codes it is told, then 200."""

    def __init__(self, codes: list[int]) -> None:
        self.codes = codes
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.tries = 0
        self.url = ""


@contextmanager
def web_listener(*codes: int) -> Iterator[WebListener]:
    """A web server; the first calls get `codes`."""
    told = WebListener(list(codes))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.tries += 1
            code = told.codes.pop(0) if told.codes else 200
            if code == 200:
                told.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


class SyslogListener:
    """Keeps messages, taken apart by their lengths (TCP) or as they came (UDP)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[bytes] = []
        self._enough = threading.Condition()

    def add(self, message: bytes) -> None:
        with self._enough:
            self.messages.append(message)
            self._enough.notify_all()

    def wait_for(self, count: int) -> list[bytes]:
        """The messages once there are so many; fails after five seconds."""
        with self._enough:
            assert self._enough.wait_for(lambda: len(self.messages) >= count, 5), len(self.messages)
            return list(self.messages)


@contextmanager
def syslog_tcp(trust: ssl.SSLContext | None = None) -> Iterator[SyslogListener]:
    """A receiver that reads octet-counted messages of RFC 6587; over TLS with the server's side of it."""
    server = socket.create_server(("127.0.0.1", 0))
    told = SyslogListener(server.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with suppress(OSError):
                if trust is not None:
                    connection = trust.wrap_socket(connection, server_side=True)
                with connection, connection.makefile("rb") as stream:
                    while length := _length(stream.read):
                        message = stream.read(length)
                        if len(message) == length:  # the sender may die in the middle
                            told.add(message)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def _length(read: object) -> int:
    digits = b""
    while (letter := read(1)) not in (b" ", b""):  # type: ignore[operator]
        digits += letter
    return int(digits or b"0")


@contextmanager
def syslog_udp() -> Iterator[SyslogListener]:
    """A receiver of datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.05)
        told, over = SyslogListener(receiver.getsockname()[1]), threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    told.add(receiver.recv(70_000))
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            over.set()
            thread.join()
