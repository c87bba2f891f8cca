"""A list's address is its whole state; a wrong address is read as not said; exports run nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tandem.core import lists
from tandem.core.actors import built_in_agent
from tandem.core.lists import ChoiceFilter, Column, DayFilter, FlagFilter, ListSpec, TextFilter


@dataclass
class Row:
    name: str
    amount: Decimal | None = None


SPEC = ListSpec(
    name="things",
    noun="thing",
    limit=10,
    default_sort="name",
    columns=(
        Column(key="name", label="Name", sort="name"),
        Column(key="amount", label="Amount", sort="amount", is_figure=True),
        Column(key="double", label="Twice", value=lambda row: row.amount and row.amount * 2, is_optional=True),
        Column(key="name", label="Drawn only", in_csv=False),
    ),
    filters=(
        TextFilter(key="text", label="Words"),
        ChoiceFilter(key="state", label="State", choices=(("open", "Open"), ("won", "Won"))),
        ChoiceFilter(key="owner", label="Owner"),
        DayFilter(key="since", label="Since"),
        FlagFilter(key="mine", label="Mine"),
    ),
    empty_title="No things yet",
    empty_address="/data",
    empty_action="Import some",
)


def read(query: str) -> lists.ListState:
    return SPEC.read(QueryDict(query))


def draw(listing: lists.Listing) -> str:
    request = RequestFactory().get("/things")
    return Template("{% list_block listing %}").render(Context({"listing": listing, "request": request}))


@given(
    text=st.text(max_size=30),
    state=st.sampled_from(["", "open", "won"]),
    owner=st.text("0123456789", max_size=4),
    since=st.one_of(st.just(""), st.dates().map(str)),
    mine=st.booleans(),
    sort=st.sampled_from(["name", "-name", "amount", "-amount"]),
    page=st.integers(1, 500),
)
def test_an_address_holds_the_whole_state_and_reads_back_the_same(text, state, owner, since, mine, sort, page):
    query = QueryDict(mutable=True)
    query.update(
        {"text": text, "state": state, "owner": owner, "since": since, "mine": "1" if mine else "", "sort": sort}
    )
    query["page"] = str(page)
    asked = SPEC.read(query)
    again = read(asked.query().removeprefix("?"))
    assert again == asked
    assert again.flag("mine") is mine
    assert again.sort == sort
    assert again.page == page
    assert again.offset == (page - 1) * 10


@given(st.text(max_size=200))
def test_any_address_at_all_gives_a_list(query):
    state = read(query)
    assert state.sort in {"name", "-name", "amount", "-amount"}
    assert 1 <= state.page <= lists.DEEPEST_PAGE


@pytest.mark.parametrize(
    "query",
    [
        "sort=password", "sort=--name", "page=0", "page=-3", "page=x", "page=٣", "page=99999999999999999999",
        "state=nonsense", "since=2026-02-30", "mine=no", "unknown=1",
    ],
)  # fmt: skip
def test_what_an_address_gets_wrong_counts_as_not_said(query):
    assert read(query).query() == ""


def test_filters_are_read_as_what_they_are():
    state = read("text=%20Kr%C3%B6ger%00%20&owner=12&since=2026-11-24&mine=on&state=won")
    assert state.text("text") == "Kröger"
    assert state.number("owner") == 12
    assert state.day("since").isoformat() == "2026-11-24"
    assert state.flag("mine")
    assert state.text("state") == "won"
    assert read("owner=none").number("owner") is None
    assert read("owner=99999999999999999999").number("owner") is None
    assert read("").day("since") is None


def test_a_press_on_a_head_sorts_up_then_down_and_goes_to_the_first_page():
    rows = [Row("a")]
    first = SPEC.listing(read("text=a&page=3"), rows, total=1)
    assert [head.query for head in first.heads[:2]] == ["?text=a&sort=-name", "?text=a&sort=amount"]
    second = SPEC.listing(read("text=a&sort=amount"), rows, total=1)
    assert [head.query for head in second.heads[:2]] == ["?text=a", "?text=a&sort=-amount"]
    assert [head.direction for head in second.heads] == ["", "ascending", "", ""]


def test_pages_count_from_one_and_end_where_the_rows_end():
    rows = [Row(str(number)) for number in range(10)]
    middle = SPEC.listing(read("page=2"), rows, total=25)
    assert (middle.first, middle.last, middle.has_previous, middle.has_next) == (11, 20, True, True)
    assert (middle.previous_query, middle.next_query) == ("", "?page=3")
    end = SPEC.listing(read("page=3"), rows[:5], total=25)
    assert (end.first, end.last, end.has_next) == (21, 25, False)


def test_an_export_carries_filters_and_order_but_not_the_page():
    listing = SPEC.listing(read("text=a&sort=-amount&page=4"), [], total=99, csv_address="/things.csv")
    assert listing.csv_address == "/things.csv?text=a&sort=-amount"
    assert SPEC.listing(read(""), [], total=9).csv_address == ""


@pytest.mark.django_db
def test_an_export_neutralises_formulas_and_leaves_out_what_is_only_drawn():
    rows = [Row('=HYPERLINK("http://evil")', Decimal("-5.50")), Row("@cmd", None), Row("Kröger, Söhne", Decimal(3))]
    answer = SPEC.csv(rows, actor=built_in_agent("shell", "shell"))
    text = b"".join(answer.streaming_content).decode()
    assert text == (
        '\ufeffName,Amount,Twice\r\n"\'=HYPERLINK(""http://evil"")",-5.50,-11.00\r\n\'@cmd,,\r\n"Kröger, Söhne",3,6\r\n'
    )
    assert answer["Content-Disposition"] == 'attachment; filename="things.csv"'


def test_the_table_is_drawn_with_its_rows_heads_and_foot():
    listing = SPEC.listing(
        read("sort=-amount"), [Row("<b>Evil</b>", Decimal(7))], total=1, totals={"name": "All", "amount": "€7"}
    )
    drawn = draw(listing)
    assert "&lt;b&gt;Evil&lt;/b&gt;" in drawn
    assert "<b>Evil" not in drawn
    assert 'aria-sort="descending"' in drawn
    assert "<tfoot>" in drawn
    assert 'hx-get="/things?sort=amount"' in drawn


def test_nothing_to_show_says_why_and_what_to_do():
    assert "Import some" in draw(SPEC.listing(read(""), [], total=0))
    narrowed = draw(SPEC.listing(read("text=zz&mine=1"), [], total=0))
    assert "Nothing fits these filters" in narrowed
    assert "Words: zz" in narrowed
    assert "past the end" in draw(SPEC.listing(read("page=9"), [], total=3))


def test_htmx_gets_the_list_alone_and_everybody_else_the_page(rf, settings):
    from django_htmx.middleware import HtmxMiddleware

    def view(request):
        return lists.respond(request, "core/why.html", SPEC.listing(read(""), [Row("one")], total=1))

    def ask(**headers: str) -> str:
        request = rf.get("/things", headers=headers)
        request.actor = None
        answer = HtmxMiddleware(view)(request)
        assert {"HX-Request", "HX-Target"} <= {name.strip() for name in answer["Vary"].split(",")}
        return answer.content.decode()

    part = ask(HX_Request="true", HX_Target="list-things")
    assert part.lstrip().startswith('<div class="list" id="list-things"')
    assert "<!doctype html>" in ask()
    assert "<!doctype html>" in ask(HX_Request="true", HX_Target="somewhere")
    assert "<!doctype html>" in ask(HX_Request="true", HX_Target="list-things", HX_History_Restore_Request="true")
