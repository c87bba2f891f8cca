"""Keeping plans true as time goes by: resume, finish, cancel, pass over, keep distance. The worker runs it often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from tandem.access.actions import require
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.engagement.actions.enrolling import plan_key
from tandem.engagement.actions.replanning import cancel_ahead, resume_enrollments
from tandem.engagement.contracts import AHEAD, OPEN_ENROLLMENTS, CampaignState, EnrollmentState, TouchState
from tandem.engagement.domain.due_times import Place, is_daytime, moved
from tandem.engagement.models import Enrollment, Touch
from tandem.engagement.queries.places import places_of
from tandem.engagement.queries.step_facts import unmet_conditions

AT_ONCE = 5_000
LOOK_AHEAD = timedelta(hours=1)  # conditions are asked when a touch is about due, not when it was planned
LATE = timedelta(minutes=10)
AHEAD_STATES = tuple(state.value for state in AHEAD)
OPEN_STATES = tuple(state.value for state in OPEN_ENROLLMENTS)
WAITED_FOR = (*AHEAD_STATES, TouchState.UNCERTAIN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one round did."""

    resumed: int
    finished: int
    cancelled: int
    passed_over: int
    moved: int


def keep_plans(*, actor: Actor, now: datetime) -> Kept:
    """One round over plans that need something; running it twice changes nothing more. Raises NotAllowed."""
    require(actor, "campaign.edit")
    resumed = _resume(actor, now)
    cancelled = _cancel_ended()
    passed_over = _pass_over(actor, now)
    shifted = _keep_distance(now)
    return Kept(
        resumed=resumed, finished=_finish(actor, now), cancelled=cancelled, passed_over=passed_over, moved=shifted
    )


def _resume(actor: Actor, now: datetime) -> int:
    """Pauses that are over."""
    over = Enrollment.objects.filter(state=EnrollmentState.PAUSED, paused_until__lte=now)
    ids = list(over.order_by("paused_until").values_list("id", flat=True)[:AT_ONCE])
    rows = Enrollment.objects.filter(id__in=ids)
    return resume_enrollments(rows, subject="plan:pauses", why="The pause is over.", actor=actor, now=now)


def _cancel_ended() -> int:
    """Touches of campaigns and plans that have ended."""
    with transaction.atomic():
        cancelled = cancel_ahead(
            Touch.objects.filter(enrollment__campaign__state=CampaignState.ENDED, answers=None), "The campaign ended."
        )
        over = Touch.objects.filter(enrollment__isnull=False, answers=None).exclude(enrollment__state__in=OPEN_STATES)
        cancelled += cancel_ahead(over, "The plan ended.")
    return cancelled


def _pass_over(actor: Actor, now: datetime) -> int:
    """Touches about due whose condition does not hold."""
    due = Touch.objects.filter(
        state__in=AHEAD_STATES, due_at__lte=now + LOOK_AHEAD, answers=None, claim="",
        enrollment__state=EnrollmentState.ACTIVE, enrollment__campaign__state=CampaignState.RUNNING,
    )  # fmt: skip
    why = unmet_conditions(list(due.order_by("due_at").values_list("id", flat=True)[:AT_ONCE]), now=now)
    changed = 0
    with transaction.atomic():
        for touch_id, told in why.items():
            changed += Touch.objects.filter(id=touch_id, state__in=AHEAD_STATES, claim="").update(
                state=TouchState.SKIPPED, why=told[:300]
            )
        if changed:
            ledger.append(actor, "engagement.passed_over", subject="plan:conditions", touches=sorted(why))
    return changed


def _keep_distance(now: datetime) -> int:
    """Plans of which a touch is late: later ones keep their distance to it, and nothing stays due at night.

    A touch that is late in the recipient's daytime keeps its time: it leaves as soon as somebody has approved it.
    """
    late = Touch.objects.filter(
        state__in=AHEAD_STATES, due_at__lt=now - LATE, answers=None, enrollment__state=EnrollmentState.ACTIVE,
        enrollment__campaign__state=CampaignState.RUNNING, step__isnull=False,
    )  # fmt: skip
    ids = list(late.order_by("enrollment_id").values_list("enrollment_id", flat=True).distinct()[:AT_ONCE])
    if not ids:
        return 0
    places = places_of([one for one in ids if one is not None], now=now)
    rows = Touch.objects.filter(enrollment_id__in=ids, state__in=AHEAD_STATES, step__isnull=False)
    ahead: dict[int, list[Touch]] = {}
    for touch in rows.select_related("enrollment__campaign__version").order_by("enrollment_id", "step"):
        ahead.setdefault(touch.enrollment_id or 0, []).append(touch)
    changes = [pair for pk, touches in ahead.items() for pair in _distances(touches, places[pk], now)]
    return bulk.update_many(Touch, "id", ("due_at",), changes)


def _distances(touches: Sequence[Touch], place: Place, now: datetime) -> list[tuple[int, datetime]]:
    first = touches[0]
    assert first.enrollment is not None
    key = plan_key(first.enrollment.campaign_id, first.enrollment.contact_id)
    numbers = [touch.step or 0 for touch in touches]
    dues = moved(
        [(touch.step or 0, touch.due_at) for touch in touches], place, key=key, not_before=now,
        waits=_waits(first.enrollment.campaign.version.steps, numbers),
    )  # fmt: skip
    stays = is_daytime(place, now)
    return [
        (touch.id, due)
        for touch, due in zip(touches, dues, strict=True)
        if due != touch.due_at and not (stays and touch is first)
    ]


def _waits(steps: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> list[int]:
    """Working days that the plan asks for between each touch and the one before it that is still ahead."""
    days = {number: int(step["wait_days"]) for number, step in enumerate(steps, 1)}
    before = [numbers[0], *numbers[:-1]]
    return [
        sum(days.get(one, 0) for one in range(earlier + 1, number + 1))
        for earlier, number in zip(before, numbers, strict=True)
    ]


def _finish(actor: Actor, now: datetime) -> int:
    """Plans of which nothing is left."""
    left = Touch.objects.filter(enrollment=OuterRef("id"), state__in=WAITED_FOR)
    over = Enrollment.objects.filter(state=EnrollmentState.ACTIVE).exclude(Exists(left))
    ids = list(over.order_by("id").values_list("id", flat=True)[:AT_ONCE])
    with transaction.atomic():
        changed = Enrollment.objects.filter(id__in=ids, state=EnrollmentState.ACTIVE).update(
            state=EnrollmentState.FINISHED, why="All touches are done.", ended_at=now
        )
        if changed:
            ledger.append(actor, "engagement.plans_finished", subject="plan:finished", enrollments=ids)
    return changed
