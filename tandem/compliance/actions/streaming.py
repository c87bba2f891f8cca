"""Entries out to other systems, in order, none left out: sent first, then the place is moved on.

What dies between the two is sent again: a receiver may see an entry twice (its number and hash tell), never miss one.
Sending is no entry of the ledger, or a stream would never come to its end.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tandem.access.actions import require
from tandem.compliance import queries
from tandem.compliance.connectors.streams import syslog, webhook
from tandem.compliance.contracts import Entry
from tandem.compliance.contracts.anchors import StreamFormat, StreamKind, StreamState
from tandem.compliance.domain import event_words
from tandem.compliance.domain.targets import host_and_port
from tandem.compliance.models import LedgerStream
from tandem.core import clock, exits
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotAllowed, ProviderFailed

BATCH = 500
BATCHES_A_TURN = 200  # the worker then comes to its other work
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)
LONGEST_ERROR = 500
LONGEST_DATAGRAM = 60_000  # below the 65,507 bytes that UDP carries

Send = Callable[[Sequence[Entry]], None]


def sender_to(
    kind: StreamKind, target: str, form: StreamFormat, *, secret: str = "", installation: str | None = None
) -> Send:
    """What hands entries over to a receiver; it returns when they are there, as far as the protocol tells.

    secret : key of a webhook's signatures
    installation : by which name receivers know this ledger; None: asked now
    """
    ledger = queries.installation() if installation is None else installation

    def lines(entries: Sequence[Entry]) -> list[str]:
        return [event_words.as_line(entry, form, installation=ledger) for entry in entries]

    if kind is StreamKind.WEBHOOK:
        return lambda entries: webhook.hand_over(
            lines(entries),
            target,
            key=f"{ledger}:{entries[0].number}-{entries[-1].number}",
            secret=secret,
            now=clock.now(),
        )
    host, port = host_and_port(target)
    limit = LONGEST_DATAGRAM if kind is StreamKind.SYSLOG_UDP else None
    here = socket.gethostname()

    def hand_over(entries: Sequence[Entry]) -> None:
        messages = [
            event_words.as_syslog(entry, form, installation=ledger, host=here, most_bytes=limit) for entry in entries
        ]
        if kind is StreamKind.SYSLOG_UDP:
            syslog.hand_over_datagrams(messages, host, port)
        else:
            syslog.hand_over(messages, host, port, encrypted=kind is StreamKind.SYSLOG_TLS)

    return hand_over


def advance(stream: StreamState, send: Send, *, batches: int = BATCHES_A_TURN) -> int:
    """Hand over what a stream has not got, batch by batch; returns how many entries went.

    Raises what `send` raises, with the place where the last good batch left it; Conflict when somebody else moves the
    same stream.
    """
    cursor, sent = stream.cursor, 0
    for _ in range(batches):
        entries = queries.entries_after(cursor, limit=BATCH)
        if not entries:
            break
        send(entries)
        last = entries[-1].number
        fields = {"cursor": last, "sent_at": clock.now(), "error": "", "failures": 0, "next_due_at": None}
        if not LedgerStream.objects.filter(id=stream.id, cursor=cursor).update(**fields):
            raise Conflict(f"Stream {stream.name} is being moved by another process.", hint="Let one of them do it.")
        cursor, sent = last, sent + len(entries)
    return sent


def stream_due(*, actor: Actor, now: datetime) -> Sequence[StreamState]:
    """Let every stream that is on and due go on; returns how each stands now. One that fails does not hold up others.

    Raises NotAllowed without "ledger.view".
    """
    require(actor, "ledger.view")
    due = [
        one
        for one in queries.list_streams()
        if one.is_on and one.kind is not StreamKind.SHELL and (one.next_due_at is None or one.next_due_at <= now)
    ]
    for stream in due:
        try:
            exits.look(actor, what=f"stream:{stream.name}")
            secret = queries.webhook_secret(stream.name)
            advance(stream, sender_to(stream.kind, stream.target, stream.format, secret=secret))
        except (ProviderFailed, NotAllowed) as error:
            _record_failure(stream, " ".join(filter(None, (error.message, error.hint))))
        except Conflict:
            continue  # another worker is at it
    return [queries.get_stream(one.id) for one in due]


def _record_failure(stream: StreamState, error: str) -> None:
    wait = min(FIRST_RETRY * 2 ** min(stream.failures, 10), LONGEST_RETRY)
    LedgerStream.objects.filter(id=stream.id).update(
        error=error[:LONGEST_ERROR], failures=stream.failures + 1, next_due_at=clock.now() + wait
    )
