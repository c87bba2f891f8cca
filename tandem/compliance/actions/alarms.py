"""What in the registers needs a hand is told once in the ledger, and again as its day comes nearer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append_many
from tandem.compliance.contracts import Alarm
from tandem.compliance.domain import chain
from tandem.compliance.models import LedgerEntry
from tandem.compliance.queries.registers import alarms
from tandem.core.actors import Actor

RAISED = "compliance.alarm_raised"


def raise_alarms(*, actor: Actor, today: date) -> int:
    """Write down each alarm that is new, or nearer than when it was last written down; returns how many.

    Told at 60, 30 and 7 days before its day, and when it is late or missing.

    Raises NotAllowed without "register.view".
    """
    require(actor, "register.view")
    told = {(f"{one.register}:{one.id}", chain.canonical(facts)): facts for one, facts in _facts(today)}
    with transaction.atomic():
        standing = LedgerEntry.objects.filter(action=RAISED, subject__in={subject for subject, _ in told})
        known = set(standing.values_list("subject", "facts"))
        new = [(subject, facts) for (subject, canonical), facts in told.items() if (subject, canonical) not in known]
        if new:
            append_many(actor=actor, action=RAISED, about=new)
    return len(new)


def _facts(today: date) -> list[tuple[Alarm, dict[str, Any]]]:
    return [
        (one, {"text": one.text if one.id else one.register, "within_days": one.stage(today), "due": _day(one)})
        for one in alarms(today=today)
    ]


def _day(one: Alarm) -> str:
    """The day; of a line that stands for many things, whose first day moves on every night, only the month."""
    day = one.due_on.isoformat() if one.due_on else ""
    return day if one.id else f"{one.name if one.register == 'screening' else ''} {day[:7]}".strip()
