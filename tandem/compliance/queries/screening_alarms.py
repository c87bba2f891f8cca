"""Do-not-call registers that were looked up too long ago to be relied on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Max

from tandem.compliance.contracts import Alarm
from tandem.compliance.domain.consent_terms import dnc_days
from tandem.compliance.models import DncScreening

SOON_DAYS = 7


def screening_alarms(today: date) -> Iterator[Alarm]:
    """A line for each register whose latest screening is too old, or will be within a week. One query."""
    latest = DncScreening.objects.values_list("register").annotate(last=Max("screened_at")).order_by("register")
    for register, last in latest:
        until = last.date() + timedelta(days=dnc_days(register))
        if until <= today + timedelta(days=SOON_DAYS):
            yield Alarm(
                register="screening", id=0, name=register, due_on=until, is_late=until < today,
                text=f"was last screened {(today - last.date()).days} days ago and counts for {dnc_days(register)}",
            )  # fmt: skip
