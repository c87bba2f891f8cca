"""Messages of which nobody knows whether they left: for the person who finds out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tandem.compliance.queries.hand_offs import HandOffState, hand_offs_of
from tandem.core.actors import Actor
from tandem.engagement.contracts import TouchState
from tandem.engagement.models import Touch
from tandem.engagement.queries.sight import touches_in_sight

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainTouch:
    """One message with what helps to find out.

    mailbox, message_id : where to look for it, and under which name; empty: no mail
    handed_at : when it was handed over; clearance_id : what is settled; None: the gate knows of no hand-off
    """

    touch_id: int
    touch_key: str
    channel: str
    recipient: str
    address: str
    subject: str
    mailbox: str
    message_id: str
    handed_at: datetime | None
    why: str
    clearance_id: int | None


def list_uncertain(actor: Actor, *, limit: int | None = SHOWN) -> list[UncertainTouch]:
    """Those in the actor's sight, the oldest first. None: all. Three queries."""
    rows = (
        touches_in_sight(actor)
        .filter(state=TouchState.UNCERTAIN.value)
        .select_related("contact__account", "mailbox")
        .prefetch_related("drafts")
        .order_by("lease_until", "id")
    )
    touches = list(rows[:limit])
    known = hand_offs_of([touch.key for touch in touches])
    return [_row(touch, known.get(touch.key)) for touch in touches]


def count_uncertain(actor: Actor) -> int:
    """How many wait for somebody who may see them."""
    return touches_in_sight(actor).filter(state=TouchState.UNCERTAIN.value).count()


def _row(touch: Touch, known: HandOffState | None) -> UncertainTouch:
    contact = touch.contact
    who = contact.name if contact is not None else ""
    firm = contact.account.name if contact is not None and contact.account is not None else ""
    drafts = list(touch.drafts.all())
    return UncertainTouch(
        touch_id=touch.id,
        touch_key=touch.key,
        channel=touch.channel,
        recipient=", ".join(one for one in (who, firm) if one),
        address=contact.email if contact is not None else "",
        subject=drafts[-1].subject if drafts else "",
        mailbox=touch.mailbox.address if touch.mailbox is not None else "",
        message_id=touch.message_id or "",
        handed_at=known.claimed_at if known is not None else None,
        why=touch.why,
        clearance_id=known.clearance_id if known is not None else None,
    )
