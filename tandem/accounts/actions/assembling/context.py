"""What one run of assembling reads once: rules, kinds of sources, and what records point at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tandem.accounts.contracts import Entity
from tandem.accounts.models import OpportunityChange, OpportunitySnapshot, Source
from tandem.accounts.queries.choosing.links import Links
from tandem.accounts.queries.choosing.records import Record, Rules, records_of, rules_in_force, source_kinds

SNAPSHOT_FIELDS = ("stage", "amount", "probability", "forecast_category", "close_on")
HISTORY_ORIGINS = ("field_history", "stage_history")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of a number of golden records.

    together : put together in this run
    created, changed, retired : among the rows; a row that came out as it was is none of them
    history : changes of deals written down
    """

    together: int = 0
    created: int = 0
    changed: int = 0
    retired: int = 0
    history: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            together=self.together + other.together,
            created=self.created + other.created,
            changed=self.changed + other.changed,
            retired=self.retired + other.retired,
            history=self.history + other.history,
        )


class Context:
    """One run: the moment, the rules in force and the lookups, each read at most once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.links = Links()
        self._rules: dict[str, Rules] = {}

    def rules(self, entity: Entity) -> Rules:
        """The survivorship rules of an entity."""
        if entity not in self._rules:
            self._rules[entity] = rules_in_force(entity)
        return self._rules[entity]

    @cached_property
    def kinds(self) -> dict[int, str]:
        """Kind of every source."""
        return source_kinds()

    def records(self, entity: Entity, golden_ids: Sequence[int]) -> dict[int, list[Record]]:
        """Source records of one batch by golden id."""
        found = records_of(entity, golden_ids, self.kinds)
        return {golden_id: records for golden_id, records in found.items() if is_known(records)}

    @cached_property
    def covered(self) -> frozenset[tuple[int, str]]:
        """(source, field) of deal fields whose history the source itself exports."""
        told = OpportunityChange.objects.filter(origin__in=HISTORY_ORIGINS).order_by()
        found = set(told.values_list("source_id", "field").distinct())
        shown = Source.objects.filter(id__in=OpportunitySnapshot.objects.values("source_id"))
        return frozenset(
            found | {(pk, field) for pk in shown.values_list("id", flat=True) for field in SNAPSHOT_FIELDS}
        )


def is_known(records: Iterable[Record]) -> bool:
    """Whether any source tells of it: corrections alone are about nothing."""
    return any(not record.is_correction for record in records)
