"""Outcomes are shares of people reached; volume is none; the diagnosis says when it cannot tell."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.outcomes import Diagnosis, Measure, PersonOutcome, below_human, diagnose, outcomes_of


def people(count: int, *, messages: int = 2, meetings: int = 0, undeliverable: int = 0) -> list[PersonOutcome]:
    return [
        PersonOutcome(
            contact_id=number, account_id=number, messages=messages, had_meeting=number < meetings,
            undeliverable=number >= count - undeliverable,
        )
        for number in range(count)
    ]  # fmt: skip


PERSON = st.builds(
    PersonOutcome,
    contact_id=st.integers(1, 9_999),
    account_id=st.none() | st.integers(1, 99),
    messages=st.integers(0, 7),
    has_replied=st.booleans(),
    labels=st.frozensets(st.sampled_from(list(ReplyLabel)), max_size=2),
    had_meeting=st.booleans(),
    complained=st.booleans(),
    opted_out=st.booleans(),
    undeliverable=st.booleans(),
)


@given(st.lists(PERSON, max_size=40))
def test_who_was_not_reached_counts_in_no_share_but_that_one(group):
    found = outcomes_of(group)
    written_to = sum(one.messages > 0 for one in group)
    assert found.reached + found.shares[Measure.UNREACHABLE].hits == written_to
    assert all(share.hits <= share.n for share in found.shares.values())
    assert {share.n for measure, share in found.shares.items() if measure is not Measure.UNREACHABLE} == {found.reached}


def test_a_no_for_ever_counts_as_asking_to_be_left_alone():
    one = PersonOutcome(contact_id=1, account_id=1, messages=1, labels=frozenset({ReplyLabel.NEGATIVE_EVER}))
    assert outcomes_of([one]).shares[Measure.OPTED_OUT].hits == 1


def test_more_messages_with_the_same_meetings_is_running_it_wrong():
    found = diagnose(outcomes_of(people(100, meetings=8)), outcomes_of(people(200, meetings=8)))
    assert found.diagnosis is Diagnosis.WRONG
    assert found.messages_ratio == 2.0


def test_as_many_meetings_with_fewer_messages_is_running_it_right():
    found = diagnose(outcomes_of(people(200, meetings=8)), outcomes_of(people(100, meetings=8)))
    assert found.diagnosis is Diagnosis.RIGHT


def test_with_few_people_nothing_is_said():
    found = diagnose(outcomes_of(people(20, meetings=2)), outcomes_of(people(80, meetings=1)))
    assert found.diagnosis is Diagnosis.UNCLEAR
    assert "Too few" in found.why


def test_pipeline_is_told_per_money_only_where_both_are_known():
    assert outcomes_of(people(3), pipeline=Decimal(900), spent=Decimal(300)).pipeline_per_spent == 3
    assert outcomes_of(people(3), pipeline=Decimal(900)).pipeline_per_spent is None
    assert outcomes_of(people(3), pipeline=Decimal(900), spent=Decimal(0)).pipeline_per_spent is None


def test_machine_volume_below_the_human_funnel_shows_with_its_interval():
    found = below_human(outcomes_of(people(400, meetings=4)), outcomes_of(people(200, meetings=16)))
    assert found.differs
    assert found.value is not None
    assert found.value < 0
