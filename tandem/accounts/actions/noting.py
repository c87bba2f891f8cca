"""What other rooms of the house send and receive, as activities: seen in timelines, counted as any other mail.

A message is written once under its own key; writing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from tandem.access.actions import require
from tandem.accounts.actions.facts.linking import touch
from tandem.accounts.contracts import ActivityKind, SourceKind
from tandem.accounts.domain.conversion import row_hash
from tandem.accounts.models import Account, Activity, ActivityParticipant, Contact, ContactPoint, Source
from tandem.core.actors import Actor

OUTREACH = "outreach"
BOUNCED = "bounced"  # the word of `opting_out.REPORTED` that mail reports use as well


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedMessage:
    """One message of ours or to us.

    key : unique among what is noted, e.g. "inbound:5"
    text : new words alone, without quotes; empty: none, or nobody's words
    sender, recipient : addresses or numbers; empty: not told
    bounced : addresses that the message reports as dead for good
    """

    key: str
    kind: ActivityKind
    is_inbound: bool
    at: datetime
    subject: str
    text: str
    contact_id: int | None
    account_id: int | None
    owner_id: int | None
    sender: str = ""
    sender_name: str = ""
    recipient: str = ""
    thread_key: str = ""
    bounced: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def note_message(note: NotedMessage, *, actor: Actor, now: datetime) -> int:
    """Write a message down as an activity; returns its id. Raises NotAllowed without "source.manage"."""
    require(actor, "source.manage")
    source, _ = Source.objects.get_or_create(
        key=OUTREACH,
        defaults={"name": "Outreach", "kind": SourceKind.MAIL.value, "system": "tandem", "created_at": now},
    )
    details = dict(note.details) | ({BOUNCED: list(note.bounced)} if note.bounced else {})
    values = {
        "kind": note.kind.value, "is_inbound": note.is_inbound, "at": note.at, "subject": note.subject[:400],
        "body": note.text, "thread_key": note.thread_key[:255], "account_id": note.account_id,
        "contact_id": note.contact_id, "owner_id": note.owner_id, "details": details,
    }  # fmt: skip
    with transaction.atomic():
        row, is_new = Activity.objects.get_or_create(
            source=source, key=note.key[:255], defaults=values | {"row_hash": row_hash(values)}
        )
        if is_new:
            _write_participants(row, note)
            touch(Contact, [(note.contact_id, note.at)])
            touch(Account, [(note.account_id, note.at)])
    return row.id


def _write_participants(row: Activity, note: NotedMessage) -> None:
    """Who wrote and who got it; the customer's side is the contact it is about."""
    sides = (("from", note.sender, note.sender_name), ("to", note.recipient, ""))
    customer = "from" if note.is_inbound else "to"
    ActivityParticipant.objects.bulk_create(
        [
            ActivityParticipant(
                activity=row, address=address[:254], name=name[:200], role=role,
                contact_id=note.contact_id if role == customer and not note.bounced else None,
                person_id=note.owner_id if role != customer else None,
            )
            for role, address, name in sides
            if address
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def mark_bounced(contact_id: int, address: str, *, actor: Actor, now: datetime) -> int:
    """Every source's word for an address of a contact now says that mail to it bounced; returns how many there are.

    Seen at once on pages; what keeps it true when sources tell the address anew is the noted bounce itself.
    Raises NotAllowed without "source.manage".
    """
    require(actor, "source.manage")
    points = ContactPoint.objects.filter(
        Q(value=address.strip().lower()), contact_id=contact_id, kind=ContactPoint.Kind.EMAIL
    )
    return points.update(verification=ContactPoint.Verification.BOUNCED, verified_at=now)
