"""Reads of lists: which there are, who is on one in which version and why, and what is ready for engagement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.prospecting.models import EntryState, ListEntry, ProspectList
from tandem.prospecting.queries.searches import owned_in_sight

STATES = tuple(state.value for state in EntryState)
SORTS = {
    "name": "account__name",
    "state": "state",
    "quality": "quality",
    "added": "added_at",
    "owner": "account__owner__name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHead:
    """A list with its figures.

    counts : accounts in sight on its newest version, by state
    condition : that found it; None: no search did
    """

    id: int
    name: str
    origin: str
    owner_id: int | None
    owner_name: str
    version: int
    created_at: datetime
    created_by: str
    condition: Mapping[str, Any] | None
    as_of: datetime | None
    counts: Mapping[str, int]

    @property
    def size(self) -> int:
        """Accounts on it."""
        return sum(self.counts.values())

    @property
    def ready(self) -> int:
        """Accounts that engagement may take."""
        return self.counts.get(EntryState.READY, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An account of a list. quality None: not measured. removed_in None: on it still."""

    id: int
    account_id: int
    name: str
    owner_name: str
    country: str
    state: str
    reason: str
    because: str
    evidence_ids: Sequence[str]
    quality: float | None
    contact_ids: Sequence[int]
    added_by: str
    added_at: datetime
    added_in: int
    removed_in: int | None
    removed_why: str
    ready_at: datetime | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAccount:
    """An account that passed every stage and that engagement may take with `actions.lists.take`.

    contact_ids : verified, two-source, allowed; the opening contact first
    because : what made the search find it
    """

    entry_id: int
    list_id: int
    account_id: int
    owner_id: int | None
    contact_ids: tuple[int, ...]
    quality: float
    because: str
    evidence_ids: tuple[str, ...]
    ready_at: datetime


def lists_in_sight(actor: Actor, verb: str = "view") -> QuerySet[ProspectList]:
    """Lists in use of people whose prospecting the actor may touch, and those of agents; internal to the room."""
    return owned_in_sight(ProspectList.objects.filter(archived_at=None), actor, verb)


def list_lists(actor: Actor, *, text: str = "", after_id: int = 0, limit: int | None = None) -> list[ListHead]:
    """Lists in sight by id, strictly after one. Two queries."""
    rows = lists_in_sight(actor).filter(id__gt=after_id).select_related("owner").order_by("id")
    if text:
        rows = rows.filter(name__icontains=text)
    found = list(rows[:limit])
    standing = ListEntry.objects.filter(
        prospect_list__in=[row.id for row in found],
        removed_in=None,
        account__in=accounts_in_sight(actor).order_by().values("id"),
    )
    counts: dict[int, dict[str, int]] = {}
    for list_id, state, count in standing.order_by().values_list("prospect_list_id", "state").annotate(n=Count("id")):
        counts.setdefault(list_id, {})[state] = count
    return [_head(row, counts.get(row.id, {})) for row in found]


def get_list(actor: Actor, list_id: int) -> ListHead:
    """One list in sight. Raises NotFound."""
    row = lists_in_sight(actor).select_related("owner").filter(id=list_id).first()
    if row is None:
        raise NotFound(f"There is no list {list_id} that you can see.", hint="Open the lists.")
    standing = entries_in_sight(actor, list_id).filter(removed_in=None)
    counted = standing.order_by().values_list("state").annotate(n=Count("id"))
    return _head(row, dict(counted))


def _head(row: ProspectList, counts: Mapping[str, int]) -> ListHead:
    return ListHead(
        id=row.id,
        name=row.name,
        origin=row.origin,
        owner_id=row.owner_id,
        owner_name=row.owner.name if row.owner else "",
        version=row.version,
        created_at=row.created_at,
        created_by=row.created_by,
        condition=row.condition,
        as_of=row.as_of,
        counts=counts,
    )


def entries_in_sight(actor: Actor, list_id: int) -> QuerySet[ListEntry]:
    """Entries of all versions whose accounts are in sight; internal to the room."""
    visible = accounts_in_sight(actor).order_by().values("id")
    return ListEntry.objects.filter(prospect_list_id=list_id, account__in=visible)


def list_entries(
    actor: Actor,
    list_id: int,
    *,
    version: int | None = None,
    state: str = "",
    text: str = "",
    sort: str = "name",
    offset: int = 0,
    limit: int | None = 50,
) -> list[EntryRow]:
    """Accounts in sight that stand on a version of a list; None: the newest. The caller may see the list."""
    rows = _of_version(entries_in_sight(actor, list_id), version)
    rows = _narrowed(rows, state, text).select_related("account", "account__owner")
    word, down = sort.lstrip("-"), sort.startswith("-")
    column = F(SORTS.get(word, "account__name"))
    order = column.desc(nulls_last=True) if down else column.asc(nulls_last=True)
    page = rows.order_by(order, "account__name", "id")
    return [_entry(row) for row in (page[offset : offset + limit] if limit else page)]


def accounts_to_send(actor: Actor, list_id: int) -> list[int]:
    """Accounts on a list's newest version that the actor may take out of the house, without the excluded."""
    rows = entries_in_sight(actor, list_id).filter(removed_in=None).exclude(state=EntryState.EXCLUDED)
    may_go = accounts_in_sight(actor, "export").order_by().values("id")
    return list(rows.filter(account__in=may_go).order_by("account_id").values_list("account_id", flat=True))


def count_entries(actor: Actor, list_id: int, *, version: int | None = None, state: str = "", text: str = "") -> int:
    """How many there are."""
    return _narrowed(_of_version(entries_in_sight(actor, list_id), version), state, text).count()


def _narrowed(rows: QuerySet[ListEntry], state: str, text: str) -> QuerySet[ListEntry]:
    rows = rows.filter(state=state) if state else rows
    return rows.filter(account__name__icontains=text) if text else rows


def _of_version(rows: QuerySet[ListEntry], version: int | None) -> QuerySet[ListEntry]:
    if version is None:
        return rows.filter(removed_in=None)
    return rows.filter(Q(removed_in=None) | Q(removed_in__gt=version), added_in__lte=version)


def _entry(row: ListEntry) -> EntryRow:
    account = row.account
    return EntryRow(
        id=row.id,
        account_id=row.account_id,
        name=account.name,
        owner_name=account.owner.name if account.owner else "",
        country=account.country,
        state=row.state,
        reason=row.reason,
        because=row.because,
        evidence_ids=row.evidence_ids,
        quality=row.quality,
        contact_ids=row.contact_ids,
        added_by=row.added_by,
        added_at=row.added_at,
        added_in=row.added_in,
        removed_in=row.removed_in,
        removed_why=row.removed_why,
        ready_at=row.ready_at,
        taken_at=row.taken_at,
    )


def ready_for_engagement(
    actor: Actor, *, list_id: int | None = None, owner_id: int | None = None, limit: int = 200
) -> list[ReadyAccount]:
    """Accounts in sight that engagement may take and nobody took yet, the best reasoned first, each account once.

    list_id, owner_id : only of this list, only of this owner's book; None: of all
    """
    visible = accounts_in_sight(actor).order_by()
    if owner_id is not None:
        visible = visible.filter(owner_id=owner_id)
    rows = ListEntry.objects.filter(
        state=EntryState.READY, taken_at=None, removed_in=None, account__in=visible.values("id"),
        prospect_list__in=lists_in_sight(actor).order_by().values("id"),
    )  # fmt: skip
    if list_id is not None:
        rows = rows.filter(prospect_list_id=list_id)
    taken = ListEntry.objects.filter(taken_at__isnull=False, removed_in=None, state=EntryState.READY)
    rows = rows.exclude(account__in=taken.values("account_id"))
    found: dict[int, ReadyAccount] = {}
    for row in rows.select_related("account").order_by(F("quality").desc(nulls_last=True), "id")[: limit * 2]:
        found.setdefault(row.account_id, _ready(row))
    return list(found.values())[:limit]


def _ready(row: ListEntry) -> ReadyAccount:
    return ReadyAccount(
        entry_id=row.id,
        list_id=row.prospect_list_id,
        account_id=row.account_id,
        owner_id=row.account.owner_id,
        contact_ids=tuple(row.contact_ids),
        quality=row.quality or 0.0,
        because=row.because,
        evidence_ids=tuple(row.evidence_ids),
        ready_at=row.ready_at or row.added_at,
    )
