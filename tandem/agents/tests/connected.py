"""Models connected to the loopback server, for tests of the runtime."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tandem.agents.actions.endpoints import EndpointFields, add_endpoint
from tandem.agents.contracts import Provider, Tier
from tandem.agents.queries import policy
from tandem.compliance.actions.residency import add_destination
from tandem.compliance.contracts.residency import DestinationKind
from tandem.core.actors import Actor, built_in_agent
from tests.model_server import ModelServer

WORKER = built_in_agent("worker", "worker")


def open_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model has passed its evals; the gates themselves are tried where they are made."""
    monkeypatch.setattr(policy, "gate_open", lambda task, engine: True)


def connect(
    server: ModelServer,
    *,
    now: datetime,
    settings: Any,
    name: str = "small",
    provider: Provider = Provider.ANTHROPIC,
    places: str = "US",
    actor: Actor = WORKER,
    **fields: Any,
) -> int:
    """A model behind the server, on the register of regions; returns the endpoint's id."""
    settings.OUTSIDE_HOSTS = [*settings.OUTSIDE_HOSTS, "127.0.0.1"]
    address = {Provider.ANTHROPIC: server.anthropic, Provider.GOOGLE: server.google}.get(provider, server.openai)
    add_destination(
        key=name, name=name, kind=DestinationKind.MODEL_ENDPOINT, places=places, address=address,
        opts_out_of_training=True, actor=actor, now=now,
    )  # fmt: skip
    told: dict[str, Any] = {
        "model": "claude-haiku-4-5", "key": "sk-test-0123456789", "price_in": Decimal(1), "price_out": Decimal(5),
        "destination": name, "tier": Tier.FAST, "timeout": 60, "most_tokens": 500, **fields,
    }  # fmt: skip
    return add_endpoint(
        EndpointFields(name=name, provider=provider, base_url=address, **told), actor=actor, now=now
    )  # fmt: skip
