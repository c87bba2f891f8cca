"""How reviewing goes: messages a day and a person, how long each takes, how much is changed, and whether that falls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Q, QuerySet
from django.utils import timezone

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.core.actors import Actor
from tandem.core.intervals import wilson
from tandem.engagement.domain.edits import EditedText, Habit, habits
from tandem.engagement.domain.review import ReviewAction, whole_text
from tandem.engagement.models import Review

DAYS, WEEKS = 28, 12
ENOUGH = 30  # fewer answers say little about a share
BY_HAND_A_DAY, TARGET_A_DAY = (15, 25), (60, 120)  # messages a seller writes by hand; what a review queue is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its 95% interval (Wilson). count : how many of them; of : all answers"""

    count: int
    of: int

    @property
    def value(self) -> float:
        """0 to 1; 0 without answers."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends, 0 to 1."""
        return wilson(self.count, self.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerRow:
    """One person's last 28 days.

    days : on which they reviewed; per_day : drafts on such a day
    seconds : median on the screen for one draft decided alone; None: none was
    alone : how many were, the number `seconds` rests on
    """

    person: str
    answers: int
    days: int
    per_day: float
    seconds: float | None
    alone: int
    batched: int
    as_is: Share
    edited: Share
    rejected: Share

    @property
    def shares(self) -> tuple[Share, Share, Share]:
        """As it was, edited, rejected."""
        return self.as_is, self.edited, self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWeek:
    """One week of approvals. distance : mean share of characters changed over all of them; None: nothing approved"""

    monday: date
    approved: int
    edited: int
    distance: float | None
    of_edited: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewNumbers:
    """All of it, in the actor's sight. reasons : (word, how often) of rejections, most frequent first"""

    people: Sequence[ReviewerRow]
    weeks: Sequence[EditWeek]
    reasons: Sequence[tuple[str, int]]

    @property
    def answers(self) -> int:
        """Of everybody, in 28 days."""
        return sum(one.answers for one in self.people)


def reviews_in_sight(actor: Actor) -> QuerySet[Review]:
    """Standing answers of the people in the actor's sight, their own among them."""
    sight = sight_of(actor, "view", "campaign")
    rows = Review.objects.filter(taken_back_at=None)
    if sight.reach is Reach.ALL:
        return rows
    return rows.filter(Q(reviewer_id__in=sight.person_ids)) if sight.reach is not Reach.NONE else rows.none()


def review_numbers(actor: Actor, *, now: datetime) -> ReviewNumbers:
    """The figures of the page. Two queries."""
    rows = reviews_in_sight(actor)
    recent = rows.filter(reviewed_at__gte=now - timedelta(days=DAYS))
    by_person: dict[str, list[tuple[str, str, float, datetime, str]]] = defaultdict(list)
    for person, *told in recent.values_list("reviewer__name", "action", "reason", "seconds", "reviewed_at", "batch"):
        by_person[person].append(tuple(told))  # type: ignore[arg-type]
    reasons: dict[str, int] = defaultdict(int)
    for some in by_person.values():
        for _, reason, *_ in some:
            if reason:
                reasons[reason] += 1
    return ReviewNumbers(
        people=sorted((_reviewer(name, some) for name, some in by_person.items()), key=lambda one: -one.answers),
        weeks=_weeks(rows, now),
        reasons=sorted(reasons.items(), key=lambda one: (-one[1], one[0])),
    )


def _reviewer(person: str, told: Sequence[tuple[str, str, float, datetime, str]]) -> ReviewerRow:
    counts: Mapping[str, int] = {word: sum(one[0] == word for one in told) for word in ReviewAction}
    days = {timezone.localdate(one[3]) for one in told}
    alone = [one[2] for one in told if not one[4] and one[2] > 0]
    return ReviewerRow(
        person=person,
        answers=len(told),
        days=len(days),
        per_day=len(told) / len(days),
        seconds=median(alone) if alone else None,
        alone=len(alone),
        batched=sum(bool(one[4]) for one in told),
        as_is=Share(count=counts[ReviewAction.AS_IS], of=len(told)),
        edited=Share(count=counts[ReviewAction.EDITED], of=len(told)),
        rejected=Share(count=counts[ReviewAction.REJECTED], of=len(told)),
    )


def _weeks(rows: QuerySet[Review], now: datetime) -> list[EditWeek]:
    """The last twelve weeks that have approvals, oldest first."""
    since = timezone.localdate(now) - timedelta(weeks=WEEKS)
    found = rows.filter(reviewed_at__date__gte=since).exclude(action=ReviewAction.REJECTED.value)
    by_week: dict[date, list[tuple[str, float]]] = defaultdict(list)
    for at, action, distance in found.values_list("reviewed_at", "action", "edit_distance"):
        day = timezone.localdate(at)
        by_week[day - timedelta(days=day.weekday())].append((action, distance or 0.0))
    weeks = []
    for monday, told in sorted(by_week.items()):
        edited = [distance for action, distance in told if action == ReviewAction.EDITED]
        weeks.append(
            EditWeek(
                monday=monday,
                approved=len(told),
                edited=len(edited),
                distance=sum(distance for _, distance in told) / len(told),
                of_edited=sum(edited) / len(edited) if edited else None,
            )
        )
    return weeks


def edit_habits(actor: Actor, *, now: datetime, fewest: int) -> list[Habit]:
    """What people in sight changed again and again within twelve weeks. One query."""
    rows = reviews_in_sight(actor).filter(
        action=ReviewAction.EDITED.value, reviewed_at__gte=now - timedelta(weeks=WEEKS), written__isnull=False
    )
    return habits(
        (
            EditedText(
                draft_id=one.draft_id,
                language=one.draft.language,
                channel=one.draft.touch.channel,
                before=whole_text(one.written.subject, one.written.body),
                after=whole_text(one.draft.subject, one.draft.body),
            )
            for one in rows.select_related("draft__touch", "written").order_by("id")
            if one.written is not None
        ),
        fewest=fewest,
    )
