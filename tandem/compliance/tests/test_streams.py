"""Every entry reaches the receiver, in order, none left out, whatever dies when; how it reads there."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from tandem.cli.main import app
from tandem.compliance import actions, jobs, queries
from tandem.compliance.contracts import Entry
from tandem.compliance.contracts.anchors import StreamFormat, StreamKind
from tandem.compliance.domain import event_words
from tandem.compliance.models import LedgerEntry, LedgerStream
from tandem.compliance.tests.listeners import syslog_tcp, syslog_udp, web_listener
from tandem.core import clock, ledger
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, ProviderFailed

WORKER = built_in_agent("nightly", "worker")
MAYA = Actor(kind=ActorKind.PERSON, id=7, name="Maya Økafor", role="seller")
RFC_5424 = re.compile(rb"<109>1 (\S+) (\S+) tandem - (\S+) - \xef\xbb\xbf(\{.*\})")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three(settings: Any, now: Any) -> None:
    settings.OUTSIDE_HOSTS = ["127.0.0.1"]
    ledger.append(MAYA, "access.signed_in", subject="person:7", way="password")
    ledger.append(WORKER, "accounts.merged", subject="account:1", why="same\ndomain")
    ledger.append(MAYA, "core.archive_exported", subject="installation:1")


def add(kind: StreamKind, target: str, **said: Any) -> int:
    return actions.add_stream(kind=kind, name="siem", target=target, actor=WORKER, now=clock.now(), **said)


def turn() -> None:
    jobs.serve_outlets({}, lambda *told: None)  # type: ignore[arg-type]


def test_an_entry_reads_as_elastic_common_schema() -> None:
    told = event_words.as_ecs(queries.get_entry(2), installation="0123456789abcdef")
    entry = queries.get_entry(2)
    assert told == {
        "@timestamp": "2026-11-24T08:40:00.000000+00:00",
        "message": "nightly: accounts.merged account:1",
        "ecs": {"version": "8.11.0"},
        "event": {
            "kind": "event", "category": ["database"], "type": ["change"], "action": "accounts.merged",
            "outcome": "success", "module": "tandem", "dataset": "tandem.ledger", "provider": "ledger",
            "id": "0123456789abcdef:2", "sequence": 2, "hash": entry.hash,
        },
        "service": {"name": "tandem", "type": "tandem", "id": "0123456789abcdef"},
        "user": {"id": "agent:0", "name": "nightly", "roles": ["agent"]},
        "related": {"user": ["nightly"]},
        "tandem": {
            "actor_kind": "agent", "actor_id": 0, "subject": "account:1", "facts": '{"why":"same\\ndomain"}',
            "previous_hash": entry.previous_hash,
        },
    }  # fmt: skip
    first, third = (event_words.as_ecs(queries.get_entry(number), installation="x") for number in (1, 3))
    assert (first["event"]["category"], first["event"]["type"]) == (["authentication"], ["start"])
    assert (third["event"]["category"], third["event"]["type"]) == (["file"], ["access"])


@pytest.mark.parametrize("form", list(StreamFormat))
def test_a_connection_gets_counted_messages_with_every_entry_once(form: StreamFormat) -> None:
    with syslog_tcp() as receiver:
        stream_id = add(StreamKind.SYSLOG_TCP, f"127.0.0.1:{receiver.port}", form=form)
        turn()
        turn()
        messages = receiver.wait_for(4)
    read = [RFC_5424.fullmatch(message) for message in messages]
    assert [found and found[3] for found in read] == [
        b"access.signed_in", b"accounts.merged", b"core.archive_exported", b"compliance.stream_added",
    ]  # fmt: skip
    assert read[0] is not None
    assert read[0][1] == b"2026-11-24T08:40:00.000000Z"
    document = json.loads(read[0][4])
    assert (document["number"] if form is StreamFormat.RAW else document["event"]["sequence"]) == 1
    state = queries.get_stream(stream_id)
    assert (state.cursor, state.behind, state.error) == (4, 0, "")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(start).not_valid_after(start + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    shown, secret = folder / "shown.pem", folder / "secret.pem"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return shown, secret


def test_an_encrypted_connection_is_used_only_with_a_receiver_that_is_known(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTSIDE_HOSTS = ["localhost"]
    shown, secret = certificate(tmp_path)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(shown, secret)
    with syslog_tcp(trust) as receiver:
        stream_id = add(StreamKind.SYSLOG_TLS, f"localhost:{receiver.port}")
        turn()
        assert "did not take the entries" in queries.get_stream(stream_id).error
        assert receiver.messages == []
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
        LedgerStream.objects.update(next_due_at=None)
        turn()
        assert len(receiver.wait_for(4)) == 4
    assert queries.get_stream(stream_id).error == ""


def test_datagrams_carry_one_entry_each_and_leave_out_facts_that_do_not_fit() -> None:
    ledger.append(WORKER, "a.long", subject="account:1", words="x" * 70_000)
    with syslog_udp() as receiver:
        add(StreamKind.SYSLOG_UDP, f"127.0.0.1:{receiver.port}")
        turn()
        messages = receiver.wait_for(5)
    long = json.loads(messages[3].split(b"\xef\xbb\xbf", 1)[1])
    assert (len(messages), long["tandem"]["facts"]) == (5, '{"left_out":"longer than a datagram"}')
    assert long["event"]["hash"] == queries.get_entry(4).hash


def test_a_web_address_that_fails_twice_still_gets_every_entry_in_order() -> None:
    with web_listener(503, 500) as listener:
        add(StreamKind.WEBHOOK, listener.url, after=1)
        turn()
    assert listener.tries == 3
    [(headers, body)] = listener.taken
    assert [json.loads(line)["event"]["sequence"] for line in body.decode().splitlines()] == [2, 3, 4]
    assert headers["idempotency-key"] == f"{queries.installation()}:2-4"
    assert headers["content-type"] == "application/x-ndjson"


def test_a_receiver_that_is_down_is_told_and_gets_everything_once_it_is_up() -> None:
    with syslog_tcp() as receiver:
        port = receiver.port
    stream_id = add(StreamKind.SYSLOG_TCP, f"127.0.0.1:{port}")
    turn()
    failed = queries.get_stream(stream_id)
    assert (failed.cursor, failed.failures, failed.behind) == (0, 1, 4)
    assert f"127.0.0.1:{port} did not take the entries" in failed.error
    with syslog_tcp() as receiver:
        LedgerStream.objects.update(target=f"127.0.0.1:{receiver.port}")
        turn()
        assert receiver.messages == []  # its next try is a minute away
        LedgerStream.objects.update(next_due_at=clock.now())
        turn()
        assert len(receiver.wait_for(4)) == 4
    assert queries.get_stream(stream_id).failures == 0


def test_what_dies_between_sending_and_moving_on_is_sent_again_and_nothing_is_left_out() -> None:
    stream = queries.get_stream(add(StreamKind.WEBHOOK, "http://127.0.0.1:1/"))
    seen: list[int] = []

    class Killed(BaseException):
        pass

    def send_and_die(entries: Sequence[Entry]) -> None:
        seen.extend(entry.number for entry in entries)
        raise Killed

    with pytest.raises(Killed):
        actions.advance(stream, send_and_die)
    assert queries.get_stream(stream.id).cursor == 0
    sent = actions.advance(
        queries.get_stream(stream.id), lambda entries: seen.extend(entry.number for entry in entries)
    )
    assert (seen, sent, queries.get_stream(stream.id).cursor) == ([1, 2, 3, 4, 1, 2, 3, 4], 4, 4)


def test_a_failure_in_the_middle_keeps_the_place_of_the_last_good_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tandem.compliance.actions.streaming.BATCH", 2)
    stream = queries.get_stream(add(StreamKind.WEBHOOK, "http://127.0.0.1:1/"))
    batches: list[list[int]] = []

    def send(entries: Sequence[Entry]) -> None:
        if len(batches) == 1:
            raise ProviderFailed("gone")
        batches.append([entry.number for entry in entries])

    with pytest.raises(ProviderFailed):
        actions.advance(stream, send)
    assert (batches, queries.get_stream(stream.id).cursor) == ([[1, 2]], 2)


def test_two_processes_that_move_one_stream_do_not_move_it_twice() -> None:
    stream = queries.get_stream(add(StreamKind.WEBHOOK, "http://127.0.0.1:1/"))

    def meanwhile(entries: Sequence[Entry]) -> None:
        LedgerStream.objects.filter(id=stream.id).update(cursor=3)

    with pytest.raises(Conflict):
        actions.advance(stream, meanwhile)
    assert queries.get_stream(stream.id).cursor == 3


@pytest.mark.parametrize(
    ("kind", "target", "after"),
    [
        (StreamKind.SYSLOG_TCP, "siem.example", 0),
        (StreamKind.SYSLOG_UDP, "siem.example:70000", 0),
        (StreamKind.SYSLOG_TLS, "two words:514", 0),
        (StreamKind.WEBHOOK, "siem.example", 0),
        (StreamKind.SYSLOG_TCP, "siem.example:514", 99),
    ],
)
def test_a_receiver_that_can_not_be_one_is_refused(kind: StreamKind, target: str, after: int) -> None:
    with pytest.raises(InvalidInput):
        add(kind, target, after=after)
    with pytest.raises(NotAllowed):
        actions.add_stream(
            kind=StreamKind.SHELL, name="x", target="", actor=built_in_agent("stranger"), now=clock.now()
        )
    assert (LedgerStream.objects.count(), LedgerEntry.objects.count()) == (0, 3)


def test_a_private_receiver_is_not_reached_unless_the_operator_named_it(settings: Any) -> None:
    settings.OUTSIDE_HOSTS = []
    stream_id = add(StreamKind.SYSLOG_TCP, "127.0.0.1:514")
    turn()
    assert "no public address" in queries.get_stream(stream_id).error


def test_the_shell_streams_to_standard_output_from_any_place_and_keeps_it_under_a_name() -> None:
    def run(*arguments: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(app, ["ledger", "stream", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert [line["number"] for line in run("--format", "raw", "--after", "1")] == [2, 3]
    assert [line["event"]["sequence"] for line in run("--name", "loki")] == [1, 2, 3, 4]  # adding it is an entry too
    ledger.append(MAYA, "a.more", subject="account:1")
    assert [line["event"]["sequence"] for line in run("--name", "loki")] == [5]
    assert run("--name", "loki") == []


def test_the_shell_streams_to_receivers() -> None:
    with syslog_tcp() as tcp, syslog_udp() as udp, web_listener() as web:
        for where in (
            ("--syslog", f"127.0.0.1:{tcp.port}"),
            ("--syslog", f"127.0.0.1:{udp.port}", "--udp"),
            ("--webhook", web.url),
        ):
            done = CliRunner().invoke(app, ["ledger", "stream", *where], catch_exceptions=False)
            assert (done.exit_code, done.stdout) == (0, "")
        assert len(tcp.wait_for(3)) == len(udp.wait_for(3)) == 3
        assert len(web.taken) == 1


def test_the_interface_gives_pages_from_any_place(client_of: Any) -> None:
    client = client_of("compliance")
    start = queries.head()[0]
    for number in range(5):
        ledger.append(WORKER, "a.done", subject=f"account:{number}")
    first = client.get(f"/api/v1/ledger/stream?after={start}&limit=3").json()
    assert [one["event"]["sequence"] for one in first["items"]] == [start + 1, start + 2, start + 3]
    assert (first["next"], first["head"]) == (start + 3, start + 5)
    second = client.get(f"/api/v1/ledger/stream?after={first['next']}&limit=3&form=raw").json()
    assert [one["number"] for one in second["items"]] == [start + 4, start + 5]
    over = client.get(f"/api/v1/ledger/stream?after={start + 5}").json()
    assert (over["items"], over["next"]) == ([], start + 5)
    assert client.get("/api/v1/ledger/stream?after=-1").status_code == 422
    assert client_of("seller").get("/api/v1/ledger/stream").status_code == 403


def test_an_entry_of_any_words_stays_one_line() -> None:
    entry = replace(queries.get_entry(1), actor_name='a"\n\u2028b', action="a b\n")
    message = event_words.as_syslog(entry, StreamFormat.ECS, installation="x", host="my host\n")
    assert b"\n" not in message
    assert message.split(b" ")[2:7] == [b"myhost", b"tandem", b"-", b"ab", b"-"]
