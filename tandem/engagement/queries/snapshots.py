"""Plans of a person as they stand, so that a change of them can be taken back."""

from __future__ import annotations

from typing import Any

from tandem.engagement.contracts import AHEAD, OPEN_ENROLLMENTS
from tandem.engagement.models import Enrollment, Touch


def plans_of(contact_id: int) -> dict[str, Any]:
    """Open enrollments of a person and the touches ahead of them, ready for JSON. Empty: nothing is open.

    {"enrollments": [{"id", "state", "paused_until"}], "touches": [{"id", "enrollment", "due_at", "state"}]}
    """
    rows = Enrollment.objects.filter(contact=contact_id, state__in=[state.value for state in OPEN_ENROLLMENTS])
    enrollments = [
        {"id": row.id, "state": row.state, "paused_until": row.paused_until.isoformat() if row.paused_until else None}
        for row in rows.order_by("id")
    ]
    if not enrollments:
        return {}
    ahead = Touch.objects.filter(
        enrollment__in=[one["id"] for one in enrollments], state__in=[state.value for state in AHEAD], answers=None
    )
    touches = [
        {"id": row.id, "enrollment": row.enrollment_id, "due_at": row.due_at.isoformat(), "state": row.state}
        for row in ahead.order_by("id")
    ]
    return {"enrollments": enrollments, "touches": touches}
