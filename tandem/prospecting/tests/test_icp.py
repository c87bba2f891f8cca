"""The ideal customer profile as a document: read with errors that help, measured, compared, told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.core.errors import InvalidInput
from tandem.prospecting.contracts import AccountProfile, Truth
from tandem.prospecting.domain.fit import fit_of, value_of
from tandem.prospecting.domain.icp import canonical_json, hash_of, json_schema, read_icp, read_icp_text, valid_until
from tandem.prospecting.domain.icp_document import as_markdown, differences, sections

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
FIELDS = {"country": "DE", "industry": "Machinery", "employees": 840, "segment": "mid-market", "type": "prospect"}


def document(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "tandem.icp/1",
        "name": "Makers in the north",
        "fit": [
            {"name": "Market", "weight": 1.0, "when": {"field": "country", "op": "in", "value": ["DE", "AT"]}},
            {"name": "Makers", "weight": 2.0, "when": {"field": "industry", "op": "eq", "value": "machinery"}},
            {"name": "Size", "weight": 1.0, "when": {"field": "employees", "op": "between", "value": [200, 2000]}},
        ],
        "intent": [{"kind": "topic_surge", "weight": 1.5}],
        "exclusion": [{"name": "Open deal", "reason": "Worked there.", "when": {"open_deals": {"gte": 1}}}],
        "personas": [{"role": "champion", "titles": ["Head of Production"]}],
        "segments": [
            {
                "name": "mid-market",
                "when": {"field": "segment", "op": "eq", "value": "mid-market"},
                "value_if_won": "90000",
            }
        ],
        "value": {"currency": "EUR", "otherwise": "40000.50"},
        **changes,
    }


def profile(*, open_deals: int = 0, **fields: Any) -> AccountProfile:
    known = {name: value for name, value in {**FIELDS, **fields}.items() if value is not None}
    return AccountProfile(account_id=7, name="Kröger", owner_id=1, at=NOW, fields=known, open_deals=open_deals)


def test_points_are_earned_by_what_holds_and_half_by_what_nobody_knows():
    icp = read_icp(document(), version=3)
    assert fit_of(icp, profile()).score == 1.0
    assert fit_of(icp, profile(country="FR")).score == 0.75
    unknown = fit_of(icp, profile(industry=None))
    assert unknown.score == 0.75
    assert unknown.icp_version == 3
    missing = next(part for part in unknown.parts if part.match.truth is Truth.UNKNOWN)
    assert (missing.name, missing.points, missing.match.because) == ("Makers", 1.0, "industry is not known")


@given(
    weights=st.lists(st.floats(0.1, 50), min_size=1, max_size=6),
    country=st.sampled_from(["DE", "FR", None]),
    deals=st.integers(1, 9),
)
def test_an_exclusion_always_wins(weights, country, deals):
    fit = [
        {"name": f"signal {nth}", "weight": weight, "when": {"field": "country", "op": "eq", "value": "DE"}}
        for nth, weight in enumerate(weights)
    ]
    found = fit_of(read_icp(document(fit=fit)), profile(open_deals=deals, country=country))
    assert (found.score, found.excluded_by) == (0.0, "Open deal")
    assert len(found.parts) == len(weights)


def test_what_is_unknown_does_not_exclude():
    out = [{"name": "Partner", "reason": "They sell.", "when": {"field": "type", "op": "eq", "value": "partner"}}]
    assert fit_of(read_icp(document(exclusion=out)), profile(type=None)).excluded_by == ""


def test_the_value_is_that_of_the_first_segment_that_holds():
    icp = read_icp(document())
    assert [str(part) for part in value_of(icp, profile())] == ["mid-market", "90000"]
    assert [str(part) for part in value_of(icp, profile(segment="smb"))] == ["", "40000.50"]


def test_every_broken_place_is_told_with_value_rule_and_remedy():
    broken = document(value={"currency": "euro", "otherwise": "-3"}, surprise=1)
    broken["fit"][0]["weight"] = 0
    with pytest.raises(InvalidInput) as refused:
        read_icp(broken)
    told = {one["field"]: one for one in refused.value.context["errors"]}
    assert set(told) == {"fit[0].weight", "value.currency", "value.otherwise", "surprise"}
    assert told["fit[0].weight"]["remedy"] == "Give a number above 0."
    assert told["surprise"]["value"] == "1"
    assert all(one["rule"] and one["remedy"] for one in told.values())


def test_a_condition_that_can_not_be_read_is_named_by_its_place():
    broken = document()
    broken["fit"][1]["when"] = {"field": "industri", "op": "eq", "value": "x"}
    broken["fit"][2]["name"] = "Market"
    with pytest.raises(InvalidInput) as refused:
        read_icp(broken)
    assert [one["field"] for one in refused.value.context["errors"]] == ["fit[2]", "fit[1].when.field"]


@pytest.mark.parametrize("text", ["", "[", "[]", "7", '{"schema": "other/1"}', "[" * 5_000, "x" * 200_000])
def test_text_that_is_no_profile_is_refused_in_words(text):
    with pytest.raises(InvalidInput) as refused:
        read_icp_text(text)
    assert refused.value.hint


def test_the_hash_does_not_depend_on_the_order_of_keys():
    body = document()
    turned = dict(reversed(body.items()))
    assert canonical_json(body) == canonical_json(turned)
    assert hash_of(body) == hash_of(turned) != hash_of(document(name="Other"))


def test_the_schema_is_made_from_the_types_and_takes_the_example():
    schema = json_schema()
    assert schema["required"] == ["schema", "name", "fit", "value"]
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(document()) | {"summary"}


def test_a_profile_holds_for_a_quarter():
    assert valid_until(date(2026, 1, 15)) == date(2026, 4, 14)
    assert valid_until(date(2026, 11, 30)) == date(2027, 2, 27)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_a_quarter_is_never_shorter_than_86_days_nor_longer_than_92(day):
    assert 86 <= (valid_until(day) - day).days <= 92


def test_people_read_what_the_machine_reads():
    icp = read_icp(document(), version=4)
    told = as_markdown(icp, valid_until=date(2027, 2, 23))
    assert "# Makers in the north, version 4" in told
    assert "- **Makers** (2.00): industry is machinery" in told
    assert "- **Open deal**: at least 1 open deal. Worked there." in told
    assert next(section.title for section in sections(icp)) == "Whom we want"


def test_versions_are_compared_place_by_place():
    before, after = document(), document(name="Makers everywhere")
    after["fit"] = [before["fit"][0], {**before["fit"][1], "weight": 3.0}]
    after["exclusion"] = []
    changes = {one.place: (one.before, one.after) for one in differences(before, after)}
    assert changes == {
        "name": ("Makers in the north", "Makers everywhere"),
        "fit › Makers › weight": ("2.0", "3.0"),
        "fit › Size": ("employees is 200 to 2,000", ""),
        "exclusion › Open deal": ("at least 1 open deal", ""),
    }
    assert differences(before, document()) == ()
