"""Writes of the list of anchors and streams: add, switch, remove."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance import queries
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts.anchors import AnchorKind, StreamFormat, StreamKind
from tandem.compliance.domain import targets
from tandem.compliance.models import Anchor, LedgerStream
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound

LONGEST_NAME = 80
RIGHT = "ledger.manage"
MODELS: Mapping[str, type[Anchor] | type[LedgerStream]] = {"anchor": Anchor, "stream": LedgerStream}


def add_anchor(*, kind: AnchorKind, name: str, target: str, actor: Actor, now: datetime) -> int:
    """Enter a place that is to keep checkpoints; returns its id. It gets its first one with the next night, or at once
    by `anchor_checkpoint`.

    Raises NotAllowed without "ledger.manage", InvalidInput for a name or target that can't be, Conflict for a name that
    is taken.
    """
    require(actor, RIGHT)
    checked = targets.anchor_target(kind, target, folders=settings.ANCHOR_FOLDERS)
    return _add("anchor", {"kind": kind.value, "name": name, "target": checked}, actor=actor, now=now)


def add_stream(
    *,
    kind: StreamKind,
    name: str,
    target: str,
    form: StreamFormat = StreamFormat.ECS,
    after: int = 0,
    actor: Actor,
    now: datetime,
) -> int:
    """Enter a receiver of entries; returns its id.

    after : number of the entry behind which it begins; 0: with the first
    Raises as `add_anchor`.
    """
    require(actor, RIGHT)
    if not 0 <= after <= queries.head()[0]:
        raise InvalidInput(
            f"The ledger has no entry {after:,}.", hint=f"Its last one is {queries.head()[0]:,}; 0 begins at the start."
        )
    fields = {"kind": kind.value, "name": name, "target": targets.stream_target(kind, target)}
    return _add("stream", {**fields, "format": form.value, "cursor": after}, actor=actor, now=now)


def switch_outlet(word: str, outlet_id: int, *, is_on: bool, actor: Actor) -> None:
    """Pause an anchor or a stream, or let it go on; a stream goes on where it stood.

    word : "anchor" or "stream"
    Raises NotAllowed without "ledger.manage", NotFound.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        fields = {"is_on": is_on, "failures": 0, "error": "", "next_due_at": None}
        if not MODELS[word].objects.filter(id=outlet_id).update(**fields):
            raise NotFound(f"There is no {word} {outlet_id}.")
        append(actor=actor, action=f"compliance.{word}_switched", subject=f"{word}:{outlet_id}", facts={"is_on": is_on})


def remove_outlet(word: str, outlet_id: int, *, actor: Actor) -> None:
    """Take an anchor or a stream off the list; what it has received stays there, and in the ledger.

    Raises NotAllowed without "ledger.manage", NotFound.
    """
    require(actor, RIGHT)
    with transaction.atomic():
        row = MODELS[word].objects.filter(id=outlet_id).first()
        if row is None:
            raise NotFound(f"There is no {word} {outlet_id}.")
        append(
            actor=actor, action=f"compliance.{word}_removed", subject=f"{word}:{outlet_id}", facts={"name": row.name}
        )
        row.delete()


def _add(word: str, fields: Mapping[str, Any], *, actor: Actor, now: datetime) -> int:
    name = str(fields["name"]).strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput("It has no name, or one of more than 80 characters.", hint="Name it after who keeps it.")
    facts = {key: value for key, value in fields.items() if key != "target"} | {"name": name}
    if fields["kind"] != AnchorKind.MAIL.value:  # an address is somebody's; the table has it
        facts["target"] = fields["target"]
    try:
        with transaction.atomic():
            row = MODELS[word].objects.create(**{**fields, "name": name}, added_at=now)
            append(actor=actor, action=f"compliance.{word}_added", subject=f"{word}:{row.pk}", facts=facts)
    except IntegrityError as error:
        raise Conflict(f"There is a {word} {name!r} already.", hint="Give another name.") from error
    return int(row.pk)
