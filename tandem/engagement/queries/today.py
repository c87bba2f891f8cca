"""What outreach has waiting for one person, for the first page of their day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Window

from tandem.access.contracts import Reach
from tandem.access.queries import may, sight_of
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.queries.messages import decisions_in_sight
from tandem.core.actors import Actor
from tandem.engagement.contracts import BY_HAND, TouchState
from tandem.engagement.queries.inbox import Clock, clock_of
from tandem.engagement.queries.review import waiting_drafts
from tandem.engagement.queries.sight import touches_in_sight
from tandem.engagement.queries.tasks import tasks_in_sight

AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachToday:
    """Counts of what waits.

    drafts : texts to read; asked_about : of these, messages that the gate lets out once a person approves
    replies : whose clock still runs; next_reply : the clock that ends first; None: none runs
    by_hand : calls and LinkedIn messages due within a day
    """

    drafts: int = 0
    asked_about: int = 0
    replies: int = 0
    next_reply: Clock | None = None
    by_hand: int = 0


def outreach_today(actor: Actor, *, now: datetime) -> OutreachToday:
    """What waits for somebody in their sight. Three queries at most.

    Replies are told to whoever may answer them. Hand work is told to whoever has a book of their own or a team's: who
    sees the whole company does none of it.
    """
    drafts = {"total": 0, "asked": 0}
    if may(actor, "campaign.decide"):
        reviewed = decisions_in_sight(actor).filter(outcome=Outcome.REVIEW.value).order_by().values("id")
        drafts = waiting_drafts(actor, verb="decide").aggregate(
            total=Count("id"), asked=Count("id", filter=Q(decision__in=reviewed))
        )
    answers = may(actor, "campaign.edit")
    replies, clock = _replies(actor, now) if answers else (0, None)
    return OutreachToday(
        drafts=drafts["total"], asked_about=drafts["asked"], replies=replies, next_reply=clock,
        by_hand=_by_hand(actor, now) if answers else 0,
    )  # fmt: skip


def _replies(actor: Actor, now: datetime) -> tuple[int, Clock | None]:
    """How many replies nobody has taken, and the clock of the one that must be taken first. One query."""
    rows = tasks_in_sight(actor).filter(closed_at=None, taken_at=None).select_related("calendar")
    first = rows.annotate(waiting=Window(Count("id"))).order_by("due_at", "id").first()
    return (getattr(first, "waiting", 0), clock_of(first, now)) if first is not None else (0, None)


def _by_hand(actor: Actor, now: datetime) -> int:
    if sight_of(actor, "view", "campaign").reach is Reach.ALL:
        return 0
    rows = touches_in_sight(actor).filter(
        channel__in=[road.value for road in BY_HAND],
        state__in=(TouchState.TO_DO.value, TouchState.WRITTEN.value),
        due_at__lte=now + AHEAD,
    )
    return rows.count()
