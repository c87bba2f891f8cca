"""Which names mean which kinds, documents that are read strictly, and weights that are learned from outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInput
from tandem.intent.actions.kinds import multiplied
from tandem.intent.contracts import NameRule
from tandem.intent.domain import sifting
from tandem.intent.domain.kind_rules import as_document, built_in_rules, is_named, kind_of, read_rules
from tandem.intent.domain.learning import Moments, factors_of, learn
from tandem.intent.domain.scoring import saturated

RULES = built_in_rules()
PUBLIC = (
    "funding_round news press_release executive_hire executive_leave job_post product_launch site_opening "
    "technology_seen technology_dropped earnings_call filing blog_post podcast talk customer_story "
    "competitor_deployment review github_activity award"
).split()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Signed Up", "signed_up"), ("trial started", "trial_started"), ("Invite Sent", "invited_colleague"),
     ("Usage Limit Reached", "limit_reached"), ("Demo Requested", "demo_requested"), ("Report Exported", "feature_used"),
     ("Wave Planned", "product_event"), ("topic_surge", "topic_surge"), ("Support Ticket Opened", "support_asked")],
)  # fmt: skip
def test_names_of_events_mean_kinds(name: str, kind: str) -> None:
    assert kind_of(name, is_page=False, rules=RULES) == kind


def test_pages_are_told_apart_by_what_they_are_about() -> None:
    said = [kind_of(name, is_page=True, rules=RULES) for name in ("/Pricing", "careers", "/blog/x", "topic_surge", "")]
    assert said == ["pricing_visit", "career_visit", "page", "page", "page"]
    assert not is_named("Wave Planned", is_page=False, rules=RULES)


def test_only_a_star_is_special_in_a_pattern() -> None:
    rules = read_rules(as_document(RULES) | {"names": [["what? [a]*", "signed_up", "event"]]})
    assert kind_of("What? [A] now", is_page=False, rules=rules) == "signed_up"
    assert kind_of("Whats [a]", is_page=False, rules=rules) == "product_event"


def test_every_kind_of_the_public_world_counts_with_a_bound() -> None:
    for kind in PUBLIC:
        bound = RULES.kinds.known[kind].saturation
        assert bound is not None, kind


def test_a_document_gives_the_same_rules_back_and_slips_are_told() -> None:
    document = as_document(RULES)
    assert read_rules(document) == RULES
    for wrong, told in (
        ({"kinds": {"page": {"weight": -1, "half_life_days": 7}}, "names": [], "unnamed": "page"}, "weight -1"),
        ({"kinds": {"page": {"weight": "x", "half_life_days": 7}}, "names": [], "unnamed": "page"}, "no number"),
        ({"names": [["a", "nothing", "event"]]}, "no kind"),
        ({"names": [["a", "page", "mail"]]}, "no rule for names"),
        ({"unnamed": "nothing"}, "no kind"),
        ({"own_addresses": ["300.1.1.1"]}, "no IP address"),
        ({"kinds": None}, "can't be read"),
    ):
        with pytest.raises(InvalidInput, match=told):
            read_rules(document | wrong)


def test_own_addresses_are_found_and_text_that_is_none_is_not() -> None:
    found = sifting.own_among(["203.0.113.9", "198.51.100.1", "no address", "::1"], ["203.0.113.0/24", "::1/128"])
    assert found == {"203.0.113.9", "::1"}


@given(st.floats(0.01, 5), st.floats(0, 1e4))
def test_a_factor_on_weight_and_saturation_is_a_factor_on_the_points(factor: float, total: float) -> None:
    kind = RULES.kinds.known["trial_started"]
    other = multiplied(RULES, {"trial_started": factor}).kinds.known["trial_started"]
    assert isinstance(other.saturation, float)
    before = saturated(total * kind.weight, kind.saturation)
    assert saturated(total * other.weight, other.saturation) == pytest.approx(factor * before, rel=1e-9)


def moments(size: int = 400, rounds: int = 12, *, slope: float = 0.15) -> Moments:
    """Of two kinds one says something about outcomes."""
    luck = np.random.default_rng(4)
    points = luck.exponential(8.0, (size * rounds, 2))
    chance = 1 / (1 + np.exp(3.5 - slope * points[:, 0]))
    return Moments(
        kinds=("telling", "noise"), account=np.tile(np.arange(size), rounds), moment=np.repeat(np.arange(rounds), size),
        points=points, recency=luck.exponential(5.0, size * rounds),
        outcome=(luck.random(size * rounds) < chance).astype(float),
    )  # fmt: skip


def test_weights_move_to_what_tells_and_are_tried_on_later_weeks() -> None:
    learned = learn(moments(), gap=2)
    assert learned.is_enough
    assert learned.factors is not None
    assert learned.factors["telling"] > 1.5 > 0.5 > learned.factors["noise"] >= 0
    lift = {one.name: one for one in learned.lifts}
    assert lift["learned weights"].lift > lift["weights in force"].lift > lift["recency only"].high
    assert lift["random"].low <= 1.0 <= lift["random"].high
    assert all(one.low <= one.lift <= one.high for one in learned.lifts)
    assert learn(moments(), gap=2) == learned  # the same luck every time


def test_the_sum_of_all_points_stays_what_it_was() -> None:
    found = moments()
    assert (found.points * factors_of(found)).sum() == pytest.approx(found.points.sum())


def test_too_few_outcomes_give_nothing() -> None:
    few = learn(moments(size=20), gap=2)
    assert (few.is_enough, few.lifts, few.factors) == (False, (), None)
    empty = Moments(kinds=(), account=np.zeros(0), moment=np.zeros(0), points=np.zeros((0, 0)), recency=np.zeros(0),
                    outcome=np.zeros(0))  # fmt: skip
    assert not learn(empty, gap=2).is_enough
    assert RULES.names[0] == NameRule(pattern="account created", kind="signed_up")
