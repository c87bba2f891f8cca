"""Write keys: made, shown once, revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.intent.models import WriteKey

SHOWN = 8
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key just made. `secret` is shown now and never again."""

    id: int
    name: str
    source: str
    secret: str


def create_key(name: str, *, actor: Actor, now: datetime) -> NewKey:
    """Let one program send events; they land under a source of their own, named after the key.

    Raises NotAllowed without "intent.manage", InvalidInput without a name, Conflict for a name that is taken.
    """
    require(actor, "intent.manage")
    name = " ".join(name.split())
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug or len(name) > LONGEST_NAME:
        raise InvalidInput(
            f"{name!r} can't be the name of a key.", hint="1 to 80 characters, with a letter of a to z or a digit.",
            code="intent.key",
        )  # fmt: skip
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        if WriteKey.objects.filter(name=name).exists():
            raise Conflict(f"There is a key {name!r} already.", hint="Take another name.", code="intent.key")
        key = WriteKey.objects.create(
            name=name, source=f"events-{slug}"[:60], prefix=secret[:SHOWN], digest=digest_of(secret), created_at=now,
            created_by=actor.name,
        )  # fmt: skip
        ledger.append(actor, "intent.key_created", subject=f"write_key:{key.id}", name=name, source=key.source)
    return NewKey(id=key.id, name=name, source=key.source, secret=secret)


def revoke_key(key_id: int, *, actor: Actor, now: datetime) -> None:
    """Refuse everything that comes with the key from now on. Raises NotAllowed, Conflict when it is revoked already."""
    require(actor, "intent.manage")
    with transaction.atomic():
        if not WriteKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now):
            raise Conflict("There is no such key in use.", hint="Reload the page.", code="intent.key")
        ledger.append(actor, "intent.key_revoked", subject=f"write_key:{key_id}")


def digest_of(secret: str) -> str:
    """As the table holds a key: SHA-256, hex. A key is random, so that no slower hash is needed."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
