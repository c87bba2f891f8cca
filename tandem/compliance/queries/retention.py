"""Schedules of retention, and what they would delete: read before anything is saved or goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.compliance.contracts.requests import RetainedKind
from tandem.compliance.contracts.retention import Retained
from tandem.compliance.domain.consent_terms import add_months
from tandem.compliance.models import RetentionSchedule
from tandem.compliance.queries.holds import held
from tandem.core.errors import InvalidInput, NotFound

LONGEST_MONTHS = 1_200
_kinds: dict[str, Retained] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A kind of data and how long it is kept. months None: no schedule, nothing is deleted by itself."""

    kind: RetainedKind
    months: int | None
    basis: str
    set_at: datetime | None
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a schedule would delete. past : older than `before`. kept : of those, kept by a legal hold"""

    kind: RetainedKind
    before: datetime
    past: int
    kept: int


def register_retained(retained: Retained) -> None:
    """Called at start-up by the room that owns a kind of data. The same name again replaces it."""
    _kinds[retained.kind.name] = retained


def retained_kinds() -> Sequence[Retained]:
    """Every kind of data with an end."""
    return tuple(_kinds.values())


def get_retained(name: str) -> Retained:
    """One kind. Raises NotFound."""
    if name not in _kinds:
        raise NotFound(f"There is no kind of data {name!r}.", hint=f"Known: {', '.join(_kinds) or 'none'}.")
    return _kinds[name]


def schedules() -> Sequence[ScheduleRow]:
    """Every kind of data with its schedule, if it has one. One query."""
    rows = {row.kind: row for row in RetentionSchedule.objects.filter(ended_at=None).select_related("set_by")}
    return [_as_row(retained.kind, rows.get(name)) for name, retained in _kinds.items()]


def dry_run(kind: str, months: int, *, now: datetime) -> DryRun:
    """Count what a schedule would delete at `now`. Raises NotFound, InvalidInput for a length that is none."""
    if not 1 <= months <= LONGEST_MONTHS:
        raise InvalidInput(f"{months} months is no length.", hint=f"Give 1 to {LONGEST_MONTHS} months.")
    retained, before = get_retained(kind), add_months(now, -months)
    past, kept = retained.count(before, held(now.date()))
    return DryRun(kind=retained.kind, before=before, past=past, kept=kept)


def _as_row(kind: RetainedKind, row: RetentionSchedule | None) -> ScheduleRow:
    if row is None:
        return ScheduleRow(kind=kind, months=None, basis="", set_at=None, set_by="")
    by = row.set_by.name if row.set_by is not None else ""
    return ScheduleRow(kind=kind, months=row.months, basis=row.basis, set_at=row.set_at, set_by=by)
