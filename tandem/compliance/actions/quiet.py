"""Writes of the quiet calendar: enter, change, end, take over a suggestion, import a file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.ledger import append, append_many
from tandem.compliance.contracts import Reject
from tandem.compliance.domain import quiet, quiet_files
from tandem.compliance.domain.quiet import QuietRow
from tandem.compliance.models import QuietPeriod
from tandem.compliance.queries import switches as queries
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound

KEPT = ("name", "starts_on", "ends_on", "is_yearly", "industries", "places", "accounts", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietImport:
    """What an import did. known : periods that stand already, the same in everything"""

    added: int
    known: int
    rejects: tuple[Reject, ...]

    @property
    def sentence(self) -> str:
        """In words."""
        return f"{self.added} added, {self.known} known already, {len(self.rejects)} refused."


def add_quiet_period(row: QuietRow, *, actor: Actor, now: datetime) -> int:
    """Enter a quiet period; it holds at the next decision. Returns its id.

    Raises NotAllowed without "gate.manage", InvalidInput (see `domain.quiet.checked`), Conflict when one of this name
    stands.
    """
    require(actor, "gate.manage")
    row = quiet.checked(row)
    with transaction.atomic():
        _refuse_double(row.name)
        made = QuietPeriod.objects.create(**_columns(row))
        append(actor=actor, action="compliance.quiet_period_added", subject=f"quiet_period:{made.id}", facts=_told(row))
    return made.id


def change_quiet_period(period_id: int, row: QuietRow, *, actor: Actor, now: datetime) -> None:
    """Give a standing period other days or other people; what it was stays in the ledger.

    Raises NotAllowed, InvalidInput, NotFound, Conflict when it has ended or another of this name stands.
    """
    require(actor, "gate.manage")
    row = quiet.checked(row)
    before = queries.get_quiet(period_id)
    facts = {name: [_told(before)[name], value] for name, value in _told(row).items() if value != _told(before)[name]}
    if not facts:
        return
    with transaction.atomic():
        _refuse_double(row.name, other_than=period_id)
        if not QuietPeriod.objects.filter(id=period_id, ended_at=None).update(**_columns(row)):
            raise Conflict("The period has ended.", hint="Enter a new one.")
        append(
            actor=actor,
            action="compliance.quiet_period_changed",
            subject=f"quiet_period:{period_id}",
            facts={"changed": facts},
        )


def end_quiet_period(period_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a period out of use; it stays to be read.

    Raises NotAllowed without "gate.manage", InvalidInput without a reason, NotFound, Conflict when it has ended.
    """
    require(actor, "gate.manage")
    reason = require_reason(reason)
    queries.get_quiet(period_id)
    with transaction.atomic():
        if not QuietPeriod.objects.filter(id=period_id, ended_at=None).update(ended_at=now):
            raise Conflict("The period has ended already.", hint="Reload the page.")
        append(
            actor=actor,
            action="compliance.quiet_period_ended",
            subject=f"quiet_period:{period_id}",
            facts={"reason": reason},
        )


def adopt_suggestion(key: str, *, actor: Actor, now: datetime) -> int:
    """Take over a built-in suggestion as it is; returns the period's id. Raises NotAllowed, NotFound, Conflict."""
    found = next((one for one in quiet.suggestions() if one.key == key), None)
    if found is None:
        raise NotFound(f"There is no suggestion {key!r}.", hint="Open the quiet calendar; they are listed there.")
    return add_quiet_period(found.row, actor=actor, now=now)


def import_quiet_periods(
    content: bytes,
    *,
    name: str,
    actor: Actor,
    now: datetime,
    industries: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
) -> QuietImport:
    """Take a CSV or iCalendar file into the calendar: good periods at once, bad ones told with their reason.

    industries, places : whom those mean that name nobody; both empty: everybody

    Raises NotAllowed without "gate.manage", DataUnreadable, InvalidInput for a place that is none.
    """
    require(actor, "gate.manage")
    file = quiet_files.for_whom(quiet_files.read(content, name), industries=industries, places=places)
    rejects, new, known = list(file.rejects), [], 0
    with transaction.atomic():
        standing = {row.name: row for row in queries.all_quiet()}
        for number, row in file.rows:
            other = standing.setdefault(row.name, row)
            if other is row:
                new.append(row)
            elif _told(other) == _told(row):
                known += 1
            else:
                why = "a period of this name stands with other days or other people; change it there"
                rejects.append(Reject(number=number, value=row.name, reason=why))
        made = [QuietPeriod.objects.create(**_columns(row)) for row in new]
        append_many(
            actor=actor,
            action="compliance.quiet_period_added",
            about=[
                (f"quiet_period:{row.id}", {**_told(kept), "file": name}) for row, kept in zip(made, new, strict=True)
            ],
        )
    told = tuple(sorted(rejects, key=lambda one: one.number))
    return QuietImport(added=len(new), known=known, rejects=told)


def _refuse_double(name: str, *, other_than: int = 0) -> None:
    if QuietPeriod.objects.filter(name=name, ended_at=None).exclude(id=other_than).exists():
        raise Conflict(f"A period called {name!r} stands already.", hint="Change that one, or give another name.")


def _columns(row: QuietRow) -> dict[str, Any]:
    columns = {field.name: getattr(row, field.name) for field in fields(row) if field.name in KEPT}
    return columns | {name: list(getattr(row, name)) for name in ("industries", "places", "accounts")}


def _told(row: QuietRow) -> dict[str, Any]:
    """As the ledger keeps it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in _columns(row).items()}
