"""From source records to golden accounts, contacts and deals.

A golden record is a pure function of its source records and the survivorship rules: put together again it comes out
the same, in whatever order the records came. Batches of one transaction each, in which the dirty flags go too.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.accounts.actions.assembling.accounts import has_family, write_accounts, write_parents
from tandem.accounts.actions.assembling.contacts import write_contacts
from tandem.accounts.actions.assembling.context import Context, Tally
from tandem.accounts.actions.assembling.deals import give_ids, write_deals
from tandem.accounts.actions.assembling.marking import (
    dependents_of,
    mark_dependents,
    mark_for_new_people,
    note_people,
)
from tandem.accounts.actions.assembling.retiring import retire, untold
from tandem.accounts.actions.opting_out import suppress_at_once
from tandem.accounts.contracts import Entity
from tandem.accounts.models import SourceRecord
from tandem.accounts.queries.choosing.records import among, in_slices
from tandem.core import ledger
from tandem.core.actors import Actor

GOLDEN_AT_ONCE = 5_000
Progress = Callable[[int, int | None, str], None]
Write = Callable[[Sequence[int], Context], Tally]
WRITERS: dict[Entity, Write] = {
    Entity.ACCOUNT: write_accounts,
    Entity.CONTACT: write_contacts,
    Entity.OPPORTUNITY: write_deals,
}
WORDS = {Entity.ACCOUNT: "accounts", Entity.CONTACT: "contacts", Entity.OPPORTUNITY: "deals"}

__all__ = ["AssembleReport", "Tally", "assemble", "assemble_ids"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembleReport:
    """What one run did, entity by entity."""

    accounts: Tally = field(default_factory=Tally)
    contacts: Tally = field(default_factory=Tally)
    deals: Tally = field(default_factory=Tally)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)

    @property
    def changed_anything(self) -> bool:
        """Whether any golden row came, went or became another."""
        return any(
            tally.created or tally.changed or tally.retired for tally in (self.accounts, self.contacts, self.deals)
        )


def assemble(*, actor: Actor, now: datetime, progress: Progress | None = None) -> AssembleReport:
    """Put together every golden record whose source records changed, accounts first.

    Deals without a golden id get one each; accounts and contacts get theirs from matching.
    progress : told (golden records done, all, what)
    """
    require(actor, "source.manage")
    context = Context(now)
    mark_for_new_people()
    accounts = _assemble_dirty(Entity.ACCOUNT, context, progress)
    contacts = _assemble_dirty(Entity.CONTACT, context, progress)
    while _give_some_ids():
        pass
    deals = _assemble_dirty(Entity.OPPORTUNITY, context, progress)
    report = AssembleReport(
        deals=deals + _retire_untold(Entity.OPPORTUNITY),
        contacts=contacts + _retire_untold(Entity.CONTACT),
        accounts=accounts + _retire_untold(Entity.ACCOUNT),
    )
    with transaction.atomic():
        note_people(now)
        if report.changed_anything:
            ledger.append(actor, "accounts.assembled", subject="accounts:all", **report.as_dict())
    return report


def assemble_ids(entity: Entity, ids: Iterable[int], *, now: datetime, with_dependents: bool = True) -> Tally:
    """Put these golden records together now, in the caller's transaction: after a merge, its undoing, a correction.

    Contacts who are now known to have opted out are suppressed with it. The caller has checked that the actor may.
    with_dependents : also the contacts and deals at these accounts; not needed when no record moved
    """
    context = Context(now)
    wanted = sorted(set(ids))
    told = dependents_of(wanted) if entity is Entity.ACCOUNT and with_dependents else {}
    with transaction.atomic():
        tally = _write(entity, wanted, context)
        tally += Tally(retired=retire(entity, untold(entity, wanted)))
        if entity is Entity.ACCOUNT and has_family(wanted):
            write_parents(context)
        for other, others in told.items():
            for some in in_slices(others, GOLDEN_AT_ONCE):
                _write(other, some, context)
        if entity is Entity.CONTACT:
            suppress_at_once(wanted, now=now)
    return tally


def _give_some_ids() -> int:
    with transaction.atomic():
        return give_ids()


def _assemble_dirty(entity: Entity, context: Context, progress: Progress | None) -> Tally:
    """Every dirty golden record of an entity, a batch a transaction."""
    rows = SourceRecord.objects.filter(entity=entity, is_dirty=True, golden_id__isnull=False)
    ids = array("q", (pk for pk in rows.order_by("golden_id").values_list("golden_id", flat=True).distinct() if pk))
    tally = Tally()
    for start in range(0, len(ids), GOLDEN_AT_ONCE):
        with transaction.atomic():
            tally += _write(entity, list(ids[start : start + GOLDEN_AT_ONCE]), context)
        if progress:
            progress(min(start + GOLDEN_AT_ONCE, len(ids)), len(ids), f"putting {WORDS[entity]} together")
    if entity is Entity.ACCOUNT:
        gone = untold(entity)
        mark_dependents([*ids, *gone])
        if ids or gone:
            with transaction.atomic():
                write_parents(context)
    return tally


def _retire_untold(entity: Entity) -> Tally:
    tally = Tally()
    for some in in_slices(untold(entity), GOLDEN_AT_ONCE):
        with transaction.atomic():
            tally += Tally(retired=retire(entity, some))
    return tally


def _write(entity: Entity, ids: Sequence[int], context: Context) -> Tally:
    """Clear the flags first: a record that changes while we read it is flagged again and comes round once more."""
    SourceRecord.objects.filter(entity=entity, is_dirty=True, **among("golden_id", ids)).update(is_dirty=False)
    return WRITERS[entity](ids, context)
