"""Reads of anchors and streams: where proof and entries go, how the last tries went, what is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from tandem.compliance.contracts import Entry
from tandem.compliance.contracts.anchors import AnchorKind, AnchorState, StreamFormat, StreamKind, StreamState
from tandem.compliance.domain import event_words
from tandem.compliance.models import Anchor, LedgerEntry, LedgerStream
from tandem.compliance.queries.ledger import COLUMNS, head
from tandem.compliance.queries.proving import installation
from tandem.core.errors import NotFound

LATE_AFTER = timedelta(days=2)
SALT = "tandem.compliance.webhook"


def list_anchors() -> Sequence[AnchorState]:
    """Every anchor, by name."""
    return [_anchor(row) for row in Anchor.objects.order_by("name")]


def get_anchor(anchor_id: int) -> AnchorState:
    """One anchor. Raises NotFound."""
    row = Anchor.objects.filter(id=anchor_id).first()
    if row is None:
        raise NotFound(f"There is no anchor {anchor_id}.")
    return _anchor(row)


def list_streams() -> Sequence[StreamState]:
    """Every stream, by name, with what it has not got yet."""
    last, _ = head()
    return [_stream(row, last) for row in LedgerStream.objects.order_by("name")]


def get_stream(stream_id: int) -> StreamState:
    """One stream. Raises NotFound."""
    row = LedgerStream.objects.filter(id=stream_id).first()
    if row is None:
        raise NotFound(f"There is no stream {stream_id}.")
    return _stream(row, head()[0])


def find_stream(name: str) -> StreamState | None:
    """The stream of this name; None: there is none."""
    row = LedgerStream.objects.filter(name=name).first()
    return None if row is None else _stream(row, head()[0])


def entries_after(number: int, *, limit: int) -> Sequence[Entry]:
    """What was written behind an entry, oldest first: numbers have no gaps, so nothing comes in between later."""
    rows = LedgerEntry.objects.filter(number__gt=number).order_by("number")[:limit]
    return [Entry(**row) for row in rows.values(*COLUMNS)]


def told_outside(entries: Sequence[Entry], form: StreamFormat) -> list[dict[str, Any]]:
    """Entries as other systems read them, JSON-ready."""
    if form is StreamFormat.RAW:
        return [entry.as_dict() for entry in entries]
    ledger = installation()
    return [event_words.as_ecs(entry, installation=ledger) for entry in entries]


def webhook_secret(name: str) -> str:
    """The key of an anchor's or a stream's signatures, for the receiver; it lies nowhere, the secret key gives it."""
    return salted_hmac(SALT, name, algorithm="sha256").hexdigest()


def proof_warnings(*, now: datetime, folder: Path | None = None) -> Sequence[str]:
    """What is late with the proof of the ledger, each a sentence: checkpoint and anchors older than two days, streams.

    folder : of the nightly checkpoints; None: the installation's
    """
    found = []
    last = max((file.stem for file in (folder or Path(settings.CHECKPOINT_DIR)).glob("*.json")), default="")
    if last and last < f"{now - LATE_AFTER:%Y-%m-%d}":  # they are named by their days
        found.append(f"The last checkpoint is that of {last}.")
    if not last and LedgerEntry.objects.filter(number=1, at__lt=now - LATE_AFTER).exists():
        found.append("No night has left a checkpoint yet.")
    for anchor in (one for one in list_anchors() if one.is_on):
        if now - (anchor.anchored_at or anchor.added_at) > LATE_AFTER:
            last = f"last reached {anchor.anchored_at:%Y-%m-%d}" if anchor.anchored_at else "never reached"
            found.append(f"Anchor {anchor.name}: {last}. {anchor.error}".strip())
    for stream in (one for one in list_streams() if one.is_on and one.kind is not StreamKind.SHELL and one.behind):
        if stream.error and now - (stream.sent_at or stream.added_at) > LATE_AFTER:
            found.append(f"Stream {stream.name}: {stream.behind:,} entries behind. {stream.error}")
    return found


def _anchor(row: Anchor) -> AnchorState:
    return AnchorState(
        id=row.pk,
        kind=AnchorKind(row.kind),
        name=row.name,
        target=row.target,
        is_on=row.is_on,
        added_at=row.added_at,
        anchored_at=row.anchored_at,
        anchored_number=row.anchored_number,
        kept_as=row.kept_as,
        error=row.error,
        failures=row.failures,
        next_due_at=row.next_due_at,
    )


def _stream(row: LedgerStream, last: int) -> StreamState:
    return StreamState(
        id=row.pk,
        kind=StreamKind(row.kind),
        name=row.name,
        target=row.target,
        format=StreamFormat(row.format),
        is_on=row.is_on,
        added_at=row.added_at,
        cursor=row.cursor,
        behind=max(last - row.cursor, 0),
        sent_at=row.sent_at,
        error=row.error,
        failures=row.failures,
        next_due_at=row.next_due_at,
    )
