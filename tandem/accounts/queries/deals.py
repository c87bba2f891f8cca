"""Reads of deals: the list, the board, one deal with its whole history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.db.models import Avg, Case, Count, F, IntegerField, Max, Min, Q, QuerySet, Sum, When, Window
from django.db.models.functions import Cast, RowNumber, TruncMonth

from tandem.accounts.domain.stages import StageFacts, Stay, order_stages, stays
from tandem.accounts.models import (
    Opportunity,
    OpportunityChange,
    OpportunityContact,
    OpportunityProduct,
    SellerCall,
)
from tandem.accounts.queries.totals import Piece, Rates, Total
from tandem.accounts.queries.values import name_of, named_in, named_value, names_of_keys
from tandem.accounts.queries.visible import deals_in_sight
from tandem.core.actors import Actor
from tandem.core.errors import NotFound

CSV_ROWS_AT_ONCE = 2_000
CARDS_A_COLUMN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFilters:
    """What deals are narrowed to. Empty and None mean: not narrowed.

    state : "open", "won", "lost"; empty: all
    closes_from, closes_to : days of `close_on`, both included
    currency : ISO code, or "none" for deals whose source names none
    unassigned : only deals for which the source names no account
    """

    text: str = ""
    owner: str = ""
    team: int | None = None
    stage: str = ""
    motion: str = ""
    state: str = ""
    category: str = ""
    closes_from: date | None = None
    closes_to: date | None = None
    currency: str = ""
    account: int | None = None
    unassigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """A deal as lists and the board show it. `amount` None: the source gives none."""

    id: int
    name: str
    account_id: int | None
    account_name: str
    owner_id: int | None
    owner_name: str
    motion: str
    stage: str
    amount: Decimal | None
    currency: str
    probability: float | None
    forecast_category: str
    close_on: date | None
    is_closed: bool
    is_won: bool
    opened_on: date | None
    stage_since: datetime | None
    last_activity_at: datetime | None
    next_step: str
    lost_reason: str
    updated_at: datetime

    @property
    def state(self) -> str:
        """Open, won or lost."""
        if not self.is_closed:
            return "open"
        return "won" if self.is_won else "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """One stage of the board: its sum over all its deals, and the largest of them as cards."""

    stage: str
    is_closed: bool
    total: Total
    cards: tuple[DealRow, ...]

    @property
    def hidden(self) -> int:
        """Deals in this stage that are not among the cards."""
        return self.total.deals - len(self.cards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field took a new value. None: empty, or not told."""

    field: str
    old: str | None
    new: str | None
    at: datetime
    by: str
    origin: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealPerson:
    """Somebody with a part in the deal."""

    contact_id: int
    name: str
    title: str
    email: str
    role: str
    is_primary: bool
    agreeing_sources: int
    has_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product line."""

    product: str
    family: str
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal | None
    is_listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a seller staked on this deal, and when."""

    person: str
    kind: str
    amount: Decimal
    currency: str
    period_starts_on: date
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealHead:
    """One deal, whole."""

    row: DealRow
    lead_source: str
    competitor: str
    created_at: datetime
    closed_on: date | None
    converted: Decimal | None
    own_currency: str
    stages: tuple[str, ...]
    stays: tuple[Stay, ...]
    changes: tuple[Change, ...]
    people: tuple[DealPerson, ...]
    lines: tuple[Line, ...]
    calls: tuple[Call, ...]


SORTS = {
    "name": "name",
    "account": "account__name",
    "owner": "owner__name",
    "stage": "stage",
    "amount": "amount",
    "close": "close_on",
    "activity": "last_activity_at",
    "opened": "opened_on",
}
FIELDS = (
    "id", "name", "account_id", "account_name", "owner_id", "owner_name", "motion", "stage", "amount", "currency",
    "probability", "forecast_category", "close_on", "is_closed", "is_won", "opened_on", "stage_since",
    "last_activity_at", "next_step", "lost_reason", "updated_at",
)  # fmt: skip
COLUMNS = tuple({"account_name": "account__name", "owner_name": "owner__name"}.get(name, name) for name in FIELDS)
STATES = {
    "open": Q(is_closed=False),
    "won": Q(is_won=True),
    "lost": Q(is_closed=True, is_won=False),
}


def filter_deals(actor: Actor, filters: DealFilters, *, verb: str = "view") -> QuerySet[Opportunity]:
    """Deals in sight that fit; internal to the room."""
    exact = {
        "stage": filters.stage or None,
        "motion": filters.motion or None,
        "forecast_category": filters.category or None,
        "owner__team_id": filters.team,
        "account_id": filters.account,
        "close_on__gte": filters.closes_from,
        "close_on__lte": filters.closes_to,
    }
    rows = deals_in_sight(actor, verb).filter(**{name: value for name, value in exact.items() if value is not None})
    if filters.text:
        rows = rows.filter(Q(name__icontains=filters.text) | Q(account__name__icontains=filters.text))
    if filters.owner == "none":
        rows = rows.filter(owner=None)
    elif filters.owner:
        rows = rows.filter(owner_id=int(filters.owner) if filters.owner.isdecimal() else -1)
    if filters.currency:
        rows = rows.filter(currency="" if filters.currency == "none" else filters.currency)
    if filters.state in STATES:
        rows = rows.filter(STATES[filters.state])
    return rows.filter(account=None) if filters.unassigned else rows


def sum_deals(actor: Actor, filters: DealFilters, *, today: date) -> Total:
    """Count and sum of all deals that fit: open ones at today's rates, closed ones at those of their closing month."""
    return Rates().total(piece for _, _, piece in _sums(filter_deals(actor, filters), today))


def _sums(rows: QuerySet[Opportunity], today: date) -> Iterator[tuple[str, bool, Piece]]:
    """Stage, whether closed, and a sum: one a stage, currency and (for closed deals) month."""
    groups = rows.order_by().values("stage", "currency", "is_closed", month=TruncMonth("closed_on"))
    for row in groups.annotate(n=Count("id"), total=Sum("amount"), last=Max("closed_on")):
        on = (row["last"] or today) if row["is_closed"] else today
        piece = Piece(currency=row["currency"], amount=row["total"], on=on, deals=row["n"])
        yield row["stage"], row["is_closed"], piece


def list_deals(
    actor: Actor, filters: DealFilters, *, sort: str = "close", offset: int = 0, limit: int = 50
) -> Sequence[DealRow]:
    """A page of deals. `sort`: a word of SORTS, with a leading minus for downwards."""
    rows = _sorted(filter_deals(actor, filters), sort)
    return [_row(found) for found in rows.values_list(*COLUMNS)[offset : offset + limit]]


def each_deal(actor: Actor, filters: DealFilters, *, sort: str = "close") -> Iterator[DealRow]:
    """All deals that fit and may be exported, read in bounded memory."""
    rows = _sorted(filter_deals(actor, filters, verb="export"), sort)
    for found in rows.values_list(*COLUMNS).iterator(chunk_size=CSV_ROWS_AT_ONCE):
        yield _row(found)


def list_deals_after(actor: Actor, *, after_id: int, limit: int) -> Sequence[DealRow]:
    """Deals in sight by id, strictly after one: the API's pages."""
    rows = deals_in_sight(actor).filter(id__gt=after_id).order_by("id")
    return [_row(found) for found in rows.values_list(*COLUMNS)[:limit]]


def list_deals_of_account(actor: Actor, account_id: int, *, limit: int = 200) -> Sequence[DealRow]:
    """Deals of an account that the actor can see: open ones by close date, then closed ones, latest first."""
    opening = Case(When(is_closed=False, then=F("close_on")))
    closing = F("close_on").desc(nulls_last=True)
    rows = deals_in_sight(actor).filter(account_id=account_id)
    ordered = rows.order_by("is_closed", opening.asc(nulls_last=True), closing, "id")
    return [_row(row) for row in ordered.values_list(*COLUMNS)[:limit]]


def _sorted(rows: QuerySet[Opportunity], sort: str) -> QuerySet[Opportunity]:
    column = F(SORTS.get(sort.lstrip("-"), "close_on"))
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    # By close date what is open comes first: what was closed years ago is nobody's next step.
    open_first = ("is_closed",) if sort.lstrip("-") in ("close", "") else ()
    return rows.order_by(*open_first, order, "name", "id")


def _row(found: tuple) -> DealRow:  # type: ignore[type-arg]
    values = dict(zip(FIELDS, found, strict=True))
    named = {"account_name": values["account_name"] or "", "owner_name": values["owner_name"] or ""}
    return DealRow(**values | named)


def list_stages() -> tuple[str, ...]:
    """All stages any deal stands in, from first to last, won, lost."""
    rows = Opportunity.objects.values("stage").annotate(
        chance=Avg("probability"),
        closed=Min(Cast("is_closed", IntegerField())),
        won=Max(Cast("is_won", IntegerField())),
    )
    facts = [
        StageFacts(name=row["stage"], probability=row["chance"], is_closed=bool(row["closed"]), is_won=bool(row["won"]))
        for row in rows.order_by()
    ]
    moves: dict[tuple[str, str], int] = {}
    if any(stage.probability is None and not stage.is_closed for stage in facts):
        told = OpportunityChange.objects.filter(field="stage", old__isnull=False, new__isnull=False)
        for row in told.values("old", "new").annotate(n=Count("id")).order_by():
            moves[str(row["old"]), str(row["new"])] = row["n"]
    return order_stages(facts, moves)


def board(actor: Actor, filters: DealFilters, *, today: date) -> tuple[BoardColumn, ...]:
    """Deals by stage: for each stage the sum over all of its deals and its largest ones as cards."""
    rows = filter_deals(actor, filters).order_by()
    rates = Rates()
    pieces: dict[str, list[Piece]] = defaultdict(list)
    closed: dict[str, bool] = {}
    for stage, is_closed, piece in _sums(rows, today):
        pieces[stage].append(piece)
        closed[stage] = is_closed
    place = Window(
        RowNumber(), partition_by="stage", order_by=[F("amount").desc(nulls_last=True), F("close_on").asc(), "id"]
    )
    cards: dict[str, list[DealRow]] = defaultdict(list)
    largest = rows.annotate(place=place).filter(place__lte=CARDS_A_COLUMN).order_by("place")
    for found in largest.values_list(*COLUMNS):
        row_of_board = _row(found)
        cards[row_of_board.stage].append(row_of_board)
    return tuple(
        BoardColumn(stage=stage, is_closed=closed[stage], total=rates.total(pieces[stage]), cards=tuple(cards[stage]))
        for stage in list_stages()
        if stage in pieces
    )


def deal_choices(actor: Actor) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the filters owner, team, stage, category and currency can be set to, among deals in sight."""
    rows = deals_in_sight(actor).order_by()
    people = list(
        rows.exclude(owner=None)
        .values_list("owner_id", "owner__name", "owner__team_id", "owner__team__name")
        .distinct()
    )
    currencies = rows.values_list("currency", flat=True).distinct()
    categories = rows.exclude(forecast_category="").values_list("forecast_category", flat=True).distinct()
    return {
        "owner": (*_by_name({(str(pk), name) for pk, name, _, _ in people}), ("none", "Nobody")),
        "team": _by_name({(str(team_id), team) for _, _, team_id, team in people if team_id}),
        "stage": tuple((stage, stage) for stage in list_stages()),
        "category": _by_name({(word, word.replace("_", " ")) for word in categories}),
        "currency": _by_name({(code or "none", code or "not told") for code in currencies}),
    }


def _by_name(pairs: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: pair[1].casefold()))


def count_unassigned(actor: Actor) -> int:
    """Deals in sight for which the source names no account."""
    return deals_in_sight(actor).filter(account=None).count()


def get_deal(actor: Actor, deal_id: int, *, today: date) -> DealHead:
    """One deal in sight, whole. Raises NotFound, also for one that exists out of sight."""
    row = deals_in_sight(actor).select_related("account", "owner", "competitor").filter(id=deal_id).first()
    if row is None:
        raise NotFound(f"There is no deal {deal_id} that you can see.", hint="Open the list of deals.")
    changes = changes_of(deal_id)
    rates = Rates()
    on = (row.closed_on or today) if row.is_closed else today
    return DealHead(
        row=DealRow(
            account_name=row.account.name if row.account else "",
            owner_name=row.owner.name if row.owner else "",
            **{name: getattr(row, name) for name in FIELDS if name not in ("account_name", "owner_name")},
        ),
        lead_source=row.lead_source,
        competitor=row.competitor.name if row.competitor else "",
        created_at=row.created_at,
        closed_on=row.closed_on,
        converted=None if row.amount is None else rates.convert(row.amount, row.currency, on),
        own_currency=rates.currency,
        stages=list_stages(),
        stays=_stays(row, changes),
        changes=changes,
        people=_people(deal_id),
        lines=_lines(deal_id),
        calls=_calls(deal_id),
    )


def changes_of(deal_id: int) -> tuple[Change, ...]:
    """Every change of every field of a deal, oldest first."""
    rows = list(OpportunityChange.objects.filter(opportunity_id=deal_id).select_related("source").order_by("at", "id"))
    names = names_of_keys((row.source_id, told) for row in rows for told in named_in(row))
    return tuple(
        Change(
            field=row.field,
            old=named_value(names, row, row.old),
            new=named_value(names, row, row.new),
            at=row.at,
            by=name_of(names, row.source_id, row.by),
            origin=row.origin,
            source=row.source.name,
        )
        for row in rows
    )


def _stays(row: Opportunity, changes: Sequence[Change]) -> tuple[Stay, ...]:
    opened = datetime.combine(row.opened_on, time(), tzinfo=UTC) if row.opened_on else row.created_at
    moves = [(change.at, change.old, change.new) for change in changes if change.field == "stage"]
    return stays(moves, stage=row.stage, opened_at=min([opened, *(at for at, _, _ in moves)]))


def _people(deal_id: int) -> tuple[DealPerson, ...]:
    rows = OpportunityContact.objects.filter(opportunity_id=deal_id).select_related("contact")
    return tuple(
        DealPerson(
            contact_id=row.contact_id,
            name=row.contact.name,
            title=row.contact.title,
            email=row.contact.email,
            role=row.role,
            is_primary=row.is_primary,
            agreeing_sources=row.contact.agreeing_sources,
            has_left=row.contact.has_left,
        )
        for row in rows.order_by("-is_primary", "contact__name", "id")
    )


def _lines(deal_id: int) -> tuple[Line, ...]:
    rows = OpportunityProduct.objects.filter(opportunity_id=deal_id).select_related("product").order_by("id")
    return tuple(
        Line(
            product=row.product.name,
            family=row.product.family,
            quantity=row.quantity,
            unit_price=row.unit_price,
            amount=row.amount,
            is_listed=row.product.is_listed,
        )
        for row in rows
    )


def _calls(deal_id: int) -> tuple[Call, ...]:
    rows = SellerCall.objects.filter(opportunity_id=deal_id).select_related("person", "source").order_by("-at", "-id")
    return tuple(
        Call(
            person=row.person.name,
            kind=row.kind,
            amount=row.amount,
            currency=row.currency,
            period_starts_on=row.period_starts_on,
            at=row.at,
            source=row.source.name,
        )
        for row in rows
    )
