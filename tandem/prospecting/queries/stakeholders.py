"""Reads of the people of an account: who plays which part, whom to open with, who is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.models import FactSheet, OpeningContact, Stakeholder
from tandem.prospecting.queries.sources import ContactState, contact_states

ORDER = (
    BuyingRole.CHAMPION,
    BuyingRole.ECONOMIC_BUYER,
    BuyingRole.TECHNICAL_BUYER,
    BuyingRole.USER,
    BuyingRole.BLOCKER,
)
COLUMNS = (
    "contact_id", "contact__name", "contact__title", "role", "confidence", "roles", "evidence", "touches",
    "last_touch_at", "confirmed_at", "confirmed_by__name", "made_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleClue:
    """What a role rests on. times : by how much it multiplied the odds of the role it speaks for"""

    because: str
    evidence_ids: tuple[str, ...]
    role: str
    times: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeholderView:
    """One person of the map. confirmed_by empty: inferred; state None: contact points were never read"""

    contact_id: int
    name: str
    title: str
    role: BuyingRole
    confidence: float
    roles: tuple[tuple[str, float], ...]
    clues: tuple[RoleClue, ...]
    touches: int
    last_touch_at: datetime | None
    is_confirmed: bool
    confirmed_by: str
    state: ContactState | None
    has_sheet: bool = False

    @property
    def may_be_written_to(self) -> bool:
        """Whether the gate into engagement would let them through now."""
        return self.state is not None and self.state.is_usable


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One place of the plan."""

    contact_id: int
    name: str
    title: str
    role: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeholderMap:
    """The people of an account. motion empty: the map was never made. opening None: nobody may be written to

    missing : (role, what it risks); threads : people who took part in the last 180 days
    """

    account_id: int
    name: str
    people: tuple[StakeholderView, ...]
    opening: StakeholderView | None = None
    motion: str = ""
    motion_because: str = ""
    because: str = ""
    plan: tuple[PlannedStep, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    threads: int = 0
    is_single_threaded: bool = False
    made_at: datetime | None = None


def stakeholders_of(account_id: int) -> tuple[StakeholderView, ...]:
    """Everybody on the map, by role and confidence. Nine queries. The caller has checked sight."""
    rows = list(Stakeholder.objects.filter(account_id=account_id).values_list(*COLUMNS))
    ids = [row[0] for row in rows]
    states = contact_states(ids) if ids else {}
    sheets = set(FactSheet.objects.filter(contact_id__in=ids).values_list("contact_id", flat=True))
    found = [_view(row, states.get(row[0]), row[0] in sheets) for row in rows]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.role), -one.confidence, one.name)))


def turns_of(contact_ids: Iterable[int]) -> dict[int, tuple[int, float]]:
    """In which turn people of an account are written to: (place, less is earlier; less confidence later), by contact.

    The one chosen to open with comes first, then champions, economic buyers and so on; who is on no map is left out.
    Two queries for each 5,000. The caller has checked sight.
    """
    ids, found = list(contact_ids), dict[int, tuple[int, float]]()
    for start in range(0, len(ids), 5_000):
        some = ids[start : start + 5_000]
        opening = set(OpeningContact.objects.filter(contact_id__in=some).values_list("contact_id", flat=True))
        rows = Stakeholder.objects.filter(contact_id__in=some).values_list("contact_id", "role", "confidence")
        for contact_id, role, confidence in rows:
            place = -1 if contact_id in opening else ORDER.index(BuyingRole(role))
            found[contact_id] = min(found.get(contact_id, (len(ORDER), 0.0)), (place, -confidence))
    return found


def stakeholder_map(actor: Actor, account_id: int) -> StakeholderMap:
    """The map of an account in sight; without people when it was never made. Raises NotFound."""
    name = accounts_in_sight(actor).filter(id=account_id).values_list("name", flat=True).first()
    if name is None:
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    people = stakeholders_of(account_id)
    row = OpeningContact.objects.filter(account_id=account_id).first()
    if row is None:
        return StakeholderMap(account_id=account_id, name=name, people=people)
    by_id = {one.contact_id: one for one in people}
    return StakeholderMap(
        account_id=account_id,
        name=name,
        people=people,
        opening=by_id.get(row.contact_id) if row.contact_id else None,
        motion=row.motion,
        motion_because=row.motion_because,
        because=row.because,
        plan=tuple(_step(step, by_id[step["contact_id"]]) for step in row.plan if step["contact_id"] in by_id),
        missing=tuple((one["role"], one["risk"]) for one in row.missing),
        threads=row.threads,
        is_single_threaded=row.is_single_threaded,
        made_at=row.made_at,
    )


def _view(row: Sequence[Any], state: ContactState | None, has_sheet: bool) -> StakeholderView:
    values = dict(zip(COLUMNS, row, strict=True))
    return StakeholderView(
        contact_id=values["contact_id"],
        name=values["contact__name"],
        title=values["contact__title"],
        role=BuyingRole(values["role"]),
        confidence=values["confidence"],
        roles=tuple(sorted(values["roles"].items(), key=lambda pair: -pair[1])),
        clues=tuple(
            RoleClue(
                because=one["because"], evidence_ids=tuple(one["evidence_ids"]), role=one["role"], times=one["times"]
            )
            for one in values["evidence"]
        ),
        touches=values["touches"],
        last_touch_at=values["last_touch_at"],
        is_confirmed=values["confirmed_at"] is not None,
        confirmed_by=values["confirmed_by__name"] or "",
        state=state,
        has_sheet=has_sheet,
    )


def _step(step: dict[str, Any], person: StakeholderView) -> PlannedStep:
    return PlannedStep(
        contact_id=person.contact_id, name=person.name, title=person.title, role=step["role"], because=step["because"]
    )
