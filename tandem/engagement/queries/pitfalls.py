"""Pitfalls of such programmes, looked for in what is recorded: each with what speaks for it and where to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from tandem.compliance.contracts.gate import Mode
from tandem.core.actors import Actor
from tandem.core.intervals import Share
from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import CampaignState, EnrollmentState, TouchState
from tandem.engagement.models import Campaign, Enrollment, Touch
from tandem.engagement.queries.campaigns import campaigns_in_sight
from tandem.engagement.queries.modes import WEEKS, period_of, sponsor_part
from tandem.prospecting.queries.icp import live_version

MOST_UNREACHABLE, MOST_REFUSED, LEAST_REPLIES = 0.05, 0.10, 0.04
MOST_CAMPAIGNS, MOST_LOOKED_AT = 50, 2
MORE_MESSAGES = 1.5
ENOUGH = 100
FEWEST_TESTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitfall:
    """One sign. key : volume, autonomy, data, compliance, sponsor; address : where it is put right"""

    key: str
    title: str
    told: str
    address: str


def pitfalls(actor: Actor, *, now: datetime) -> list[Pitfall]:
    """What campaigns in sight that run show now; empty: no sign, which is no proof of health."""
    running = campaigns_in_sight(actor).filter(state=CampaignState.RUNNING).select_related("sponsor")
    rows = list(running.annotate(tests=Count("policy_tests", distinct=True)).order_by("id")[:MOST_CAMPAIGNS])
    found = [*_data(rows, now), *_compliance(rows, now), *_volume(rows, now)]
    for row in rows:
        found += [*_autonomy(row, getattr(row, "tests", 0)), *_sponsor(row)]
    return found


def _volume(rows: Sequence[Campaign], now: datetime) -> Iterator[Pitfall]:
    """More messages, fewer answers: volume over quality. One query, and five for each of the two largest risers."""
    middle, start = now - timedelta(weeks=WEEKS), now - timedelta(weeks=2 * WEEKS)
    sent = Touch.objects.filter(enrollment__campaign__in=rows, state=TouchState.SENT, sent_at__gte=start)
    counted = (
        sent.order_by()
        .values("enrollment__campaign_id")
        .annotate(before=Count("id", filter=Q(sent_at__lt=middle)), now=Count("id", filter=Q(sent_at__gte=middle)))
    )
    rising = [one for one in counted if one["now"] >= max(ENOUGH, MORE_MESSAGES * max(1, one["before"]))]
    by_id = {row.id: row for row in rows}
    for one in sorted(rising, key=lambda told: -told["now"])[:MOST_LOOKED_AT]:
        row = by_id[one["enrollment__campaign_id"] or 0]
        period = period_of(row, middle, now)
        if period.replies.is_enough and period.replies.high < LEAST_REPLIES:
            told = (
                f"“{row.name}” sent {one['now']:,} messages after {one['before']:,}; "
                f"{period.replies.hits} of {period.replies.n} people answered."
            )
            yield Pitfall(key="volume", title="Volume over quality", told=told, address=f"/outreach/campaigns/{row.id}")


def _autonomy(row: Campaign, tests: int) -> Iterator[Pitfall]:
    """Autonomy that nobody has tested."""
    if row.mode != Mode.POLICY:
        return
    if tests < FEWEST_TESTS:
        told = f"“{row.name}” runs by a policy with {tests} cases; {FEWEST_TESTS} are few."
        yield Pitfall(key="autonomy", title="Autonomy fantasy", told=told, address=f"/outreach/policies/{row.id}")


def _data(rows: Sequence[Campaign], now: datetime) -> Iterator[Pitfall]:
    """Outreach on data that does not carry it."""
    icp = live_version(company_day(now))
    if rows and (icp is None or icp.is_overdue):
        told = "Campaigns run and no ideal customer profile is in force." if icp is None else (
            f"Campaigns run and the profile is past its last day, {icp.valid_until}."
        )  # fmt: skip
        yield Pitfall(key="data", title="Data debt", told=told, address="/prospecting/icp")
    people = Enrollment.objects.filter(campaign__in=rows).aggregate(
        all=Count("id"), lost=Count("id", filter=Q(state=EnrollmentState.UNREACHABLE))
    )
    lost = Share(hits=people["lost"], n=people["all"])
    if lost.n >= ENOUGH and lost.low > MOST_UNREACHABLE:
        told = f"{lost.hits} of {lost.n} people enrolled could not be reached."
        yield Pitfall(key="data", title="Data debt", told=told, address="/prospecting/accuracy")


def _compliance(rows: Sequence[Campaign], now: datetime) -> Iterator[Pitfall]:
    """Messages written first and asked about later."""
    since = now - timedelta(weeks=WEEKS)
    asked = Touch.objects.filter(enrollment__campaign__in=rows, decision__isnull=False, due_at__gte=since).aggregate(
        all=Count("id"), refused=Count("id", filter=Q(state=TouchState.SKIPPED))
    )
    refused = Share(hits=asked["refused"], n=asked["all"])
    if refused.n >= ENOUGH and refused.low > MOST_REFUSED:
        told = (
            f"The gate left out {refused.hits} of {refused.n} messages: people are enrolled who may not be written to."
        )
        yield Pitfall(
            key="compliance", title="Compliance as an afterthought", told=told, address="/compliance/messages"
        )


def _sponsor(row: Campaign) -> Iterator[Pitfall]:
    """Nobody answers for it."""
    part = sponsor_part(row)
    if not part.is_ready:
        yield Pitfall(
            key="sponsor",
            title="No sponsor",
            told=f"“{row.name}”: {part.told}",
            address=f"/outreach/campaigns/{row.id}",
        )
