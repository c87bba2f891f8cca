"""Campaigns start with approval of each message; software gets more only by a person, behind four things."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tandem.compliance.contracts.gate import Mode
from tandem.compliance.models import LedgerEntry
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, PolicyBlocked
from tandem.core.intervals import Share
from tandem.engagement.actions import campaigns, planning, policies, sequences
from tandem.engagement.actions import modes as mode_actions
from tandem.engagement.actions.campaigns import CampaignFields
from tandem.engagement.actions.enrolling import enroll
from tandem.engagement.actions.watching_growth import watch_growth
from tandem.engagement.domain.modes import Order, Part, Period, early_warning
from tandem.engagement.models import (
    Campaign,
    CampaignTarget,
    Draft,
    Enrollment,
    GrowthStop,
    Inbound,
    OutreachPolicy,
    PolicyJudgement,
    Touch,
)
from tandem.engagement.queries.campaigns import get_campaign, list_campaigns
from tandem.engagement.queries.context import shared_context
from tandem.engagement.queries.modes import order_of
from tandem.engagement.queries.policies import breaches_of
from tandem.engagement.queries.sequences import get_sequence
from tandem.engagement.tests.plans_setting import PLAN, all_usable, people, running_campaign
from tests.company import NOW

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")
AGENT = built_in_agent("sdr", "outreach.write", "accounts.read")
READY = Order(parts=(Part(key="icp", title="", is_ready=True, told="", address=""),))


@pytest.fixture
def revops(company, monkeypatch):
    all_usable(monkeypatch)
    return company.actor("revops")


@pytest.fixture
def all_stand(monkeypatch):
    """Let the four things stand."""
    monkeypatch.setattr(mode_actions, "order_of", lambda row, *, now: READY)


def test_a_sequence_is_drafted_published_and_never_changed_again(revops):
    pk = sequences.create("Spring", actor=revops, now=NOW)
    assert sequences.publish(pk, actor=revops, now=NOW) == 1
    assert sequences.save_steps(pk, PLAN, actor=revops, now=NOW) == 2
    assert sequences.save_steps(pk, PLAN[:3], actor=revops, now=NOW) == 2
    with pytest.raises(InvalidInput, match="3 touches are no plan"):
        sequences.publish(pk, actor=revops, now=NOW)
    row = get_sequence(revops, pk)
    assert (row.in_use.number, row.draft.number, len(row.draft.steps)) == (1, 2, 3)
    with pytest.raises(Conflict):
        sequences.create("Spring", actor=revops, now=NOW)


def test_a_fresh_campaign_approves_each_message_and_lives_through_its_states(company, revops):
    pk = sequences.create("Spring", actor=revops, now=NOW)
    draft = get_sequence(revops, pk).draft
    with pytest.raises(Conflict, match="still a draft"):
        campaigns.create(draft.id, CampaignFields(name="One"), actor=revops, now=NOW)
    sequences.publish(pk, actor=revops, now=NOW)
    campaign_id = campaigns.create(draft.id, CampaignFields(name="One", new_per_day=5), actor=revops, now=NOW)
    row = Campaign.objects.get(id=campaign_id)
    assert (row.mode, row.state, row.autonomy_since) == ("every", "draft", None)
    campaigns.start(campaign_id, actor=revops, now=NOW)
    enroll(campaign_id, [one.id for one in people(company, 2)], actor=revops, now=NOW)
    campaigns.pause(campaign_id, why="Fair week.", actor=revops, now=NOW)
    later = NOW + timedelta(days=30)
    campaigns.start(campaign_id, actor=revops, now=later)
    assert min(Touch.objects.values_list("due_at", flat=True)) >= later
    assert campaigns.end(campaign_id, why="Done.", actor=revops, now=later) == 10
    assert set(Enrollment.objects.values_list("state", flat=True)) == {"withdrawn"}
    with pytest.raises(Conflict, match="has ended"):
        campaigns.start(campaign_id, actor=revops, now=later)
    told = list(LedgerEntry.objects.filter(subject=f"campaign:{campaign_id}").order_by("number"))
    assert [one.action.removeprefix("engagement.") for one in told] == [
        "campaign_created", "campaign_running", "enrolled", "campaign_paused", "campaign_running", "campaign_ended",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", [Mode.POLICY, Mode.TARGETS])
def test_a_wider_mode_is_refused_until_all_four_things_stand(company, revops, mode):
    campaign = running_campaign(company)
    with pytest.raises(PolicyBlocked) as refused:
        mode_actions.change_mode(campaign.id, mode, why="We are sure.", actor=revops, now=NOW)
    assert refused.value.context["missing"] == ["icp", "voice", "senders", "sponsor"]
    campaign.refresh_from_db()
    assert (campaign.mode, campaign.autonomy_since) == ("every", None)
    assert not LedgerEntry.objects.filter(action="engagement.mode_changed").exists()


def test_the_sponsor_needs_a_revenue_role_and_to_be_here(company):
    campaign = running_campaign(company, sponsor=company.people["lena"])
    assert "no revenue role" in order_of(campaign, now=NOW).parts[3].told
    campaign.sponsor = company.people["victor"]
    assert order_of(campaign, now=NOW).parts[3].is_ready
    company.people["victor"].is_active = False
    company.people["victor"].save()
    assert "has left" in order_of(campaign, now=NOW).parts[3].told


def test_only_a_person_gives_software_more_with_a_reason_and_a_policy(company, revops, all_stand):
    campaign = running_campaign(company)
    with pytest.raises(NotAllowed):
        mode_actions.change_mode(campaign.id, Mode.POLICY, why="x", actor=AGENT, now=NOW)
    with pytest.raises(NotAllowed):
        mode_actions.change_mode(campaign.id, Mode.POLICY, why="x", actor=WORKER, now=NOW)
    with pytest.raises(InvalidInput):
        mode_actions.change_mode(campaign.id, Mode.POLICY, why=" ", actor=revops, now=NOW)
    with pytest.raises(PolicyBlocked, match="No policy"):
        mode_actions.change_mode(campaign.id, Mode.POLICY, why="x", actor=revops, now=NOW)
    OutreachPolicy.objects.create(campaign=campaign, number=1, rules={}, state="in_force", made_at=NOW, made_by="p")
    enroll(campaign.id, [one.id for one in people(company, 1)], actor=revops, now=NOW)
    assert mode_actions.change_mode(campaign.id, Mode.POLICY, why="Measured.", actor=revops, now=NOW) == 4
    campaign.refresh_from_db()
    assert (campaign.mode, campaign.autonomy_by_id) == ("policy", revops.id)
    entry = LedgerEntry.objects.get(action="engagement.mode_changed")
    facts = json.loads(entry.facts)
    assert (facts["before"], facts["after"], facts["why"]) == ("every", "policy", "Measured.")
    Touch.objects.filter(step=1).update(state="ready")
    mode_actions.change_mode(campaign.id, Mode.EVERY, why="", actor=revops, now=NOW)
    assert Touch.objects.get(step=1).state == "written"
    assert set(Touch.objects.values_list("mode", flat=True)) == {"every"}


def test_in_an_experiment_only_the_autonomous_arm_goes_without_approval(company, revops):
    campaign = running_campaign(
        company, mode="policy", autonomy_since=NOW, arms={"human": 0.3, "hybrid": 0.3, "autonomous": 0.4}
    )
    enroll(campaign.id, [one.id for one in people(company, 20)], actor=revops, now=NOW)
    modes = set(Touch.objects.values_list("enrollment__arm", "mode"))
    assert modes <= {("human", "every"), ("hybrid", "every"), ("autonomous", "policy")}
    assert len({arm for arm, _ in modes}) > 1


def test_an_agent_can_not_widen_whom_a_campaign_reaches(company, revops, all_stand):
    campaign = running_campaign(company)
    one, other = people(company, 2)
    for actor in (AGENT, WORKER):
        with pytest.raises(NotAllowed):
            campaigns.add_targets(campaign.id, [one.id], actor=actor, now=NOW)
    assert not CampaignTarget.objects.exists()
    assert campaigns.add_targets(campaign.id, [one.id], actor=revops, now=NOW) == 1
    assert campaigns.add_targets(campaign.id, [one.id], actor=revops, now=NOW) == 0
    mode_actions.change_mode(campaign.id, Mode.TARGETS, why="Chosen by hand.", actor=revops, now=NOW)
    assert enroll(campaign.id, [one.id, other.id], actor=AGENT, now=NOW).taken == 1
    touch = Touch.objects.get(step=1)
    assert breaches_of([touch.id], now=NOW) == {touch.id: ()}
    campaigns.remove_targets(campaign.id, [one.id], actor=revops, now=NOW)
    assert breaches_of([touch.id], now=NOW) == {touch.id: ("Nobody chose this person for the campaign.",)}
    assert set(Touch.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_policy_goes_into_force_only_when_its_own_cases_pass(company, revops):
    campaign = running_campaign(company)
    policies.save(campaign.id, {"countries": ["DE"], "least_facts": 0}, actor=revops, now=NOW)
    policy = OutreachPolicy.objects.get()
    with pytest.raises(PolicyBlocked, match="at least one case"):
        policies.put_in_force(policy.id, actor=revops, now=NOW)
    facts = {"country": "DE", "local_time": "10:00", "body": "Hello"}
    policies.add_test(campaign.id, "home", facts, [], actor=revops, now=NOW)
    policies.add_test(campaign.id, "abroad", {**facts, "country": "US"}, ["hours"], actor=revops, now=NOW)
    with pytest.raises(PolicyBlocked, match="1 of 2 cases fail: abroad"):
        policies.put_in_force(policy.id, actor=revops, now=NOW)
    policies.remove_test(campaign.policy_tests.get(name="abroad").id, actor=revops, now=NOW)
    policies.add_test(campaign.id, "abroad", {**facts, "country": "US"}, ["country"], actor=revops, now=NOW)
    with pytest.raises(NotAllowed):
        policies.put_in_force(policy.id, actor=AGENT, now=NOW)
    policies.put_in_force(policy.id, actor=revops, now=NOW)
    policy.refresh_from_db()
    assert policy.state == "in_force"


def test_the_monitor_stops_a_policy_that_lets_too_much_out(company, revops):
    campaign = running_campaign(company, mode="policy", autonomy_since=NOW)
    policy = OutreachPolicy.objects.create(
        campaign=campaign, number=1, rules={"countries": ["DE"]}, state="in_force", made_at=NOW, made_by="p"
    )
    enroll(campaign.id, [one.id for one in people(company, 12)], actor=revops, now=NOW)
    ids = list(Touch.objects.values_list("id", flat=True))
    judged = policies.judge_touches(ids, now=NOW)
    assert all(any("no_text" in told for told in one) for one in judged.values())
    assert PolicyJudgement.objects.filter(policy=policy).count() == len(ids) >= 30
    assert policies.monitor(actor=WORKER, now=NOW) == 1
    campaign.refresh_from_db()
    policy.refresh_from_db()
    assert (campaign.mode, policy.state) == ("every", "retired")
    assert "outside the policy" in campaign.why
    assert policies.monitor(actor=WORKER, now=NOW) == 0


def test_a_written_text_inside_the_policy_has_no_breach(company, revops):
    campaign = running_campaign(company, mode="policy", autonomy_since=NOW)
    OutreachPolicy.objects.create(
        campaign=campaign, number=1, rules={"least_facts": 1}, state="in_force", made_at=NOW, made_by="p"
    )
    enroll(campaign.id, [people(company, 1)[0].id], actor=revops, now=NOW)
    touch = Touch.objects.get(step=1)
    Draft.objects.create(
        touch=touch, number=1, body="Short and true.", language="en", written_at=NOW, written_by="agent:0",
        facts=[{"id": "a", "date": "2026-10-01"}],
    )  # fmt: skip
    assert breaches_of([touch.id], now=NOW) == {touch.id: ()}


def period(meetings: int, replied: tuple[int, int], positive: tuple[int, int], flags=()) -> Period:
    return Period(
        meetings=meetings, replies=Share(hits=replied[0], n=replied[1]), positive=Share(hits=positive[0], n=positive[1]),
        complaints=Share(hits=0, n=replied[1]), flags=flags,
    )  # fmt: skip


def test_rising_meetings_with_falling_answers_are_the_early_warning():
    before = period(10, (80, 1_000), (30, 80))
    assert early_warning(before, period(30, (90, 3_000), (30, 90))).rule == "quality"
    assert early_warning(before, period(30, (260, 3_000), (95, 260))) is None
    assert early_warning(before, period(9, (30, 1_000), (5, 30))) is None
    assert early_warning(before, period(9, (80, 1_000), (30, 80), flags=("mail.example is paused",))).rule == "flagged"


def test_growth_stops_by_itself_and_a_person_lifts_it_with_a_reason(company, revops, monkeypatch):
    campaign = running_campaign(company)
    warned = early_warning(period(10, (80, 1_000), (30, 80)), period(30, (90, 3_000), (30, 90)))
    monkeypatch.setattr("tandem.engagement.actions.watching_growth.warning_of", lambda row, *, now: warned)
    assert watch_growth(actor=WORKER, now=NOW) == 1
    assert watch_growth(actor=WORKER, now=NOW) == 0
    stop = GrowthStop.objects.get()
    assert get_campaign(revops, campaign.id).stop.why == stop.why
    with pytest.raises(InvalidInput):
        campaigns.lift_stop(stop.id, why="", actor=revops, now=NOW)
    with pytest.raises(NotAllowed):
        campaigns.lift_stop(stop.id, why="x", actor=WORKER, now=NOW)
    campaigns.lift_stop(stop.id, why="The list was wrong.", actor=revops, now=NOW)
    assert watch_growth(actor=WORKER, now=NOW + timedelta(days=3)) == 0


def test_one_round_resumes_finishes_passes_over_and_keeps_distance(company, revops):
    campaign = running_campaign(company)
    enroll(campaign.id, [one.id for one in people(company, 3)], actor=revops, now=NOW)
    rests, done, late = Enrollment.objects.order_by("id")
    rests.state, rests.paused_until = "paused", NOW
    rests.save()
    done.touches.update(state="sent", sent_at=NOW)
    late.touches.filter(step=1).update(due_at=NOW - timedelta(days=6), state="written")
    late.touches.filter(step=2).update(due_at=NOW - timedelta(days=4), channel="email")
    late.touches.filter(step=4).update(state="cancelled")
    kept = planning.keep_plans(actor=WORKER, now=NOW)
    assert (kept.resumed, kept.finished, kept.cancelled, kept.passed_over) == (1, 1, 0, 1)
    rests.refresh_from_db()
    assert rests.state == "active"
    skipped = late.touches.get(step=2)
    assert (skipped.state, "LinkedIn does not reach them" in skipped.why) == ("skipped", True)
    first, third = late.touches.get(step=1), late.touches.get(step=3)
    assert first.due_at == NOW - timedelta(days=6) or first.due_at >= NOW
    assert third.due_at > NOW + timedelta(days=1)
    again = planning.keep_plans(actor=WORKER, now=NOW)
    assert (again.resumed, again.finished, again.cancelled, again.passed_over, again.moved) == (0, 0, 0, 0, 0)


def test_what_passed_with_somebody_is_seen_whole(company, revops, django_assert_max_num_queries):
    campaign = running_campaign(company)
    first, second = people(company, 2)
    enroll(campaign.id, [first.id, second.id], actor=revops, now=NOW)
    Enrollment.objects.update(account=first.account)
    Inbound.objects.create(
        content_hash="x", content=b"", contact=first, account=first.account, kind="reply", label="positive_info",
        new_text="Tell me more.", received_at=NOW, read_at=NOW,
    )  # fmt: skip
    with django_assert_max_num_queries(6):
        seen = shared_context(first.id)
    assert len(seen.touches) == 4
    assert seen.last_reply.text == "Tell me more."
    assert [one.contact_id for one in seen.colleagues] == [second.id]
    assert shared_context(second.id).colleagues[0].replied_at == NOW


def test_sellers_see_own_campaigns_and_those_with_people_of_theirs(company, revops):
    own = running_campaign(company, owner=company.people["maya"])
    foreign = running_campaign(company, name="Winter", owner=company.people["liam"])
    assert {one.id for one in list_campaigns(company.actor("maya"))} == {own.id}
    assert {one.id for one in list_campaigns(company.actor("manager"))} == {own.id}
    assert {one.id for one in list_campaigns(revops)} == {own.id, foreign.id}
    with pytest.raises(NotFound):
        campaigns.pause(foreign.id, why="x", actor=company.actor("maya"), now=NOW)
