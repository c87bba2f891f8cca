"""Changing a campaign's mode: wider only by a person with the right, behind the four things; back at any time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.contracts.gate import Mode
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, PolicyBlocked
from tandem.engagement.contracts import AHEAD, MODE_WORDS, Arm, CampaignState, TouchState
from tandem.engagement.domain.modes import is_wider, mode_in_experiment
from tandem.engagement.models import Campaign, CampaignTarget, OutreachPolicy, Touch
from tandem.engagement.queries.campaigns import editable_campaign, standing_stop
from tandem.engagement.queries.modes import order_of

AHEAD_STATES = tuple(state.value for state in AHEAD)
LONGEST_WHY = 300


def change_mode(campaign_id: int, mode: Mode, *, why: str, actor: Actor, now: datetime) -> int:
    """Set who decides about a campaign's messages; returns how many touches ahead got another mode.

    Back to approval of each is for everybody who may edit the campaign. Anything wider is an opt-in of this one
    campaign by a person with "campaign.decide", needs a reason, and is written down.

    Raises NotAllowed for an agent that asks for more, PolicyBlocked naming what of the four things is missing (or that
    no policy is in force, that nobody is chosen, that growth is stopped), Conflict when the campaign has ended.
    """
    require(actor, "campaign.edit")
    row = editable_campaign(actor, campaign_id)
    before = Mode(row.mode)
    if row.state == CampaignState.ENDED:
        raise Conflict(f"“{row.name}” has ended.", hint="Make a new campaign.", code="campaign.ended")
    if before is mode:
        return 0
    if mode is not Mode.EVERY:
        _require_person(actor, why)
        _require_order(row, mode, is_wider=is_wider(before, mode), now=now)
    return put_mode(row, mode, why=why, actor=actor, now=now)


def put_mode(row: Campaign, mode: Mode, *, why: str, actor: Actor, now: datetime) -> int:
    """Write a mode down with all that follows; for this room alone. The caller has checked that it may be."""
    opted = {"autonomy_since": now, "autonomy_by_id": actor.id} if mode is not Mode.EVERY else {}
    with transaction.atomic():
        changed = Campaign.objects.filter(id=row.id, mode=row.mode).update(mode=mode.value, **opted)
        if not changed:
            raise Conflict("Somebody changed the mode at the same moment.", hint="Open the campaign again.")
        touched = _put_touches(row, mode)
        ledger.append(
            actor, "engagement.mode_changed", subject=f"campaign:{row.id}", before=row.mode, after=mode.value, why=why,
            touches=touched,
        )  # fmt: skip
    return touched


def _put_touches(row: Campaign, mode: Mode) -> int:
    """Touches ahead follow; what would have left by itself waits for a person again."""
    changed = 0
    for arm in Arm:
        meant = mode_in_experiment(mode, arm, has_arms=bool(row.arms))
        ahead = Touch.objects.filter(
            enrollment__campaign=row, enrollment__arm=arm, state__in=AHEAD_STATES, answers=None
        )
        ahead = ahead.exclude(mode=meant)
        if meant is Mode.EVERY:
            changed += ahead.filter(state=TouchState.READY).update(
                mode=meant, state=TouchState.WRITTEN, why="The mode changed: a person approves it."
            )
        changed += ahead.update(mode=meant)
    return changed


def _require_person(actor: Actor, why: str) -> None:
    require(actor, "campaign.decide")
    if actor.is_agent:
        raise NotAllowed(
            "Software can't give itself more to decide.", hint="A person opts the campaign in.", code="mode.person_only"
        )
    if not why.strip():
        raise InvalidInput("No reason is given.", hint="Write why this campaign is opted in.", code="mode.no_reason")


def _require_order(row: Campaign, mode: Mode, *, is_wider: bool, now: datetime) -> None:
    order = order_of(row, now=now)
    if not order.is_ready:
        raise PolicyBlocked(
            f"{MODE_WORDS[mode]}: not yet. {order.missing}",
            hint="Put these right first; the campaign's page shows each with its place.",
            code="mode.order",
            context={"missing": [part.key for part in order.parts if not part.is_ready]},
        )
    stop = standing_stop(row.id)
    if is_wider and stop is not None:
        raise PolicyBlocked(
            f"Growth is stopped: {stop.why}", hint="Find the cause and lift the stop first.", code="mode.growth_stopped"
        )
    if mode is Mode.POLICY and not OutreachPolicy.objects.filter(campaign=row, state="in_force").exists():
        raise PolicyBlocked(
            "No policy of this campaign is in force.", hint="Write one with its cases and put it into force.",
            code="mode.no_policy",
        )  # fmt: skip
    if mode is Mode.TARGETS and not CampaignTarget.objects.filter(campaign=row).exists():
        raise PolicyBlocked("Nobody is chosen.", hint="Choose people first.", code="mode.no_targets")
