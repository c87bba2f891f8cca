"""Shared context: what passed with somebody on every channel, and who else of their company is written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tandem.compliance.contracts.gate import Road
from tandem.core.actors import Actor
from tandem.engagement.contracts import AHEAD, CHANNELS, OPEN_ENROLLMENTS, CampaignState, ReplyLabel
from tandem.engagement.models import Enrollment, Inbound, Touch
from tandem.engagement.queries.sight import enrollments_in_sight

MOST_ROWS = 50
LAST = datetime.max.replace(tzinfo=UTC)
OPEN = tuple(state.value for state in OPEN_ENROLLMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchSeen:
    """One touch of any campaign. at : when it left, or is due; is_over : it left, was done or will never be"""

    id: int
    campaign_id: int | None
    campaign: str
    channel: str
    step: int | None
    state: str
    at: datetime
    is_over: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySeen:
    """Something they wrote. label : empty: a person must say"""

    id: int
    channel: str
    kind: str
    label: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueSeen:
    """Somebody else of the company in a campaign. replied_at : when they last wrote; None: not since"""

    enrollment_id: int
    contact_id: int
    name: str
    title: str
    campaign: str
    state: str
    why: str
    replied_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentSeen:
    """One campaign the person is or was in."""

    id: int
    campaign_id: int
    campaign: str
    state: str
    why: str
    arm: str
    paused_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContext:
    """Everything a writer, reviewer or caller of one person must know. Newest first."""

    contact_id: int
    enrollments: Sequence[EnrollmentSeen]
    touches: Sequence[TouchSeen]
    replies: Sequence[ReplySeen]
    colleagues: Sequence[ColleagueSeen]

    @property
    def last_reply(self) -> ReplySeen | None:
        """What they wrote last in their own words; None: nothing."""
        return next(
            (one for one in self.replies if one.label != ReplyLabel.OOO and one.kind in ("reply", "other")), None
        )

    @property
    def told(self) -> tuple[str, ...]:
        """The same in short sentences, for a sheet or a prompt, without anybody's address."""
        lines = [f"{one.at:%d %b %Y}: {one.channel}, {one.state}" for one in self.touches if one.is_over][:10]
        lines += [
            f"{one.at:%d %b %Y}: they wrote by {one.channel} ({one.label or one.kind})" for one in self.replies[:5]
        ]
        lines += [f"{one.name} of the same company is in “{one.campaign}”: {one.state}" for one in self.colleagues[:5]]
        return tuple(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSeen:
    """Somebody of an account in a plan that goes on. next_at, channel : of the next touch; None, empty: none is left"""

    contact_id: int
    name: str
    campaign_id: int
    campaign: str
    state: str
    seller: str
    paused_until: datetime | None
    next_at: datetime | None = None
    channel: str = ""


def plans_of_account(actor: Actor, account_id: int) -> list[PlanSeen]:
    """Who of an account is in a plan that goes on, in the actor's sight, who is next first. Two queries."""
    rows = enrollments_in_sight(actor).filter(account_id=account_id, state__in=OPEN)
    rows = rows.exclude(campaign__state=CampaignState.ENDED.value).select_related("contact", "campaign", "seller")
    people = list(rows.order_by("-id")[:MOST_ROWS])
    ahead = Touch.objects.filter(enrollment__in=[one.id for one in people], state__in=[one.value for one in AHEAD])
    following: dict[int, tuple[datetime, str]] = {}
    for enrollment, at, channel in ahead.order_by("due_at", "id").values_list("enrollment_id", "due_at", "channel"):
        following.setdefault(enrollment or 0, (at, CHANNELS.get(Road(channel), channel)))
    found = []
    for one in people:
        next_at, channel = following.get(one.id) or (None, "")
        found.append(
            PlanSeen(
                contact_id=one.contact_id, name=one.contact.name, campaign_id=one.campaign_id,
                campaign=one.campaign.name, state=one.state, seller=one.seller.name if one.seller else "",
                paused_until=one.paused_until, next_at=next_at, channel=channel,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.next_at is None, one.next_at or one.paused_until or LAST, one.name))


def shared_context(contact_id: int) -> SharedContext:
    """What passed with a contact on all channels and campaigns. Five queries. The caller has checked sight."""
    enrollments = list(Enrollment.objects.filter(contact_id=contact_id).select_related("campaign").order_by("-id"))
    touches = (
        Touch.objects.filter(contact_id=contact_id).select_related("enrollment__campaign").order_by("-due_at", "-id")
    )
    replies = Inbound.objects.filter(contact_id=contact_id).order_by("-received_at", "-id").defer("content")
    return SharedContext(
        contact_id=contact_id,
        enrollments=[_enrollment(one) for one in enrollments],
        touches=[_touch(one) for one in touches[:MOST_ROWS]],
        replies=[_reply(one) for one in replies[:MOST_ROWS]],
        colleagues=_colleagues(contact_id, {one.account_id for one in enrollments if one.account_id}),
    )


def _colleagues(contact_id: int, account_ids: set[int]) -> list[ColleagueSeen]:
    rows = Enrollment.objects.filter(account_id__in=account_ids).exclude(contact_id=contact_id)
    rows = rows.select_related("contact", "campaign").order_by("-id")[:MOST_ROWS]
    wrote: dict[int, datetime] = {}
    people = [row.contact_id for row in rows]
    for who, at in (
        Inbound.objects.filter(contact_id__in=people).order_by("received_at").values_list("contact_id", "received_at")
    ):
        wrote[who or 0] = at
    return [
        ColleagueSeen(
            enrollment_id=row.id, contact_id=row.contact_id, name=row.contact.name, title=row.contact.title,
            campaign=row.campaign.name, state=row.state, why=row.why, replied_at=wrote.get(row.contact_id),
        )
        for row in rows
    ]  # fmt: skip


def _enrollment(row: Enrollment) -> EnrollmentSeen:
    return EnrollmentSeen(
        id=row.id, campaign_id=row.campaign_id, campaign=row.campaign.name, state=row.state, why=row.why, arm=row.arm,
        paused_until=row.paused_until,
    )  # fmt: skip


def _touch(row: Touch) -> TouchSeen:
    campaign = row.enrollment.campaign if row.enrollment is not None else None
    return TouchSeen(
        id=row.id,
        campaign_id=campaign.id if campaign else None,
        campaign=campaign.name if campaign else "",
        channel=CHANNELS.get(Road(row.channel), row.channel),
        step=row.step,
        state=row.state,
        at=row.sent_at or row.due_at,
        is_over=row.state in ("sent", "skipped", "refused", "cancelled", "uncertain"),
        why=row.why,
    )


def _reply(row: Inbound) -> ReplySeen:
    return ReplySeen(
        id=row.id, channel=row.channel, kind=row.kind, label=row.label, text=row.new_text[:500], at=row.received_at
    )
