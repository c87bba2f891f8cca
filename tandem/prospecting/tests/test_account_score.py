"""Fit × intent × capacity: rising in each, adding up, set by own history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tandem.prospecting.domain.account_score import (
    IntentShape,
    Marked,
    OwnHistory,
    Seen,
    chance_of,
    expected_value,
    fit_shape,
    intent_factor,
    monday_of,
    peer_percentiles,
    place_all,
    steps_down,
    week_before,
    week_of,
)
from tandem.prospecting.domain.capacity import Load, capacities, capacity_of, nobody
from tandem.prospecting.domain.rank_words import reason

SHARES = st.floats(0, 1)
VALUES = st.decimals(0, 10_000_000, places=2)
HISTORY = OwnHistory(openings=130, weeks=52, accounts=500, won=40, closed=160)
TEAM = {"open_deals": 3.0, "touches": 20.0, "meetings": 4.0, "unanswered": 2.0}


def marked(fit=1.0, intent=1.0, capacity=1.0, value="1000", account_id=1, owner_id=1):
    return Marked(
        account_id=account_id, owner_id=owner_id, fit=fit, intent=intent, capacity=capacity, value=Decimal(value)
    )  # fmt: skip


@given(SHARES, SHARES, SHARES, SHARES, SHARES, VALUES, st.sampled_from(["fit", "intent", "capacity"]))
def test_the_expected_value_never_falls_when_a_factor_rises(fit, intent, capacity, chance, other, value, which):
    factors = {"fit": fit, "intent": intent, "capacity": capacity}
    low, high = sorted((factors[which], other))
    lower = expected_value(marked(**{**factors, which: low}, value=value), chance)
    assert lower <= expected_value(marked(**{**factors, which: high}, value=value), chance)


@given(SHARES, SHARES, SHARES, SHARES, VALUES)
def test_the_steps_down_add_up_to_the_cent(fit, intent, capacity, chance, value):
    total = expected_value(marked(fit, intent, capacity, value), chance)
    full, steps = steps_down(
        value=Decimal(value), chance=chance, fit=fit, intent=intent, capacity=capacity, total=total
    )
    assert full + sum(step.amount for step in steps) == total
    assert [step.name for step in steps] == ["Fit", "Intent", "Capacity"]
    assert all(step.amount <= Decimal("0.01") for step in steps)


@given(SHARES, SHARES, st.floats(0.05, 1), st.floats(1, 4), st.booleans())
def test_the_intent_factor_rises_with_the_percentile_and_stays_in_range(one, other, floor, power, is_customer):
    shape = IntentShape(floor=floor, power=power, customers=0.7)
    low, high = sorted((one, other))
    factors = [intent_factor(share, shape, is_customer=is_customer) for share in (low, high)]
    assert 0 < factors[0] <= factors[1] <= 1


def test_interest_is_measured_among_peers():
    points = {1: 900.0, 2: 800.0, 3: 5.0, 4: 1.0}
    found = peer_percentiles(points, {1: True, 2: True, 3: False, 4: False, 5: False})
    assert found == {1: 0.5, 2: 0.0, 3: 2 / 3, 4: 1 / 3, 5: 0.0}


def test_chances_add_up_to_what_own_history_shows():
    found = chance_of(HISTORY, mean_marks=0.25)
    assert not found.is_prior
    assert found.opening == 130 / (13 * 500)
    assert found.chance * 0.25 == found.opening * 0.25  # a quarter of ended deals is won
    assert found.low < found.chance < found.high


def test_too_short_a_history_takes_stated_shares_and_says_so():
    short = OwnHistory(openings=12, weeks=8, accounts=40, won=3, closed=9)
    found = chance_of(short, mean_marks=0.5)
    assert found.is_prior
    assert found.chance == 0.04 * 0.25 / 0.5
    assert chance_of(short, mean_marks=0.0).chance == 0.0


def test_the_shape_follows_history_only_when_there_is_enough():
    steep = [Seen(fit=1.0, percentile=nth / 999, is_customer=False, opened=nth > 900) for nth in range(1000)]
    found = fit_shape(steep)
    assert (found.is_prior, found.power) == (False, 4.0)
    assert fit_shape(steep[:940]) == IntentShape()
    customers = [Seen(fit=1.0, percentile=0.5, is_customer=True, opened=False) for _ in range(2000)]
    assert fit_shape(steep + customers).customers < 0.3


def test_places_are_given_within_each_book_and_ties_go_by_id():
    accounts = [marked(fit=0.5, account_id=3), marked(fit=0.5, account_id=2), marked(account_id=9, owner_id=None)]
    placed = place_all(accounts, chance_of(HISTORY, mean_marks=0.25))
    assert [(one.marked.account_id, one.place) for one in placed] == [(9, 1), (2, 1), (3, 2)]
    assert all(one.low < one.expected_value < one.high for one in placed)


def test_weeks_follow_iso():
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    assert monday_of("2026-W48") == date(2026, 11, 23)
    assert week_before("2027-W01") == "2026-W53"


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4), st.integers(0, 3), st.floats(0, 100))
def test_capacity_never_rises_with_load(counts, which, more):
    names = ("open_deals", "touches", "meetings", "unanswered")
    load = dict(zip(names, counts, strict=True))
    heavier = {**load, names[which]: counts[which] + more}
    free, busy = (capacity_of(Load(**one), team=TEAM).capacity for one in (load, heavier))
    assert 0 <= busy <= free <= 1


def test_the_usual_load_leaves_most_room_and_twice_of_it_half():
    usual = Load(open_deals=3, touches=20, meetings=4, unanswered=2, usual_deals=3, usual_touches=20, usual_meetings=4)
    assert round(capacity_of(usual, team=TEAM).capacity, 2) == 0.84
    twice = Load(open_deals=6, touches=40, meetings=8, unanswered=4, usual_deals=3, usual_touches=20, usual_meetings=4)
    assert capacity_of(twice, team=TEAM).capacity == 0.5
    assert capacity_of(Load(open_deals=0, touches=0, meetings=0, unanswered=0), team=TEAM).capacity == 1.0


def test_who_is_away_has_no_room_and_what_nobody_owns_has_the_teams():
    loads = {1: Load(open_deals=3, touches=9, meetings=1, unanswered=0), 2: Load(open_deals=1, touches=3, meetings=1,
                                                                                  unanswered=0)}  # fmt: skip
    found = capacities(loads, away=frozenset({2}))
    assert found[2].capacity == 0.0
    assert nobody(found).capacity == found[1].capacity / 2
    assert nobody({}).capacity == 1.0


def test_the_reason_names_the_strongest_parts():
    parts = {
        "fit": [["Market", 1, 1, "yes", []], ["Makers", 2, 2, "yes", []], ["Size", 1, 0.5, "unknown", []]],
        "intent": {"percentile": 0.93, "surge": 2.5, "kinds": [["topic_surge", 12.0], ["page", 3.0]]},
    }
    assert reason(parts) == (
        "Topic surge and page: more interest than 93% of accounts that are no customers; "
        "far above its own usual week; makers"
    )
    assert reason(parts, "Open deal") == "Excluded: open deal"
    assert reason({}) == "Nothing stands out: no signals, and no trait of the profile beyond the market"
