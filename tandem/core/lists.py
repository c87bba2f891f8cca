"""The list block: one declaration gives a page its table, filters, sorting, paging, CSV, and its state in the address.

    DEALS = ListSpec(
        name="deals",
        noun="deal",
        columns=(
            Column(key="name", label="Deal", template="accounts/cells/deal.html", sort="name"),
            Column(key="amount", label="Amount", is_figure=True, sort="amount"),
        ),
        filters=(TextFilter(key="text", label="Name"), ChoiceFilter(key="stage", label="Stage")),
        default_sort="close",
    )

    @page("deal", "view")
    def deal_list(request):
        state = DEALS.read(request.GET)
        filters = DealFilters(text=state.text("text"), stage=state.text("stage"))
        rows = list_deals(request.actor, filters, sort=state.sort, offset=state.offset, limit=state.limit)
        listing = DEALS.listing(state, rows, total=count_deals(request.actor, filters), choices={"stage": stages})
        return respond(request, "accounts/deals.html", listing, {"lead": ...})

The address is the whole state, so it can be sent to a colleague. What it gets wrong (a page past the end, a sort that
does not exist, a choice that is not offered) is read as not said; a list never fails because of its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from tandem.core import exits, words
from tandem.core.actors import Actor
from tandem.core.spreadsheet import csv_lines

PAGE_ROWS = 50
DEEPEST_PAGE = 10_000
LONGEST_TEXT = 200
SORT, PAGE = "sort", "page"

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    key : attribute of the row, unless `value` says otherwise; also the name of its CSV column
    value : the row's value for this column, plain: text, number, day, Money
    template : draws the cell; sees `row` and `value`. Empty: the value in the house's form
    sort : word given to the query for sorting; empty: can't be sorted by
    is_figure : right-aligned
    is_optional : left out on phones
    in_csv : whether exports carry it
    """

    key: str
    label: str
    value: Callable[[Any], object] | None = None
    template: str = ""
    sort: str = ""
    is_figure: bool = False
    is_optional: bool = False
    in_csv: bool = True

    def value_of(self, row: Any) -> object:
        """The plain value of a row."""
        return self.value(row) if self.value is not None else getattr(row, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFilter:
    """Words to look for."""

    key: str
    label: str
    kind: str = "text"

    def clean(self, text: str) -> str:
        """The words without control characters, of bounded length."""
        return "".join(letter for letter in text if letter.isprintable()).strip()[:LONGEST_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceFilter:
    """One of a few. `choices` may be left empty and given with each listing, when they come from data."""

    key: str
    label: str
    choices: tuple[Choice, ...] = ()
    any_label: str = "any"
    kind: str = "choice"

    def clean(self, text: str) -> str:
        """The choice, or nothing when the fixed choices don't have it."""
        text = TextFilter(key=self.key, label=self.label).clean(text)
        return text if not self.choices or text in dict(self.choices) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagFilter:
    """On or off."""

    key: str
    label: str
    kind: str = "flag"

    def clean(self, text: str) -> str:
        """ "1" or nothing."""
        return "1" if text in {"1", "on", "true"} else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFilter:
    """A day, 2026-11-24."""

    key: str
    label: str
    kind: str = "day"

    def clean(self, text: str) -> str:
        """The day in ISO form, or nothing."""
        try:
            return date.fromisoformat(text.strip()).isoformat()
        except ValueError:
            return ""


Filter = TextFilter | ChoiceFilter | FlagFilter | DayFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """What an address asks of a list.

    values : filters that are set, by key
    sort : a column's sort word, with a leading minus for downwards
    page : from 1
    """

    values: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    limit: int = PAGE_ROWS
    default_sort: str = ""

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.limit

    def text(self, key: str) -> str:
        """A filter's text; empty when not set."""
        return self.values.get(key, "")

    def number(self, key: str) -> int | None:
        """A filter as a whole number; None when not set or no number."""
        text = self.text(key)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None  # 64 bits

    def flag(self, key: str) -> bool:
        """Whether a flag is on."""
        return bool(self.text(key))

    def day(self, key: str) -> date | None:
        """A filter as a day; None when not set."""
        text = self.text(key)
        return date.fromisoformat(text) if text else None

    def query(self) -> str:
        """The state as an address's query, beginning with "?"; empty for the default state."""
        told = dict(self.values)
        if self.sort != self.default_sort:
            told[SORT] = self.sort
        if self.page > 1:
            told[PAGE] = str(self.page)
        return "?" + urlencode(told) if told else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column's head: the query a press on it leads to. `direction`: "ascending", "descending" or empty."""

    column: Column
    query: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """A column's cell in the foot of the table."""

    column: Column
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFilter:
    """A filter with its present value and, for choices, what it can be set to."""

    filter: Filter
    value: str
    choices: Sequence[Choice] = ()

    @property
    def told(self) -> str:
        """The value in words."""
        return dict(self.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """The declaration of a list; made once, at import.

    name : used in ids and file names
    noun : what a row is, for counts: "deal", or "entry,entries"
    empty_title, empty_text, empty_address, empty_action : when there is nothing at all, not even without filters
    row_key : a row's address; the row's first cell usually links there
    """

    name: str
    noun: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    default_sort: str = ""
    limit: int = PAGE_ROWS
    empty_title: str = "Nothing is here yet"
    empty_text: str = ""
    empty_address: str = ""
    empty_action: str = ""

    def read(self, query: Mapping[str, str]) -> ListState:
        """The state an address asks for; what it gets wrong counts as not said."""
        told = {one.key: one.clean(query.get(one.key, "")) for one in self.filters}
        sort = query.get(SORT, "")
        known = {column.sort for column in self.columns if column.sort}
        page = query.get(PAGE, "")
        is_number = page.isascii() and page.isdecimal() and len(page) <= len(str(DEEPEST_PAGE))
        return ListState(
            values={key: value for key, value in told.items() if value},
            sort=sort if sort.removeprefix("-") in known else self.default_sort,
            page=min(max(int(page), 1), DEEPEST_PAGE) if is_number else 1,
            limit=self.limit,
            default_sort=self.default_sort,
        )

    def listing(
        self,
        state: ListState,
        rows: Sequence[Any],
        *,
        total: int,
        choices: Mapping[str, Sequence[Choice]] | None = None,
        csv_address: str = "",
        totals: Mapping[str, object] | None = None,
    ) -> Listing:
        """The list as a page draws it.

        rows : those of this page alone
        total : rows on all pages
        choices : what choice filters can be set to, by key
        csv_address : address of the export, without the query; empty when the actor may not export
        totals : foot of the table, by column key
        """
        return Listing(
            spec=self,
            state=state,
            rows=rows,
            total=total,
            choices=choices or {},
            csv_path=csv_address,
            totals=totals or {},
        )

    def csv(self, rows: Iterable[Any], *, actor: Actor) -> StreamingHttpResponse:
        """All rows as a file, streamed; cells that a spreadsheet would run are written as text.

        actor : who takes it out; the ledger says so

        Raises NotAllowed when exports are stopped; a stop while it is streamed breaks it off.
        """
        what = f"list:{self.name}"
        exits.leave(actor, what=what, rows=len(rows) if isinstance(rows, Sequence) else None)
        columns = [column for column in self.columns if column.in_csv]
        body = ([column.value_of(row) for column in columns] for row in rows)
        answer = StreamingHttpResponse(
            _encoded(exits.watched(actor, csv_lines([column.label for column in columns], body), what=what)),
            content_type="text/csv; charset=utf-8",
        )
        answer["Content-Disposition"] = f'attachment; filename="{self.name}.csv"'
        return answer


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list on a page: its rows and everything one can do to it, as queries of the page's address."""

    spec: ListSpec
    state: ListState
    rows: Sequence[Any]
    total: int
    choices: Mapping[str, Sequence[Choice]]
    csv_path: str
    totals: Mapping[str, object]

    @property
    def dom_id(self) -> str:
        """Id of the element that partial updates replace."""
        return f"list-{self.spec.name}"

    @property
    def heads(self) -> list[Head]:
        """Column heads; a press sorts upwards, the next downwards, and goes to the first page."""
        heads = []
        for column in self.spec.columns:
            up, down = column.sort, f"-{column.sort}"
            now = {up: "ascending", down: "descending"}.get(self.state.sort, "") if column.sort else ""
            query = replace(self.state, sort=down if self.state.sort == up else up, page=1).query()
            heads.append(Head(column=column, query=query, direction=now))
        return heads

    @property
    def filters(self) -> list[ShownFilter]:
        """Filters with their present values."""
        return [
            ShownFilter(
                filter=one,
                value=self.state.text(one.key),
                choices=(one.choices or self.choices.get(one.key, ())) if isinstance(one, ChoiceFilter) else (),
            )
            for one in self.spec.filters
        ]

    @property
    def hidden_sort(self) -> str:
        """The sort that the filter form must carry along; empty for the default."""
        return self.state.sort if self.state.sort != self.state.default_sort else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return bool(self.state.values)

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1."""
        return min(self.state.offset + 1, self.total)

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return self.state.offset + len(self.rows)

    @property
    def told(self) -> str:
        """How many there are, in words."""
        return words.count(self.total, self.spec.noun)

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.state.page > 1

    @property
    def previous_query(self) -> str:
        """State of the page before."""
        return replace(self.state, page=self.state.page - 1).query()

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self.last < self.total

    @property
    def next_query(self) -> str:
        """State of the page after."""
        return replace(self.state, page=self.state.page + 1).query()

    @property
    def first_page_query(self) -> str:
        """State of the first page of the same list."""
        return replace(self.state, page=1).query()

    @property
    def clear_query(self) -> str:
        """State of the same list without filters."""
        return replace(self.state, values={}, page=1).query()

    @property
    def csv_address(self) -> str:
        """The export of all rows that fit, in this order; empty when not open to the actor."""
        return self.csv_path + replace(self.state, page=1).query() if self.csv_path else ""

    @property
    def foot(self) -> list[Foot]:
        """Cells of the table's foot, one a column; empty when nothing is summed."""
        if not self.totals:
            return []
        return [Foot(column=column, value=self.totals.get(column.key, "")) for column in self.spec.columns]


def respond(
    request: HttpRequest, template: str, listing: Listing, context: Mapping[str, object] | None = None
) -> HttpResponse:
    """The whole page, or only the list when a filter, a sort or the pager asked for it.

    The page's template draws it with `{% list_block listing %}`.
    """
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == listing.dom_id and not htmx.history_restore_request:
        answer = render(request, "core/parts/list.html", {"block": listing})
    else:
        answer = render(request, template, {**(context or {}), "listing": listing})
    patch_vary_headers(answer, ("HX-Request", "HX-Target"))
    return answer
