"""Watching campaigns for the signs of a failure to come: growth stops where answers get worse while meetings rise."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance.contracts.gate import Mode
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.engagement.actions.modes import put_mode
from tandem.engagement.contracts import CampaignState
from tandem.engagement.domain.modes import Warned
from tandem.engagement.models import Campaign, GrowthStop
from tandem.engagement.queries.modes import sponsor_part, warning_of

QUIET_AFTER_LIFTING = timedelta(weeks=2)  # so that what was mended can show


def watch_growth(*, actor: Actor, now: datetime) -> int:
    """Stop the growth of running campaigns that show the signs; returns how many were stopped now.

    A stop takes nobody new in and gives software nothing more; plans that go on go on. Autonomous campaigns whose
    sponsor is gone go back to approval of each message.
    """
    require(actor, "campaign.edit")
    stopped = 0
    for row in Campaign.objects.filter(state=CampaignState.RUNNING).order_by("id"):
        if row.mode != Mode.EVERY and not (part := sponsor_part(row)).is_ready:
            put_mode(row, Mode.EVERY, why=f"Executive sponsor: {part.told}", actor=actor, now=now)
        if _was_asked(row, now):
            continue
        warned = warning_of(row, now=now)
        if warned is not None:
            stopped += _stop(row, warned, actor=actor, now=now)
    return stopped


def _was_asked(row: Campaign, now: datetime) -> bool:
    """Whether a stop stands, or a person has lifted one lately."""
    stops = GrowthStop.objects.filter(campaign=row)
    return stops.filter(lifted_at=None).exists() or stops.filter(lifted_at__gt=now - QUIET_AFTER_LIFTING).exists()


def _stop(row: Campaign, warned: Warned, *, actor: Actor, now: datetime) -> int:
    try:
        with transaction.atomic():
            GrowthStop.objects.create(
                campaign=row, rule=warned.rule, why=warned.why[:500], figures=warned.figures, since=now
            )
            ledger.append(
                actor, "engagement.growth_stopped", subject=f"campaign:{row.id}", rule=warned.rule, why=warned.why,
                figures=warned.figures,
            )  # fmt: skip
    except IntegrityError:
        return 0  # another worker was first
    return 1
