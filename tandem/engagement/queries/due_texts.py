"""Which touches are to be written now."""

from __future__ import annotations

from datetime import datetime, timedelta

from tandem.access.queries import get_organisation
from tandem.core.calendar.business import business_calendar
from tandem.engagement.contracts import CampaignState, EnrollmentState, TouchState
from tandem.engagement.models import Touch

MOST = 5_000  # touches of one pass; the next pass takes the rest


def touches_due_for_text(*, now: datetime, anew: bool = False) -> list[int]:
    """Planned touches that are due by the end of our next working day, soonest first.

    anew : also those that could not be written before, which is worth a try once a day when research has been at work
    """
    own = get_organisation()
    calendar = business_calendar(
        working_hours=own.working_hours, time_zone=own.time_zone, country=own.country, region=own.region
    )
    until = calendar.next_working_day(now.date()) + timedelta(days=1)
    rows = Touch.objects.filter(
        state=TouchState.PLANNED.value,
        due_at__date__lt=until,
        answers=None,
        enrollment__state=EnrollmentState.ACTIVE.value,
        enrollment__campaign__state=CampaignState.RUNNING.value,
    )
    if not anew:
        rows = rows.filter(why="")
    return list(rows.order_by("due_at", "id").values_list("id", flat=True)[:MOST])
