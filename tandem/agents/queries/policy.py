"""The routing policy as it stands: read once for a task, then asked in memory for each request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tandem.agents.contracts import Provider, RunRequest, Task, Tier
from tandem.agents.domain.routing import Choice, Endpoint, Rule, choose_tier
from tandem.agents.models import ModelEndpoint, RoutingRule
from tandem.agents.queries.evals import gate_open
from tandem.compliance.contracts.residency import DestinationKind, Region
from tandem.compliance.queries.residency import Transfers, load_transfers
from tandem.core.errors import NotFound

REGIONS = {region.value: region for region in Region}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who is to be asked for one request, in this order, before the built-in engine. because : why, in words"""

    tier: Tier
    endpoints: tuple[Endpoint, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that decides who does a task on a day.

    gates : endpoint id to whether its model may answer the task live
    transfers : None when no model is connected: then nothing can go anywhere
    answered : why an endpoint may not see data of a region, as far as it was asked
    """

    task: Task[Any, Any]
    rules: Sequence[Rule]
    endpoints: Sequence[Endpoint]
    gates: Mapping[int, bool]
    transfers: Transfers | None
    answered: dict[tuple[int, str], str] = field(default_factory=dict)

    def plan(self, request: RunRequest[Any]) -> Plan:
        """The plan for one request. No query."""
        task = self.task
        choice = choose_tier(task.name, task.tier, value=request.value, region=request.region, rules=self.rules)
        if choice.tier is Tier.RULES:
            return Plan(tier=Tier.RULES, endpoints=(), because=choice.because)
        found = [one for one in self.endpoints if one.tier is choice.tier]
        told = [] if found else [f"No {choice.tier.value} model is connected."]
        open_ones = []
        for one in found:
            why_not = self._known_why_not(one, request.region)
            if why_not:
                told.append(why_not)
            else:
                open_ones.append(one)
        return Plan(tier=choice.tier, endpoints=tuple(open_ones), because=_joined(choice, told))

    def _known_why_not(self, endpoint: Endpoint, region: str) -> str:
        key = (endpoint.id, region)
        if key not in self.answered:
            self.answered[key] = self._why_not(endpoint, region)
        return self.answered[key]

    def _why_not(self, endpoint: Endpoint, region: str) -> str:
        """Why an endpoint may not be asked; empty: it may."""
        if not self.gates.get(endpoint.id, False):
            return f"{endpoint.name} has not passed the eval gate of this task."
        return self._why_not_there(endpoint, region)

    def _why_not_there(self, endpoint: Endpoint, region: str) -> str:
        if self.transfers is None:
            return f"Nothing is on record of where {endpoint.name} processes."
        place = self.transfers.destinations.get(endpoint.destination)
        if place is None or place.kind is not DestinationKind.MODEL_ENDPOINT:
            return f"{endpoint.name} is in no register of regions as a model endpoint."
        wanted = [REGIONS[region]] if region in REGIONS else list(Region)
        answer = self.transfers.may_see(endpoint.destination, wanted)
        if answer.allowed:
            return ""
        who = f"people in {region.upper()}" if region in REGIONS else "people of every region (this one's is not known)"
        return f"{endpoint.name} may not see data of {who}."


def _joined(choice: Choice, told: Sequence[str]) -> str:
    return " ".join([choice.because, *told])


def load_policy(task: Task[Any, Any], *, today: date) -> Policy:
    """The policy for a task. Two queries; with models connected, three more and two for each."""
    rules = routing_rules()
    endpoints = active_endpoints()
    return Policy(
        task=task,
        rules=rules,
        endpoints=endpoints,
        gates={one.id: gate_open(task.name, one.engine) for one in endpoints},
        transfers=load_transfers(today=today) if endpoints else None,
    )


def routing_rules() -> list[Rule]:
    """Rules in their order. One query."""
    return [
        Rule(
            place=row.place,
            task=row.task,
            tier=Tier(row.tier),
            least_value=row.least_value,
            region=row.region,
            note=row.note,
        )
        for row in RoutingRule.objects.order_by("place")
    ]


def active_endpoints() -> list[Endpoint]:
    """Endpoints that may be asked, in the order in which they are. One query."""
    rows = ModelEndpoint.objects.filter(is_active=True, ended_at=None).order_by("tier", "place", "id")
    return [endpoint_of(row) for row in rows]


def find_endpoint(endpoint_id: int) -> Endpoint:
    """One standing endpoint, also one that is switched off. Raises NotFound."""
    row = ModelEndpoint.objects.filter(id=endpoint_id, ended_at=None).first()
    if row is None:
        raise NotFound(f"There is no model endpoint {endpoint_id}.", hint="See AI, Models for those there are.")
    return endpoint_of(row)


def endpoint_of(row: ModelEndpoint) -> Endpoint:
    """A row as the router knows it, without its key."""
    return Endpoint(
        id=row.pk,
        name=row.name,
        provider=Provider(row.provider),
        model=row.model,
        base_url=row.base_url,
        tier=Tier(row.tier),
        place=row.place,
        price_in=row.price_in,
        price_out=row.price_out,
        destination=row.destination,
        timeout=row.timeout,
        most_tokens=row.most_tokens,
    )
