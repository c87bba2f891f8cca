"""Reads of the ranking: the ranked book within sight, one account in a week, and ranks for other rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.accounts.queries.visible import accounts_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import NotFound
from tandem.prospecting.contracts import Rank
from tandem.prospecting.domain.account_score import week_before
from tandem.prospecting.domain.rank_words import reason
from tandem.prospecting.models import AccountRank, RankRun

IDS_AT_ONCE = 5_000
CSV_ROWS_AT_ONCE = 2_000
SORTS = {
    "value": "expected_value",
    "fit": "fit",
    "intent": "intent",
    "capacity": "capacity",
    "name": "account__name",
    "owner": "owner__name",
    "place": "place",
}
COLUMNS = (
    "account_id", "account__name", "account__city", "account__country", "account__industry", "owner_id", "owner__name",
    "suggested_owner__name", "fit", "intent", "capacity", "expected_value", "low", "high", "place", "excluded_by",
    "parts", "run__currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFilters:
    """What the ranked book is narrowed to. Empty and None: not narrowed.

    owner : id of a person; "none" for accounts that nobody owns; "all" for every account in sight; empty for the own
        book: a seller's own accounts, a manager's team's, everything for those who see everything
    excluded : True: only excluded accounts; False: without them
    """

    text: str = ""
    owner: str = ""
    country: str = ""
    excluded: bool | None = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRow:
    """An account of the ranked book.

    before : its place the week before; None: it had none
    is_new : that week was ranked, and it had no place in it
    percentile : of intent among its peers
    suggested_owner : for accounts that nobody owns; empty: owned, or nobody near
    """

    account_id: int
    name: str
    city: str
    country: str
    industry: str
    owner_id: int | None
    owner_name: str
    suggested_owner: str
    fit: float
    intent: float
    capacity: float
    percentile: float
    expected_value: Decimal
    low: Decimal
    high: Decimal
    currency: str
    place: int
    before: int | None
    is_new: bool
    excluded_by: str
    reason: str

    @property
    def moved(self) -> int | None:
        """Places won since the week before; negative: lost; None: it had none."""
        return None if self.before is None else self.before - self.place

    @property
    def lost(self) -> int:
        """Places lost since the week before; 0 when none."""
        return max(-(self.moved or 0), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """The ranking of a week as a whole. model, capacities : as `models.ranking.RankRun` stores them"""

    week: str
    ranked_at: datetime
    intent_day: date
    icp_number: int
    currency: str
    accounts: int
    excluded: int
    model: Mapping[str, Any]
    capacities: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankDetail:
    """One account in one week, with everything its score rests on."""

    row: BookRow
    run: RunRow
    chance: float
    value: Decimal
    parts: Mapping[str, Any]

    @property
    def capacity(self) -> Mapping[str, Any]:
        """The owner's load that night; the team's where nobody owned it."""
        found = self.run.capacities.get(str(self.row.owner_id or "")) or self.run.capacities.get("") or {}
        return dict(found)


def latest_ranks(account_ids: Iterable[int] | None = None) -> Mapping[int, Rank]:
    """By account, as the last ranking left them; None: all. Empty: nothing was ranked yet.

    The caller limits what is shown to the actor's sight.
    """
    week = latest_week()
    if week is None:
        return {}
    rows = AccountRank.objects.filter(week=week)
    if account_ids is None:
        return _ranks(rows)
    ids = sorted(set(account_ids))
    found: dict[int, Rank] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        found |= _ranks(rows.filter(account_id__in=ids[start : start + IDS_AT_ONCE]))
    return found


def latest_week() -> str | None:
    """The last week that was ranked; None: none."""
    return RankRun.objects.order_by("-week").values_list("week", flat=True).first()


def weeks() -> list[str]:
    """All weeks that were ranked, newest first."""
    return list(RankRun.objects.order_by("-week").values_list("week", flat=True))


def run_of(week: str) -> RunRow:
    """The ranking of a week. Raises NotFound."""
    found = RankRun.objects.filter(week=week).select_related("icp").first()
    if found is None:
        raise NotFound(f"Week {week} was not ranked.", hint="Choose one of the weeks on /prospecting.")
    return RunRow(
        week=found.week,
        ranked_at=found.ranked_at,
        intent_day=found.intent_day,
        icp_number=found.icp.number,
        currency=found.currency,
        accounts=found.accounts,
        excluded=found.excluded,
        model=found.model,
        capacities=found.capacities,
    )


def filter_book(actor: Actor, filters: BookFilters, *, week: str, verb: str = "view") -> QuerySet[AccountRank]:
    """Ranks in sight that fit; internal to the room."""
    rows = AccountRank.objects.filter(week=week, account__in=accounts_in_sight(actor, verb).order_by().values("id"))
    if filters.excluded is not None:
        rows = rows.exclude(excluded_by="") if filters.excluded else rows.filter(excluded_by="")
    if filters.text:
        rows = rows.filter(Q(account__name__icontains=filters.text) | Q(account__domain__icontains=filters.text))
    rows = _of_owner(rows, filters.owner, actor)
    if filters.country:
        rows = rows.filter(account__country=filters.country)
    return rows


def _of_owner(rows: QuerySet[AccountRank], owner: str, actor: Actor) -> QuerySet[AccountRank]:
    if owner == "all":
        return rows
    if owner == "none":
        return rows.filter(owner=None)
    if owner:
        return rows.filter(owner_id=int(owner) if owner.isdecimal() else -1)
    sight = sight_of(actor, "view", "prospect")
    return rows.filter(owner_id__in=sight.person_ids) if sight.reach in (Reach.OWN, Reach.TEAM) else rows


def count_book(actor: Actor, filters: BookFilters, *, week: str) -> int:
    """How many accounts of the book fit."""
    return filter_book(actor, filters, week=week).count()


def ranked_book(
    actor: Actor, filters: BookFilters, *, week: str, sort: str = "-value", offset: int = 0, limit: int = 50
) -> Sequence[BookRow]:
    """A page of the ranked book in sight. `sort`: a word of SORTS, with a leading minus for downwards."""
    rows = _sorted(filter_book(actor, filters, week=week), sort)
    return _as_rows(list(rows.values_list(*COLUMNS)[offset : offset + limit]), week)


def each_of_book(actor: Actor, filters: BookFilters, *, week: str, sort: str = "-value") -> Iterator[BookRow]:
    """The whole book that fits and may be exported, some thousand at a time."""
    rows = _sorted(filter_book(actor, filters, week=week, verb="export"), sort)
    page: list[tuple[Any, ...]] = []
    for row in rows.values_list(*COLUMNS).iterator(chunk_size=CSV_ROWS_AT_ONCE):
        page.append(row)
        if len(page) == CSV_ROWS_AT_ONCE:
            yield from _as_rows(page, week)
            page = []
    yield from _as_rows(page, week)


def ranks_after(actor: Actor, *, week: str, after_id: int, limit: int) -> Sequence[BookRow]:
    """Ranks in sight by account id, strictly after one, excluded accounts too: the API's pages."""
    rows = filter_book(actor, BookFilters(owner="all", excluded=None), week=week).filter(account_id__gt=after_id)
    return _as_rows(list(rows.order_by("account_id").values_list(*COLUMNS)[:limit]), week)


def this_weeks_accounts(actor: Actor, *, limit: int) -> tuple[str, Sequence[BookRow], Decimal]:
    """Of the last ranking, the best accounts of whoever looks: own book for sellers, the team's for managers.

    Returns the week (empty: nothing was ranked), the rows, and the expected value of the whole book.
    """
    week = latest_week()
    if week is None:
        return "", (), Decimal(0)
    rows = filter_book(actor, BookFilters(), week=week)
    ordered = _sorted(rows, "-value")
    found = _as_rows(list(ordered.values_list(*COLUMNS)[:limit]), week)
    total = sum(rows.order_by().values_list("expected_value", flat=True), Decimal(0))
    return week, found, total


def rank_detail(actor: Actor, account_id: int, *, week: str) -> RankDetail:
    """One account in one week. Raises NotFound when it is out of sight or was not ranked then."""
    rows = filter_book(actor, BookFilters(owner="all", excluded=None), week=week).filter(account_id=account_id)
    found = rows.values_list(*COLUMNS, "chance", "value").first()
    if found is None:
        raise NotFound(f"Account {account_id} was not ranked in {week}.", hint="Choose another week, or open the book.")
    *columns, chance, value = found
    (row,) = _as_rows([tuple(columns)], week)
    parts = columns[COLUMNS.index("parts")]
    return RankDetail(row=row, run=run_of(week), chance=chance, value=value, parts=parts)


def weeks_of(account_id: int) -> list[tuple[str, Decimal, int]]:
    """(week, expected value, place) of an account, oldest first. The caller has checked sight."""
    rows = AccountRank.objects.filter(account_id=account_id).order_by("week")
    return list(rows.values_list("week", "expected_value", "place"))


def countries(actor: Actor, *, week: str) -> list[str]:
    """Countries of the book in sight, in order."""
    rows = filter_book(actor, BookFilters(owner="all", excluded=None), week=week).exclude(account__country="")
    return list(rows.order_by("account__country").values_list("account__country", flat=True).distinct())


def owners(actor: Actor, *, week: str) -> list[tuple[str, str]]:
    """What the book can be narrowed to by owner, as (value, words): all in sight, nobody, each owner by name."""
    rows = filter_book(actor, BookFilters(owner="all", excluded=None), week=week)
    found = rows.order_by("owner__name").values_list("owner_id", "owner__name").distinct()
    told = [(str(pk), name) for pk, name in found if pk is not None]
    return [("all", "all in sight"), *([("none", "nobody")] if any(pk is None for pk, _ in found) else []), *told]


def _sorted(rows: QuerySet[AccountRank], sort: str) -> QuerySet[AccountRank]:
    column = SORTS.get(sort.lstrip("-"), "expected_value")
    order = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(order, "place", "account_id")


def _as_rows(found: Sequence[tuple[Any, ...]], week: str) -> list[BookRow]:
    if not found:
        return []
    before = _places([row[0] for row in found], week_before(week))
    had_week = bool(before) or RankRun.objects.filter(week=week_before(week)).exists()
    return [
        BookRow(
            account_id=row[0], name=row[1], city=row[2], country=row[3], industry=row[4], owner_id=row[5],
            owner_name=row[6] or "", suggested_owner=row[7] or "", fit=row[8], intent=row[9], capacity=row[10],
            percentile=float(row[16].get("intent", {}).get("percentile") or 0.0), expected_value=row[11], low=row[12],
            high=row[13], place=row[14], before=before.get(row[0]),
            is_new=had_week and row[0] not in before, excluded_by=row[15],
            reason=reason(row[16], row[15]), currency=row[17],
        )
        for row in found
    ]  # fmt: skip


def _places(account_ids: Sequence[int], week: str) -> Mapping[int, int]:
    rows = AccountRank.objects.filter(week=week, account_id__in=account_ids, excluded_by="")
    return dict(rows.values_list("account_id", "place"))


def _ranks(rows: QuerySet[AccountRank]) -> dict[int, Rank]:
    found = rows.values_list(
        "account_id", "week", "fit", "intent", "capacity", "chance", "value", "expected_value", "run__currency", "place"
    )
    return {
        row[0]: Rank(
            account_id=row[0], week=row[1], fit=row[2], intent=row[3], capacity=row[4], chance=row[5], value=row[6],
            expected_value=row[7], currency=row[8], place=row[9],
        )
        for row in found
    }  # fmt: skip
