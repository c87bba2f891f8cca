"""API of runs, model endpoints and budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from tandem.access.guard import api
from tandem.agents.actions import endpoints as actions
from tandem.agents.actions.endpoints import EndpointFields
from tandem.agents.actions.policy import set_budget
from tandem.agents.contracts import BudgetScope, Provider, Tier
from tandem.agents.queries import runs
from tandem.agents.queries.endpoints import get_endpoint, list_endpoints
from tandem.agents.queries.runs import RunFilters
from tandem.agents.queries.spending import get_budget, spent_rows
from tandem.agents.web.budgets import rows_in_sight
from tandem.core.api import Cursor, Limit, Listed, actor_of, listed, moment_of, place, repeatable

router = Router(tags=["AI tasks"])

Word = Annotated[str, Query(max_length=150)]
Price = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4, description="US dollars a million tokens.")]
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4)]


class Run(Schema):
    """A run of an AI task. `cost` in US dollars, of all its calls of models."""

    id: int
    task: str
    subject: str
    actor_name: str
    campaign: str
    engine: str
    tier: str
    state: str
    because: str
    tokens_in: int
    tokens_out: int
    cost: Decimal
    tries: int
    seconds: float
    started_at: datetime


class Call(Schema):
    """One call of a model. `cost` none: still open; `is_bound`: not told, so what it can cost at most counts."""

    id: int
    endpoint: str
    state: str
    failure: str
    cost: Decimal | None
    is_bound: bool
    tokens_in: int
    tokens_out: int
    seconds: float


class WholeRun(Run):
    """A run with what went in and came out. `input`, `output` none: none, erased, or past its time."""

    prompt_hash: str
    input: Any = None
    output: Any = None
    evidence_ids: list[str]
    violations: list[dict[str, str]]
    calls: list[Call]


class Endpoint(Schema):
    """A connected model; of its key only the last characters. `destination`: where it processes, by the register."""

    id: int
    name: str
    provider: Provider
    model: str
    engine: str
    base_url: str
    key_hint: str
    tier: Tier
    place: int
    price_in: Decimal
    price_out: Decimal
    destination: str
    timeout: int
    most_tokens: int
    is_active: bool


class NewEndpoint(Schema):
    """A model to connect. `key` is stored sealed and never given out again."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    provider: Provider
    model: Annotated[str, Field(min_length=1, max_length=120)]
    base_url: Annotated[str, Field(max_length=300)] = ""
    key: Annotated[str, Field(max_length=400)] = ""
    tier: Tier = Tier.FAST
    place: Annotated[int, Field(ge=1, description="Order within the tier, at most 99.")] = 1
    price_in: Price
    price_out: Price
    destination: Annotated[str, Field(max_length=60)] = ""
    timeout: Annotated[int, Field(ge=1, description=f"Seconds, at most {actions.MOST_SECONDS}.")] = 60
    most_tokens: Annotated[int, Field(ge=1, description=f"Written in a call, at most {actions.MOST_TOKENS}.")] = 2_048


class Budget(Schema):
    """What was spent for a scope by UTC day and month, and its limits; in US dollars. `budget_id` none: no limit."""

    scope: BudgetScope
    key: str
    label: str
    day: Decimal
    month: Decimal
    calls: int
    budget_id: int | None
    a_day: Decimal | None
    a_month: Decimal | None
    is_used_up: bool


class NewBudget(Schema):
    """A limit. `key`: task, seller's id or campaign; empty for "all"."""

    scope: BudgetScope
    key: Annotated[str, Field(max_length=120)] = ""
    a_day: Dollars | None = None
    a_month: Dollars | None = None


class Budgets(Schema):
    """All of them; there are few."""

    items: list[Budget]


@router.get("/ai/runs", response=Listed[Run], summary="Runs of AI tasks in sight, by id")
@api("task", "view")
def list_runs(
    request: HttpRequest,
    task: Word = "",
    state: Word = "",
    engine: Word = "",
    subject: Word = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Mapping[str, Any]:
    """Within the caller's sight, as the page shows them."""
    filters = RunFilters(task=task, state=state, engine=engine, subject=subject)
    rows = runs.list_runs_after(actor_of(request), filters, after_id=place(cursor), limit=limit + 1)
    return listed(rows, limit)


@router.get("/ai/runs/{run_id}", response=WholeRun, summary="One run")
@api("task", "view")
def get_run(request: HttpRequest, run_id: int) -> Mapping[str, Any]:
    """With its input, answer, evidence and calls."""
    found = runs.get_run(actor_of(request), run_id)
    told = {name: getattr(found, name) for name in ("prompt_hash", "input", "output", "evidence_ids", "violations")}
    return {**found.row.as_dict(), **told, "calls": [asdict(call) for call in found.calls]}


@router.get("/ai/models", response=Listed[Endpoint], summary="Connected models, by id")
@api("task", "view")
def list_models(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> Mapping[str, Any]:
    """Without their keys."""
    return listed(list_endpoints(after_id=place(cursor), limit=limit + 1), limit)


@router.post("/ai/models", response=Endpoint, summary="Connect a model")
@api("task", "manage")
@repeatable
def add_model(request: HttpRequest, body: NewEndpoint) -> Mapping[str, Any]:
    """It answers a task live only after it has passed the task's evals."""
    fields = EndpointFields(**body.model_dump())
    made = actions.add_endpoint(fields, actor=actor_of(request), now=moment_of(request))
    return get_endpoint(made).as_dict()


@router.get("/ai/budgets", response=Budgets, summary="What models cost, and what may be spent")
@api("task", "view")
def list_budgets(request: HttpRequest) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Sellers and managers see the lines of their own people."""
    rows = rows_in_sight(actor_of(request), spent_rows(now=moment_of(request)))
    return {"items": [row.as_dict() for row in rows]}


@router.post("/ai/budgets", response=Budget, summary="Set a budget")
@api("task", "manage")
@repeatable
def add_budget(request: HttpRequest, body: NewBudget) -> Mapping[str, Any]:
    """At the limit the built-in engine does the work."""
    made = set_budget(body.scope, body.key, a_day=body.a_day, a_month=body.a_month, actor=actor_of(request),
                      now=moment_of(request))  # fmt: skip
    return get_budget(made, now=moment_of(request)).as_dict()
