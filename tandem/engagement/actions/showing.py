"""What lies on whose screen, so that reading time is measured here and not told by a browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.core.actors import Actor
from tandem.engagement.domain.review import seconds_shown
from tandem.engagement.models import Showing
from tandem.engagement.queries.review import waiting_drafts

MOST_AT_ONCE = 100


def show(draft_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """These drafts are on the person's screen now, and what was there before is not; returns how many they are.

    Drafts that do not wait for this person, or are out of sight, are passed over. An agent reads nothing: 0.
    Raises NotAllowed without "campaign.decide".
    """
    if actor.is_agent:
        return 0
    require(actor, "campaign.decide")
    ids = list(
        waiting_drafts(actor, verb="decide").filter(id__in=draft_ids[:MOST_AT_ONCE]).values_list("id", flat=True)
    )
    with transaction.atomic():
        put_away(actor, now=now)
        Showing.objects.bulk_create(
            [Showing(draft_id=pk, reviewer_id=actor.id, shown_at=now, shown_with=len(ids)) for pk in ids],
            ignore_conflicts=True,
        )
    return len(ids)


def put_away(actor: Actor, *, now: datetime) -> None:
    """Nothing is on the person's screen any more; how long it was there is written down."""
    for one in Showing.objects.filter(reviewer_id=actor.id, seconds=None):
        seconds = seconds_shown(one.shown_at, now, shown_with=one.shown_with)
        Showing.objects.filter(id=one.id, seconds=None).update(seconds=seconds)


def seconds_looked(draft_id: int, actor: Actor, *, now: datetime) -> float:
    """How long the person has had the draft on the screen so far, idle time capped; 0: never shown."""
    shown = Showing.objects.filter(draft_id=draft_id, reviewer_id=actor.id)
    return sum(
        one.seconds if one.seconds is not None else seconds_shown(one.shown_at, now, shown_with=one.shown_with)
        for one in shown
    )
