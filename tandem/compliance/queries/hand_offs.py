"""How far the hand-off of a touch came: what counts of all its clearances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tandem.compliance.contracts.gate import ClearanceState
from tandem.compliance.models import Clearance

LEFT = frozenset({ClearanceState.CLAIMED, ClearanceState.DEPARTED, ClearanceState.UNCERTAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffState:
    """The clearance of a touch that counts: the one it left by, or may have; else the newest.

    claimed_at, departed_at : None: not yet
    reason : why it was refused, or nobody knows; empty: not told
    """

    clearance_id: int
    touch: str
    state: ClearanceState
    claimed_at: datetime | None
    departed_at: datetime | None
    reference: str
    reason: str

    @property
    def has_left(self) -> bool:
        """Whether it left, is leaving, or may have left: nothing may be sent for its touch."""
        return self.state in LEFT


def hand_offs_of(touches: Iterable[str]) -> dict[str, HandOffState]:
    """By the touches' keys; touches that never had leave are not in it. One query."""
    found: dict[str, HandOffState] = {}
    for row in Clearance.objects.filter(touch__in=set(touches)).order_by("id"):
        before = found.get(row.touch)
        if before is None or not before.has_left:
            found[row.touch] = HandOffState(
                clearance_id=row.id,
                touch=row.touch,
                state=ClearanceState(row.state),
                claimed_at=row.claimed_at,
                departed_at=row.departed_at,
                reference=row.reference,
                reason=row.reason,
            )
    return found
