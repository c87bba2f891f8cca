"""Transfer mechanisms, assessments and certificates that have ended or soon will."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tandem.compliance.contracts import Alarm
from tandem.compliance.domain.transfers import ASSESSED
from tandem.compliance.models import DataDestination
from tandem.compliance.queries.residency import BUILT_IN, list_mechanisms

# --- what needs a hand


def transfer_alarms(today: date, until: date) -> Iterator[Alarm]:
    """Mechanisms, assessments and certificates that have ended or soon will. Two queries."""
    names = {key: name for key, _, name, _ in BUILT_IN}
    rows: Any = DataDestination.objects.filter(ended_on=None)
    names |= dict(rows.values_list("key", "name"))
    for one in list_mechanisms():
        told = f"{names.get(one.destination, one.destination)} from {one.origin.value.upper()}"
        yield from _ends(told, f"{one.label} ends", one.expires_on, today, until)
        if one.kind in ASSESSED:
            text = "transfer impact assessment is to be reviewed"
            yield from _ends(told, text, one.assessed_until, today, until, is_needed=True)
    for key, ends_on in rows.exclude(certified_until=None).values_list("key", "certified_until"):
        yield from _ends(names[key], "Data Privacy Framework certificate ends", ends_on, today, until)


def _ends(
    name: str, text: str, day: date | None, today: date, until: date, *, is_needed: bool = False
) -> Iterator[Alarm]:
    if day is None and is_needed:
        yield Alarm(register="transfer", id=0, name=name, text=f"{text}: none is there", due_on=None, is_late=True)
    elif day is not None and day <= until:
        yield Alarm(register="transfer", id=0, name=name, text=text, due_on=day, is_late=day < today)
