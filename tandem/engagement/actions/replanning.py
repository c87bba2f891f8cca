"""Changing what is left of plans, on every channel at once: stop, pause, resume, slow down, put back.

One answer or objection on any channel reaches all: each works on every campaign the person is in. What has left
stays as it is, and so does what a worker holds: the gate looks before it leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from tandem.access.actions import require
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, NotFound
from tandem.engagement.actions.enrolling import plan_key
from tandem.engagement.contracts import AHEAD, OPEN_ENROLLMENTS, EnrollmentState, TouchState
from tandem.engagement.domain.due_times import moved
from tandem.engagement.models import Enrollment, Touch
from tandem.engagement.queries.places import places_of

AHEAD_STATES = tuple(state.value for state in AHEAD)
OPEN_STATES = tuple(state.value for state in OPEN_ENROLLMENTS)
ENDS = frozenset(
    {
        EnrollmentState.ANSWERED, EnrollmentState.OBJECTED, EnrollmentState.UNREACHABLE, EnrollmentState.WITHDRAWN,
        EnrollmentState.FINISHED,
    }
)  # fmt: skip
LONGEST_WHY = 300
AT_ONCE = 5_000
LAST_DONE = Max("touches__sent_at", filter=Q(touches__state=TouchState.SENT))


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadTouch:
    """A touch that is ahead, as it is or was."""

    id: int
    due_at: datetime
    state: str

    def as_json(self) -> dict[str, Any]:
        """As it is kept where a change can be taken back."""
        return {"id": self.id, "due_at": self.due_at.isoformat(), "state": self.state}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """What a change did: touches ahead before it, and the same touches after."""

    before: tuple[AheadTouch, ...]
    after: tuple[AheadTouch, ...]


def stop(contact_id: int, *, state: EnrollmentState, why: str, actor: Actor, now: datetime) -> int:
    """End a person's plans in all campaigns, on all channels; returns how many touches were cancelled.

    state : how they end; an objection also marks plans that had ended otherwise, so that nobody enrolls them again
    Raises NotAllowed without "campaign.edit", InvalidInput for a state that ends nothing.
    """
    return _stop(Enrollment.objects.filter(contact_id=contact_id), f"contact:{contact_id}", state, why, actor, now)


def stop_account(
    account_id: int,
    *,
    state: EnrollmentState,
    why: str,
    actor: Actor,
    now: datetime,
    except_contact_ids: Collection[int] = (),
) -> int:
    """The same for everybody of an account who is still written to; returns how many touches were cancelled.

    except_contact_ids : people whose plans stay as they are
    """
    rows = Enrollment.objects.filter(account_id=account_id, state__in=OPEN_STATES)
    rows = rows.exclude(contact_id__in=list(except_contact_ids))
    return _stop(rows, f"account:{account_id}", state, why, actor, now)


def pause(contact_id: int, *, until: datetime | None, why: str, actor: Actor, now: datetime) -> int:
    """Let a person's plans rest in all campaigns; returns how many do now.

    until : touches due earlier are moved behind it, and the plan goes on by itself; None: until somebody resumes it.
    A pause that lasts longer stays. Raises NotAllowed without "campaign.edit", InvalidInput for a moment in the past.
    """
    rows = Enrollment.objects.filter(contact_id=contact_id)
    return _pause(rows, f"contact:{contact_id}", until, why, actor, now)


def pause_account(
    account_id: int,
    *,
    until: datetime | None,
    why: str,
    actor: Actor,
    now: datetime,
    except_contact_ids: Collection[int] = (),
) -> int:
    """The same for everybody of an account, e.g. while one of them talks to us."""
    rows = Enrollment.objects.filter(account_id=account_id).exclude(contact_id__in=list(except_contact_ids))
    return _pause(rows, f"account:{account_id}", until, why, actor, now)


def resume(contact_id: int, *, why: str, actor: Actor, now: datetime) -> int:
    """Let paused plans of a person go on, nothing before now and waits kept; returns how many went on."""
    require(actor, "campaign.edit")
    rows = Enrollment.objects.filter(contact_id=contact_id, state=EnrollmentState.PAUSED)
    return resume_enrollments(rows, subject=f"contact:{contact_id}", why=why, actor=actor, now=now)


def resume_enrollments(rows: QuerySet[Enrollment], *, subject: str, why: str, actor: Actor, now: datetime) -> int:
    """Resume paused enrollments; for this room alone. The caller has checked the right."""
    ids = list(rows.order_by("id").values_list("id", flat=True))
    if not ids:
        return 0
    dues = _dues_moved(ids, now=now)
    with transaction.atomic():
        changed = 0
        for some in _slices(ids):
            changed += Enrollment.objects.filter(id__in=some, state=EnrollmentState.PAUSED).update(
                state=EnrollmentState.ACTIVE, paused_until=None, why=why[:LONGEST_WHY]
            )
        bulk.update_many(Touch, "id", ("due_at",), dues.items())
        if changed:
            ledger.append(actor, "engagement.resumed", subject=subject, enrollments=changed, why=why)
    return changed


def slow_down(
    enrollment_id: int,
    *,
    why: str,
    actor: Actor,
    now: datetime,
    rest_days: int = 0,
    stretch: float = 1.5,
    most_left: int | None = None,
) -> Replanned:
    """Make what is left of one plan slower and shorter; returns it before and after, for taking it back.

    rest_days : days in which nothing is sent
    stretch : waits between touches, times this, 1 to 10
    most_left : touches that may still come, the nearest ones; None: all

    Raises NotAllowed without "campaign.edit", NotFound, InvalidInput for figures out of range.
    """
    require(actor, "campaign.edit")
    if not (0 <= rest_days <= 365 and 1 <= stretch <= 10 and (most_left is None or most_left >= 0)):
        raise InvalidInput("A plan can't be slowed like that.", hint="Rest 0 to 365 days, stretch waits 1 to 10 times.")
    before = _ahead([enrollment_id]).get(enrollment_id, ())
    if not before and not Enrollment.objects.filter(id=enrollment_id).exists():
        raise NotFound(f"There is no enrollment {enrollment_id}.")
    cut = len(before) if most_left is None else most_left
    kept, dropped = before[:cut], before[cut:]
    dues = _dues_moved([enrollment_id], now=now + timedelta(days=rest_days), stretch=stretch)
    after = [AheadTouch(id=one.id, due_at=dues.get(one.id, one.due_at), state=one.state) for _, one in kept] + [
        AheadTouch(id=one.id, due_at=one.due_at, state=TouchState.CANCELLED.value) for _, one in dropped
    ]
    with transaction.atomic():
        _put(after, why)
        ledger.append(
            actor, "engagement.slowed", subject=f"enrollment:{enrollment_id}", why=why, rest_days=rest_days,
            stretch=stretch, cancelled=len(dropped),
        )  # fmt: skip
    return Replanned(before=tuple(one for _, one in before), after=tuple(after))


def put_back(
    enrollment_id: int, touches: Sequence[Mapping[str, Any]], *, why: str, actor: Actor, now: datetime
) -> Replanned:
    """Give touches ahead of a plan the times and states they had, nothing before now; what has left stays.

    touches : as `AheadTouch.as_json` gave them
    Raises NotAllowed without "campaign.edit".
    """
    require(actor, "campaign.edit")
    rows = Touch.objects.filter(enrollment_id=enrollment_id, state__in=(*AHEAD_STATES, TouchState.CANCELLED.value))
    there = {row.id: row for row in rows}
    given = [
        AheadTouch(id=one["id"], due_at=datetime.fromisoformat(str(one["due_at"])), state=one["state"])
        for one in touches
        if one["id"] in there and one["state"] in AHEAD_STATES
    ]
    now_are = [AheadTouch(id=one.id, due_at=there[one.id].due_at, state=there[one.id].state) for one in given]
    back = [
        AheadTouch(
            id=one.id, due_at=one.due_at,
            state=one.state if there[one.id].state == TouchState.CANCELLED else there[one.id].state,
        )
        for one in given
    ]  # fmt: skip
    with transaction.atomic():
        _put(back, why)
        dues = _dues_moved([enrollment_id], now=now)
        bulk.update_many(Touch, "id", ("due_at",), dues.items())
        ledger.append(actor, "engagement.put_back", subject=f"enrollment:{enrollment_id}", why=why, touches=len(back))
    after = tuple(AheadTouch(id=one.id, due_at=dues.get(one.id, one.due_at), state=one.state) for one in back)
    return Replanned(before=tuple(now_are), after=after)


def move_enrollments(enrollment_ids: Iterable[int], *, not_before: datetime) -> int:
    """Move what is left of many plans behind a moment, waits kept; returns how many touches moved. For this room alone.

    The caller holds a right and writes the ledger.
    """
    changed = 0
    for some in _slices(list(enrollment_ids)):
        dues = _dues_moved(some, now=not_before)
        changed += bulk.update_many(Touch, "id", ("due_at",), dues.items())
    return changed


def cancel_ahead(rows: QuerySet[Touch], why: str) -> int:
    """Cancel touches that are ahead; for this room alone, inside the caller's transaction."""
    return rows.filter(state__in=AHEAD_STATES).update(state=TouchState.CANCELLED, why=why[:LONGEST_WHY])


def _stop(
    rows: QuerySet[Enrollment], subject: str, state: EnrollmentState, why: str, actor: Actor, now: datetime
) -> int:
    require(actor, "campaign.edit")
    if state not in ENDS:
        raise InvalidInput(f"{state!r} ends no plan.", hint=f"Use one of {', '.join(sorted(ENDS))}.")
    meant = rows.exclude(state=state) if state is EnrollmentState.OBJECTED else rows.filter(state__in=OPEN_STATES)
    ids = list(meant.values_list("id", flat=True))
    with transaction.atomic():
        changed = cancelled = 0
        for some in _slices(ids):
            changed += Enrollment.objects.filter(id__in=some).update(
                state=state, why=why[:LONGEST_WHY], paused_until=None, ended_at=now
            )
            cancelled += cancel_ahead(Touch.objects.filter(enrollment_id__in=some, answers=None), why)
        if changed:
            ledger.append(
                actor, "engagement.stopped", subject=subject, state=state.value, why=why, enrollments=changed,
                cancelled=cancelled,
            )  # fmt: skip
    return cancelled


def _pause(
    rows: QuerySet[Enrollment], subject: str, until: datetime | None, why: str, actor: Actor, now: datetime
) -> int:
    require(actor, "campaign.edit")
    if until is not None and until <= now:
        raise InvalidInput(f"{until:%d %b %Y %H:%M} is over.", hint="Pause until a moment that comes.")
    meant = rows.filter(state=EnrollmentState.ACTIVE)
    if until is None:
        meant |= rows.filter(state=EnrollmentState.PAUSED).exclude(paused_until=None)
    else:
        meant |= rows.filter(state=EnrollmentState.PAUSED, paused_until__lt=until)
    ids = list(meant.order_by("id").values_list("id", flat=True))
    dues = _dues_moved(ids, now=until) if until is not None else {}
    with transaction.atomic():
        changed = 0
        for some in _slices(ids):
            changed += Enrollment.objects.filter(id__in=some, state__in=OPEN_STATES).update(
                state=EnrollmentState.PAUSED, paused_until=until, why=why[:LONGEST_WHY]
            )
        bulk.update_many(Touch, "id", ("due_at",), dues.items())
        if changed:
            told = until.isoformat() if until else None
            ledger.append(actor, "engagement.paused", subject=subject, enrollments=changed, until=told, why=why)
    return changed


def _put(touches: Iterable[AheadTouch], why: str) -> None:
    """Write times and states of touches that are ahead or were cancelled; what left meanwhile stays."""
    for one in touches:
        told = why[:LONGEST_WHY] if one.state == TouchState.CANCELLED else ""
        Touch.objects.filter(id=one.id, state__in=(*AHEAD_STATES, TouchState.CANCELLED.value)).update(
            due_at=one.due_at, state=one.state, why=told
        )


def _dues_moved(enrollment_ids: Sequence[int], *, now: datetime, stretch: float = 1.0) -> dict[int, datetime]:
    """New due times by touch, of those that change."""
    found: dict[int, datetime] = {}
    for some in _slices(enrollment_ids):
        ahead, places = _ahead(some), places_of(some, now=now)
        rows = Enrollment.objects.filter(id__in=list(ahead)).annotate(last=LAST_DONE).order_by()
        for pk, campaign_id, contact_id, last in rows.values_list("id", "campaign_id", "contact_id", "last"):
            numbered = ahead[pk]
            dues = moved(
                [(number, one.due_at) for number, one in numbered], places[pk], key=plan_key(campaign_id, contact_id),
                not_before=now, stretch=stretch, before=last,
            )  # fmt: skip
            found |= {one.id: due for (_, one), due in zip(numbered, dues, strict=True) if due != one.due_at}
    return found


def _ahead(enrollment_ids: Sequence[int]) -> dict[int, list[tuple[int, AheadTouch]]]:
    """Steps ahead of each enrollment with their numbers, in their order; who has none is left out."""
    found: defaultdict[int, list[tuple[int, AheadTouch]]] = defaultdict(list)
    rows = Touch.objects.filter(enrollment_id__in=enrollment_ids, state__in=AHEAD_STATES, step__isnull=False)
    columns = ("id", "enrollment_id", "step", "due_at", "state")
    for pk, enrollment_id, step, due_at, state in rows.order_by("enrollment_id", "step").values_list(*columns):
        found[enrollment_id or 0].append((step or 0, AheadTouch(id=pk, due_at=due_at, state=state)))
    return dict(found)


def _slices(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
