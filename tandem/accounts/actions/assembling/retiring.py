"""Golden rows that no source tells of any more: their records moved to another one, or went away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, Model, OuterRef

from tandem.accounts.contracts import Entity
from tandem.accounts.models import (
    Account,
    AccountDomain,
    AccountName,
    Contact,
    ContactPoint,
    Employment,
    Opportunity,
    OpportunityChange,
    SourceRecord,
)
from tandem.accounts.queries.choosing.records import in_slices

GOLDEN: dict[Entity, type[Model]] = {
    Entity.ACCOUNT: Account,
    Entity.CONTACT: Contact,
    Entity.OPPORTUNITY: Opportunity,
}
# Parts go with their row, and golden rows that point at it are put together anew: neither keeps it alive.
OWN_PARTS: dict[Entity, frozenset[type[Model]]] = {
    Entity.ACCOUNT: frozenset({AccountDomain, AccountName, Employment, Contact, Opportunity}),
    Entity.CONTACT: frozenset({ContactPoint, Employment}),
    Entity.OPPORTUNITY: frozenset({OpportunityChange}),
}


def untold(entity: Entity, among: Sequence[int] | None = None) -> list[int]:
    """Living golden rows without a source record. `among`: only these; None: all."""
    told = SourceRecord.objects.filter(entity=entity, golden_id=OuterRef("id"))
    rows: Any = GOLDEN[entity]._default_manager.filter(~Exists(told))
    if entity is not Entity.OPPORTUNITY:
        rows = rows.filter(merged_into=None)
    if among is not None:
        rows = rows.filter(id__in=among)
    return list(rows.order_by("id").values_list("id", flat=True))


def retire(entity: Entity, ids: Sequence[int]) -> int:
    """Delete those of these rows that nothing points at; returns how many. The others stay as they were."""
    gone = 0
    for some in in_slices(ids):
        held = _pointed_at(entity, some)
        free = [pk for pk in some if pk not in held]
        GOLDEN[entity]._default_manager.filter(id__in=free).delete()
        gone += len(free)
    return gone


def _pointed_at(entity: Entity, ids: Sequence[int]) -> set[int]:
    held: set[int] = set()
    for relation in GOLDEN[entity]._meta.get_fields(include_hidden=True):
        related: Any = relation.related_model
        if not relation.auto_created or relation.concrete or related in OWN_PARTS[entity]:
            continue
        column = relation.field.attname  # type: ignore[union-attr]
        rows = related._default_manager.filter(**{f"{column}__in": ids})
        held.update(pk for pk in rows.values_list(column, flat=True) if pk not in held)
    return held
