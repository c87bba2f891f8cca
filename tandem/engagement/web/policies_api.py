"""API of policies: versions and cases of a campaign's, and putting one into force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from tandem.access.guard import api
from tandem.core.api import actor_of, moment_of, repeatable
from tandem.engagement.actions import policies
from tandem.engagement.domain.policy_rules import policy_json
from tandem.engagement.queries import campaigns as campaign_queries
from tandem.engagement.queries import policies as policy_queries

router = Router(tags=["engagement"])


class VersionMade(Schema):
    """Number of the draft."""

    number: int


class CaseMade(Schema):
    """Number of the case."""

    id: int


class PolicyIn(Schema):
    """Rules to keep as a draft, as the policy page names them."""

    rules: dict[str, Any]
    note: str = Field("", max_length=300)


class PolicyOut(Schema):
    """A version of a campaign's policy."""

    id: int
    number: int
    state: str
    rules: dict[str, Any]
    in_force_at: datetime | None
    why: str


class CaseIn(Schema):
    """A case that the policy must judge as said."""

    name: str = Field(max_length=200)
    facts: dict[str, Any]
    breaches: list[str] = Field(default_factory=list, description="Rules it must break; empty: it may leave.")


class CaseOut(Schema):
    """A case and what the newest policy says of it."""

    id: int
    name: str
    expected: list[str]
    got: list[str] | None = Field(description="Null: there is no policy yet.")


@router.get("/campaigns/{campaign_id}/policies", response=list[PolicyOut], summary="Versions of a campaign's policy")
@api("campaign", "view")
def list_policies(request: HttpRequest, campaign_id: int) -> list[dict[str, Any]]:
    """Newest first."""
    row = campaign_queries.get_campaign(actor_of(request), campaign_id)
    return [_policy(one) for one in policy_queries.list_policies(row.id)]


@router.post("/campaigns/{campaign_id}/policies", response=VersionMade, summary="Keep rules as the policy's draft")
@api("campaign", "edit")
@repeatable
def save_policy(request: HttpRequest, campaign_id: int, body: PolicyIn) -> dict[str, int]:
    """Answers with the draft's number; what is in force stays until the draft is."""
    number = policies.save(campaign_id, body.rules, note=body.note, actor=actor_of(request), now=moment_of(request))
    return {"number": number}


@router.get("/campaigns/{campaign_id}/policy-cases", response=list[CaseOut], summary="Cases of a campaign's policy")
@api("campaign", "view")
def list_cases(request: HttpRequest, campaign_id: int) -> list[dict[str, Any]]:
    """Each with what the newest version says of it."""
    row = campaign_queries.get_campaign(actor_of(request), campaign_id)
    versions, tests = policy_queries.list_policies(row.id), policy_queries.list_tests(row.id)
    results = policy_queries.results_of(versions[0].policy, tests) if versions else [None] * len(tests)
    return [
        {"id": test.id, "name": test.name, "expected": test.breaches, "got": result.got if result else None}
        for test, result in zip(tests, results, strict=True)
    ]


@router.post("/campaigns/{campaign_id}/policy-cases", response=CaseMade, summary="Write a case for a campaign's policy")
@api("campaign", "edit")
@repeatable
def add_case(request: HttpRequest, campaign_id: int, body: CaseIn) -> dict[str, int]:
    """A policy goes into force only when all cases pass."""
    made = policies.add_test(
        campaign_id, body.name, body.facts, body.breaches, actor=actor_of(request), now=moment_of(request)
    )
    return {"id": made}


@router.put("/policies/{policy_id}/force", response=PolicyOut, summary="Put a policy into force")
@api("campaign", "decide")
@repeatable
def put_in_force(request: HttpRequest, policy_id: int) -> dict[str, Any]:
    """Only by a person, and only when its own cases pass."""
    policies.put_in_force(policy_id, actor=actor_of(request), now=moment_of(request))
    return _policy(policy_queries.get_policy(policy_id))


def _policy(one: policy_queries.PolicyRow) -> dict[str, Any]:
    return {
        "id": one.id, "number": one.number, "state": one.state, "rules": policy_json(one.policy),
        "in_force_at": one.in_force_at, "why": one.why,
    }  # fmt: skip
