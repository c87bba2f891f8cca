"""Setting schedules of retention, and the nightly deletion of what is past; a legal hold wins over both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.ledger import append
from tandem.compliance.domain.consent_terms import add_months
from tandem.compliance.models import RetentionSchedule
from tandem.compliance.queries.holds import held
from tandem.compliance.queries.retention import DryRun, dry_run, get_retained, register_retained, retained_kinds
from tandem.core.actors import Actor
from tandem.core.errors import Conflict

__all__ = ["delete_past", "end_schedule", "register_retained", "set_schedule"]


def set_schedule(kind: str, months: int, *, basis: str, expected: int, actor: Actor, now: datetime) -> DryRun:
    """Keep a kind of data for so many months from now on; the old schedule ends.

    expected : how many rows the actor saw that this would delete tonight; when it is another number by now, they are
        asked to look again

    Raises NotAllowed without "request.manage", NotFound, InvalidInput without a basis, Conflict when the count changed.
    """
    require(actor, "request.manage")
    basis = require_reason(basis)
    found = dry_run(kind, months, now=now)
    if found.past - found.kept != expected:
        raise Conflict(
            f"This would delete {found.past - found.kept:,} by now, not {expected:,}.",
            hint="Look at the new count, then save again.",
            code="retention.count_changed",
        )
    by = None if actor.is_agent else actor.id
    with transaction.atomic():
        RetentionSchedule.objects.filter(kind=kind, ended_at=None).update(ended_at=now)
        RetentionSchedule.objects.create(kind=kind, months=months, basis=basis[:300], set_at=now, set_by_id=by)
        append(
            actor=actor, action="compliance.retention_set", subject=f"retention:{kind}",
            facts={"months": months, "basis": basis, "past": found.past, "kept": found.kept},
        )  # fmt: skip
    return found


def end_schedule(kind: str, *, reason: str, actor: Actor, now: datetime) -> None:
    """From now on nothing of this kind is deleted by itself. Raises NotAllowed, NotFound, InvalidInput, Conflict."""
    require(actor, "request.manage")
    get_retained(kind)
    reason = require_reason(reason)
    with transaction.atomic():
        if not RetentionSchedule.objects.filter(kind=kind, ended_at=None).update(ended_at=now):
            raise Conflict("This kind of data has no schedule.", hint="Reload the page.")
        append(actor=actor, action="compliance.retention_ended", subject=f"retention:{kind}", facts={"reason": reason})


def delete_past(
    *, actor: Actor, now: datetime, report: Callable[[int, int, str], None] | None = None
) -> dict[str, int]:
    """Delete everything that is past its schedule and not held; returns how many went, by kind. Every count is kept.

    Raises NotAllowed without "request.manage".
    """
    require(actor, "request.manage")
    standing = {row.kind: row for row in RetentionSchedule.objects.filter(ended_at=None)}
    chosen = [retained for retained in retained_kinds() if retained.kind.name in standing]
    gone: dict[str, int] = {}
    for place, retained in enumerate(chosen):
        if report is not None:
            report(place, len(chosen), retained.kind.title)
        schedule = standing[retained.kind.name]
        view, before = held(now.date()), add_months(now, -schedule.months)
        kept = retained.count(before, view)[1]
        count = retained.delete(before, view, actor=actor, now=now)
        gone[retained.kind.name] = count
        append(
            actor=actor, action="compliance.retention_ran", subject=f"retention:{retained.kind.name}",
            facts={"deleted": count, "kept_by_hold": kept, "before": before.isoformat(), "schedule": schedule.id},
        )  # fmt: skip
    return gone
