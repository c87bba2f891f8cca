"""The overview of outreach: what is due next, and how much waits, of what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from tandem.compliance.contracts.gate import Mode, Road
from tandem.core.actors import Actor
from tandem.engagement.contracts import AHEAD, CHANNELS, MODE_WORDS, CampaignState, EnrollmentState, TouchState
from tandem.engagement.queries.sight import enrollments_in_sight, touches_in_sight

AHEAD_STATES = tuple(state.value for state in AHEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTouch:
    """A touch that is ahead."""

    id: int
    contact_id: int | None
    name: str
    account: str
    campaign_id: int
    campaign: str
    channel: str
    step: int
    state: str
    mode: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much is ahead. late : due already, for whatever reason"""

    ahead: int
    to_read: int
    by_hand: int
    late: int
    uncertain: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInPlan:
    """One person of a campaign. done : touches that left, of `touches`"""

    id: int
    contact_id: int
    name: str
    account: str
    seller: str
    arm: str
    state: str
    why: str
    paused_until: datetime | None
    done: int
    touches: int
    enrolled_at: datetime

    @property
    def progress(self) -> str:
        """How far the plan is: "2 of 5"."""
        return f"{self.done} of {self.touches}"


def next_due(actor: Actor, *, campaign_id: int | None = None, limit: int = 10) -> list[DueTouch]:
    """Touches of running plans by their due time. One query."""
    rows = touches_in_sight(actor).filter(
        state__in=AHEAD_STATES, enrollment__state=EnrollmentState.ACTIVE,
        enrollment__campaign__state=CampaignState.RUNNING,
    )  # fmt: skip
    rows = rows.filter(enrollment__campaign_id=campaign_id) if campaign_id else rows
    rows = rows.select_related("contact__account", "enrollment__campaign").order_by("due_at", "id")
    found = []
    for row in rows[:limit]:
        assert row.enrollment is not None
        account = row.contact.account if row.contact else None
        found.append(
            DueTouch(
                id=row.id, contact_id=row.contact_id, name=row.contact.name if row.contact else "",
                account=account.name if account else "", campaign_id=row.enrollment.campaign_id,
                campaign=row.enrollment.campaign.name, channel=CHANNELS.get(Road(row.channel), row.channel),
                step=row.step or 0, state=row.state, mode=MODE_WORDS[Mode(row.mode)], due_at=row.due_at,
            )
        )  # fmt: skip
    return found


def waiting(actor: Actor, *, now: datetime) -> Waiting:
    """Counts of touches ahead. One query."""
    rows = touches_in_sight(actor).filter(state__in=(*AHEAD_STATES, TouchState.UNCERTAIN.value)).order_by()
    told = rows.aggregate(
        ahead=Count("id", filter=Q(state__in=AHEAD_STATES)),
        to_read=Count("id", filter=Q(state=TouchState.WRITTEN)),
        by_hand=Count("id", filter=Q(state=TouchState.TO_DO)),
        late=Count("id", filter=Q(state__in=AHEAD_STATES, due_at__lt=now, enrollment__state=EnrollmentState.ACTIVE)),
        uncertain=Count("id", filter=Q(state=TouchState.UNCERTAIN)),
    )
    return Waiting(**told)


def people_of(
    actor: Actor, campaign_id: int, *, state: str = "", text: str = "", offset: int = 0, limit: int = 50
) -> tuple[Sequence[PersonInPlan], int]:
    """People of a campaign in sight, newest first, and how many there are. Two queries."""
    rows = enrollments_in_sight(actor).filter(campaign_id=campaign_id)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(Q(contact__name__icontains=text) | Q(account__name__icontains=text)) if text else rows
    counted = rows.annotate(
        done=Count("touches", filter=Q(touches__state=TouchState.SENT)), all=Count("touches")
    ).select_related("contact", "account", "seller")
    found = [
        PersonInPlan(
            id=row.id, contact_id=row.contact_id, name=row.contact.name,
            account=row.account.name if row.account else "",
            seller=row.seller.name if row.seller else "", arm=row.arm, state=row.state, why=row.why,
            paused_until=row.paused_until, done=getattr(row, "done", 0), touches=getattr(row, "all", 0),
            enrolled_at=row.enrolled_at,
        )
        for row in counted.order_by("-id")[offset : offset + limit]
    ]  # fmt: skip
    return found, rows.count()
