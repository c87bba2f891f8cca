"""Deals as a list and as a board, and one deal's page with its whole history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.contracts import Motion
from tandem.accounts.queries import courses, deals, timeline
from tandem.accounts.queries.deals import Change, DealFilters, DealHead, DealRow
from tandem.accounts.queries.stretches import read_strand, stretch
from tandem.accounts.queries.values import field_in_words, value_in_words
from tandem.core import lists, panels, words
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, Column, DayFilter, FlagFilter, ListSpec, ListState, TextFilter
from tandem.core.panels import Part, Why

CELLS = "accounts/cells/"
STATES = (("open", "open"), ("won", "won"), ("lost", "lost"))
MOTIONS = tuple((motion.value, motion.value) for motion in Motion)


def _money(row: DealRow) -> object:
    return row.amount


DEALS = ListSpec(
    name="deals",
    noun="deal",
    default_sort="close",
    columns=(
        Column(key="name", label="Deal", template=CELLS + "deal.html", sort="name"),
        Column(
            key="account_name", label="Account", template=CELLS + "account_link.html", sort="account", is_optional=True
        ),
        Column(key="owner_name", label="Owner", sort="owner", is_optional=True),
        Column(key="motion", label="Motion", is_optional=True),
        Column(key="stage", label="Stage", template=CELLS + "stage.html", sort="stage", is_optional=True),
        Column(
            key="amount", label="Amount", value=_money, template=CELLS + "amount.html", is_figure=True, sort="amount"
        ),
        Column(key="close_on", label="Closes", template=CELLS + "closes.html", is_figure=True, sort="close"),
        Column(
            key="last_activity_at",
            label="Last touch",
            template=CELLS + "day.html",
            is_figure=True,
            sort="activity",
            is_optional=True,
        ),
    ),
    filters=(
        TextFilter(key="text", label="Deal or account"),
        ChoiceFilter(key="state", label="State", choices=STATES),
        ChoiceFilter(key="owner", label="Owner"),
        ChoiceFilter(key="team", label="Team"),
        ChoiceFilter(key="stage", label="Stage"),
        ChoiceFilter(key="motion", label="Motion", choices=MOTIONS),
        ChoiceFilter(key="category", label="Category"),
        ChoiceFilter(key="currency", label="Currency"),
        DayFilter(key="from", label="Closes from"),
        DayFilter(key="to", label="to"),
        FlagFilter(key="unassigned", label="No account"),
    ),
    empty_title="No deals yet",
    empty_text="They come in with an import of the CRM.",
    empty_address="/data",
    empty_action="Open data health",
)


def _filters(state: ListState) -> DealFilters:
    return DealFilters(
        text=state.text("text"),
        owner=state.text("owner"),
        team=state.number("team"),
        stage=state.text("stage"),
        motion=state.text("motion"),
        state=state.text("state"),
        category=state.text("category"),
        currency=state.text("currency"),
        closes_from=state.day("from"),
        closes_to=state.day("to"),
        unassigned=state.flag("unassigned"),
    )


@page("deal", "view")
def deal_list(request: HttpRequest) -> HttpResponse:
    """Deals in the actor's sight."""
    actor = actor_of(request)
    state = DEALS.read(request.GET)
    filters = _filters(state)
    total = deals.sum_deals(actor, filters, today=moment_of(request).date())
    listing = DEALS.listing(
        state,
        deals.list_deals(actor, filters, sort=state.sort, offset=state.offset, limit=state.limit),
        total=total.deals,
        choices=deals.deal_choices(actor),
        csv_address="/deals.csv" if may(actor, "deal.export") else "",
    )
    context = {"total": total, "unassigned": deals.count_unassigned(actor), "query": state.query()}
    return lists.respond(request, "accounts/deals.html", listing, context)


@page("deal", "export")
def deal_csv(request: HttpRequest) -> StreamingHttpResponse:
    """All deals that fit, as a file."""
    state = DEALS.read(request.GET)
    return DEALS.csv(deals.each_deal(actor_of(request), _filters(state), sort=state.sort), actor=actor_of(request))


@page("deal", "view")
def deal_board(request: HttpRequest) -> HttpResponse:
    """Deals by stage; the same filters as the list, open deals unless asked otherwise."""
    actor = actor_of(request)
    query = request.GET.copy()
    query.setdefault("state", "open")
    state = DEALS.read(query)
    columns = deals.board(actor, _filters(state), today=moment_of(request).date())
    listing = DEALS.listing(state, (), total=0, choices=deals.deal_choices(actor))
    context = {"columns": columns, "listing": listing, "query": state.query(), "now": moment_of(request)}
    return render(request, "accounts/board.html", context)


@page("deal", "view")
def deal_page(request: HttpRequest, deal_id: int) -> HttpResponse:
    """One deal, whole."""
    actor, now = actor_of(request), moment_of(request)
    head = deals.get_deal(actor, deal_id, today=now.date())
    strand = read_strand(request.GET)
    shown = timeline.deal_timeline(actor, deal_id, strand=strand)
    drawn = (courses.amount_over_time(head, now=now), courses.close_date_over_time(head, now=now))
    context = {
        "head": head,
        "row": head.row,
        "own_deal": deal_id,
        "stays": [(stay, stay.length(now) // timedelta(days=1)) for stay in head.stays],
        "slips": _slips(head),
        "history": _history(head),
        "charts": [chart for chart in drawn if chart],
        "timeline": stretch(f"/deals/{deal_id}", shown, strand),
        "may_edit": may(actor, "deal.edit"),
    }
    return render(request, "accounts/deal.html", context)


def _history(head: DealHead) -> Sequence[Change]:
    """Every change, newest first, its values as people read them."""
    return [
        replace(
            change,
            field=field_in_words(change.field),
            old=value_in_words(change.field, change.old, head.row.currency),
            new=value_in_words(change.field, change.new, head.row.currency),
        )
        for change in reversed(head.changes)
    ]


def _slips(head: DealHead) -> int:
    """How often the close date moved to a later day."""
    moves = [(change.old, change.new) for change in head.changes if change.field == "close_on"]
    return sum(1 for old, new in moves if old and new and new > old)


@page("deal", "view")
def deal_timeline(request: HttpRequest, deal_id: int) -> HttpResponse:
    """An older stretch of one deal's timeline, for the page that shows it."""
    actor = actor_of(request)
    deals.get_deal(actor, deal_id, today=moment_of(request).date())
    strand = read_strand(request.GET)
    shown = timeline.deal_timeline(actor, deal_id, strand=strand, cursor=request.GET.get("older", ""))
    context = {"timeline": stretch(f"/deals/{deal_id}", shown, strand), "own_deal": deal_id}
    return render(request, "accounts/timeline_stretch.html", context)


@page("deal", "view")
def why_stage_days(request: HttpRequest, deal_id: int) -> HttpResponse:
    """The days of a deal, stage by stage; they add up to its age."""
    now = moment_of(request)
    head = deals.get_deal(actor_of(request), deal_id, today=now.date())
    until = head.stays[-1].until if head.row.is_closed and head.stays else None
    parts = tuple(
        Part(
            label=stay.stage,
            amount=round(stay.length(until or now) / timedelta(days=1), 1),
            note=f"since {words.moment(stay.since)}",
        )
        for stay in head.stays
    )
    panel = Why(
        key="stage-days",
        title="Where the days went",
        text="Days in each stage, from the deal's own history.",
        parts=parts,
        parts_label="Stage",
        total=sum((Decimal(str(part.amount)) for part in parts), Decimal(0)),
        total_label="Days",
        places=1,
        facts=(("History", f"{words.count(len(head.changes), 'change')} of its fields are known"),),
    )
    return panels.respond(request, panel)
