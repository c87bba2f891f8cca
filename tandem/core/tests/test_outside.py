"""Calls to outside servers end: in time, in size, after a bounded number of tries, and never inside our own network."""

from __future__ import annotations

import gzip
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import ProviderFailed
from tandem.core.outside import Limits, OutsideClient, open_client
from tandem.core.outside.addresses import checked_addresses, is_public, resolve
from tandem.core.outside.client import retry_after

Reply = Callable[[BaseHTTPRequestHandler], None]
FAST = Limits(connect_seconds=1, read_seconds=0.3, total_seconds=1.0, most_bytes=100_000, first_wait=0.01)


class Server:
    """A real server on loopback. `replies` are given in turn, the last one for ever."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.replies: list[Reply] = [answer(200, b"{}")]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                outer.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.rfile.read(int(self.headers.get("content-length", 0)))
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                with suppress(OSError):
                    reply(self)

            do_GET = do_POST = do_PUT = do  # noqa: N815

            def log_message(self, *args: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


def answer(status: int, body: bytes = b"", **headers: str) -> Reply:
    def reply(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)

    return reply


def drip(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    for _ in range(40):
        to.wfile.write(b"x")
        to.wfile.flush()
        time.sleep(0.05)


def flood(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    for _ in range(10_000):
        to.wfile.write(b"x" * 65_536)


def hang(to: BaseHTTPRequestHandler) -> None:
    time.sleep(0.6)


def drop(to: BaseHTTPRequestHandler) -> None:
    to.connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(server: Server, waits: list[float]) -> Iterator[OutsideClient]:
    allowed = frozenset({f"127.0.0.1:{server.port}"})
    with OutsideClient("test", allowed_hosts=allowed, limits=FAST, sleep=waits.append) as made:
        yield made


def test_a_plain_answer_arrives(server: Server, client: OutsideClient) -> None:
    server.replies = [answer(200, b'{"ok": true}')]
    assert client.call("GET", server.url + "/a", params={"q": "1"}).json() == {"ok": True}
    assert server.seen[0][:2] == ("GET", "/a?q=1")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(
    server: Server, client: OutsideClient, waits: list[float], status: int
) -> None:
    server.replies = [answer(status), answer(status), answer(200, b"1")]
    assert client.call("GET", server.url).json() == 1
    assert waits == [0.01, 0.02]


def test_the_servers_own_waiting_time_is_kept(server: Server, client: OutsideClient, waits: list[float]) -> None:
    server.replies = [answer(429, Retry_After="0"), answer(200, b"1")]
    client.call("GET", server.url)
    assert waits == [0.0]


def test_a_server_that_asks_for_too_much_patience_is_given_up(
    server: Server, client: OutsideClient, waits: list[float]
) -> None:
    server.replies = [answer(429, Retry_After="3600")]
    with pytest.raises(ProviderFailed, match="429"):
        client.call("GET", server.url)
    assert (len(server.seen), waits) == (1, [])


def test_tries_are_bounded(server: Server, client: OutsideClient) -> None:
    server.replies = [answer(500)]
    with pytest.raises(ProviderFailed, match="500"):
        client.call("GET", server.url)
    assert len(server.seen) == 3


@pytest.mark.parametrize("reply", [answer(500), answer(429), drop, hang], ids=["500", "429", "dropped", "silent"])
def test_a_write_is_never_sent_twice_unless_it_is_said_to_be_harmless(
    server: Server, client: OutsideClient, reply: Reply
) -> None:
    server.replies = [reply]
    with pytest.raises(ProviderFailed):
        client.call("POST", server.url, json_body={"a": 1})
    assert len(server.seen) == 1


def test_a_write_with_a_key_is_tried_again(server: Server, client: OutsideClient) -> None:
    server.replies = [drop, answer(201, b"{}")]
    assert client.call("POST", server.url, json_body={}, is_idempotent=True).status == 201
    assert len(server.seen) == 2


def test_a_write_that_found_no_connection_may_be_tried_again(client: OutsideClient, server: Server) -> None:
    tries: list[str] = []

    def nobody(host: str, port: int) -> list[str]:
        tries.append(host)
        return ["127.0.0.1"]

    with OutsideClient("t", allowed_hosts=frozenset({"gone.test:1"}), limits=FAST, resolve=nobody) as gone:  # noqa: SIM117
        with pytest.raises(ProviderFailed, match="can't be reached"):
            gone.call("POST", "http://gone.test:1/")
    assert len(tries) == 3


@pytest.mark.parametrize(
    ("reply", "told"),
    [(drip, "took longer|in time"), (flood, "more than 100,000 bytes"), (hang, "in time"), (drop, "broke off")],
    ids=["dripping", "huge", "silent", "dropped"],
)
def test_slow_huge_and_broken_answers_are_cut(server: Server, client: OutsideClient, reply: Reply, told: str) -> None:
    server.replies = [reply]
    started = time.monotonic()
    with pytest.raises(ProviderFailed, match=told):
        client.call("GET", server.url)
    assert time.monotonic() - started < 3


def test_a_body_that_unpacks_to_too_much_is_cut(server: Server, client: OutsideClient) -> None:
    server.replies = [answer(200, gzip.compress(b"0" * 5_000_000), Content_Encoding="gzip")]
    with pytest.raises(ProviderFailed, match="more than"):
        client.call("GET", server.url)


def test_redirects_are_followed_and_secrets_stay_with_the_first_host(server: Server, client: OutsideClient) -> None:
    other = Server()
    here = frozenset({f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}"})
    server.replies = [answer(302, Location="/b"), answer(302, Location=other.url + "/c")]
    with OutsideClient("test", allowed_hosts=here, limits=FAST) as both:
        both.call("GET", server.url + "/a", headers={"Authorization": "Bearer s3cret", "X-Api-Key": "k"})
    assert server.seen[1][1] == "/b"
    assert server.seen[1][2]["authorization"] == "Bearer s3cret"
    assert {"authorization", "x-api-key"}.isdisjoint(other.seen[0][2])
    other.http.shutdown()
    other.http.server_close()


def test_a_redirect_into_our_own_network_is_refused(server: Server, client: OutsideClient) -> None:
    inside = Server()
    for target in (
        f"{inside.url}/x",
        "https://169.254.169.254/latest/meta-data",
        f"https://2130706433:{inside.port}/",
        "https://[bad",
    ):
        server.replies = [answer(302, Location=target)]
        with pytest.raises(ProviderFailed):
            client.call("GET", server.url)
    assert inside.seen == []
    inside.http.shutdown()
    inside.http.server_close()


def test_a_redirect_without_end_is_left(server: Server, client: OutsideClient) -> None:
    server.replies = [answer(302, Location="/again")]
    with pytest.raises(ProviderFailed, match="more than 5 times"):
        client.call("GET", server.url)
    assert len(server.seen) == 6


def test_a_write_is_not_sent_on_to_where_a_redirect_points(server: Server, client: OutsideClient) -> None:
    server.replies = [answer(307, Location="/b")]
    with pytest.raises(ProviderFailed, match="elsewhere"):
        client.call("POST", server.url, content=b"x")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "https://user:pw@example.com/", "file:///etc/passwd", "https:///x"],
)
def test_addresses_that_are_no_secure_web_address_are_refused(client: OutsideClient, url: str) -> None:
    with pytest.raises(ProviderFailed):
        client.call("GET", url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "localhost", "[::1]", "0.0.0.0",
        "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254",
        "100.100.100.200", "168.63.129.16", "[fd00:ec2::254]", "[fe80::1]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
        "[2002:7f00:1::]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
def test_every_spelling_of_an_inner_address_is_refused(host: str) -> None:
    with OutsideClient("test", limits=FAST) as client, pytest.raises(ProviderFailed) as refused:
        client.call("GET", f"https://{host}/")
    assert refused.value.error_code in {"outside.private_address", "outside.no_address", "outside.address"}


def test_a_name_that_changes_its_mind_gains_nothing(server: Server) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    asked: list[str] = []

    def turncoat(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    assert list(checked_addresses("turn.example", 443, allowed_hosts=frozenset(), resolve=turncoat)) == [
        "93.184.216.34"
    ]
    with OutsideClient("test", limits=FAST, resolve=turncoat) as client:  # noqa: SIM117
        with pytest.raises(ProviderFailed, match="no public address"):
            client.call("GET", f"https://turn.example:{server.port}/")
    assert asked == ["turn.example", "turn.example"]
    assert server.seen == []


def test_one_inner_address_among_public_ones_spoils_the_name() -> None:
    with pytest.raises(ProviderFailed):
        checked_addresses(
            "mixed.example", 443, allowed_hosts=frozenset(), resolve=lambda *_: ["93.184.216.34", "10.1.1.1"]
        )


def test_the_connection_goes_to_the_checked_address_under_the_hosts_name(server: Server) -> None:
    asked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with OutsideClient("t", allowed_hosts=frozenset({"crm.internal"}), limits=FAST, resolve=once) as client:
        client.call("GET", f"http://crm.internal:{server.port}/")
    assert asked == ["crm.internal"]
    assert server.seen[0][2]["host"] == f"crm.internal:{server.port}"


def test_a_proxy_of_the_environment_is_not_used(
    server: Server, client: OutsideClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with OutsideClient("t", allowed_hosts=frozenset({"127.0.0.1"}), limits=FAST) as fresh:
        assert fresh.call("GET", server.url).status == 200


def test_secrets_are_neither_logged_nor_told(
    server: Server, client: OutsideClient, caplog: pytest.LogCaptureFixture
) -> None:
    server.replies = [answer(403, b"your key is s3cret")]
    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderFailed) as failed:
        client.call("GET", server.url + "/p", params={"key": "s3cret"}, headers={"Authorization": "Bearer s3cret"})
    told = caplog.text + str(failed.value.as_dict()) + str(failed.value)
    assert "s3cret" not in told
    assert "/p: 403" in caplog.text


def test_the_operators_hosts_come_from_settings(server: Server, settings: Any) -> None:
    settings.OUTSIDE_HOSTS = ["127.0.0.1"]
    with open_client("own", limits=FAST) as client:
        assert client.call("GET", server.url).status == 200
    with open_client("own", limits=FAST) as client, pytest.raises(ProviderFailed, match="answered 200"):
        client.call("GET", server.url, accepts={201})


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_another_never_opens_it(address: IPv4Address) -> None:
    wrapped = f"::ffff:{address}"
    assert is_public(wrapped) <= is_public(str(address))
    assert not is_public(f"64:ff9b::{address}") or is_public(str(address))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("Tue, 24 Nov 2026 08:39:00 GMT", 0.0), ("soon", None), (None, None), ("-5", None), ("²", None)],
)
def test_waiting_times_are_read_in_both_spellings(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 11, 24, 8, 40, tzinfo=UTC)) == seconds


def test_a_name_without_an_address_is_told_so() -> None:
    with pytest.raises(ProviderFailed, match="has no address"):
        resolve("nowhere.invalid", 443)
