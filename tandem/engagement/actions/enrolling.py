"""Taking people into a campaign: each with arm, mode and all touches of the plan with their due times, in bulk.

Who may not be written to is refused with the reason: not in sight, not verified, opted out, said no before, in another
campaign, not chosen where a person picks whom. People of one account start one after another, the one to open with
first, and never two of them on the same day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.compliance.contracts.gate import Mode
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.engagement.contracts import Arm, CampaignState, Step, TouchState
from tandem.engagement.domain.due_times import Place, due_times, moment_on, open_days
from tandem.engagement.domain.experiments import arm_of, variant_of
from tandem.engagement.domain.modes import mode_in_experiment
from tandem.engagement.domain.plans import read_steps
from tandem.engagement.models import Campaign, Enrollment, Touch
from tandem.engagement.queries.campaigns import editable_campaign, standing_stop
from tandem.engagement.queries.enrollable import Person, people_to_enroll
from tandem.engagement.queries.opening_days import OpeningDays, opening_days
from tandem.engagement.queries.places import Places
from tandem.prospecting.actions import lists
from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.queries.lists import ready_for_engagement
from tandem.prospecting.queries.stakeholders import stakeholder_map

MOST_AT_ONCE = 50_000
MOST_THREADS, LONGEST_THREADS = 3, 7  # people of one account at once
ENROLLMENT_COLUMNS = (
    "id", "campaign_id", "contact_id", "account_id", "seller_id", "arm", "language", "time_zone", "enrolled_at",
    "enrolled_by",
)  # fmt: skip
TOUCH_COLUMNS = (
    "key", "enrollment_id", "contact_id", "step", "variant", "channel", "mode", "state", "due_at", "made_at",
)  # fmt: skip
Told = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What came of it.

    taken : people enrolled
    refused : contact to reason, in words
    first_at, last_at : when the first and the last first touch is due; None: nobody was taken
    """

    taken: int
    refused: Mapping[int, str] = field(default_factory=dict)
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """One person with their plan."""

    person: Person
    arm: Arm
    mode: Mode
    dues: Sequence[datetime]


def enroll(
    campaign_id: int, contact_ids: Iterable[int], *, actor: Actor, now: datetime, progress: Told | None = None
) -> Enrolled:
    """Enroll people in a running campaign, in the order of the account's map, with all their touches planned.

    Raises NotAllowed without "campaign.edit", NotFound for a campaign out of sight, Conflict when it does not run or
    growth is stopped, InvalidInput for more than 50,000 at once.
    """
    require(actor, "campaign.edit")
    campaign = editable_campaign(actor, campaign_id)
    _refuse_closed(campaign)
    ids = list(dict.fromkeys(contact_ids))
    if len(ids) > MOST_AT_ONCE:
        raise InvalidInput(f"{len(ids):,} people are too many at once.", hint=f"Enroll at most {MOST_AT_ONCE:,}.")
    people, refused = people_to_enroll(actor, campaign, ids, now=now)
    steps = read_steps(campaign.version.steps)
    planned = _planned(campaign, steps, people, now=now, progress=progress)
    _write(campaign, steps, planned, refused, actor=actor, now=now)
    firsts = [one.dues[0] for one in planned]
    return Enrolled(
        taken=len(planned),
        refused=refused,
        first_at=min(firsts, default=None),
        last_at=max(firsts, default=None),
    )


def enroll_list(campaign_id: int, list_id: int, *, actor: Actor, now: datetime, limit: int = 200) -> Enrolled:
    """Enroll the people of accounts that prospecting made ready, and mark as taken those of which somebody is in.

    Raises as `enroll` does, and NotAllowed without "prospect.edit". An account of which nobody could be taken stays.
    """
    require(actor, "campaign.edit")
    require(actor, "prospect.edit")
    ready = ready_for_engagement(actor, list_id=list_id, limit=limit)
    done = enroll(campaign_id, [one for entry in ready for one in entry.contact_ids], actor=actor, now=now)
    entries = [entry.entry_id for entry in ready if set(entry.contact_ids) - set(done.refused)]
    if entries:
        lists.take(entries, actor=actor, now=now)
    return done


def enroll_account(
    campaign_id: int, account_id: int, *, actor: Actor, now: datetime, most: int = MOST_THREADS
) -> Enrolled:
    """Enroll several people of one account as its map has them: whom to open with first, the others days later.

    most : people at most, 1 to 7; who blocks is left out
    Raises as `enroll` does, NotFound for an account out of sight, InvalidInput when its map has nobody to write to.
    """
    require(actor, "campaign.edit")
    found = stakeholder_map(actor, account_id)
    opening = found.opening.contact_id if found.opening is not None else None
    wanted = [one for one in found.people if one.role is not BuyingRole.BLOCKER and (one.state and one.state.is_usable)]
    ids = [one.contact_id for one in sorted(wanted, key=lambda one: one.contact_id != opening)]
    if not ids or not 1 <= most <= LONGEST_THREADS:
        raise InvalidInput(
            f"{found.name} has nobody on its map who can be written to, or {most} is no number of people.",
            hint=f"Have its people checked first; take 1 to {LONGEST_THREADS}.",
        )
    return enroll(campaign_id, ids[:most], actor=actor, now=now)


def _refuse_closed(campaign: Campaign) -> None:
    if campaign.state != CampaignState.RUNNING:
        raise Conflict(
            f"The campaign “{campaign.name}” is {campaign.state}; nobody can be enrolled.",
            hint="Start it first.",
            code="campaign.not_running",
        )
    stop = standing_stop(campaign.id)
    if stop is not None:
        raise Conflict(
            f"“{campaign.name}” takes nobody new in: {stop.why}",
            hint="Find the cause, then lift the stop on the campaign's page.",
            code="campaign.growth_stopped",
        )


def _planned(
    campaign: Campaign, steps: Sequence[Step], people: Sequence[Person], *, now: datetime, progress: Told | None
) -> list[_Planned]:
    """Everybody's due times, nearest free days first."""
    places, days = Places(now), opening_days(campaign, {one.account_id for one in people if one.account_id})
    arms = {Arm(word): share for word, share in campaign.arms.items()}
    found = []
    for number, person in enumerate(people, 1):
        place = places.of(person.whereabouts)
        unit = f"account:{person.account_id}" if person.account_id else f"contact:{person.contact_id}"
        arm = arm_of(arms, campaign_id=campaign.id, unit=unit)
        key = plan_key(campaign.id, person.contact_id)
        first = _first(place, days, person, key=key, now=now)
        dues = due_times(steps, place, key=key, first=first)
        mode = mode_in_experiment(Mode(campaign.mode), arm, has_arms=bool(arms))
        found.append(_Planned(person=person, arm=arm, mode=mode, dues=dues))
        if progress is not None and number % 1_000 == 0:
            progress(number, len(people), "planning")
    return found


def plan_key(campaign_id: int, contact_id: int) -> str:
    """What the spread over the day follows from."""
    return f"campaign:{campaign_id}:contact:{contact_id}"


def _first(place: Place, days: OpeningDays, person: Person, *, key: str, now: datetime) -> datetime:
    """The first free day: below the campaign's number of a day, apart from colleagues' first touches."""
    start = max(now, days.free_from(now))
    for day in open_days(place, start):
        at = moment_on(place, day, key=key, number=1, not_before=start)
        if days.is_full(at.date()) or days.is_close_to_colleague(person.account_id, at.date()):
            continue
        days.take(person.account_id, at.date())
        return at
    raise AssertionError("open days never end")


def _write(
    campaign: Campaign,
    steps: Sequence[Step],
    planned: Sequence[_Planned],
    refused: Mapping[int, str],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Enrollments and touches in one transaction. Raises Conflict when somebody enrolled one of them meanwhile."""
    by = f"{actor.kind.value}:{actor.id}"
    try:
        with transaction.atomic():
            ids = bulk.reserve_ids(Enrollment, len(planned))
            rows = (_enrollment(pk, campaign, one, now, by) for pk, one in zip(ids, planned, strict=True))
            bulk.upsert(Enrollment, ENROLLMENT_COLUMNS, rows, conflict=(), update=None)
            touches = (
                row for pk, one in zip(ids, planned, strict=True) for row in _touches(campaign, steps, pk, one, now)
            )
            bulk.upsert(Touch, TOUCH_COLUMNS, touches, conflict=(), update=None)
            ledger.append(
                actor,
                "engagement.enrolled",
                subject=f"campaign:{campaign.id}",
                taken=len(planned),
                first=ids[0] if planned else None,
                last=ids[-1] if planned else None,
                refused=_counted(refused),
            )
    except IntegrityError as error:
        raise Conflict(
            "Somebody enrolled some of these people at the same moment.", hint="Enroll the rest again."
        ) from error


def _enrollment(pk: int, campaign: Campaign, one: _Planned, now: datetime, by: str) -> tuple[object, ...]:
    who = one.person
    seller = who.seller_id or campaign.owner_id
    return (
        pk, campaign.id, who.contact_id, who.account_id, seller, one.arm.value, who.language,
        who.whereabouts.time_zone, now, by,
    )  # fmt: skip


def _touches(
    campaign: Campaign, steps: Sequence[Step], enrollment_id: int, one: _Planned, now: datetime
) -> Iterable[tuple[object, ...]]:
    contact = one.person.contact_id
    for step, due in zip(steps, one.dues, strict=True):
        variant = variant_of(step.variants, campaign_id=campaign.id, contact_id=contact, step=step.number)
        yield (
            f"enrollment:{enrollment_id}:step:{step.number}", enrollment_id, contact, step.number, variant,
            step.channel.value, one.mode.value, TouchState.PLANNED.value, due, now,
        )  # fmt: skip


def _counted(refused: Mapping[int, str]) -> dict[str, int]:
    """How many were refused for each reason."""
    found: dict[str, int] = defaultdict(int)
    for why in refused.values():
        found[why[:80]] += 1
    return dict(found)
