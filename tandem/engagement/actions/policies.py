"""Writing policies of autopilot, putting them into force behind their own cases, and watching what they let out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from tandem.access.actions import require
from tandem.compliance.contracts.gate import Mode
from tandem.core import bulk, ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, PolicyBlocked
from tandem.engagement.actions.modes import put_mode
from tandem.engagement.contracts import CampaignState
from tandem.engagement.domain.policies import fault_of_cases, why_pause
from tandem.engagement.domain.policy_rules import PolicyRule, PolicyState, policy_json, read_facts, read_policy
from tandem.engagement.models import Campaign, OutreachPolicy, PolicyJudgement, PolicyTest, Touch
from tandem.engagement.queries.campaigns import editable_campaign
from tandem.engagement.queries.policies import breaches_of, list_tests, results_of, watched

LONGEST_WHY, LONGEST_NAME, MOST_TESTS = 300, 120, 100


def save(campaign_id: int, rules: Mapping[str, Any], *, actor: Actor, now: datetime, note: str = "") -> int:
    """Keep rules as the campaign's draft; returns the version's number. What is in force stays until the draft is.

    Raises NotAllowed for an agent or without "campaign.edit", NotFound, InvalidInput naming the rule that can't be.
    """
    require(actor, "campaign.edit")
    _refuse_agents(actor)
    row = editable_campaign(actor, campaign_id)
    told, by = policy_json(read_policy(rules)), f"{actor.kind.value}:{actor.id}"
    with transaction.atomic():
        draft = OutreachPolicy.objects.filter(campaign=row, state=PolicyState.DRAFT).first()
        if draft is not None:
            OutreachPolicy.objects.filter(id=draft.id).update(
                rules=told, note=note[:LONGEST_WHY], made_at=now, made_by=by
            )
            return draft.number
        last = OutreachPolicy.objects.filter(campaign=row).aggregate(last=Max("number"))["last"] or 0
        OutreachPolicy.objects.create(
            campaign=row, number=last + 1, rules=told, note=note[:LONGEST_WHY], made_at=now, made_by=by
        )
        ledger.append(actor, "engagement.policy_drafted", subject=f"campaign:{row.id}", version=last + 1)
    return last + 1


def add_test(
    campaign_id: int, name: str, facts: Mapping[str, Any], breaches: Sequence[str], *, actor: Actor, now: datetime
) -> int:
    """Write a case that every policy of the campaign must judge as said; returns its id.

    facts : as `domain.policy_rules.read_facts` reads them; breaches : rules it must break; empty: it may leave
    Raises NotAllowed, NotFound, InvalidInput, Conflict for a name in use.
    """
    require(actor, "campaign.edit")
    _refuse_agents(actor)
    row, clean = editable_campaign(actor, campaign_id), " ".join(name.split())
    if not 0 < len(clean) <= LONGEST_NAME:
        raise InvalidInput("The case has no name, or too long a one.", hint=f"At most {LONGEST_NAME} letters.")
    read_facts(facts)
    known = [rule.value for rule in PolicyRule]
    if unknown := [one for one in breaches if one not in known]:
        raise InvalidInput(f"{unknown[0]!r:.40} is no rule.", hint=f"Rules are {', '.join(known)}.")
    if PolicyTest.objects.filter(campaign=row).count() >= MOST_TESTS:
        raise InvalidInput(f"A campaign has at most {MOST_TESTS} cases.", hint="Take some away.")
    try:
        with transaction.atomic():
            made = PolicyTest.objects.create(
                campaign=row, name=clean, facts=dict(facts), breaches=list(breaches), made_at=now,
                made_by=f"{actor.kind.value}:{actor.id}",
            )  # fmt: skip
            ledger.append(actor, "engagement.policy_test_added", subject=f"campaign:{row.id}", name=clean)
    except IntegrityError as error:
        raise Conflict(f"A case “{clean}” is there already.", hint="Take another name.") from error
    return made.id


def remove_test(test_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a case away. Raises NotAllowed, NotFound."""
    require(actor, "campaign.edit")
    _refuse_agents(actor)
    row = PolicyTest.objects.filter(id=test_id).first()
    if row is None:
        raise NotFound(f"There is no case {test_id}.", hint="Open the campaign's policy.")
    editable_campaign(actor, row.campaign_id)
    with transaction.atomic():
        row.delete()
        ledger.append(actor, "engagement.policy_test_removed", subject=f"campaign:{row.campaign_id}", name=row.name)


def put_in_force(policy_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a draft into force in place of the one before. Only by a person, and only when all its cases pass.

    Raises NotAllowed for an agent or without "campaign.decide", NotFound, Conflict when it is no draft, PolicyBlocked
    naming the cases that fail.
    """
    require(actor, "campaign.decide")
    _refuse_agents(actor)
    row = OutreachPolicy.objects.filter(id=policy_id).first()
    if row is None:
        raise NotFound(f"There is no policy {policy_id}.", hint="Open the campaign's policies.")
    editable_campaign(actor, row.campaign_id, "decide")
    if row.state != PolicyState.DRAFT:
        raise Conflict(
            f"Version {row.number} is no draft.", hint="Change it to make a next one.", code="policy.no_draft"
        )
    fault = fault_of_cases(results_of(read_policy(row.rules), list_tests(row.campaign_id)))
    if fault:
        raise PolicyBlocked(fault, hint="Mend the policy or its cases, then try again.", code="policy.cases_fail")
    with transaction.atomic():
        OutreachPolicy.objects.filter(campaign_id=row.campaign_id, state=PolicyState.IN_FORCE).update(
            state=PolicyState.RETIRED, retired_at=now, why=f"Version {row.number} took its place."
        )
        changed = OutreachPolicy.objects.filter(id=row.id, state=PolicyState.DRAFT).update(
            state=PolicyState.IN_FORCE, in_force_at=now, in_force_by_id=actor.id
        )
        if not changed:
            raise Conflict("Somebody changed it at the same moment.", hint="Open it again.")
        ledger.append(
            actor,
            "engagement.policy_in_force",
            subject=f"campaign:{row.campaign_id}",
            version=row.number,
            rules=row.rules,
        )


def retire(policy_id: int, *, why: str, actor: Actor, now: datetime) -> None:
    """Take a policy out of force: from now on a person approves every message of its campaign again."""
    require(actor, "campaign.edit")
    row = OutreachPolicy.objects.select_related("campaign").filter(id=policy_id, state=PolicyState.IN_FORCE).first()
    if row is None:
        raise NotFound(f"No policy {policy_id} is in force.", hint="Open the campaign's policies.")
    campaign = editable_campaign(actor, row.campaign_id)
    _retire(row, campaign, why, actor=actor, now=now)


def judge_touches(touch_ids: Iterable[int], *, now: datetime) -> dict[int, tuple[str, ...]]:
    """Judge touches as `queries.policies.breaches_of` does, and keep what was said for the monitor.

    What it answers is what the gate gets as policy violations. For this room alone: whoever asks the gate has a right.
    """
    found = breaches_of(touch_ids, now=now)
    if not found:
        return {}
    touches = Touch.objects.filter(id__in=list(found), mode=Mode.POLICY, enrollment__isnull=False)
    campaigns = dict(touches.values_list("id", "enrollment__campaign_id"))
    in_force = OutreachPolicy.objects.filter(campaign__in=set(campaigns.values()), state=PolicyState.IN_FORCE)
    policies = dict(in_force.values_list("campaign_id", "id"))
    rows = [
        (touch_id, policies[campaign_id], list(found[touch_id]), now)
        for touch_id, campaign_id in campaigns.items()
        if campaign_id in policies
    ]
    bulk.upsert(
        PolicyJudgement, ("touch_id", "policy_id", "breaches", "judged_at"), rows, conflict=("touch",),
        update=("policy_id", "breaches", "judged_at"),
    )  # fmt: skip
    return found


def monitor(*, actor: Actor, now: datetime) -> int:
    """Look at every policy in force; what crosses a threshold goes back to approval of each. Returns how many did."""
    require(actor, "campaign.edit")
    stopped = 0
    rows = OutreachPolicy.objects.filter(state=PolicyState.IN_FORCE, campaign__mode=Mode.POLICY)
    for row in rows.exclude(campaign__state=CampaignState.ENDED).select_related("campaign"):
        why = why_pause(watched(row.id, now=now))
        if why:
            _retire(row, row.campaign, f"Stopped by the monitor: {why}", actor=actor, now=now)
            stopped += 1
    return stopped


def _retire(row: OutreachPolicy, campaign: Campaign, why: str, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        OutreachPolicy.objects.filter(id=row.id, state=PolicyState.IN_FORCE).update(
            state=PolicyState.RETIRED, retired_at=now, why=why[:LONGEST_WHY]
        )
        if campaign.mode == Mode.POLICY:
            put_mode(campaign, Mode.EVERY, why=why, actor=actor, now=now)
            Campaign.objects.filter(id=campaign.id).update(why=why[:LONGEST_WHY])
        ledger.append(
            actor, "engagement.policy_retired", subject=f"campaign:{campaign.id}", version=row.number, why=why
        )


def _refuse_agents(actor: Actor) -> None:
    if actor.is_agent:
        raise NotAllowed(
            "Only a person writes what software may do by itself.", hint="Ask the campaign's owner.",
            code="policy.person_only",
        )  # fmt: skip
