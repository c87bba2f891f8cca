"""Campaigns: made, changed, started, paused, ended; the people a person chose for them; stops of growth lifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.access.queries import get_person
from tandem.accounts.queries.visible import contacts_in_sight
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions.replanning import cancel_ahead, move_enrollments
from tandem.engagement.contracts import OPEN_ENROLLMENTS, CampaignState, EnrollmentState
from tandem.engagement.domain.experiments import read_arms
from tandem.engagement.models import Campaign, CampaignTarget, Enrollment, GrowthStop, SequenceVersion, Touch
from tandem.engagement.queries.campaigns import editable_campaign

LONGEST_NAME, LONGEST_WHY, LONGEST_MESSAGE = 120, 300, 2_000
MOST_NEW, MOST_TARGETS = 5_000, 5_000
OPEN_STATES = tuple(state.value for state in OPEN_ENROLLMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFields:
    """What somebody says of a campaign. None: not said, stays as it is (empty for a new one).

    sponsor_id : the person with a revenue role who answers for it
    arms : share of each arm, adding up to 1; empty: no experiment
    value_threshold : accounts worth more need two approvals
    new_per_day : first touches a day, 1 to 5,000
    """

    name: str | None = None
    segment: str | None = None
    message: str | None = None
    owner_id: int | None = None
    sponsor_id: int | None = None
    arms: Mapping[str, float] | None = None
    value_threshold: Decimal | None = None
    new_per_day: int | None = None
    cost: Decimal | None = None
    currency: str | None = None


def create(version_id: int, fields: CampaignFields, *, actor: Actor, now: datetime) -> int:
    """A new campaign on a published version, as a draft in the mode of a fresh installation; returns its id.

    Raises NotAllowed without "campaign.edit", NotFound for the version, InvalidInput, Conflict for a name in use.
    """
    require(actor, "campaign.edit")
    version = SequenceVersion.objects.filter(id=version_id, sequence__archived_at=None).first()
    if version is None:
        raise NotFound(f"There is no version {version_id} in use.", hint="Open the list of sequences.")
    _refuse_draft(version)
    values = _values(fields, may_be_autonomous=False)
    if not values.get("name"):
        raise InvalidInput("The campaign has no name.", hint="Give it one.")
    values.setdefault("owner_id", None if actor.is_agent else actor.id)
    by = f"{actor.kind.value}:{actor.id}"
    try:
        with transaction.atomic():
            row = Campaign.objects.create(version=version, created_at=now, created_by=by, **values)
            ledger.append(
                actor, "engagement.campaign_created", subject=f"campaign:{row.id}", name=row.name, mode=row.mode
            )
    except IntegrityError as error:
        raise _name_in_use(str(values["name"])) from error
    return row.id


def change(campaign_id: int, fields: CampaignFields, *, actor: Actor, now: datetime) -> None:
    """Change what is said of a campaign. Raises as `create` does; arms stay once somebody is enrolled."""
    require(actor, "campaign.edit")
    row = _alive(campaign_id, actor)
    values = _values(fields, may_be_autonomous=row.autonomy_since is not None)
    if "arms" in values and values["arms"] != row.arms and row.enrollments.exists():
        raise Conflict(
            "People are in its arms already; other shares now would break the comparison.",
            hint="Make a new campaign for a new experiment.",
            code="campaign.arms_fixed",
        )
    if not values:
        return
    try:
        with transaction.atomic():
            Campaign.objects.filter(id=row.id).update(**values)
            ledger.append(actor, "engagement.campaign_changed", subject=f"campaign:{row.id}", fields=sorted(values))
    except IntegrityError as error:
        raise _name_in_use(str(values.get("name"))) from error


def take_version(campaign_id: int, version_id: int, *, actor: Actor, now: datetime) -> None:
    """Let people enrolled from now on get another published version of the same sequence.

    Who is in it keeps the plan that was made for them; so a change is refused while plans go on.
    """
    require(actor, "campaign.edit")
    row = _alive(campaign_id, actor)
    version = SequenceVersion.objects.filter(id=version_id, sequence_id=row.version.sequence_id).first()
    if version is None:
        raise NotFound(f"“{row.name}” has no version {version_id}.", hint="Open its sequence.")
    _refuse_draft(version)
    if row.enrollments.filter(state__in=OPEN_STATES).exists():
        raise Conflict(
            "People are on its present version.",
            hint="Make a new campaign on the new version, or wait until their plans have ended.",
            code="campaign.version_in_use",
        )
    with transaction.atomic():
        Campaign.objects.filter(id=row.id).update(version=version)
        ledger.append(actor, "engagement.campaign_changed", subject=f"campaign:{row.id}", version=version.number)


def start(campaign_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a campaign run, for the first time or again after a pause; what waited is moved to days that come.

    Raises NotAllowed, NotFound, Conflict when it runs or has ended.
    """
    require(actor, "campaign.edit")
    row = _alive(campaign_id, actor)
    if row.state == CampaignState.RUNNING:
        raise Conflict(f"“{row.name}” runs already.", hint="There is nothing to do.", code="campaign.running")
    if row.state == CampaignState.PAUSED:
        active = row.enrollments.filter(state=EnrollmentState.ACTIVE).order_by("id")
        move_enrollments(active.values_list("id", flat=True), not_before=now)
    _move(row, CampaignState.RUNNING, "", actor=actor, now=now, started_at=row.started_at or now)


def pause(campaign_id: int, *, why: str, actor: Actor, now: datetime) -> None:
    """Hold a campaign: nothing more leaves until somebody starts it again. Raises Conflict when it does not run."""
    require(actor, "campaign.edit")
    row = _alive(campaign_id, actor)
    if row.state != CampaignState.RUNNING:
        raise Conflict(f"“{row.name}” does not run.", hint="There is nothing to pause.", code="campaign.not_running")
    _move(row, CampaignState.PAUSED, why, actor=actor, now=now)


def end(campaign_id: int, *, why: str, actor: Actor, now: datetime) -> int:
    """End a campaign for good: plans that went on are withdrawn; returns how many touches were cancelled."""
    require(actor, "campaign.edit")
    row = _alive(campaign_id, actor)
    with transaction.atomic():
        told = f"The campaign ended. {why}".strip()[:LONGEST_WHY]
        cancelled = cancel_ahead(Touch.objects.filter(enrollment__campaign=row, answers=None), told)
        row.enrollments.filter(state__in=OPEN_STATES).update(
            state=EnrollmentState.WITHDRAWN, why=told, ended_at=now, paused_until=None
        )
        _move(row, CampaignState.ENDED, why, actor=actor, now=now, ended_at=now)
    return cancelled


def add_targets(campaign_id: int, contact_ids: Iterable[int], *, actor: Actor, now: datetime) -> int:
    """Choose people for a campaign; returns how many are new. Only a person chooses: software never widens a campaign.

    Raises NotAllowed for an agent or without "campaign.edit", NotFound for somebody out of sight, InvalidInput for more
    than 5,000.
    """
    require(actor, "campaign.edit")
    _refuse_agents(actor)
    row = _alive(campaign_id, actor)
    ids = list(dict.fromkeys(contact_ids))
    if len(ids) > MOST_TARGETS:
        raise InvalidInput(f"{len(ids):,} people are too many.", hint=f"Choose at most {MOST_TARGETS:,} at once.")
    seen = set(contacts_in_sight(actor).filter(id__in=ids).values_list("id", flat=True))
    if missing := [one for one in ids if one not in seen]:
        raise NotFound(f"There is no person {missing[0]} that you can choose.", hint="Open the list of contacts.")
    rows = [(row.id, one, actor.id, now) for one in ids]
    with transaction.atomic():
        done = bulk.upsert(
            CampaignTarget, ("campaign_id", "contact_id", "chosen_by_id", "chosen_at"), rows,
            conflict=("campaign", "contact"), update=None,
        )  # fmt: skip
        if done.inserted:
            ledger.append(actor, "engagement.targets_chosen", subject=f"campaign:{row.id}", contacts=ids)
    return done.inserted


def remove_targets(campaign_id: int, contact_ids: Iterable[int], *, actor: Actor, now: datetime) -> int:
    """Take back a choice; plans of these people in the campaign are withdrawn. Returns how many were chosen."""
    require(actor, "campaign.edit")
    _refuse_agents(actor)
    row, ids = _alive(campaign_id, actor), list(contact_ids)
    with transaction.atomic():
        removed, _ = row.targets.filter(contact_id__in=ids).delete()
        if removed:
            meant = Enrollment.objects.filter(campaign=row, contact_id__in=ids, state__in=OPEN_STATES)
            cancel_ahead(Touch.objects.filter(enrollment__in=meant.values("id"), answers=None), "No longer chosen.")
            meant.update(state=EnrollmentState.WITHDRAWN, why="No longer chosen.", ended_at=now)
            ledger.append(actor, "engagement.targets_removed", subject=f"campaign:{row.id}", contacts=ids)
    return removed


def lift_stop(stop_id: int, *, why: str, actor: Actor, now: datetime) -> None:
    """Let a campaign grow again. Only a person, who says why. Raises NotAllowed, NotFound, InvalidInput."""
    require(actor, "campaign.decide")
    _refuse_agents(actor)
    if not why.strip():
        raise InvalidInput("No reason is given.", hint="Write what was found and changed.")
    row = GrowthStop.objects.filter(id=stop_id, lifted_at=None).first()
    if row is None:
        raise NotFound(f"There is no standing stop {stop_id}.", hint="Open the campaign.")
    editable_campaign(actor, row.campaign_id, "decide")
    with transaction.atomic():
        GrowthStop.objects.filter(id=row.id, lifted_at=None).update(
            lifted_at=now, lifted_by_id=actor.id, lifted_why=why.strip()[:LONGEST_WHY]
        )
        ledger.append(
            actor, "engagement.growth_stop_lifted", subject=f"campaign:{row.campaign_id}", why=why, rule=row.rule
        )


def _move(row: Campaign, state: CampaignState, why: str, *, actor: Actor, now: datetime, **values: Any) -> None:
    """Change the state in one step that nobody can be first at twice."""
    with transaction.atomic():
        changed = Campaign.objects.filter(id=row.id, state=row.state).update(
            state=state, why=why[:LONGEST_WHY], **values
        )
        if not changed:
            raise Conflict("Somebody changed the campaign at the same moment.", hint="Open it again.")
        ledger.append(
            actor, f"engagement.campaign_{state.value}", subject=f"campaign:{row.id}", before=row.state, why=why
        )


def _alive(campaign_id: int, actor: Actor) -> Campaign:
    row = editable_campaign(actor, campaign_id)
    if row.state == CampaignState.ENDED:
        raise Conflict(f"“{row.name}” has ended.", hint="Make a new campaign.", code="campaign.ended")
    return row


def _values(fields: CampaignFields, *, may_be_autonomous: bool) -> dict[str, Any]:
    """Columns of what was said. Raises InvalidInput."""
    found = _texts(fields)
    for name in ("owner_id", "sponsor_id"):
        if (person := getattr(fields, name)) is not None:
            found[name] = get_person(person).id
    if fields.arms is not None:
        arms = read_arms(fields.arms, may_be_autonomous=may_be_autonomous)
        found["arms"] = {arm.value: share for arm, share in arms.items()}
    for name in ("value_threshold", "cost"):
        if (amount := getattr(fields, name)) is not None:
            found[name] = _amount(name, amount)
    if fields.new_per_day is not None:
        if not 1 <= fields.new_per_day <= MOST_NEW:
            raise InvalidInput(f"{fields.new_per_day} new people a day can't be.", hint=f"Give 1 to {MOST_NEW:,}.")
        found["new_per_day"] = fields.new_per_day
    return found


def _texts(fields: CampaignFields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, most in (
        ("name", LONGEST_NAME),
        ("segment", LONGEST_NAME),
        ("message", LONGEST_MESSAGE),
        ("currency", 3),
    ):
        text = getattr(fields, name)
        if text is None:
            continue
        clean = " ".join(text.split()) if name != "message" else text.strip()
        if len(clean) > most or (name == "name" and not clean):
            raise InvalidInput(f"The {name} is empty or too long.", hint=f"At most {most} letters.")
        found[name] = clean
    return found


def _amount(name: str, amount: Decimal) -> Decimal:
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 13:
        raise InvalidInput(f"{name}: {amount} is no amount.", hint="Give 0 or more.")
    return amount


def _refuse_draft(version: SequenceVersion) -> None:
    if version.published_at is None:
        raise Conflict(
            f"Version {version.number} is still a draft.", hint="Publish it first.", code="sequence.not_published"
        )


def _refuse_agents(actor: Actor) -> None:
    if actor.is_agent:
        raise NotAllowed(
            "Only a person chooses whom a campaign reaches and whether it may grow.",
            hint="Ask the campaign's owner.",
            code="campaign.person_only",
        )


def _name_in_use(name: str) -> Conflict:
    return Conflict(f"A campaign “{name}” is open.", hint="Take another name.", code="campaign.name")
