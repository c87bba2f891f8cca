"""Which decisions about people must be a person's: the product's list with what compliance set otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tandem.compliance.domain.rights.decision_kinds import DECISION_KINDS, KINDS_BY_NAME, DecisionKind
from tandem.compliance.models import DecisionRule
from tandem.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionKindRow:
    """A kind of decision as it stands here. set_at, set_by, reason : when compliance changed it; None and empty: not"""

    kind: DecisionKind
    is_material: bool
    set_at: datetime | None = None
    set_by: str = ""
    reason: str = ""


def decision_kinds() -> Sequence[DecisionKindRow]:
    """All kinds, in the product's order. One query."""
    rows = {row.kind: row for row in DecisionRule.objects.select_related("set_by")}
    return [_as_row(kind, rows.get(kind.name)) for kind in DECISION_KINDS]


def get_decision_kind(name: str) -> DecisionKindRow:
    """One kind. Raises NotFound."""
    kind = KINDS_BY_NAME.get(name)
    if kind is None:
        raise NotFound(f"There is no kind of decision {name!r}.", hint=f"Known: {', '.join(KINDS_BY_NAME)}.")
    return _as_row(kind, DecisionRule.objects.select_related("set_by").filter(kind=name).first())


def _as_row(kind: DecisionKind, row: DecisionRule | None) -> DecisionKindRow:
    if row is None:
        return DecisionKindRow(kind=kind, is_material=kind.is_material)
    by = row.set_by.name if row.set_by is not None else ""
    return DecisionKindRow(
        kind=kind,
        is_material=row.is_material or not kind.can_be_lax,
        set_at=row.set_at,
        set_by=by,
        reason=row.reason,
    )
