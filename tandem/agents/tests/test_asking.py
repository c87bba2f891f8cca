"""What is sent, what it costs and who is chosen: pure, over many inputs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.agents.contracts import Evidence, Tier, Violation
from tandem.agents.domain import asking, canonical
from tandem.agents.domain.asking import Question, bound_of, cost_of, dollars_of, feedback_on, json_in, units_of
from tandem.agents.domain.routing import Rule, choose_tier
from tandem.agents.web.parts import dollars

TOKENS = st.integers(min_value=0, max_value=10_000_000)
PRICES = st.decimals(min_value=0, max_value=1_000, places=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
RULES = st.lists(
    st.builds(
        Rule,
        place=st.integers(1, 50),
        task=st.sampled_from(["*", "a.*", "a.b", "c.d"]),
        tier=st.sampled_from(list(Tier)),
        least_value=st.none() | st.decimals(min_value=0, max_value=100, places=2),
        region=st.sampled_from(["", "eea", "us"]),
    ),
    max_size=6,
)


@given(JSON)
def test_equal_content_has_one_hash_whatever_its_order(value: Any) -> None:
    turned = json.loads(json.dumps(value), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert canonical.canonical(value) == canonical.canonical(turned)
    assert json.loads(canonical.canonical(value)) == value


def test_where_one_part_ends_and_the_next_begins_counts() -> None:
    assert canonical.content_hash("ab", "c") != canonical.content_hash("a", "bc")


@given(TOKENS, TOKENS, PRICES, PRICES)
def test_the_meter_keeps_every_cost_exactly(read: int, written: int, price_in: Decimal, price_out: Decimal) -> None:
    cost = cost_of(read, written, price_in=price_in, price_out=price_out)
    assert dollars_of(units_of(cost)) == cost
    assert abs(cost * 1_000_000 - (price_in * read + price_out * written)) <= Decimal("0.005")


@given(st.text(max_size=400), TOKENS)
def test_a_call_of_at_most_its_tokens_stays_within_its_bound(text: str, written: int) -> None:
    question = Question(instructions=text, data=text, schema={"type": "object"})
    prices = {"price_in": Decimal(3), "price_out": Decimal(15)}
    bound = bound_of(question, most_tokens=written, **prices)
    assert bound >= cost_of(question.size // 2, written, **prices)


@given(RULES, st.none() | st.decimals(min_value=0, max_value=100, places=2), st.sampled_from(["", "eea", "us"]))
def test_the_first_rule_that_fits_decides_and_without_one_the_task_itself(
    rules: list[Rule], value: Decimal | None, region: str
) -> None:
    choice = choose_tier("a.b", Tier.STRONG, value=value, region=region, rules=rules)
    fitting = [one for one in sorted(rules, key=lambda one: one.place) if one.fits("a.b", value, region)]
    assert choice.tier is (fitting[0].tier if fitting else Tier.STRONG)
    assert choice.because == (fitting[0].told if fitting else "The task's own tier: strong.")


def test_a_value_that_is_not_known_reaches_no_least_value() -> None:
    rule = Rule(place=1, task="*", tier=Tier.STRONG, least_value=Decimal(0))
    assert not rule.fits("a.b", None, "us")
    assert rule.fits("a.b", Decimal(0), "us")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": {"b": "}"}}\n```', {"a": {"b": "}"}}),
        ("[1, 2]", None),
        ("no braces", None),
        ('{"a": ', None),
    ],
)
def test_json_is_found_in_what_a_model_wrote(text: str, found: Any) -> None:
    assert json_in(text) == found


def test_long_evidence_is_pointed_to_and_short_words_stay() -> None:
    news = Evidence(id="signal:news/1", text="Kroeger opens a plant in Lyon.", source="Reuters")
    short = Evidence(id="signal:x/2", text="Lyon", source="Reuters")
    told = {"all": ["So: Kroeger opens a plant in Lyon. Yes.", "Lyon"]}
    assert canonical.without_repeats(told, [short, news]) == {"all": ["So: see evidence signal:news/1 Yes.", "Lyon"]}


def test_a_repair_names_every_violation_and_where_it_stands() -> None:
    told = feedback_on([Violation(guard="grounding", message="No such evidence.", span="signal:x/1")])
    assert told.splitlines()[1] == '- grounding: No such evidence. (in: "signal:x/1")'


def test_absurd_usage_of_a_provider_is_not_believed() -> None:
    assert (asking.believed(-5), asking.believed(None), asking.believed(10**12)) == (0, 0, asking.MOST_TOKENS)


def test_small_dollars_show_hundredths_of_a_cent() -> None:
    assert [dollars(Decimal(text)) for text in ("0", "0.00006", "0.9949", "0.996", "1234.5")] == [
        "$0", "$0.0001", "$0.9949", "$1.00", "$1,234.50",
    ]  # fmt: skip
