"""A plan has four to seven touches in a sensible order; conditions and variants are read strictly."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.compliance.contracts.gate import Road
from tandem.core.errors import InvalidInput
from tandem.engagement.actions.sequences import STARTER
from tandem.engagement.contracts import CHANNELS, Angle, Arm, Step
from tandem.engagement.domain.experiments import arm_of, read_arms, variant_of
from tandem.engagement.domain.plans import faults_of, numbered, read_steps, require_sound, steps_json
from tandem.engagement.domain.step_conditions import StepFacts, holds, in_words, known_conditions, unmet
from tandem.engagement.tests.plans_setting import PLAN

CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STEPS = st.builds(
    Step,
    number=st.just(1),
    channel=st.sampled_from([Road(word) for word in CHANNELS]),
    angle=st.sampled_from(Angle),
    wait_days=st.integers(0, 40),
    conditions=st.lists(st.sampled_from([one[2] for one in known_conditions()]), unique=True, max_size=3).map(tuple),
    variants=st.lists(st.sampled_from(["a", "b", "short"]), unique=True, max_size=3).map(tuple),
    max_words=st.none() | st.integers(5, 250),
)


@CALM
@given(st.lists(STEPS, max_size=9))
def test_steps_are_written_and_read_back_the_same(steps):
    ordered = numbered(steps)
    assert read_steps(steps_json(ordered)) == ordered
    assert [one.number for one in ordered] == list(range(1, len(steps) + 1))


@CALM
@given(st.lists(STEPS, max_size=9))
def test_a_plan_without_a_fault_keeps_every_rule(steps):
    ordered = numbered(steps)
    if faults_of(ordered):
        return
    assert 4 <= len(ordered) <= 7
    assert ordered[0].angle not in (Angle.REMINDER, Angle.LAST_WORD)
    assert ordered[0].channel not in (Road.SMS, Road.WHATSAPP)
    assert all(1 <= one.wait_days <= 30 for one in ordered[1:])
    assert all(one.angle is not Angle.OPENING for one in ordered[1:])
    assert all(one.angle is not Angle.LAST_WORD for one in ordered[:-1])


def test_the_plans_of_the_house_are_sound():
    assert faults_of(read_steps(list(STARTER))) == ()
    assert faults_of(read_steps(PLAN)) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda plan: plan[:3], "3 touches are no plan"),
        (lambda plan: plan * 2, "8 touches are no plan"),
        (lambda plan: [{**plan[0], "angle": "reminder"}, *plan[1:]], "first touch can't be reminder"),
        (lambda plan: [{**plan[0], "channel": "sms"}, *plan[1:]], "first touch can't be by SMS"),
        (lambda plan: [plan[0], {**plan[1], "wait_days": 0}, *plan[2:]], "Step 2: It waits 0 working days"),
        (lambda plan: [plan[0], {**plan[1], "conditions": ["opened"]}, *plan[2:]], "'opened' is no condition"),
        (lambda plan: [plan[0], {**plan[1], "variants": ["one"]}, *plan[2:]], "1 variants can't be compared"),
        (lambda plan: [plan[0], {**plan[1], "max_words": 999}, *plan[2:]], "999 words are too many for LinkedIn"),
        (lambda plan: [*plan[:2], {**plan[3]}, plan[2]], "The last word has a touch after it"),
    ],
)
def test_an_unsound_plan_is_refused_with_step_fault_and_remedy(change, told):
    with pytest.raises(InvalidInput, match=told) as refused:
        require_sound(read_steps(change(PLAN)))
    assert refused.value.context["faults"]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"channel": "phone_ai", "angle": "opening"}, "a call is done by hand"),
        ({"channel": "fax", "angle": "opening"}, "'fax' is no channel"),
        ({"channel": "email", "angle": "spam"}, "'spam' is no angle"),
        ({"channel": "email", "angle": "opening", "wait_days": "soon"}, "wait_days 'soon' can't be"),
        ({"channel": "email", "angle": "opening", "colour": "red"}, "'colour' is unknown"),
        ("email", "is no step"),
    ],
)
def test_what_is_no_step_is_refused(step, told):
    with pytest.raises(InvalidInput, match=told):
        read_steps([step])


def test_conditions_hold_only_when_what_they_need_is_known():
    facts = StepFacts(has_email=True, country="DE", language="de")
    assert holds("in_country:DE+AT", facts)
    assert not holds("in_country:US", facts)
    assert not holds("not_in_country:US", StepFacts())
    assert not holds("in_country:Germany", facts)
    assert not holds("opened", facts)
    assert in_words("in_country:DE+AT") == "they are in AT or DE"


def test_a_channel_that_does_not_reach_somebody_is_passed_over():
    call = read_steps([{"channel": "phone_manual", "angle": "case", "wait_days": 1}])[0]
    assert unmet(call, StepFacts()) == "Call does not reach them: it needs that a number to call is known."
    assert unmet(call, StepFacts(has_phone=True)) == ""
    late = read_steps([{"channel": "email", "angle": "case", "wait_days": 1, "conditions": ["no_reply_yet"]}])[0]
    assert "they have not answered" in unmet(late, StepFacts(has_email=True, has_replied=True))


def test_arms_and_variants_are_drawn_once_in_the_shares_asked_for():
    arms = read_arms({"human": 0.2, "hybrid": 0.5, "autonomous": 0.3}, may_be_autonomous=True)
    drawn = [arm_of(arms, campaign_id=3, unit=f"account:{number}") for number in range(6_000)]
    assert drawn == [arm_of(arms, campaign_id=3, unit=f"account:{number}") for number in range(6_000)]
    for arm, share in arms.items():
        assert abs(drawn.count(arm) / 6_000 - share) < 0.02
    texts = [variant_of(["b", "a"], campaign_id=3, contact_id=number, step=2) for number in range(4_000)]
    assert abs(texts.count("a") / 4_000 - 0.5) < 0.03
    assert arm_of({}, campaign_id=3, unit="x") is Arm.HYBRID


@pytest.mark.parametrize("arms", [{"human": 0.5}, {"robot": 1.0}, {"human": "half"}, ["human"], {"autonomous": 1.0}])
def test_arms_that_are_no_shares_or_not_opted_in_are_refused(arms):
    with pytest.raises(InvalidInput):
        read_arms(arms, may_be_autonomous=False)
