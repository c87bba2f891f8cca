"""Reads of policies: what is in force, its versions and cases, what it says of touches, what the monitor sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Prefetch

from tandem.accounts.queries.recipient_facts import recipient_facts
from tandem.compliance.contracts.gate import Mode, RecipientFacts, Road
from tandem.core.calendar import get_zone
from tandem.core.errors import NotFound
from tandem.core.intervals import Share
from tandem.core.nightly import today as company_day
from tandem.engagement.contracts import DraftState, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.outcomes import POSITIVE_LABELS
from tandem.engagement.domain.policies import CaseResult, Watched, judge, run_cases
from tandem.engagement.domain.policy_rules import MessageFacts, Policy, PolicyState, read_policy
from tandem.engagement.models import (
    CampaignTarget,
    Draft,
    Inbound,
    OutreachPolicy,
    PolicyJudgement,
    PolicyTest,
    Touch,
)
from tandem.engagement.queries.places import places_of

WATCHED_DAYS = 14
LEAVING = (DraftState.PROPOSED.value, DraftState.APPROVED.value)
NO_POLICY = "No policy of this campaign is in force."
NOT_CHOSEN = "Nobody chose this person for the campaign."


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """One version of a campaign's policy."""

    id: int
    campaign_id: int
    number: int
    state: str
    policy: Policy
    note: str
    made_at: datetime
    made_by: str
    in_force_at: datetime | None
    in_force_by: str
    retired_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """A case of a campaign's policy."""

    id: int
    name: str
    facts: Mapping[str, Any]
    breaches: Sequence[str]


def policy_in_force(campaign_id: int) -> PolicyRow | None:
    """The policy that judges a campaign's messages now; None: there is none, and nothing leaves by itself."""
    rows = OutreachPolicy.objects.select_related("in_force_by")
    row = rows.filter(campaign_id=campaign_id, state=PolicyState.IN_FORCE).first()
    return _row(row) if row else None


def list_policies(campaign_id: int) -> list[PolicyRow]:
    """All versions, newest first. The caller has checked that the campaign is in sight."""
    rows = OutreachPolicy.objects.filter(campaign_id=campaign_id).select_related("in_force_by").order_by("-number")
    return [_row(row) for row in rows]


def get_policy(policy_id: int) -> PolicyRow:
    """One version. Raises NotFound."""
    row = OutreachPolicy.objects.select_related("in_force_by").filter(id=policy_id).first()
    if row is None:
        raise NotFound(f"There is no policy {policy_id}.", hint="Open the campaign's policies.")
    return _row(row)


def list_tests(campaign_id: int) -> list[TestRow]:
    """The cases of a campaign, in the order in which they were written."""
    rows = PolicyTest.objects.filter(campaign_id=campaign_id).order_by("id")
    return [TestRow(id=row.id, name=row.name, facts=row.facts, breaches=row.breaches) for row in rows]


def results_of(policy: Policy, tests: Sequence[TestRow]) -> list[CaseResult]:
    """What a policy says of its cases."""
    return run_cases(policy, [(one.name, one.facts, one.breaches) for one in tests])


def breaches_of(touch_ids: Iterable[int], *, now: datetime) -> dict[int, tuple[str, ...]]:
    """What keeps touches from leaving without approval, in words: what the gate gets as policy violations.

    Empty: nothing does. Left out are touches of which a person approves each, and answers outside any plan: for these
    the gate asks for approval anyway. Where people are chosen, whoever was not is a breach. At most a dozen queries.
    """
    newest = Prefetch("drafts", queryset=Draft.objects.filter(state__in=LEAVING).order_by("number"))
    rows = Touch.objects.filter(id__in=list(touch_ids), enrollment__isnull=False).exclude(mode=Mode.EVERY)
    rows = rows.select_related("enrollment__campaign").prefetch_related(newest)
    touches = list(rows)
    found: dict[int, tuple[str, ...]] = {touch.id: () for touch in touches}
    if by_targets := [one for one in touches if one.mode == Mode.TARGETS]:
        found |= _unchosen(by_targets)
    if by_policy := [one for one in touches if one.mode == Mode.POLICY]:
        found |= _judged(by_policy, now)
    return found


def watched(policy_id: int, *, now: datetime) -> Watched:
    """What the monitor sees of a policy in the last fourteen days. Four queries."""
    since = now - timedelta(days=WATCHED_DAYS)
    row = OutreachPolicy.objects.get(id=policy_id)
    judged = PolicyJudgement.objects.filter(policy_id=policy_id, judged_at__gte=since)
    outside = Counter(bool(breaches) for breaches in judged.values_list("breaches", flat=True))
    came = Inbound.objects.filter(
        touch__enrollment__campaign_id=row.campaign_id, touch__mode=Mode.POLICY.value, received_at__gte=since
    )
    wrote = came.filter(kind__in=(MailKind.REPLY.value, MailKind.OTHER.value)).exclude(label=ReplyLabel.OOO.value)
    said = list(wrote.values_list("contact_id", "label"))
    people = {who for who, _ in said}
    positive = {who for who, label in said if label in POSITIVE_LABELS}
    complained = set(came.filter(kind=MailKind.COMPLAINT.value).values_list("contact_id", flat=True))
    reached = Touch.objects.filter(
        enrollment__campaign_id=row.campaign_id, mode=Mode.POLICY, state=TouchState.SENT, sent_at__gte=since
    )
    count = reached.values("contact_id").distinct().count()
    return Watched(
        outside=Share(hits=outside[True], n=outside.total()),
        positive=Share(hits=len(positive), n=len(people)),
        complaints=Share(hits=len(complained), n=max(count, len(complained))),
    )


def _unchosen(touches: Sequence[Touch]) -> dict[int, tuple[str, ...]]:
    campaigns = {touch.enrollment.campaign_id for touch in touches if touch.enrollment is not None}
    rows = CampaignTarget.objects.filter(campaign__in=campaigns, contact__in=[touch.contact_id for touch in touches])
    chosen = set(rows.values_list("campaign_id", "contact_id"))
    return {
        touch.id: () if (touch.enrollment.campaign_id, touch.contact_id) in chosen else (NOT_CHOSEN,)
        for touch in touches
        if touch.enrollment is not None
    }


def _judged(touches: Sequence[Touch], now: datetime) -> dict[int, tuple[str, ...]]:
    """Touches by the policies of their campaigns."""
    campaigns = {touch.enrollment.campaign_id for touch in touches if touch.enrollment is not None}
    rows = OutreachPolicy.objects.filter(campaign__in=campaigns, state=PolicyState.IN_FORCE)
    policies = {row.campaign_id: read_policy(row.rules) for row in rows}
    facts = _message_facts(touches, sorted(campaigns), now)
    found = {}
    for touch in touches:
        assert touch.enrollment is not None
        policy = policies.get(touch.enrollment.campaign_id)
        found[touch.id] = (NO_POLICY,) if policy is None else judge(policy, facts[touch.id])
    return found


def _message_facts(touches: Sequence[Touch], campaigns: Sequence[int], now: datetime) -> dict[int, MessageFacts]:
    whom = {touch.id: (f"contact:{touch.contact_id}", "", "") for touch in touches}
    people = recipient_facts(list(whom.values()))
    places = places_of({touch.enrollment_id for touch in touches if touch.enrollment_id}, now=now)
    today = company_day(now)
    sent = _sent_today(campaigns, now)
    found = {}
    for touch in touches:
        assert touch.enrollment is not None
        zone = places[touch.enrollment_id or 0].zones[0]
        draft = next(reversed(list(touch.drafts.all())), None)
        found[touch.id] = _facts_of(
            touch, draft, people.get(whom[touch.id]), zone, today=today, now=now,
            sent=sent[touch.enrollment.campaign_id],
        )  # fmt: skip
    return found


def _facts_of(
    touch: Touch, draft: Draft | None, known: RecipientFacts | None, zone: str, *, today: date, now: datetime, sent: int
) -> MessageFacts:
    assert touch.enrollment is not None
    local = max(touch.due_at, now).astimezone(get_zone(zone))
    faults = draft.violations if draft is not None else [{"rule": "no_text"}]
    return MessageFacts(
        channel=Road(touch.channel),
        country=known.country if known else "",
        segment=touch.enrollment.campaign.segment,
        body=draft.body if draft is not None else "",
        fact_days=tuple(_day(one.get("date")) for one in (draft.facts if draft is not None else ())),
        value=known.value if known else None,
        local_time=time(local.hour, local.minute),
        sent_today=sent,
        step=touch.step or 1,
        today=today,
        hard_faults=tuple(str(one.get("rule", "")) for one in faults if one.get("is_hard", True)),
    )


def _sent_today(campaigns: Sequence[int], now: datetime) -> Counter[int]:
    """Messages of each campaign that left by themselves since midnight UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Touch.objects.filter(
        enrollment__campaign__in=campaigns, mode=Mode.POLICY, state=TouchState.SENT, sent_at__gte=midnight
    )
    return Counter(one or 0 for one in rows.values_list("enrollment__campaign_id", flat=True))


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _row(row: OutreachPolicy) -> PolicyRow:
    return PolicyRow(
        id=row.id, campaign_id=row.campaign_id, number=row.number, state=row.state, policy=read_policy(row.rules),
        note=row.note, made_at=row.made_at, made_by=row.made_by, in_force_at=row.in_force_at,
        in_force_by=row.in_force_by.name if row.in_force_by else "", retired_at=row.retired_at, why=row.why,
    )  # fmt: skip
