"""Connecting models: endpoints with sealed keys. Of a key only its last characters are ever shown or written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from tandem.access.actions import require
from tandem.agents.actions.running import run_with
from tandem.agents.ai.trial import SAMPLE, TRIAL, Trial
from tandem.agents.connectors.addresses import check_address
from tandem.agents.contracts import Provider, RunRequest, RunResult, Tier
from tandem.agents.models import ModelEndpoint
from tandem.agents.queries.endpoints import get_endpoint
from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.secrets import hint_of, seal

MOST_SECONDS, MOST_TOKENS, MOST_PLACES, MOST_PRICE = 600, 64_000, 99, Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFields:
    """What can be said of an endpoint. key : empty keeps the one there is; prices in US dollars a million tokens"""

    name: str
    provider: Provider
    model: str
    base_url: str = ""
    key: str = ""
    tier: Tier = Tier.FAST
    place: int = 1
    price_in: Decimal
    price_out: Decimal
    destination: str = ""
    timeout: int = 60
    most_tokens: int = 2_048


def add_endpoint(fields: EndpointFields, *, actor: Actor, now: datetime) -> int:
    """Connect a model; returns the endpoint's id. It answers nothing until its eval gate of a task is open.

    Raises NotAllowed without "task.manage", InvalidInput, Conflict when the name is taken.
    """
    require(actor, "task.manage")
    values = _checked(fields)
    if fields.key:
        values |= {"sealed_key": seal(fields.key), "key_hint": hint_of(fields.key)}
    try:
        with transaction.atomic():
            row = ModelEndpoint.objects.create(**values, created_at=now)
            _note(actor, "agents.endpoint_added", row.pk, values)
    except IntegrityError as error:
        raise _taken(fields.name) from error
    return row.pk


def change_endpoint(endpoint_id: int, fields: EndpointFields, *, actor: Actor, now: datetime) -> None:
    """Say something else of an endpoint. Whoever sends its questions elsewhere must know its key.

    Raises NotAllowed without "task.manage", NotFound, InvalidInput, Conflict when the name is taken.
    """
    require(actor, "task.manage")
    before = get_endpoint(endpoint_id)
    values = _checked(fields)
    is_elsewhere = (before.provider, before.base_url) != (values["provider"], values["base_url"])
    if fields.key:
        values |= {"sealed_key": seal(fields.key), "key_hint": hint_of(fields.key)}
    elif is_elsewhere and before.key_hint:
        raise InvalidInput(
            "The stored key would go to another address.", hint="Enter the key of the new address.", code="agents.key"
        )
    try:
        with transaction.atomic():
            ModelEndpoint.objects.filter(id=endpoint_id, ended_at=None).update(**values)
            _note(actor, "agents.endpoint_changed", endpoint_id, values)
    except IntegrityError as error:
        raise _taken(fields.name) from error


def set_active(endpoint_id: int, is_active: bool, *, actor: Actor, now: datetime) -> None:
    """Switch an endpoint on or off. Raises NotAllowed without "task.manage", NotFound."""
    require(actor, "task.manage")
    get_endpoint(endpoint_id)
    with transaction.atomic():
        ModelEndpoint.objects.filter(id=endpoint_id, ended_at=None).update(is_active=is_active)
        word = "on" if is_active else "off"
        ledger.append(actor, f"agents.endpoint_switched_{word}", subject=f"model_endpoint:{endpoint_id}")


def end_endpoint(endpoint_id: int, *, actor: Actor, now: datetime) -> None:
    """Take an endpoint away, and its key; what it did stays. Raises NotAllowed without "task.manage", NotFound."""
    require(actor, "task.manage")
    get_endpoint(endpoint_id)
    with transaction.atomic():
        ModelEndpoint.objects.filter(id=endpoint_id, ended_at=None).update(
            is_active=False, ended_at=now, sealed_key="", key_hint=""
        )
        ledger.append(actor, "agents.endpoint_ended", subject=f"model_endpoint:{endpoint_id}")


def try_endpoint(endpoint_id: int, *, actor: Actor, now: datetime) -> RunResult[Trial]:
    """Ask the model one question on made-up companies, through everything a real one goes through but gate and regions.

    Raises NotAllowed without "task.manage", NotFound.
    """
    require(actor, "task.manage")
    row = get_endpoint(endpoint_id)
    request = RunRequest(input=SAMPLE, subject=f"model_endpoint:{endpoint_id}")
    return run_with(TRIAL, request, engine=row.name, actor=actor, now=now)


def _checked(fields: EndpointFields) -> dict[str, Any]:
    """Values for the row. Raises InvalidInput for what can't work."""
    name, model = fields.name.strip(), fields.model.strip()
    if not name or not model:
        raise InvalidInput("An endpoint needs a name and a model.", hint="Give both.")
    if fields.tier is Tier.RULES:
        raise InvalidInput("A model is fast or strong; rules are the built-in engine.", hint="Choose fast or strong.")
    if fields.provider is Provider.OPENAI_COMPATIBLE and not fields.base_url.strip():
        raise InvalidInput("A server of your own needs its address.", hint="Write https://host/v1.")
    if not (0 <= fields.price_in <= MOST_PRICE and 0 <= fields.price_out <= MOST_PRICE):
        raise InvalidInput(f"A price is from 0 to {MOST_PRICE:,} dollars a million tokens.", hint="See the price list.")
    if not 1 <= fields.place <= MOST_PLACES:
        raise InvalidInput(f"The order in a tier is 1 to {MOST_PLACES}.", hint="The first is asked first.")
    if not (1 <= fields.timeout <= MOST_SECONDS and 1 <= fields.most_tokens <= MOST_TOKENS):
        raise InvalidInput(
            f"A call may take 1 to {MOST_SECONDS} seconds and write 1 to {MOST_TOKENS:,} tokens.", hint="Correct it."
        )
    check_address(fields.base_url.strip())
    return {
        "name": name[:60], "provider": fields.provider.value, "model": model[:120], "tier": fields.tier.value,
        "base_url": fields.base_url.strip().rstrip("/"), "place": fields.place, "price_in": fields.price_in,
        "price_out": fields.price_out, "destination": fields.destination.strip()[:60], "timeout": fields.timeout,
        "most_tokens": fields.most_tokens,
    }  # fmt: skip


def _note(actor: Actor, action: str, endpoint_id: int, values: Mapping[str, Any]) -> None:
    told = {name: value for name, value in values.items() if name not in ("sealed_key", "key_hint")}
    told |= {"price_in": str(values["price_in"]), "price_out": str(values["price_out"])}
    ledger.append(
        actor, action, subject=f"model_endpoint:{endpoint_id}", has_new_key="sealed_key" in values, **told
    )  # fmt: skip


def _taken(name: str) -> Conflict:
    return Conflict(f"There is an endpoint {name!r} already.", hint="Choose another name.", code="agents.endpoint_name")
