"""A policy judges what software may send by itself: tested by its own cases, watched, stopped when it lets too much out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.compliance.contracts.gate import Road
from tandem.core.errors import InvalidInput
from tandem.core.intervals import Share
from tandem.engagement.domain.policies import Watched, breaches, fault_of_cases, judge, run_cases, why_pause
from tandem.engagement.domain.policy_rules import MessageFacts, Policy, policy_json, read_facts, read_policy

CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
POLICY = read_policy(
    {
        "channels": ["email"], "countries": ["DE", "AT"], "segments": ["Mid-market"], "max_words": 60,
        "forbidden_topics": ["lay-offs"], "allowed_claims": ["downtime"], "facts_younger_than_days": 180,
        "least_facts": 1, "value_below": "50000", "starts_at": "09:00", "ends_at": "16:00", "a_day": 20, "from_step": 2,
    }
)  # fmt: skip
INSIDE = MessageFacts(
    channel=Road.EMAIL, country="DE", segment="Mid-market", body="You opened a plant in Graz. Less downtime by 12%.",
    fact_days=(date(2026, 10, 1),), value=Decimal(10_000), local_time=time(10), sent_today=3, step=2,
    today=date(2026, 11, 24),
)  # fmt: skip


def test_a_message_inside_the_policy_may_leave():
    assert judge(POLICY, INSIDE) == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"channel": Road.SMS}, "channel"),
        ({"country": "US"}, "country"),
        ({"country": ""}, "country"),
        ({"segment": ""}, "segment"),
        ({"body": "word " * 61}, "words"),
        ({"body": "After the Lay-offs you may want help."}, "topic"),
        ({"body": "We cut costs by 40 % for you."}, "claim"),
        ({"body": "Three customers saved $200 with us."}, "claim"),
        ({"fact_days": (date(2026, 1, 1),)}, "fact_age"),
        ({"fact_days": (None,)}, "fact_age"),
        ({"fact_days": ()}, "facts"),
        ({"value": Decimal(50_000)}, "value"),
        ({"value": None}, "value"),
        ({"local_time": time(16)}, "hours"),
        ({"local_time": None}, "hours"),
        ({"sent_today": 20}, "daily"),
        ({"step": 1}, "step"),
        ({"hard_faults": ("no_text",)}, "faults"),
    ],
)
def test_each_rule_is_broken_by_what_it_forbids_and_by_what_is_not_known(change, rule):
    assert [one.value for one, _ in breaches(POLICY, replace(INSIDE, **change))] == [rule]


@CALM
@given(
    st.builds(
        Policy,
        channels=st.just((Road.EMAIL,)),
        countries=st.lists(st.sampled_from(["DE", "US"]), unique=True).map(tuple),
        max_words=st.integers(10, 400),
        value_below=st.none() | st.decimals(0, 10**9, places=2),
        facts_younger_than_days=st.none() | st.integers(1, 3_650),
        a_day=st.integers(1, 10_000),
        from_step=st.integers(1, 7),
    )
)
def test_a_policy_is_stored_and_read_back_the_same(policy):
    assert read_policy(policy_json(policy)) == policy


@CALM
@given(st.text(max_size=300), st.lists(st.dates() | st.none(), max_size=4), st.integers(0, 99))
def test_tightening_a_policy_never_lets_more_out(body, days, sent):
    facts = replace(INSIDE, body=body, fact_days=tuple(days), sent_today=sent)
    tighter = replace(POLICY, max_words=20, a_day=5, facts_younger_than_days=30, allowed_claims=())
    if judge(POLICY, facts):
        assert judge(tighter, facts)


@pytest.mark.parametrize(
    "rules",
    [
        {"channels": ["phone_manual"]}, {"channels": []}, {"countries": ["Germany"]}, {"max_words": 5000},
        {"value_below": "much"}, {"starts_at": "9 o'clock"}, {"colour": "red"},
    ],
)  # fmt: skip
def test_a_policy_that_can_not_be_is_refused(rules):
    with pytest.raises(InvalidInput):
        read_policy(rules)
    with pytest.raises(InvalidInput):
        read_facts({"colour": "red"})


def test_cases_must_pass_and_must_test_both_ways():
    inside = {"country": "DE", "segment": "Mid-market", "body": "Hello Graz.", "fact_days": ["2026-10-01"],
              "value": "1", "local_time": "10:00", "step": 2, "today": "2026-11-24"}  # fmt: skip
    abroad = {**inside, "country": "US"}
    good = run_cases(POLICY, [("home", inside, []), ("abroad", abroad, ["country"])])
    assert fault_of_cases(good) == ""
    assert "abroad" in fault_of_cases(run_cases(POLICY, [("home", inside, []), ("abroad", abroad, [])]))
    assert "at least one" in fault_of_cases(run_cases(POLICY, [("home", inside, [])]))
    assert fault_of_cases([]) != ""


def test_autopilot_stops_only_when_the_figures_leave_no_doubt():
    fine = Watched(outside=Share(hits=2, n=60), positive=Share(hits=12, n=40), complaints=Share(hits=0, n=200))
    assert why_pause(fine) == ""
    assert "outside the policy" in why_pause(replace(fine, outside=Share(hits=20, n=60)))
    assert why_pause(replace(fine, outside=Share(hits=10, n=12))) == ""
    assert "wanted to talk" in why_pause(replace(fine, positive=Share(hits=1, n=60)))
    assert "complained" in why_pause(replace(fine, complaints=Share(hits=3, n=200)))
