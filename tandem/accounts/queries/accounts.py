"""Reads of accounts: the list, one account's head and figures, its people, its family."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from tandem.access.contracts import Sight
from tandem.access.queries import sight_of
from tandem.accounts.models import Account, Contact, Opportunity, Source, SourceRecord
from tandem.accounts.queries.totals import Piece, Rates, Total
from tandem.accounts.queries.visible import accounts_in_sight, deals_in_sight, reaches
from tandem.core.actors import Actor
from tandem.core.errors import NotFound

MOST_REDIRECTS = 20
CSV_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilters:
    """What a list of accounts is narrowed to. Empty and None mean: not narrowed.

    owner : id of a person, or "none" for accounts that nobody owns
    source : key of a source that knows the account
    known_by_one : only accounts that a single source knows
    """

    text: str = ""
    owner: str = ""
    team: int | None = None
    country: str = ""
    industry: str = ""
    type: str = ""
    source: str = ""
    open_deal: bool | None = None
    known_by_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as lists show it."""

    id: int
    name: str
    domain: str
    type: str
    segment: str
    industry: str
    country: str
    city: str
    employees: int | None
    owner_id: int | None
    owner_name: str
    source_count: int
    last_activity_at: datetime | None
    updated_at: datetime
    pipeline: Total


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a filter can be set to, as (value, words)."""

    owners: tuple[tuple[str, str], ...] = ()
    teams: tuple[tuple[str, str], ...] = ()
    countries: tuple[tuple[str, str], ...] = ()
    industries: tuple[tuple[str, str], ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A parent or child account. `in_sight` False: the name may be told, the record not opened."""

    id: int
    name: str
    country: str
    in_sight: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHead:
    """One account, with everything its page says at the top. Ids of people may be None: nobody."""

    id: int
    name: str
    domain: str
    domains: tuple[str, ...]
    type: str
    segment: str
    industry: str
    employees: int | None
    annual_revenue: Decimal | None
    currency: str
    phone: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str
    description: str
    owner_id: int | None
    owner_name: str
    owner_team: str
    source_count: int
    last_activity_at: datetime | None
    created_at: datetime
    updated_at: datetime
    parent: Relative | None
    children: tuple[Relative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShare:
    """How much one source knows of a record."""

    key: str
    name: str
    kind: str
    records: int
    last_observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DealPiece:
    """A deal as a part of a figure. `converted` None: not in the sum, no rate is known."""

    id: int
    name: str
    stage: str
    amount: Decimal | None
    currency: str
    on: date
    converted: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """The numbers at the head of an account, each with the parts that add up to it."""

    pipeline: Total
    pipeline_deals: tuple[DealPiece, ...]
    won: Total
    won_deals: tuple[DealPiece, ...]
    people: int
    reachable: int
    last_touch_at: datetime | None
    sources: tuple[SourceShare, ...] = field(default=())


SORTS = {
    "name": "name",
    "owner": "owner__name",
    "country": "country",
    "industry": "industry",
    "employees": "employees",
    "sources": "source_count",
    "activity": "last_activity_at",
    "pipeline": "pipeline",
}
COLUMNS = (
    "id", "name", "domain", "type", "segment", "industry", "country", "city", "employees", "owner_id",
    "owner__name", "source_count", "last_activity_at", "updated_at",
)  # fmt: skip


def filter_accounts(actor: Actor, filters: AccountFilters, *, verb: str = "view") -> QuerySet[Account]:
    """Accounts in sight that fit; internal to the room."""
    rows = accounts_in_sight(actor, verb)
    exact = {"country": filters.country, "industry": filters.industry, "type": filters.type}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.text:
        rows = rows.filter(Q(name__icontains=filters.text) | Q(domain__icontains=filters.text))
    if filters.owner:
        rows = rows.filter(owner=None) if filters.owner == "none" else rows.filter(owner_id=_number(filters.owner))
    if filters.team is not None:
        rows = rows.filter(owner__team_id=filters.team)
    if filters.known_by_one:
        rows = rows.filter(source_count=1)
    if filters.source:
        told = SourceRecord.objects.filter(entity="account", source__key=filters.source, golden_id__isnull=False)
        rows = rows.filter(id__in=told.values("golden_id"))
    if filters.open_deal is not None:
        has_deal = Exists(deals_in_sight(actor).filter(account_id=OuterRef("id"), is_closed=False))
        rows = rows.filter(has_deal if filters.open_deal else ~has_deal)
    return rows


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def count_accounts(actor: Actor, filters: AccountFilters) -> int:
    """How many accounts in sight fit."""
    return filter_accounts(actor, filters).count()


def list_accounts(
    actor: Actor,
    filters: AccountFilters,
    *,
    today: date,
    sort: str = "name",
    offset: int = 0,
    limit: int = 50,
) -> Sequence[AccountRow]:
    """A page of accounts. `sort`: a word of SORTS, with a leading minus for downwards; unknown words sort by name."""
    rates = Rates()
    rows = _sorted(filter_accounts(actor, filters), actor, sort, rates, today)
    return _as_rows(actor, list(rows.values_list(*COLUMNS)[offset : offset + limit]), rates, today)


def each_account(actor: Actor, filters: AccountFilters, *, today: date, sort: str = "name") -> Iterator[AccountRow]:
    """All accounts that fit and may be exported, a few thousand at a time."""
    rates = Rates()
    rows = _sorted(filter_accounts(actor, filters, verb="export"), actor, sort, rates, today)
    page: list[tuple[object, ...]] = []
    for row in rows.values_list(*COLUMNS).iterator(chunk_size=CSV_ROWS_AT_ONCE):
        page.append(row)
        if len(page) == CSV_ROWS_AT_ONCE:
            yield from _as_rows(actor, page, rates, today)
            page = []
    yield from _as_rows(actor, page, rates, today)


def list_accounts_after(actor: Actor, *, after_id: int, limit: int, today: date) -> Sequence[AccountRow]:
    """Accounts in sight by id, strictly after one: the API's pages."""
    rates = Rates()
    rows = accounts_in_sight(actor).filter(id__gt=after_id).order_by("id")
    return _as_rows(actor, list(rows.values_list(*COLUMNS)[:limit]), rates, today)


def _sorted(rows: QuerySet[Account], actor: Actor, sort: str, rates: Rates, today: date) -> QuerySet[Account]:
    word, down = sort.lstrip("-"), sort.startswith("-")
    column = SORTS.get(word, "name")
    if column == "pipeline":
        rows = rows.annotate(pipeline=_pipeline_sum(actor, rates, today))
    order = F(column).desc(nulls_last=True) if down else F(column).asc(nulls_last=True)
    return rows.order_by(order, "name", "id")


def _pipeline_sum(actor: Actor, rates: Rates, today: date) -> Subquery:
    """Open pipeline of the outer account in the organisation's currency, for sorting."""
    money = DecimalField(max_digits=30, decimal_places=8)
    factor = Case(
        *(When(currency=code, then=Value(rate, output_field=money)) for code, rate in rates.factors(today).items()),
        default=Value(None, output_field=money),
        output_field=money,
    )
    deals = deals_in_sight(actor).filter(account_id=OuterRef("id"), is_closed=False).order_by()
    sums = deals.values("account_id").annotate(total=Sum(F("amount") * factor, output_field=money)).values("total")
    return Subquery(sums, output_field=money)


def _as_rows(actor: Actor, found: Sequence[tuple], rates: Rates, today: date) -> list[AccountRow]:  # type: ignore[type-arg]
    pipelines = _pipelines(actor, [row[0] for row in found], rates, today)
    return [
        AccountRow(
            id=row[0], name=row[1], domain=row[2], type=row[3], segment=row[4], industry=row[5], country=row[6],
            city=row[7], employees=row[8], owner_id=row[9], owner_name=row[10] or "", source_count=row[11],
            last_activity_at=row[12], updated_at=row[13], pipeline=pipelines[row[0]],
        )
        for row in found
    ]  # fmt: skip


def _pipelines(actor: Actor, ids: Sequence[int], rates: Rates, today: date) -> dict[int, Total]:
    pieces: dict[int, list[Piece]] = defaultdict(list)
    deals = deals_in_sight(actor).filter(account_id__in=ids, is_closed=False)
    for account_id, amount, currency in deals.values_list("account_id", "amount", "currency"):
        pieces[account_id].append(Piece(currency=currency, amount=amount, on=today))
    return {account_id: rates.total(pieces[account_id]) for account_id in ids}


def account_choices(actor: Actor) -> Choices:
    """What the filters of the account list can be set to, among accounts in sight."""
    rows = accounts_in_sight(actor).order_by()

    def words(column: str) -> tuple[tuple[str, str], ...]:
        found = rows.exclude(**{column: ""}).values_list(column, flat=True).distinct()
        return tuple((value, value) for value in sorted(found, key=str.casefold))

    people = rows.exclude(owner=None).values_list("owner_id", "owner__name", "owner__team_id", "owner__team__name")
    owners = list(people.distinct())
    return Choices(
        owners=(*_pairs((pk, name) for pk, name, _, _ in owners), ("none", "Nobody")),
        teams=_pairs((team_id, team) for _, _, team_id, team in owners if team_id),
        countries=words("country"),
        industries=words("industry"),
        types=words("type"),
        sources=source_choices(),
    )


def source_choices() -> tuple[tuple[str, str], ...]:
    """Every source by name, as (key, name)."""
    return tuple(Source.objects.order_by("name").values_list("key", "name"))


def _pairs(found: Iterator[tuple[int, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(str(pk), name) for pk, name in found}, key=lambda pair: pair[1].casefold()))


def get_account(actor: Actor, account_id: int) -> AccountHead:
    """One account in sight. Raises NotFound, also for one that exists out of sight."""
    row = (
        accounts_in_sight(actor)
        .select_related("owner__team", "parent")
        .prefetch_related("domains", "children")
        .filter(id=account_id)
        .first()
    )
    if row is None:
        raise NotFound(f"There is no account {account_id} that you can see.", hint="Open the list of accounts.")
    sight = sight_of(actor, "view", "account")
    return AccountHead(
        domains=tuple(sorted({domain.domain for domain in row.domains.all()} | ({row.domain} - {""}))),
        owner_name=row.owner.name if row.owner else "",
        owner_team=row.owner.team.name if row.owner and row.owner.team else "",
        parent=_relative(sight, row.parent) if row.parent else None,
        children=tuple(_relative(sight, child) for child in row.children.all() if child.merged_into_id is None),
        **{name: getattr(row, name) for name in _PLAIN},
    )


_PLAIN = (
    "id", "name", "domain", "type", "segment", "industry", "employees", "annual_revenue", "currency", "phone", "street",
    "city", "region", "postal_code", "country", "description", "owner_id", "source_count", "last_activity_at",
    "created_at", "updated_at",
)  # fmt: skip


def _relative(sight: Sight, row: Account) -> Relative:
    return Relative(id=row.id, name=row.name, country=row.country, in_sight=reaches(sight, row.owner_id))


def find_kept_account(account_id: int) -> int | None:
    """The living account that this merged id points to, through any number of merges; None when it was not merged."""
    return _follow(Account.objects.all(), account_id)


def find_kept_contact(contact_id: int) -> int | None:
    """The living contact that this merged id points to; None when it was not merged."""
    return _follow(Contact.objects.all(), contact_id)


def _follow(rows: QuerySet[Account] | QuerySet[Contact], start: int) -> int | None:
    here, seen = start, {start}
    for _ in range(MOST_REDIRECTS):
        following = rows.filter(id=here).values_list("merged_into_id", flat=True).first()
        if following is None or following in seen:
            break
        seen.add(following)
        here = following
    return None if here == start else here


def account_figures(actor: Actor, account: AccountHead, *, today: date) -> AccountFigures:
    """Open pipeline at today's rates, won total at the rates of the closing days, people and sources."""
    rates = Rates()
    pieces: dict[bool, list[DealPiece]] = {False: [], True: []}
    deals = deals_in_sight(actor).filter(Q(is_closed=False) | Q(is_won=True), account_id=account.id)
    for row in deals.order_by("-amount", "id"):
        on = (row.closed_on or row.close_on or today) if row.is_closed else today
        pieces[row.is_won].append(_deal_piece(row, on, rates))
    reachable = Q(has_left=False, opted_out=False) & ~Q(email="", phone="")
    people = Contact.objects.filter(account_id=account.id, merged_into=None).aggregate(
        known=Count("id"), reachable=Count("id", filter=reachable)
    )
    return AccountFigures(
        pipeline=_sum(rates, pieces[False]),
        pipeline_deals=tuple(pieces[False]),
        won=_sum(rates, pieces[True]),
        won_deals=tuple(pieces[True]),
        people=people["known"],
        reachable=people["reachable"],
        last_touch_at=account.last_activity_at,
        sources=sources_of("account", account.id),
    )


def _deal_piece(row: Opportunity, on: date, rates: Rates) -> DealPiece:
    return DealPiece(
        id=row.id,
        name=row.name,
        stage=row.stage,
        amount=row.amount,
        currency=row.currency,
        on=on,
        converted=None if row.amount is None else rates.convert(row.amount, row.currency, on),
    )


def _sum(rates: Rates, deals: Sequence[DealPiece]) -> Total:
    return rates.total(Piece(currency=deal.currency, amount=deal.amount, on=deal.on) for deal in deals)


def sources_of(entity: str, golden_id: int) -> tuple[SourceShare, ...]:
    """Which sources tell of a golden record, most recent first."""
    found: dict[str, SourceShare] = {}
    rows = SourceRecord.objects.filter(entity=entity, golden_id=golden_id).order_by("-observed_at")
    for key, name, kind, at in rows.values_list("source__key", "source__name", "source__kind", "observed_at"):
        before = found.get(key)
        found[key] = SourceShare(
            key=key,
            name=name,
            kind=kind,
            records=before.records + 1 if before else 1,
            last_observed_at=before.last_observed_at if before else at,
        )
    return tuple(found.values())
