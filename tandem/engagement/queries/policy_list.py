"""Campaigns with their policies in a line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from tandem.compliance.contracts.gate import Mode
from tandem.core.actors import Actor
from tandem.engagement.contracts import MODE_WORDS, CampaignState
from tandem.engagement.domain.policy_rules import PolicyState
from tandem.engagement.models import OutreachPolicy, PolicyJudgement, PolicyTest
from tandem.engagement.queries.campaigns import campaigns_in_sight
from tandem.engagement.queries.policies import WATCHED_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPolicy:
    """A campaign and its policy. in_force, draft : numbers of versions; 0: none. judged, outside : messages lately"""

    id: int
    name: str
    mode: str
    mode_words: str
    in_force: int
    draft: int
    tests: int
    judged: int
    outside: int


def list_campaign_policies(actor: Actor, *, text: str = "", now: datetime) -> list[CampaignPolicy]:
    """Campaigns in sight that have not ended, those with a policy first. Five queries."""
    rows = campaigns_in_sight(actor).exclude(state=CampaignState.ENDED).order_by("name", "id")
    rows = rows.filter(name__icontains=text) if text else rows
    campaigns = list(rows.values_list("id", "name", "mode"))
    ids = [pk for pk, _, _ in campaigns]
    numbers = {
        (campaign, state): number
        for campaign, state, number in OutreachPolicy.objects.filter(campaign__in=ids).values_list(
            "campaign_id", "state", "number"
        )
    }
    tests = dict(
        PolicyTest.objects.filter(campaign__in=ids).order_by().values_list("campaign_id").annotate(n=Count("id"))
    )
    lately = PolicyJudgement.objects.filter(
        policy__campaign__in=ids, judged_at__gte=now - timedelta(days=WATCHED_DAYS)
    ).order_by()
    judged = dict(lately.values_list("policy__campaign_id").annotate(n=Count("id")))
    outside = dict(lately.exclude(breaches=[]).values_list("policy__campaign_id").annotate(n=Count("id")))
    found = [
        CampaignPolicy(
            id=pk, name=name, mode=mode, mode_words=MODE_WORDS[Mode(mode)],
            in_force=numbers.get((pk, PolicyState.IN_FORCE.value), 0),
            draft=numbers.get((pk, PolicyState.DRAFT.value), 0), tests=tests.get(pk, 0), judged=judged.get(pk, 0),
            outside=outside.get(pk, 0),
        )
        for pk, name, mode in campaigns
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.in_force, not one.draft))
