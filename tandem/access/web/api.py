"""API of people and agents. Tokens are not given out here: they are shown once, on the page or in the shell."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access import actions, queries
from tandem.access.contracts import PersonSummary, Role
from tandem.access.guard import api
from tandem.core.api import actor_of, moment_of, repeatable

router = Router()


class People(Schema):
    """Everybody, by name."""

    items: list[PersonSummary]


class Agents(Schema):
    """Every agent identity, active ones first."""

    items: list[queries.AgentSummary]


class UnusedScopes(Schema):
    """Rights that active agents hold and have not used lately."""

    items: list[queries.UnusedScope]


class NewAgent(Schema):
    """What a new agent is for and may do."""

    name: str = Field(description="Small letters, digits and dashes; no person's name.", max_length=80)
    purpose: str = Field(max_length=300)
    scopes: list[str] = Field(description="Scope words, e.g. accounts.read.")
    answerable_id: int = Field(description="Id of the person who answers for it.")


class Reason(Schema):
    """Why something is done; the ledger keeps it."""

    reason: str = Field(max_length=300)


@router.get("/people", response=People, tags=["access"], summary="People of this company")
@api("person", "view")
def list_people(
    request: HttpRequest,
    role: Annotated[Role | None, Query(description="Only this role.")] = None,
    active_only: Annotated[bool, Query(description="Leave out people who are shut out.")] = False,
) -> dict[str, object]:
    """Everybody, by name."""
    return {"items": queries.list_people(role=role, active_only=active_only)}


@router.get("/people/{int:person_id}", response=PersonSummary, tags=["access"], summary="One person")
@api("person", "view")
def get_person(request: HttpRequest, person_id: int) -> PersonSummary:
    """One person of this company."""
    return queries.get_person(person_id)


@router.get("/agents", response=Agents, tags=["access"], summary="Agent identities")
@api("agent", "view")
def list_agents(request: HttpRequest) -> dict[str, object]:
    """Every agent identity with its scopes and when it last acted."""
    return {"items": queries.list_agents()}


@router.get("/agents/unused-scopes", response=UnusedScopes, tags=["access"], summary="Scopes nobody uses")
@api("agent", "view")
def unused_scopes(
    request: HttpRequest, days: Annotated[int, Query(ge=1, le=365, description="Unused for so long.")] = 30
) -> dict[str, object]:
    """Rights that active agents hold and have not used: candidates for taking away."""
    return {"items": queries.unused_scopes_report(now=moment_of(request), days=days)}


@router.get("/agents/{int:agent_id}", response=queries.AgentSummary, tags=["access"], summary="One agent")
@api("agent", "view")
def get_agent(request: HttpRequest, agent_id: int) -> queries.AgentSummary:
    """One agent identity."""
    return queries.get_agent(agent_id)


@router.post("/agents", response=queries.AgentSummary, tags=["access"], summary="A new agent identity")
@api("agent", "manage")
@repeatable
def create_agent(request: HttpRequest, body: NewAgent) -> queries.AgentSummary:
    """Make an identity without a token; RevOps makes the token on the agent's page or in the shell."""
    agent_id = actions.create_agent(**body.dict(), actor=actor_of(request), now=moment_of(request))
    return queries.get_agent(agent_id)


@router.post("/agents/{int:agent_id}/revoke", response=queries.AgentSummary, tags=["access"], summary="Stop an agent")
@api("agent", "decide")
@repeatable
def revoke_agent(request: HttpRequest, agent_id: int, body: Reason) -> queries.AgentSummary:
    """Stop an agent everywhere at once; its tokens end with it."""
    actions.revoke_agent(agent_id=agent_id, reason=body.reason, actor=actor_of(request), now=moment_of(request))
    return queries.get_agent(agent_id)
