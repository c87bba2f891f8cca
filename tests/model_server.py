"""A server on loopback that speaks the wire protocols of Anthropic (Messages), OpenAI (Chat Completions) and Google
(generateContent), each also as a stream, and fails in every way that providers do.

In a test:

    with ModelServer(script=[Way.RATE_LIMITED, Way.GOOD]) as server:
        ...  # base addresses: server.anthropic, server.openai, server.google

For trying by hand, half of the answers a failure:

    python -m tests.model_server --port 8099 --fail 0.5 --seed 7

Then TANDEM_OUTSIDE_HOSTS=127.0.0.1:8099 lets the product call it. Good answers fit the request's schema and cite the
evidence of its prompt; `server.billed` is what a provider would charge: tokens in and out of each answer it gave.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.model_answers import Answerer, tokens_of, with_falsehood
from tests.model_wires import Wire, wire_of

HOST = "127.0.0.1"
HANG_SECONDS = 30.0


class Way(StrEnum):
    """How the server behaves for one request."""

    GOOD = "good"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    BROKEN = "broken"
    HANGING = "hanging"
    CUT_OFF = "cut_off"
    MALFORMED = "malformed"
    REFUSING = "refusing"
    CHATTY = "chatty"
    LYING = "lying"
    TOO_LONG = "too_long"
    NO_ENTRY = "no_entry"


STATUS = {Way.RATE_LIMITED: 429, Way.OVERLOADED: 529, Way.BROKEN: 500, Way.NO_ENTRY: 401}
FAILURES = (
    Way.RATE_LIMITED, Way.OVERLOADED, Way.BROKEN, Way.CUT_OFF, Way.MALFORMED, Way.REFUSING, Way.LYING, Way.TOO_LONG,
)  # fmt: skip
Answer = Callable[[dict[str, Any], str], Any]


class ModelServer:
    """Runs in a thread of its own for as long as the block lasts.

    script : ways of the first requests in their order; afterwards `otherwise`, or with `fail` a failure now and then
    fail : share of failures, drawn with `seed`
    failures : what is drawn from
    answer : builds an answer from (schema, prompt) in place of the general one
    retry_after : what a 429 says, in seconds
    """

    def __init__(
        self,
        *,
        script: Sequence[Way] = (),
        otherwise: Way = Way.GOOD,
        fail: float = 0.0,
        seed: int = 1,
        failures: Sequence[Way] = FAILURES,
        answer: Answer | None = None,
        retry_after: float = 0.0,
        port: int = 0,
    ) -> None:
        self._script, self._otherwise = list(script), otherwise
        self._fail, self._failures, self._chance = fail, tuple(failures), random.Random(seed)
        self._answer, self.retry_after = answer, retry_after
        self._lock, self.closing = threading.Lock(), threading.Event()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.ways: list[Way] = []
        self.billed: list[tuple[int, int]] = []
        self.billed_ways: list[Way] = []
        server = self

        class Handler(_Handler):
            model = server

        self._http = ThreadingHTTPServer((HOST, port), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        """As TANDEM_OUTSIDE_HOSTS names it."""
        return f"{HOST}:{self._http.server_address[1]}"

    @property
    def anthropic(self) -> str:
        """Base address for the Anthropic SDK."""
        return f"http://{self.host}"

    @property
    def openai(self) -> str:
        """Base address for the OpenAI SDK and for servers that speak its protocol."""
        return f"http://{self.host}/v1"

    @property
    def google(self) -> str:
        """Base address for the Google SDK."""
        return f"http://{self.host}"

    def way(self, path: str, body: dict[str, Any]) -> Way:
        """Note a request and say how to behave."""
        with self._lock:
            self.requests.append((path, body))
            if self._script:
                way = self._script.pop(0)
            elif self._fail and self._chance.random() < self._fail:
                way = self._chance.choice(self._failures)
            else:
                way = self._otherwise
            self.ways.append(way)
            return way

    def bill(self, way: Way, tokens_in: int, tokens_out: int) -> None:
        """What an answer costs, as the provider counts it."""
        with self._lock:
            self.billed.append((tokens_in, tokens_out))
            self.billed_ways.append(way)

    def say(self, wire: Wire, way: Way) -> str:
        """The answer's JSON as text, spoilt where the way wants it."""
        make = self._answer or (lambda schema, prompt: Answerer(schema, prompt).answer())
        found = make(wire.schema, wire.prompt)
        if way is Way.LYING:
            found = with_falsehood(found)
        text = json.dumps(found)
        if way is Way.MALFORMED:
            return text[:-1] + ',,"'
        return text[: len(text) // 2] if way is Way.TOO_LONG else text


class _Handler(BaseHTTPRequestHandler):
    model: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        """One request, one way."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw)
        way, wire = self.model.way(self.path, body), wire_of(self.path, body)
        if wire is None:
            self._send(404, b'{"error": {"type": "not_found_error", "message": "no such address"}}')
            return
        if way in STATUS:
            self._send(STATUS[way], json.dumps(wire.error(way.value)).encode(), way)
            return
        if way is Way.HANGING:
            self.model.closing.wait(HANG_SECONDS)
            self.close_connection = True
            return
        self._answer(way, wire, tokens_of([raw.decode()]))

    def _answer(self, way: Way, wire: Wire, tokens_in: int) -> None:
        said = "" if way is Way.REFUSING else self.model.say(wire, way)
        tokens_out = tokens_of([said])
        stop = {Way.REFUSING: wire.refused, Way.TOO_LONG: wire.too_long}.get(way, wire.finished)
        is_prose = way in (Way.CHATTY, Way.REFUSING)
        text = f"Sure, here it is:\n{said}\nAnything else?" if way is Way.CHATTY else said
        if not wire.is_stream:
            whole = json.dumps(wire.whole(text, stop, tokens_in, tokens_out, is_prose=is_prose)).encode()
            self._send(200, whole, way, cut=way is Way.CUT_OFF)
        else:
            self._stream(wire.events(text, stop, tokens_in, tokens_out, is_prose=is_prose), cut=way is Way.CUT_OFF)
        self.model.bill(way, tokens_in, tokens_out)

    def _send(self, status: int, body: bytes, way: Way | None = None, *, cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if way is Way.RATE_LIMITED:
            self.send_header("Retry-After", f"{self.model.retry_after:g}")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = cut or self.close_connection

    def _stream(self, events: Iterator[str], *, cut: bool) -> None:
        """Server-sent events in chunks; cut off in the middle, the last chunk never comes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        told = list(events)
        with suppress(OSError):
            for event in told[: len(told) // 2] if cut else told:
                self.wfile.write(f"{len(event.encode()):x}\r\n{event}\r\n".encode())
            if not cut:
                self.wfile.write(b"0\r\n\r\n")
        self.close_connection = cut or self.close_connection


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A model server on loopback for trying by hand.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--fail", type=float, default=0.0, help="share of failures, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", default="", help=f"failures by comma, of: {', '.join(Way)}")
    told = parser.parse_args()
    ways = [Way(word) for word in told.ways.split(",") if word] or FAILURES
    with ModelServer(port=told.port, fail=told.fail, seed=told.seed, failures=ways) as server:
        print(f"Anthropic: {server.anthropic}  OpenAI: {server.openai}  Google: {server.google}")  # noqa: T201
        with suppress(KeyboardInterrupt):
            server.closing.wait()


if __name__ == "__main__":
    main()
