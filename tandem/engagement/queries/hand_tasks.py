"""What waits for a person's hands, with what they need to do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from tandem.compliance.contracts.gate import Road
from tandem.core.actors import Actor
from tandem.engagement.contracts import BY_HAND, CHANNELS, TouchState
from tandem.engagement.models import Draft, Touch
from tandem.engagement.queries.messages import LEAVING, address_of
from tandem.engagement.queries.sight import touches_in_sight

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HandTask:
    """One LinkedIn message or call to do.

    sheet : the text to paste, or what to know before the call; empty: nothing was prepared
    address : profile or number; link : the same to press; empty: not known
    """

    touch_id: int
    channel: str
    channel_word: str
    contact_id: int | None
    recipient: str
    account_id: int | None
    account: str
    seller: str
    step: int | None
    campaign: str
    due_at: datetime
    address: str
    link: str
    sheet: str
    why: str


def list_hand_tasks(actor: Actor, *, until: datetime, limit: int = SHOWN) -> list[HandTask]:
    """Tasks in the actor's sight that are due by a moment, the oldest first. Four queries."""
    newest = Draft.objects.filter(state__in=LEAVING).order_by("number")
    rows = (
        touches_in_sight(actor)
        .filter(
            channel__in=[road.value for road in BY_HAND],
            state__in=(TouchState.TO_DO.value, TouchState.WRITTEN.value),
            due_at__lte=until,
        )
        .select_related("contact__account", "enrollment__contact", "enrollment__campaign", "enrollment__seller",
            "answers",
        )
        .prefetch_related(
            Prefetch("drafts", queryset=newest), "contact__points", "enrollment__contact__points"
        )
        .order_by("due_at", "id")
    )  # fmt: skip
    return [_task(touch) for touch in rows[:limit]]


def _task(touch: Touch) -> HandTask:
    contact = touch.contact or (touch.enrollment.contact if touch.enrollment is not None else None)
    account = contact.account if contact is not None else None
    seller = touch.enrollment.seller if touch.enrollment is not None else None
    drafts = list(touch.drafts.all())
    address = address_of(touch)
    return HandTask(
        touch_id=touch.id,
        channel=touch.channel,
        channel_word=CHANNELS.get(touch.channel, touch.channel),
        contact_id=contact.id if contact is not None else None,
        recipient=contact.name if contact is not None else "",
        account_id=account.id if account is not None else None,
        account=account.name if account is not None else "",
        seller=seller.name if seller is not None else "",
        step=touch.step,
        campaign=touch.enrollment.campaign.name if touch.enrollment is not None else "",
        due_at=touch.due_at,
        address=address,
        link=_link(touch.channel, address),
        sheet=drafts[-1].body if drafts else "",
        why=touch.why,
    )


def _link(channel: str, address: str) -> str:
    if not address:
        return ""
    if channel == Road.PHONE_MANUAL:
        return f"tel:{address}"
    return (
        f"https://{address.removeprefix('https://')}"
        if "linkedin." in address
        else f"https://www.linkedin.com/in/{address}"
    )
