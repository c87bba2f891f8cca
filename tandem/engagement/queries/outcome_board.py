"""The outcome board: groups of people with what came of it, this period against the one before, machine and hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db.models import Count

from tandem.accounts.queries.totals import Rates, Total
from tandem.core.actors import Actor
from tandem.core.intervals import Difference
from tandem.engagement.contracts import CHANNELS, MODE_WORDS, Arm, TouchState
from tandem.engagement.domain.outcomes import Diagnosed, Measure, Outcomes, below_human, diagnose
from tandem.engagement.models import SoftNoHeard
from tandem.engagement.queries.outcomes import Chosen, Followed, added_up, follow, pipeline_of, spent
from tandem.engagement.queries.sight import enrollments_in_sight, touches_in_sight

PERIODS: Mapping[str, int] = MappingProxyType({"4": 4, "12": 12, "26": 26})
ARM_WORDS = {Arm.HUMAN: "Human only", Arm.HYBRID: "Hybrid", Arm.AUTONOMOUS: "Autonomous"}
BY: Mapping[str, tuple[str, Callable[[Followed], str]]] = MappingProxyType(
    {
        "campaign": ("Campaign", lambda one: one.campaign),
        "mode": ("Mode", lambda one: MODE_WORDS.get(one.mode, one.mode)),  # type: ignore[call-overload]
        "arm": ("Who does the work", lambda one: ARM_WORDS.get(one.arm, one.arm)),  # type: ignore[call-overload]
        "segment": ("Segment", lambda one: one.segment or "No segment"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One line of the board."""

    label: str
    outcomes: Outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Operational figures, which say nothing of success: messages by channel, and what the plan did not send."""

    by_channel: Sequence[tuple[str, int]]
    softened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the page shows.

    before : people enrolled in the period before, of the same length
    machine : autonomous and hybrid against people alone; None: nobody was in one of the two
    """

    since: datetime
    until: datetime
    total: Outcomes
    before: Outcomes
    groups: Sequence[Group]
    diagnosed: Diagnosed
    pipeline: Total
    machine: Difference | None
    volume: Volume
    people: Sequence[Followed]


def board(actor: Actor, *, now: datetime, weeks: int, by: str = "campaign") -> Board:
    """Outcomes of people enrolled in the last weeks, in sight of the actor.

    by : a key of `BY`
    """
    since, rates = now - timedelta(weeks=weeks), Rates()
    everybody = follow(actor, Chosen(since=since - timedelta(weeks=weeks), until=now))
    people = [one for one in everybody if one.enrolled_at >= since]
    earlier = [one for one in everybody if one.enrolled_at < since]
    grouped: defaultdict[str, list[Followed]] = defaultdict(list)
    for one in people:
        grouped[BY[by][1](one)].append(one)
    total = added_up(people, rates, spent=spent(rates, since=since, until=now))
    before = added_up(earlier, rates)
    return Board(
        since=since,
        until=now,
        total=total,
        before=before,
        groups=[Group(label=label, outcomes=added_up(some, rates)) for label, some in sorted(grouped.items())],
        diagnosed=diagnose(before, total),
        pipeline=pipeline_of(people, rates),
        machine=_machine(people, rates),
        volume=_volume(actor, since, now),
        people=people,
    )


def _machine(people: Sequence[Followed], rates: Rates) -> Difference | None:
    human = [one for one in people if one.arm == Arm.HUMAN]
    machine = [one for one in people if one.arm != Arm.HUMAN]
    if not human or not machine:
        return None
    return below_human(added_up(machine, rates), added_up(human, rates), Measure.MEETING)


def _volume(actor: Actor, since: datetime, until: datetime) -> Volume:
    rows = touches_in_sight(actor).filter(state=TouchState.SENT, sent_at__gte=since, sent_at__lt=until)
    counted: Counter[str] = Counter()
    for channel, number in rows.order_by().values_list("channel").annotate(number=Count("id")):
        counted[CHANNELS.get(channel, channel)] += number
    softened = SoftNoHeard.objects.filter(
        enrollment__in=enrollments_in_sight(actor), heard_at__gte=since, heard_at__lt=until, taken_back_at=None
    )
    return Volume(by_channel=counted.most_common(), softened=softened.count())
