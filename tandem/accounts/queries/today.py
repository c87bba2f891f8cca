"""What changed since yesterday and what needs a person, within the actor's sight. A bounded number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tandem.access.contracts import Reach
from tandem.access.queries import sight_of
from tandem.accounts.models import Load, LoadState, MatchPair, Opportunity, OpportunityChange, PairState
from tandem.accounts.queries.sources import Freshness, SourceRow, list_sources
from tandem.accounts.queries.values import FIELDS, NAMED_FIELDS, moves_of, named_in, names_of_keys
from tandem.accounts.queries.visible import accounts_in_sight, deals_in_sight
from tandem.core.actors import Actor
from tandem.core.jobs import job_counts

SHOWN = 12
QUIET_DAYS = 30  # no touch for a month at an account with an open deal


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One value that changed, in the canonical form of the model; owner and account by name. None: empty, not told."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDeal:
    """A deal and what changed on it: of each field the value before the first change and after the last.

    slipped_days : how much later it is now expected to close; 0: not later
    """

    id: int
    name: str
    account_name: str
    owner_name: str
    stage: str
    amount: Decimal | None
    currency: str
    close_on: date | None
    is_closed: bool
    is_won: bool
    at: datetime
    moved: tuple[Moved, ...] = ()
    slipped_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAccount:
    """An account with the moment it is listed for. None: never."""

    id: int
    name: str
    owner_name: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The first of a number of things. `count` is all of them."""

    count: int
    shown: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A load of which rows were refused, or that failed as a whole."""

    load_id: int
    file_name: str
    source_name: str
    refused: int
    has_failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changed since a moment. Deals are `ChangedDeal`, accounts `NamedAccount`; newest first."""

    since: datetime
    new_deals: Listed
    changed_deals: Listed
    by_field: tuple[tuple[str, int], ...]
    won: Listed
    lost: Listed
    slipped: Listed
    new_accounts: Listed

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        parts = (self.new_deals, self.changed_deals, self.won, self.lost, self.new_accounts)
        return not any(part.count for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What needs a person. None: the actor has no right to see it; then it is nobody's task here.

    overdue : open deals whose close date is past
    unassigned : open deals that no source gives to an account
    quiet : accounts with an open deal and no touch for 30 days
    pairs : likely duplicates to decide on
    refused : loads since the moment with refused rows, as `RefusedFile`
    late_sources : `SourceRow`s not heard in time
    dead_jobs : jobs that gave up
    """

    overdue: Listed
    unassigned: Listed
    quiet: Listed
    pairs: int | None
    refused: Listed | None
    late_sources: tuple[SourceRow, ...] | None
    dead_jobs: int | None

    @property
    def is_empty(self) -> bool:
        """Whether nobody has to do anything."""
        lists = (self.overdue, self.unassigned, self.quiet, self.refused or Listed(count=0))
        return not (any(one.count for one in lists) or self.pairs or self.late_sources or self.dead_jobs)


def news(actor: Actor, *, since: datetime) -> News:
    """What changed in deals and accounts that the actor sees, since a moment."""
    deals = deals_in_sight(actor)
    fresh = deals.filter(created_at__gte=since)
    changes = _changes(deals, since)
    changed = [deal for deal in changes if deal.moved]
    counts: dict[str, int] = defaultdict(int)
    for deal in changed:
        for move in deal.moved:
            counts[move.field] += 1
    closed = deals.filter(is_closed=True, closed_on__gte=since.date())
    accounts = accounts_in_sight(actor).filter(created_at__gte=since)
    slipped = sorted((deal for deal in changed if deal.slipped_days > 0), key=lambda deal: -deal.slipped_days)
    return News(
        since=since,
        new_deals=_listed(fresh.order_by("-created_at", "-id"), "created_at"),
        changed_deals=Listed(count=len(changed), shown=tuple(changed[:SHOWN])),
        by_field=tuple(
            (field, counts[field]) for field in (*FIELDS, *sorted(set(counts) - {*FIELDS})) if counts[field]
        ),
        won=_listed(closed.filter(is_won=True).order_by("-closed_on", "-id"), "updated_at"),
        lost=_listed(closed.filter(is_won=False).order_by("-closed_on", "-id"), "updated_at"),
        slipped=Listed(count=len(slipped), shown=tuple(slipped[:SHOWN])),
        new_accounts=_named(accounts.order_by("-created_at", "-id"), "created_at"),
    )


def waiting(actor: Actor, *, since: datetime, now: datetime, today: date) -> Waiting:
    """What needs a person now.

    since : refused rows of loads since then
    today : the actor's day, for close dates
    """
    opened = deals_in_sight(actor).filter(is_closed=False)
    quiet_since = now - timedelta(days=QUIET_DAYS)
    has_open = Exists(opened.filter(account_id=OuterRef("id")))
    silent = Q(last_activity_at__lt=quiet_since) | Q(last_activity_at=None, created_at__lt=quiet_since)
    quiet = (
        accounts_in_sight(actor).filter(silent, has_open).order_by(F("last_activity_at").asc(nulls_first=True), "id")
    )
    sees_sources = _may(actor, "source")
    return Waiting(
        overdue=_listed(opened.filter(close_on__lt=today).order_by("close_on", "id"), "updated_at"),
        unassigned=_listed(opened.filter(account=None).order_by("-created_at", "-id"), "created_at"),
        quiet=_named(quiet, "last_activity_at"),
        pairs=MatchPair.objects.filter(state=PairState.REVIEW).count() if _may(actor, "match") else None,
        refused=_refused(since) if sees_sources else None,
        late_sources=_late(now) if sees_sources else None,
        dead_jobs=job_counts().dead if _may(actor, "job") else None,
    )


def _may(actor: Actor, kind: str) -> bool:
    return sight_of(actor, "view", kind).reach is not Reach.NONE


def _changes(deals: QuerySet[Opportunity], since: datetime) -> list[ChangedDeal]:
    """Deals with changes since a moment, the last changed first."""
    rows = list(OpportunityChange.objects.filter(at__gte=since, opportunity__in=deals).order_by("at", "id"))
    names = names_of_keys((row.source_id, key) for row in rows if row.field in NAMED_FIELDS for key in named_in(row))
    by_deal: dict[int, list[OpportunityChange]] = defaultdict(list)
    for row in rows:
        by_deal[row.opportunity_id].append(row)
    last = {deal_id: changes[-1].at for deal_id, changes in by_deal.items()}
    found = _deals(deals.filter(id__in=OpportunityChange.objects.filter(at__gte=since).values("opportunity_id")), last)
    changed = []
    for deal in found:
        moved = tuple(Moved(field=field, old=old, new=new) for field, old, new in moves_of(by_deal[deal.id], names))
        changed.append(_with_moves(deal, moved))
    return sorted(changed, key=lambda deal: (-deal.at.timestamp(), deal.id))


def _with_moves(deal: ChangedDeal, moved: tuple[Moved, ...]) -> ChangedDeal:
    close = next((move for move in moved if move.field == "close_on"), None)
    days = _days_between(close.old, close.new) if close and not deal.is_closed else 0
    values = {name: getattr(deal, name) for name in ChangedDeal.__slots__}
    return ChangedDeal(**values | {"moved": moved, "slipped_days": max(days, 0)})


def _days_between(old: str | None, new: str | None) -> int:
    """Days from one date in text to another; 0 where one of them is none."""
    try:
        return (date.fromisoformat(str(new)) - date.fromisoformat(str(old))).days
    except ValueError:
        return 0


def _deals(rows: QuerySet[Opportunity], at: dict[int, datetime] | str) -> list[ChangedDeal]:
    """Deals as this page shows them. `at`: moments by id, or the column that holds them."""
    return [
        ChangedDeal(
            id=row.id,
            name=row.name,
            account_name=row.account.name if row.account else "",
            owner_name=row.owner.name if row.owner else "",
            stage=row.stage,
            amount=row.amount,
            currency=row.currency,
            close_on=row.close_on,
            is_closed=row.is_closed,
            is_won=row.is_won,
            at=getattr(row, at) if isinstance(at, str) else at[row.id],
        )
        for row in rows.select_related("account", "owner")
        if isinstance(at, str) or row.id in at
    ]


def _listed(rows: QuerySet[Opportunity], at: str) -> Listed:
    shown = _deals(rows[: SHOWN + 1], at)
    return Listed(count=rows.count() if len(shown) > SHOWN else len(shown), shown=tuple(shown[:SHOWN]))


def _named(rows: QuerySet[Any], at: str) -> Listed:
    found = list(rows.values_list("id", "name", "owner__name", at)[: SHOWN + 1])
    return Listed(
        count=rows.count() if len(found) > SHOWN else len(found),
        shown=tuple(
            NamedAccount(id=pk, name=name, owner_name=owner or "", at=moment)
            for pk, name, owner, moment in found[:SHOWN]
        ),
    )


def _refused(since: datetime) -> Listed:
    rows = Load.objects.filter(Q(rows_refused__gt=0) | Q(state=LoadState.FAILED), started_at__gte=since)
    found = rows.select_related("source").order_by("-id")
    shown: Sequence[RefusedFile] = [
        RefusedFile(
            load_id=row.id,
            file_name=row.file_name,
            source_name=row.source.name,
            refused=row.rows_refused,
            has_failed=row.state == LoadState.FAILED,
        )
        for row in found[: SHOWN + 1]
    ]
    return Listed(count=rows.count() if len(shown) > SHOWN else len(shown), shown=tuple(shown[:SHOWN]))


def _late(now: datetime) -> tuple[SourceRow, ...]:
    return tuple(row for row in list_sources(now=now) if row.freshness in (Freshness.LATE, Freshness.SILENT))
