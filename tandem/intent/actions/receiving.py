"""Events that arrive over HTTP: into the spool at once, into the warehouse by the minute job.

The spool's unique message id makes an event that is sent again one event; the warehouse's own key does it once more, so
that a job killed between landing and marking lands nothing twice that counts.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Count, F, Min

from tandem.accounts.actions.imports import import_path
from tandem.core import bulk
from tandem.core.actors import Actor
from tandem.core.errors import ProviderFailed, Unauthenticated
from tandem.intent.actions.keys import digest_of
from tandem.intent.domain.tracking import Taken
from tandem.intent.models import EventState, ReceivedEvent, WriteKey

SPOOL = ("key_id", "message_id", "received_at", "state", "call")
DESCRIBING = frozenset({"identify", "group", "alias"})
LAND_AFTER = timedelta(minutes=15)  # one file an hour and key is little; an event a quarter of an hour old is old
LAND_AT = 5_000
LANDED_AT_ONCE = 50_000
KNOWN_FILE = "events-00000000-0.jsonl"
IDS_KEPT = timedelta(days=90)  # an event sent again after that is found by the warehouse, by its key


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a request: events new, known already, and refused."""

    new: int
    repeated: int
    refused: int


def key_of(secret: str) -> WriteKey:
    """The key in use. Raises Unauthenticated for one that is unknown or revoked."""
    key = WriteKey.objects.filter(digest=digest_of(secret), revoked_at=None).first() if secret else None
    if key is None:
        raise Unauthenticated(
            "The write key is not known.", hint="Send a key from the page of intent as Basic user or writeKey.",
            code="intent.write_key",
        )  # fmt: skip
    return key


def receive(key: WriteKey, taken: Taken, *, now: datetime) -> Receipt:
    """Keep the calls of a request in the spool; they are safe when this returns. One transaction."""
    rows = [(key.id, message_id, now, EventState.WAITING, call) for message_id, call in taken.calls]
    with transaction.atomic():
        done = bulk.upsert(ReceivedEvent, SPOOL, rows, conflict=("message_id",), update=None)
        receipt = Receipt(new=done.inserted, repeated=len(rows) - done.inserted, refused=len(taken.refused))
        WriteKey.objects.filter(id=key.id).update(
            last_seen_at=now,
            received=F("received") + receipt.new,
            repeated=F("repeated") + receipt.repeated,
            refused=F("refused") + receipt.refused,
        )
    return receipt


def land_events(*, actor: Actor, now: datetime, at_once: bool = False) -> int:
    """Bring waiting events into the warehouse, a file a key, once they are many or have waited; returns how many.

    at_once : however few and new they are
    """
    waiting = ReceivedEvent.objects.filter(state=EventState.WAITING).values("key_id")
    landed = 0
    for one in waiting.annotate(number=Count("id"), oldest=Min("received_at")).order_by("key_id"):
        if at_once or one["number"] >= LAND_AT or now - one["oldest"] >= LAND_AFTER:
            landed += _land_key(WriteKey.objects.get(id=one["key_id"]), actor=actor, now=now)
    return landed


def forget_old_ids(*, now: datetime) -> int:
    """Let go of message ids that are old; returns how many."""
    old = ReceivedEvent.objects.filter(state=EventState.LANDED, received_at__lt=now - IDS_KEPT)
    return old.delete()[0]


def _land_key(key: WriteKey, *, actor: Actor, now: datetime) -> int:
    events = list(ReceivedEvent.objects.filter(key=key, state=EventState.WAITING).order_by("id")[:LANDED_AT_ONCE])
    kept = list(ReceivedEvent.objects.filter(key=key, state=EventState.KEPT).order_by("id"))
    with tempfile.TemporaryDirectory(prefix="tandem-events-") as folder:
        # Whom earlier calls said a user is: the connector reads it from the file before this one in the series.
        _write(Path(folder) / KNOWN_FILE, kept)
        file = Path(folder) / f"events-{now:%Y%m%d}-{events[-1].id}.jsonl"
        _write(file, events)
        report = import_path(file, actor=actor, now=now, source_key=key.source)
    if report.failed:
        wrong = next((one.error for one in report.files if one.error), None) or {}
        raise ProviderFailed(
            f"Received events of {key.name} could not be landed: {wrong.get('message', 'no reason was told')}",
            hint="They stay in the spool and are tried again.", code="intent.landing",
        )  # fmt: skip
    _mark(events, kept, now=now)
    return len(events)


def _mark(events: Sequence[ReceivedEvent], kept: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Landed events let go of their words; what tells whose events are stays, the latest word of each."""
    latest = {_about(one): one.id for one in (*kept, *events) if _tells(one)}
    stays = set(latest.values())
    keeping = [one.id for one in events if one.id in stays]
    going = [one.id for one in (*kept, *events) if one.id not in stays]
    with transaction.atomic():
        for ids in _in_thousands(keeping):
            ReceivedEvent.objects.filter(id__in=ids).update(state=EventState.KEPT, landed_at=now)
        for ids in _in_thousands(going):
            ReceivedEvent.objects.filter(id__in=ids).update(state=EventState.LANDED, landed_at=now, call=None)


def _tells(event: ReceivedEvent) -> bool:
    return event.call is not None and event.call.get("type") in DESCRIBING


def _about(event: ReceivedEvent) -> tuple[object, ...]:
    call = event.call or {}
    return tuple(str(call.get(name, "")) for name in ("type", "userId", "anonymousId", "groupId", "previousId"))


def _write(file: Path, events: Iterable[ReceivedEvent]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for event in events:
            if event.call is not None:
                call = {**event.call, "messageId": event.message_id}
                stream.write(json.dumps(call, ensure_ascii=False) + "\n")


def _in_thousands(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + 1_000] for start in range(0, len(ids), 1_000))
