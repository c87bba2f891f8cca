"""Reads of legal disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tandem.compliance.models import Dispute


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRow:
    """A legal dispute as lists show it. `closed_at` None: it is open"""

    id: int
    account: str
    reason: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_why: str


def list_disputes(*, closed: bool = False) -> list[DisputeRow]:
    """Open disputes, or closed ones, the newest first."""
    rows = Dispute.objects.filter(closed_at__isnull=not closed).select_related("opened_by").order_by("-opened_at")
    return [
        DisputeRow(
            id=row.id, account=row.account, reason=row.reason, opened_at=row.opened_at, opened_by=row.opened_by.name,
            closed_at=row.closed_at, closed_why=row.closed_why,
        )
        for row in rows
    ]  # fmt: skip
