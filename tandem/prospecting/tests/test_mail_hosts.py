"""Whether a domain takes mail, by the answers of a name server that is played on the loopback."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.prospecting.connectors import mail_hosts
from tandem.prospecting.connectors.mail_hosts import MX, A, look_up
from tandem.prospecting.domain.verification import MailHosts

ANSWER = 0x8180
Answerer = Callable[[bytes], bytes]


@contextmanager
def name_server(answer: Answerer) -> Iterator[tuple[str, int]]:
    """A server that answers each question by the function; empty: it keeps silent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    question, caller = line.recvfrom(4_096)
                except TimeoutError:
                    continue
                told = answer(question)
                if told:
                    line.sendto(told, caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield line.getsockname()
        finally:
            over.set()
            thread.join()


def reply(question: bytes, *, code: int = 0, records: tuple[bytes, ...] = (), number: int | None = None) -> bytes:
    told = struct.unpack(">H", question[:2])[0] if number is None else number
    return struct.pack(">HHHHHH", told, ANSWER | code, 1, len(records), 0, 0) + question[12:] + b"".join(records)


def record(kind: int, data: bytes) -> bytes:
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def mx(host: bytes) -> bytes:
    return record(MX, struct.pack(">H", 10) + host)


def kind_of(question: bytes) -> int:
    return int(struct.unpack(">H", question[-4:-2])[0])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda q: reply(q, records=(mx(b"\x02mx\xc0\x0c"),)), MailHosts.TAKES),
        (lambda q: reply(q, records=(mx(b"\x00"),)), MailHosts.REFUSES),  # RFC 7505: it says that it takes none
        (lambda q: reply(q, code=3), MailHosts.NONE),
        (lambda q: reply(q, code=2), MailHosts.NOT_ASKED),
        (lambda q: reply(q, records=(record(A, b"\x01\x02\x03\x04"),) if kind_of(q) == A else ()), MailHosts.TAKES),
        (reply, MailHosts.REFUSES),
        (lambda q: reply(q, number=1, records=(mx(b"\x00"),)), MailHosts.NOT_ASKED),  # of another question
        (lambda q: reply(q, records=(mx(b"\xc0\x0c" * 3)[:9],)), MailHosts.NOT_ASKED),
        (lambda q: q[:12] + b"\xc0\x0c", MailHosts.NOT_ASKED),
        (lambda _: b"\x00", MailHosts.NOT_ASKED),
    ],
)
def test_what_the_names_say_is_read(answer: Answerer, told: MailHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_hosts, "SECONDS", 0.5)
    with name_server(answer) as server:
        assert look_up("acme.example", servers=[server]) is told


def test_a_silent_server_is_passed_over_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_hosts, "SECONDS", 0.1)
    with name_server(lambda _: b"") as silent, name_server(lambda q: reply(q, code=3)) as other:
        assert look_up("acme.example", servers=[silent, other]) is MailHosts.NONE
        assert look_up("acme.example", servers=[silent]) is MailHosts.NOT_ASKED
        assert look_up("a" * 70 + ".example", servers=[other]) is MailHosts.NOT_ASKED


@given(st.binary(max_size=200))
def test_no_answer_breaks_the_reader(answer: bytes) -> None:
    found = None
    with contextlib.suppress(struct.error, IndexError, ValueError, OSError):  # what the caller takes as no answer
        found = mail_hosts._read(answer, 1, b"\x00\x00\x0f\x00\x01", MX)
    assert found is None or answer[:2] == b"\x00\x01", f"{found} was read from an answer to another question"
