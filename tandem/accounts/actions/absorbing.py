"""One golden record taking in another, and giving it back: what both merging and resolving do to the tables.

Called inside the caller's transaction, after its checks; writes no ledger entry and puts nothing together anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model, UniqueConstraint

from tandem.accounts.contracts import Entity
from tandem.accounts.models import (
    Account,
    AccountDomain,
    AccountName,
    Contact,
    Employment,
    MatchPair,
    MergeEvent,
    Opportunity,
    SourceRecord,
)
from tandem.accounts.queries.choosing.records import in_slices

GOLDEN: Mapping[Entity, type[Model]] = {Entity.ACCOUNT: Account, Entity.CONTACT: Contact}
# Put together anew from source records, whatever stood there before: nothing to move.
DERIVED: Mapping[Entity, frozenset[type[Model]]] = {
    Entity.ACCOUNT: frozenset({AccountDomain, AccountName, Employment, Contact, Opportunity}),
    Entity.CONTACT: frozenset({Employment}),
}
POINTER = "merged_into"


def absorb(
    entity: Entity,
    *,
    kept_id: int,
    absorbed_id: int,
    record_ids: Sequence[int],
    by: str,
    now: datetime,
    pair: MatchPair | None = None,
) -> MergeEvent:
    """Move records and facts of one golden record to another; the absorbed one lives on as a pointer.

    record_ids : source records of the absorbed one that move; typed-in corrections among them
    """
    for some in in_slices(record_ids):
        SourceRecord.objects.filter(id__in=some).update(golden_id=kept_id, is_dirty=True)
    moved = {name: ids for name, ids in _move_facts(entity, absorbed_id, kept_id) if ids}
    pointer = GOLDEN[entity]._default_manager.filter(id=absorbed_id)
    if pointer.exists():
        _make_known(entity, kept_id, now)
        pointer.update(merged_into_id=kept_id)
    return MergeEvent.objects.create(
        entity=entity,
        kept_id=kept_id,
        absorbed_id=absorbed_id,
        record_ids=sorted(record_ids),
        moved=moved,
        pair=pair,
        at=now,
        by=by,
    )


def release(event: MergeEvent, *, now: datetime) -> list[int]:
    """Give the absorbed record back what moved with it, as far as it still stands where it was put.

    Returns the source records that moved back.
    """
    entity = Entity(event.entity)
    GOLDEN[entity]._default_manager.filter(id=event.absorbed_id).update(merged_into=None)
    back: list[int] = []
    for some in in_slices(event.record_ids):
        rows = SourceRecord.objects.filter(id__in=some, golden_id=event.kept_id)
        back += rows.values_list("id", flat=True)
        rows.update(golden_id=event.absorbed_id, is_dirty=True)
    fields = {_name(model, column): (model, column) for model, column in _pointing(entity)}
    for name, ids in event.moved.items():
        if name in fields:
            model, column = fields[name]
            for some in in_slices(ids):
                rows_: Any = model._default_manager.filter(id__in=some, **{column: event.kept_id})
                rows_.update(**{column: event.absorbed_id})
    event.undone_at = now
    event.save(update_fields=["undone_at"])
    return sorted(back)


def _make_known(entity: Entity, golden_id: int, now: datetime) -> None:
    """Make the golden row when it was not put together yet, so that pointers have an end; assembling fills it."""
    model: Any = GOLDEN[entity]
    model.objects.get_or_create(id=golden_id, defaults={"name": "", "created_at": now, "updated_at": now})


def _pointing(entity: Entity) -> Iterator[tuple[type[Model], str]]:
    """Every table and column of any room that points at golden records of this kind and is kept as it was told."""
    for relation in GOLDEN[entity]._meta.get_fields(include_hidden=True):
        related: Any = relation.related_model
        if not relation.auto_created or relation.concrete or related in DERIVED[entity]:
            continue
        if related is GOLDEN[entity] and relation.field.name != POINTER:  # type: ignore[union-attr]
            continue
        yield related, str(relation.field.attname)  # type: ignore[union-attr]


def _name(model: type[Model], column: str) -> str:
    """A moved table's word in the event: "activity"; with the column where it is not the usual one."""
    word = str(model._meta.model_name)
    return word if column in ("account_id", "contact_id") else f"{word}.{column}"


def _move_facts(entity: Entity, absorbed_id: int, kept_id: int) -> Iterator[tuple[str, list[int]]]:
    for model, column in _pointing(entity):
        ids = _movable(model, column, absorbed_id, kept_id)
        for some in in_slices(ids):
            rows: Any = model._default_manager.filter(id__in=some)
            rows.update(**{column: kept_id})
        yield _name(model, column), ids


def _movable(model: type[Model], column: str, absorbed_id: int, kept_id: int) -> list[int]:
    """Rows that may move: all but those of which the kept record has its own already, and itself."""
    rows: Any = model._default_manager
    found = rows.filter(**{column: absorbed_id}).order_by("id")
    if model in GOLDEN.values():
        found = found.exclude(id=kept_id)
    ids = set(found.values_list("id", flat=True))
    for others in _unique_with(model, column):
        taken = set(rows.filter(**{column: kept_id}).values_list(*others))
        ids -= {pk for pk, *values in found.values_list("id", *others) if tuple(values) in taken}
    return sorted(ids)


def _unique_with(model: type[Model], column: str) -> Iterable[tuple[str, ...]]:
    """The other columns of each unique constraint that the column stands in."""
    for constraint in model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint):
            continue
        columns = [str(model._meta.get_field(name).attname) for name in constraint.fields]  # type: ignore[union-attr]
        if column in columns:
            yield tuple(name for name in columns if name != column)
