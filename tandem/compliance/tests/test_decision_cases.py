"""Decisions case by case: tables of requests with the outcome and the rules that the law's text asks for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tandem.compliance.domain.rules.decisions import decide
from tandem.compliance.domain.rules.facts import CHANNELS
from tandem.compliance.domain.rules.packs import built_in

TABLES = sorted((Path(__file__).parent / "decisions").glob("*.toml"))


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The base request with a case's own facts; objects are joined, everything else replaced."""
    found = deepcopy(dict(base))
    for name, value in change.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = merged(found[name], value) if both else value
    return found


def without(request: dict[str, Any], path: str) -> None:
    """Take a field out."""
    *parents, name = path.split(".")
    for parent in parents:
        request = request.get(parent, {})
    request.pop(name, None)


def cases() -> Iterator[Any]:
    """Every case of every table."""
    for table in TABLES:
        told = tomllib.loads(table.read_text(encoding="utf-8"))
        for case in told["case"]:
            request = merged(told["base"], case.get("request", {}))
            for path in case.get("without", ()):
                without(request, path)
            yield pytest.param(case, request, id=f"{table.stem}: {case['name']}")


ALL = list(cases())


@pytest.mark.parametrize(("case", "request_told"), ALL)
def test_the_case_ends_as_the_law_says(case: Mapping[str, Any], request_told: dict[str, Any]) -> None:
    decision = decide(request_told, built_in())
    spoken = {rule.id for rule in decision.rules}
    assert decision.outcome.value == case["decision"], decision.explanation
    assert set(case["rules"]) <= spoken, decision.explanation
    assert decision.explanation
    if "hold_until" in case:
        assert decision.hold_until == datetime.fromisoformat(case["hold_until"])
    if "basis" in case:
        assert decision.basis == case["basis"]
    if "basis_has" in case:
        assert case["basis_has"] in (decision.basis or "")
    assert set(case.get("missing", ())) <= set(decision.missing)
    assert set(case.get("content", ())) <= set(decision.required_content)


def test_there_are_hundreds_of_cases_over_every_channel() -> None:
    assert len(ALL) >= 300
    assert {param.values[1]["channel"] for param in ALL} == set(CHANNELS)


def test_every_rule_that_decides_on_a_country_is_cited() -> None:
    cited = {rule for param in ALL for rule in param.values[0]["rules"]}
    deciding = {rule.id for rule in built_in().rules if rule.effect in ("allow", "forbid", "window", "cap")}
    assert deciding - cited == set()
