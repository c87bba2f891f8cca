"""Writes that may be sent twice: under one key a write happens once, and the second call gets the first one's answer.

The change and its answer are written in one transaction, so that neither can stand without the other. A write that is
refused is not remembered: its key can be used again. Keys are the caller's own (`Idempotency-Key`), kept for a week.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.models import KeptAnswer

KEPT_FOR = timedelta(days=7)
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a write answered, ready for JSON. `is_replay`: it happened earlier, nothing was done now."""

    body: Any
    is_replay: bool


def request_hash(method: str, address: str, body: bytes) -> str:
    """What tells one request from another, hex. `address` is the path with its query."""
    head = json.dumps([method.upper(), address]).encode()
    return hashlib.sha256(head + b"\n" + hashlib.sha256(body).digest()).hexdigest()


def once(*, actor: Actor, key: str, request: str, now: datetime, write: Callable[[], Any]) -> Outcome:
    """Do the write, or give the answer that it was given under this key before.

    request : `request_hash` of the call
    write : does the change in transactions and returns something that JSON can hold; calls nothing outside
    Raises InvalidInput for a key that is none, Conflict when the key was used for another request; what `write` raises
    goes through, and nothing is kept then.
    """
    if not key.isascii() or not key.isprintable() or not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(
            "The idempotency key can't be used.",
            hint=f"Send 1 to {LONGEST_KEY} printable ASCII characters, a UUID for instance.",
            code="idempotency.key",
        )
    KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    kept = _find(actor, key, request)
    if kept is not None:
        return kept
    try:
        with transaction.atomic():
            row = KeptAnswer.objects.create(
                actor_kind=actor.kind.value, actor_id=actor.id, key=key, request_hash=request, body={}, created_at=now
            )
            row.body = json.loads(json.dumps(write(), cls=DjangoJSONEncoder))
            row.save(update_fields=["body"])
            return Outcome(body=row.body, is_replay=False)
    except IntegrityError:
        # Somebody sent the same key at the same time and was first; if it was not that, the error is ours to show.
        kept = _find(actor, key, request)
        if kept is None:
            raise
        return kept


def _find(actor: Actor, key: str, request: str) -> Outcome | None:
    row = KeptAnswer.objects.filter(actor_kind=actor.kind.value, actor_id=actor.id, key=key).first()
    if row is None:
        return None
    if row.request_hash != request:
        raise Conflict(
            "This idempotency key was used for another request.",
            hint="Use a new key for each new write, and the same key only to repeat one.",
            code="idempotency.conflict",
        )
    return Outcome(body=row.body, is_replay=True)
