"""The condition language: three-valued, evidenced, the same after a round trip, clear about what it can't read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.core.errors import InvalidInput
from tandem.prospecting.contracts import AccountProfile, Observation, Truth
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.condition_terms import (
    AllOf,
    AnyOf,
    Condition,
    FieldIs,
    IsCustomer,
    Not,
    Op,
    OpenDeals,
    Saw,
    Uses,
)

AT = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)


def seen(kind: str, days_ago: float, key: str = "1", **more: Any) -> Observation:
    return Observation(id=f"signal:news/{key}", kind=kind, at=AT - timedelta(days=days_ago), source="news", **more)


def account(*observations: Observation, **more: Any) -> AccountProfile:
    fields = more.pop("fields", {})
    technologies = conditions.technologies_of(observations)
    return AccountProfile(
        account_id=7, name="Acme", owner_id=None, at=AT, fields=fields, observations=observations,
        technologies=technologies, **more,
    )  # fmt: skip


def truth(json: dict[str, Any], profile: AccountProfile) -> Truth:
    return conditions.holds(conditions.read(json), profile).truth


def test_a_composed_search_cites_each_signal_that_made_it_true() -> None:
    acme = account(
        seen("funding_round", 21, "F", details={"round": "Series C"}, title="Acme raises 40 million"),
        seen("job_post", 5, "J", title="Head of RevOps (f/m/d)"),
        seen("technology_seen", 200, "T", topic="Salesforce"),
        fields={"employees": 320, "country": "DE"},
    )
    sought = {
        "all": [
            {"signal": "funding_round", "within_days": 90, "where": {"round": "series c"}},
            {"signal": "job_post", "text_has": ["head of RevOps", "head of revenue operations"]},
            {"technology": "salesforce"},
            {"field": "employees", "op": "between", "value": [200, 2000]},
            {"not": {"customer": True}},
        ]
    }
    match = conditions.holds(conditions.read(sought), acme)
    assert match.truth is Truth.YES
    assert match.evidence_ids == (
        "signal:news/F", "signal:news/J", "signal:news/T", "account:7:employees", "account:7:is_customer",
    )  # fmt: skip
    assert match.because == (
        "funding round Series C on 3 Nov 2026: “Acme raises 40 million”; job post on 19 Nov 2026: "
        "“Head of RevOps (f/m/d)”; uses salesforce; it has 320 employees; is no customer"
    )


def test_what_the_profile_does_not_say_is_unknown_and_so_is_its_negation() -> None:
    bare = account(seen("funding_round", 21))
    for sought in (
        {"field": "employees", "op": "gte", "value": 10},
        {"technology": "SAP"},
        {"signal": "funding_round", "where": {"round": "Series C"}},
        {"signal": "funding_round", "text_has": ["Berlin"]},
        {"signal": "funding_round", "strength_gte": 3},
    ):
        assert truth(sought, bare) is Truth.UNKNOWN
        assert truth({"not": sought}, bare) is Truth.UNKNOWN
    assert truth({"any": [{"technology": "SAP"}, {"customer": False}]}, bare) is Truth.YES
    assert truth({"all": [{"technology": "SAP"}, {"customer": True}]}, bare) is Truth.NO
    assert truth({"field": "employees", "op": "known", "value": False}, bare) is Truth.YES


def test_a_signal_that_was_not_seen_is_a_no_and_one_after_the_moment_does_not_count() -> None:
    later = account(seen("site_opening", -1))
    assert truth({"signal": "site_opening"}, later) is Truth.NO
    assert truth({"signal": "funding_round", "within_days": 90}, later) is Truth.NO


def test_the_last_word_on_a_technology_counts() -> None:
    dropped = account(seen("technology_seen", 90, "S", topic="SAP"), seen("technology_dropped", 3, "D", topic="SAP"))
    assert conditions.holds(Uses(technology="sap"), dropped).evidence_ids == ("signal:news/D",)
    assert truth({"technology": "SAP"}, dropped) is Truth.NO


def test_visits_are_counted_over_90_days_and_their_last_one_is_known() -> None:
    visited = account(counts={"page": 4}, latest={"page": seen("page", 10, "P")})
    assert truth({"signal": "page", "within_days": 90, "at_least": 4}, visited) is Truth.YES
    assert truth({"signal": "page", "within_days": 14}, visited) is Truth.YES
    assert truth({"signal": "page", "within_days": 7}, visited) is Truth.NO
    assert truth({"signal": "page", "within_days": 14, "at_least": 2}, visited) is Truth.UNKNOWN
    assert truth({"signal": "page", "within_days": 90, "at_least": 5}, visited) is Truth.NO
    assert truth({"signal": "page", "text_has": ["pricing"]}, visited) is Truth.UNKNOWN


def test_words_are_whole_and_spelling_of_industries_does_not_matter() -> None:
    acme = account(seen("news", 1, text="The new-site in Köln opens"), fields={"industry": "FOOD_PRODUCTION"})
    assert truth({"signal": "news", "text_has": ["new site"]}, acme) is Truth.YES
    assert truth({"signal": "news", "text_has": ["koln"]}, acme) is Truth.YES
    assert truth({"signal": "news", "text_has": ["open"]}, acme) is Truth.NO
    assert truth({"field": "industry", "op": "in", "value": ["food production"]}, acme) is Truth.YES
    assert truth({"field": "industry", "op": "not_in", "value": ["food production"]}, acme) is Truth.NO


@pytest.mark.parametrize(
    ("json", "path", "rule"),
    [
        ({"all": [{"customer": True}, {"feild": "x"}]}, "all[1]", "exactly one of the keys"),
        ({"all": []}, "all", "at least one condition"),
        ({"not": {"field": "height", "op": "eq", "value": 3}}, "not.field", "no such field"),
        ({"field": "employees", "op": "contains", "value": "x"}, "op", "can't be compared"),
        ({"field": "employees", "op": "between", "value": [9, 3]}, "value", "lower end stands first"),
        ({"field": "country", "op": "in", "value": ["DE", 7]}, "value[1]", "a text"),
        ({"field": "employees", "op": "gte", "value": True}, "value", "a number"),
        ({"field": "employees", "op": "gte"}, "value", "compared with a value"),
        ({"any": [{"signal": "news", "within_days": 0}]}, "any[0].within_days", "whole number from 1"),
        ({"signal": "news", "where": {"round": None}}, "where.round", "a number"),
        ({"signal": "news", "whithin": 3}, "whithin", "may stand"),
        ({"open_deals": {}}, "open_deals", "gte, lte or eq"),
        ({"customer": "yes"}, "customer", "true or false"),
        (["customer"], "(top)", "is an object"),
    ],
)
def test_an_error_names_path_value_rule_and_remedy(json: Any, path: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        conditions.read(json)
    assert refused.value.context["path"] == path
    assert rule in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"customer": tru}', "no JSON: Expecting value at line 1, column 14"),
        ('{"customer": true, "customer": false}', "stands twice"),
        ('{"field": "employees", "op": "gte", "value": NaN}', "NaN is no number"),
        ('{"not":' * 30 + '{"customer": true}' + "}" * 30, "nest at most"),
        ("[" * 100_000, "nested too deeply"),
        (" " * 300_000, "are the most"),
    ],
)
def test_broken_json_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        conditions.read_text(text, file="search.json")


texts = st.sampled_from(["Series C", "SAP", "Köln", "Food & Beverage", "a_b"])
windows = st.none() | st.integers(1, 3_650)
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(FieldIs, field=st.just("employees"), op=st.sampled_from([Op.EQ, Op.GTE, Op.LTE]), value=st.integers(0, 9)),
    st.builds(FieldIs, field=st.just("country"), op=st.sampled_from([Op.IN, Op.NOT_IN]), value=st.tuples(texts, texts)),
    st.builds(FieldIs, field=st.just("city"), op=st.just(Op.KNOWN), value=st.booleans()),
    st.builds(Uses, technology=texts),
    st.builds(
        Saw, kind=st.sampled_from(["news", "page"]), within_days=windows, at_least=st.integers(1, 3),
        where=st.sampled_from([(), (("round", "Series C"),)]), text_has=st.sampled_from([(), ("Köln",)]),
        topic=st.sampled_from([(), ("SAP",)]), strength_gte=st.none() | st.just(2.5),
    ),
    st.builds(IsCustomer, wanted=st.booleans()),
    st.builds(OpenDeals, gte=st.integers(0, 3)),
)  # fmt: skip
wholes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)
sightings = st.builds(
    seen, st.sampled_from(["news", "technology_seen", "technology_dropped"]), st.floats(-30, 3_000),
    st.sampled_from("abcdef"), topic=st.sampled_from(["", "SAP", "Series C"]), text=st.sampled_from(["", "In Köln"]),
    strength=st.none() | st.floats(0, 5), details=st.sampled_from([{}, {"round": "Series C"}, {"round": "Seed"}]),
)  # fmt: skip
accounts = st.builds(
    lambda observations, **more: account(*observations, **more),
    st.lists(sightings, max_size=4),
    fields=st.dictionaries(st.sampled_from(["country", "city"]), texts),
    counts=st.sampled_from([{}, {"page": 3}]),
    latest=st.sampled_from([{}, {"page": seen("page", 20)}]),
    is_customer=st.booleans(),
    open_deals=st.integers(0, 4),
)


@given(wholes)
def test_a_condition_is_the_same_after_a_round_trip(condition: Condition) -> None:
    assert conditions.read(conditions.as_json(condition)) == condition


@settings(max_examples=60)
@given(st.lists(wholes, min_size=1, max_size=3), accounts)
def test_de_morgan_holds_in_three_values_and_for_the_evidence(parts: list[Condition], profile: AccountProfile) -> None:
    whole = conditions.holds(Not(AllOf(tuple(parts))), profile)
    turned = conditions.holds(AnyOf(tuple(Not(part) for part in parts)), profile)
    assert (whole.truth, whole.evidence_ids) == (turned.truth, turned.evidence_ids)


@settings(max_examples=60)
@given(st.integers(1, 3_000), st.integers(0, 600), st.integers(1, 3), st.sampled_from(["news", "page"]), accounts)
def test_a_wider_window_never_takes_a_yes_away(
    days: int, more: int, at_least: int, kind: str, profile: AccountProfile
) -> None:
    order = [Truth.NO, Truth.UNKNOWN, Truth.YES]
    narrow, wide = (
        order.index(conditions.holds(Saw(kind=kind, within_days=window, at_least=at_least), profile).truth)
        for window in (days, days + more)
    )
    assert narrow <= wide


@settings(max_examples=60)
@given(wholes, accounts, st.lists(sightings, max_size=3))
def test_nothing_later_than_the_moment_counts(
    condition: Condition, profile: AccountProfile, later: list[Observation]
) -> None:
    after = tuple(
        seen(one.kind, -1 - number, str(number), topic=one.topic, text=one.text) for number, one in enumerate(later)
    )
    both = AccountProfile(
        account_id=7, name="Acme", owner_id=None, at=AT, fields=profile.fields, technologies=profile.technologies,
        observations=(*profile.observations, *after), counts=profile.counts, latest=profile.latest,
        is_customer=profile.is_customer, open_deals=profile.open_deals,
    )  # fmt: skip
    before, now = conditions.holds(condition, profile), conditions.holds(condition, both)
    assert (before.truth, before.evidence_ids) == (now.truth, now.evidence_ids)
