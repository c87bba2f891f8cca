"""How rankings are judged by what came after, what a company's own deals propose, who works known accounts first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.intervals import Share
from tandem.prospecting.domain.backtest import (
    CHANCE,
    FIT,
    METHODS,
    RANDOM,
    TANDEM,
    Candidate,
    Cut,
    judge,
    over_companies,
    top_weights,
)
from tandem.prospecting.domain.familiarity import LEAST_WORKED, Worked, bias_of
from tandem.prospecting.domain.icp import read_icp
from tandem.prospecting.domain.icp_outcomes import EndedDeal, effect, outcomes
from tandem.prospecting.domain.icp_proposal import BASE, Tried, WonDeal, propose


def candidate(nth: int, *, opened: bool, score: float) -> Candidate:
    return Candidate(
        account_id=nth, expected_value=score, fit=0.5, intent=score, capacity=1.0, points=score, percentile=0.5,
        latest=0.0, value=1000.0, is_customer=False, opened={4: opened, 8: opened},
    )  # fmt: skip


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_the_top_is_a_tenth_and_ties_share_its_edge(scores):
    weights = top_weights(np.array(scores, dtype=float))
    assert abs(weights.sum() - max(1, len(scores) // 10)) < 1e-9
    for value in set(scores):
        shares = {round(float(weight), 9) for weight, score in zip(weights, scores, strict=True) if score == value}
        assert len(shares) == 1


def test_a_ranking_that_knows_is_seen_and_one_that_does_not_is_not():
    cuts = [
        Cut(
            on=date(2026, month, 1),
            candidates=tuple(
                candidate(nth, opened=nth % 10 == 0, score=float(nth % 10 == 0)) for nth in range(400)
            ),
        )
        for month in (3, 4)
    ]  # fmt: skip
    found = judge(cuts)
    assert (found.candidates, found.opened, found.reason) == (800, {4: 80, 8: 80}, "")
    assert {one.method for one in found.results} == set(METHODS)
    best = found.of(TANDEM, 8)
    assert (best.precision, best.lift, best.value_share) == (1.0, 10.0, 1.0)
    assert [round(found.of(method, 8).precision, 9) for method in (FIT, RANDOM)] == [0.1, 0.1]
    assert found.of(CHANCE, 4).lift_low > 5
    assert judge(cuts) == found


def test_too_few_openings_give_no_figure():
    cut = Cut(on=date(2026, 3, 1), candidates=tuple(candidate(nth, opened=nth < 29, score=nth) for nth in range(300)))
    found = judge([cut])
    assert found.results == ()
    assert found.reason == "29 deals opened at ranked accounts in the weeks looked at; 30 are needed."
    assert judge([]).reason


def test_companies_are_drawn_anew_for_an_interval_over_companies():
    figure, low, high = over_companies([0.1, 0.2, 0.3], lambda many: sum(many) / len(many))
    assert (round(figure, 6), low <= figure <= high) == (0.2, True)


def tried(industry: str, won: int, *, ended: int = 1, country: str = "DE") -> Tried:
    return Tried(industry=industry, segment="", country=country, employees=None, won=won, ended=ended)


def test_a_trait_that_wins_is_proposed_with_its_weight_and_where_it_comes_from():
    accounts = [tried("Machinery", nth % 3 == 0) for nth in range(150)]
    accounts += [tried("Food", nth % 15 == 0) for nth in range(150)]
    deals = [WonDeal(segment="smb", amount=Decimal(1000)), WonDeal(segment="", amount=None)]
    body = propose(accounts, deals, [("Economic Buyer", "CFO"), ("Nobody", "x")], currency="EUR", kinds=["page"])
    icp = read_icp(body)
    base, industry = icp.fit
    assert (base.name, industry.name) == (BASE, "Industry that buys")
    assert industry.when.value == ("machinery",)
    assert industry.note == "50 wins at 150 accounts, against 10 at 150 others."
    assert 1.0 < industry.weight < 1.4
    assert [(one.role.value, one.titles) for one in icp.personas] == [("economic_buyer", ("CFO",))]
    assert (icp.value_otherwise, icp.segments[0].value_if_won) == (Decimal("1000.00"), Decimal("1000.00"))
    assert icp.exclusion[0].name == "A deal is open"


def test_chance_proposes_no_trait():
    dice = Random(5)
    accounts = [tried(dice.choice("ABCDEFGH"), dice.random() < 0.2) for _ in range(600)]
    body = propose(accounts, [], [], currency="EUR", kinds=[])
    assert [one["name"] for one in body["fit"]] == [BASE]


def test_few_wins_propose_no_trait_and_say_so():
    body = propose([tried("Machinery", 1)] * 19 + [tried("Food", 0)] * 200, [], [], currency="EUR", kinds=[])
    assert [one["name"] for one in body["fit"]] == [BASE]
    assert body["summary"] == "Only 19 won deals of new business are known: no trait can be told from chance yet."
    assert read_icp(propose([], [], [], currency="EUR", kinds=[])).fit[0].name == BASE


def test_an_industry_where_many_deals_ended_and_none_was_won_is_left_out():
    accounts = [tried("Machinery", 1)] * 40 + [tried("Food", 0, ended=3)] * 10
    body = propose(accounts, [], [], currency="EUR", kinds=[])
    assert body["exclusion"][-1]["when"] == {"field": "industry", "op": "in", "value": ["food"]}
    assert body["exclusion"][-1]["reason"] == "30 deals ended there and none was won."


def test_who_touches_known_accounts_first_is_told_with_an_interval():
    best = [Worked(account_id=nth, place=nth, touches=0, is_known=False) for nth in range(1, 31)]
    known = [Worked(account_id=nth, place=nth, touches=2, is_known=True) for nth in range(31, 51)]
    found = bias_of([*best, *known])
    assert (found.worked, found.known_share, found.top_share, found.bias) == (20, 1.0, 0.0, 1.0)
    assert found.is_biased
    assert found.passed_over == tuple(range(1, 31))


def test_who_follows_the_ranking_is_not_called_biased():
    book = [Worked(account_id=nth, place=nth, touches=int(nth <= 20), is_known=nth % 2 == 0) for nth in range(1, 61)]
    found = bias_of(book)
    assert found.bias == 0.0
    assert not found.is_biased
    few = bias_of(book[: LEAST_WORKED - 1])
    assert (few.is_told, few.is_biased, few.bias) == (False, False, None)


def test_win_rates_by_fit_are_told_only_with_enough_deals():
    deals = [EndedDeal(fit=0.9, excluded_by="", is_won=nth < 20, is_unseen=nth < 5) for nth in range(40)]
    deals += [EndedDeal(fit=0.1, excluded_by="", is_won=False, is_unseen=False) for _ in range(29)]
    deals += [EndedDeal(fit=0.9, excluded_by="Open deal", is_won=True, is_unseen=False)]
    found = {one.band: one for one in outcomes(deals)}
    assert (found["strong"].deals, found["strong"].won, found["strong"].rate, found["strong"].unseen) == (
        40,
        20,
        0.5,
        5,
    )
    assert found["strong"].lift == 0.5 / (21 / 70)
    assert (found["poor"].deals, found["poor"].rate) == (29, None)
    assert found["excluded"].deals == 1


def test_the_effect_of_a_profile_is_a_difference_with_its_interval():
    found = effect(Share(hits=10, n=100), Share(hits=25, n=100))
    assert round(found.difference, 2) == 0.15
    assert 0.03 < found.low < found.difference < found.high < 0.27
    short = effect(Share(hits=10, n=100), Share(hits=1, n=4))
    assert (short.difference, short.reason) == (None, "4 worked after; 30 each are needed")
