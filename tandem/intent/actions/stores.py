"""Received events hold people until they are landed, and longer where they tell whose later events are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.accounts.queries.whom import whom
from tandem.compliance.contracts.requests import RetainedKind
from tandem.compliance.contracts.retention import Held
from tandem.compliance.contracts.rights import PersonKeys, StoredItem
from tandem.compliance.queries.keys import hashes_of, read_all
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.redaction import Redactor
from tandem.core.scrubbing import scrub_when_done
from tandem.intent.models import EventState, ReceivedEvent

RIGHT = "request.manage"
IDS = ("userId", "anonymousId", "previousId")


class EventsStore:
    """Calls in the spool."""

    name, title = "intent.events", "Received events"

    def widen(self, person: PersonKeys) -> PersonKeys:
        """Nothing that other rooms do not know."""
        return PersonKeys()

    def collect(self, person: PersonKeys) -> Iterator[StoredItem]:
        """See `PersonStore.collect`."""
        for event in _events_of(whom(person).sure):
            yield StoredItem(
                store=self.name, what="received event", key=f"event:{event.id}", at=event.received_at,
                data=event.call or {}, origin=f"events of {event.key.name}",
            )  # fmt: skip

    def correct(
        self, person: PersonKeys, changes: Mapping[str, str], *, request: str, actor: Actor, now: datetime
    ) -> int:
        """Nothing: events are kept as they came, and a correction is told beside them."""
        return 0

    def erase(self, person: PersonKeys, *, request: str, actor: Actor, now: datetime) -> int:
        """See `PersonStore.erase`. Raises NotAllowed without "request.manage"."""
        require(actor, RIGHT)
        with transaction.atomic():
            ids = [event.id for event in _events_of(whom(person).sure)]
            ReceivedEvent.objects.filter(id__in=ids).delete()
            if ids:
                ledger.append(actor, "intent.events_erased", subject=request, rows=len(ids))
            scrub_when_done({str(ReceivedEvent._meta.db_table)})
        return len(ids)


class OldEvents:
    """Calls that are kept to tell whose later events are."""

    kind = RetainedKind(
        name="intent.events", title="Received events that name a visitor", counts_from="the moment they were received",
        months=24, rule="EU-GDPR-008",
    )  # fmt: skip

    def count(self, before: datetime, held: Held) -> tuple[int, int]:
        """(past, held)."""
        past = kept = 0
        for event in _old(before):
            past += 1
            kept += _is_held(event, held)
        return past, kept

    def delete(self, before: datetime, held: Held, *, actor: Actor, now: datetime) -> int:
        """See `Retained.delete`."""
        ids = [event.id for event in _old(before) if not _is_held(event, held)]
        with transaction.atomic():
            for start in range(0, len(ids), 1_000):
                ReceivedEvent.objects.filter(id__in=ids[start : start + 1_000]).delete()
        return len(ids)


def _old(before: datetime) -> Iterator[ReceivedEvent]:
    return ReceivedEvent.objects.filter(state=EventState.KEPT, received_at__lt=before).order_by("id").iterator()


def _is_held(event: ReceivedEvent, held: Held) -> bool:
    mails = {str(one) for one in _texts(event.call) if "@" in str(one)}
    return any(held.keeps(key_hash=hashed) for mail in sorted(mails) for hashed in hashes_of(read_all([mail])))


def _events_of(sure: Redactor) -> list[ReceivedEvent]:
    """Events that tell of the person, and further ones of the same visitor."""
    there = list(ReceivedEvent.objects.exclude(call=None).filter(~Q(state=EventState.LANDED)).select_related("key"))
    told = [event for event in there if sure.mentions(json.dumps(event.call, ensure_ascii=False))]
    visitors = {event.call[name] for event in told for name in IDS if event.call and event.call.get(name)}
    return [event for event in there if event in told or _is_of(event, visitors)]


def _is_of(event: ReceivedEvent, visitors: set[object]) -> bool:
    return any((event.call or {}).get(name) in visitors for name in IDS)


def _texts(told: object) -> Iterator[object]:
    if isinstance(told, dict):
        for one in told.values():
            yield from _texts(one)
    elif isinstance(told, list):
        for one in told:
            yield from _texts(one)
    else:
        yield told
