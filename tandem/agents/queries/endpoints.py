"""Endpoints of models: what pages show of them, and the way in for the runtime alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tandem.agents.contracts import Provider
from tandem.agents.domain.asking import Door
from tandem.agents.models import ModelEndpoint
from tandem.core.errors import NotFound
from tandem.core.secrets import unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """An endpoint as lists show it. key_hint : the last characters of its key; empty: it has none"""

    id: int
    name: str
    provider: str
    model: str
    base_url: str
    key_hint: str
    tier: str
    place: int
    price_in: Decimal
    price_out: Decimal
    destination: str
    timeout: int
    most_tokens: int
    is_active: bool
    created_at: datetime

    @property
    def engine(self) -> str:
        """As runs name it: "provider:model"."""
        return f"{self.provider}:{self.model}"

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the key is not among it."""
        return {**asdict(self), "engine": self.engine}


NAMES = tuple(EndpointRow.__dataclass_fields__)


def list_endpoints(*, after_id: int = 0, limit: int | None = None) -> list[EndpointRow]:
    """Standing endpoints; by tier and place, or by id behind a cursor. One query."""
    rows = ModelEndpoint.objects.filter(ended_at=None)
    ordered = rows.order_by("tier", "place", "id") if limit is None else rows.filter(id__gt=after_id).order_by("id")
    return [EndpointRow(**row) for row in ordered.values(*NAMES)[:limit]]


def get_endpoint(endpoint_id: int) -> EndpointRow:
    """One standing endpoint. Raises NotFound."""
    row = ModelEndpoint.objects.filter(id=endpoint_id, ended_at=None).values(*NAMES).first()
    if row is None:
        raise NotFound(f"There is no model endpoint {endpoint_id}.", hint="See AI, Models for those there are.")
    return EndpointRow(**row)


def find_by_name(name: str) -> EndpointRow:
    """A standing endpoint by its name or engine ("openai:gpt-5"). Raises NotFound naming those that are known."""
    found = list_endpoints()
    for one in found:
        if name in (one.name, one.engine):
            return one
    known = ", ".join(f"{one.name} ({one.engine})" for one in found) or "none is connected"
    raise NotFound(f"There is no model endpoint {name!r}.", hint=f"Known: {known}.")


def doors(endpoint_ids: Sequence[int]) -> dict[int, Door]:
    """How to reach endpoints, with their keys in the clear: for calls alone. One query.

    Raises Conflict when a key was sealed with a secret that is gone.
    """
    return {
        row.pk: Door(
            provider=Provider(row.provider),
            model=row.model,
            base_url=row.base_url,
            key=unseal(row.sealed_key),
            timeout=float(row.timeout),
            most_tokens=row.most_tokens,
        )
        for row in ModelEndpoint.objects.filter(id__in=endpoint_ids, ended_at=None)
    }
