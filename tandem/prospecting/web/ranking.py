"""The ranked book, why an account stands where it stands, and how well the ranking has done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from tandem.access.contracts import Reach
from tandem.access.guard import page
from tandem.access.queries import list_people, may, sight_of
from tandem.agents.queries import quality
from tandem.core import fragments, lists, panels, words
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, Column, ListSpec, ListState, TextFilter
from tandem.core.panels import Part, SourceValue, Why
from tandem.intent.queries import alarms as intent_alarms
from tandem.prospecting.domain.account_score import Step, steps_down
from tandem.prospecting.domain.backtest import CHANCE, LEAST_HITS, METHOD_WORDS, TANDEM
from tandem.prospecting.domain.conditions import kind_in_words
from tandem.prospecting.domain.familiarity import LEAST_WORKED, Bias
from tandem.prospecting.domain.rank_words import percentile_in_words
from tandem.prospecting.queries import icp as icp_queries
from tandem.prospecting.queries import ranking as queries
from tandem.prospecting.queries.familiarity import biases
from tandem.prospecting.queries.ranking import BookFilters, BookRow, RankDetail
from tandem.prospecting.queries.reports import stored, stored_at
from tandem.prospecting.queries.this_week import this_week

CELLS = "prospecting/cells/"
TODAY_ROWS = 10
TRUTH_WORDS = {"yes": "holds", "no": "does not hold", "unknown": "not known: counts half"}
LOAD_WORDS = {
    "open_deals": "open deal",
    "touches": "touch in two weeks,touches in two weeks",
    "meetings": "meeting in two weeks,meetings in two weeks",
    "unanswered": "waiting reply,waiting replies",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerBias:
    """A seller's familiarity bias with their name. known, top, bias, low, high : shares; see `domain.familiarity`"""

    name: str
    owner_id: int
    bias: Bias


def _expected(row: BookRow) -> object:
    return row.expected_value


def _owner(row: BookRow) -> object:
    return row.owner_name or (f"nobody; suggested: {row.suggested_owner}" if row.suggested_owner else "nobody")


BOOK = ListSpec(
    name="ranked-book",
    noun="account",
    default_sort="-value",
    columns=(
        Column(key="place", label="Place", template=CELLS + "place.html", is_figure=True, sort="place"),
        Column(key="name", label="Account", template=CELLS + "ranked_account.html", sort="name"),
        Column(
            key="expected_value", label="Expected value", value=_expected, template=CELLS + "expected_value.html",
            is_figure=True, sort="value",
        ),
        Column(key="fit", label="Fit", template=CELLS + "factor.html", is_figure=True, sort="fit", is_optional=True),
        Column(
            key="intent", label="Intent", template=CELLS + "factor.html", is_figure=True, sort="intent",
            is_optional=True,
        ),
        Column(
            key="capacity", label="Capacity", template=CELLS + "factor.html", is_figure=True, sort="capacity",
            is_optional=True,
        ),
        Column(key="owner_name", label="Owner", value=_owner, template=CELLS + "rank_owner.html", sort="owner",
               is_optional=True),
        Column(key="reason", label="Reason", template=CELLS + "reason.html", is_optional=True),
    ),
    filters=(
        TextFilter(key="text", label="Name or domain"),
        ChoiceFilter(key="week", label="Week", any_label="this week"),
        ChoiceFilter(key="owner", label="Owner", any_label="own book"),
        ChoiceFilter(key="country", label="Country"),
        ChoiceFilter(key="show", label="Show", choices=(("all", "all"), ("excluded", "excluded")), any_label="ranked"),
    ),
    empty_title="Nothing is ranked yet",
    empty_text="The night ranks every account once an ideal customer profile is in force.",
    empty_address="/prospecting/icp",
    empty_action="Open the profile",
)  # fmt: skip


def _filters(state: ListState) -> BookFilters:
    return BookFilters(
        text=state.text("text"),
        owner=state.text("owner"),
        country=state.text("country"),
        excluded={"all": None, "excluded": True}.get(state.text("show"), False),
    )


def _week(asked: str) -> str:
    """The week asked for, when it was ranked; else the last one; empty: none was."""
    known = queries.weeks()
    return asked if asked in known else (known[0] if known else "")


@page("prospect", "view")
def book(request: HttpRequest) -> HttpResponse:
    """Accounts in sight by what they are expected to bring."""
    actor = actor_of(request)
    state = BOOK.read(request.GET)
    week = _week(state.text("week"))
    filters = _filters(state)
    rows = queries.ranked_book(
        actor, filters, week=week, sort=state.sort, offset=state.offset, limit=state.limit
    )  # fmt: skip
    run = queries.run_of(week) if week else None
    listing = BOOK.listing(
        state,
        rows,
        total=queries.count_book(actor, filters, week=week),
        choices={
            "week": [(one, one) for one in queries.weeks()],
            "owner": queries.owners(actor, week=week),
            "country": [(code, code) for code in queries.countries(actor, week=week)],
        },
        csv_address="/prospecting.csv" if may(actor, "prospect.export") else "",
    )
    context = {
        "run": run,
        "icp": icp_queries.live_version(),
        "headline": _headline(stored("backtest")),
        "flagged": [one for one in _sellers(biases(actor)) if one.bias.is_biased],
    }
    return lists.respond(request, "prospecting/book.html", listing, context)


@page("prospect", "export")
def book_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The whole book that fits, as a file."""
    actor = actor_of(request)
    state = BOOK.read(request.GET)
    rows = queries.each_of_book(actor, _filters(state), week=_week(state.text("week")), sort=state.sort)
    return BOOK.csv(rows, actor=actor)


@page("prospect", "view")
def rank_why(request: HttpRequest, account_id: int) -> HttpResponse:
    """What an account's expected value is made of, in any week that was ranked."""
    week = _week(request.GET.get("week", ""))
    found = queries.rank_detail(actor_of(request), account_id, week=week)
    return panels.respond(request, _why(found), {"back": "/prospecting"})


def _why(found: RankDetail) -> Why:
    row, run = found.row, found.run
    if row.excluded_by:
        return _why_excluded(found)
    full, steps = steps_down(
        value=found.value, chance=found.chance, fit=row.fit, intent=row.intent, capacity=row.capacity,
        total=row.expected_value,
    )  # fmt: skip
    first = Part(
        label="At full marks",
        amount=full,
        note=f"{words.money(found.value, row.currency)} if won × {words.percent(found.chance, 1)} chance",
    )
    return Why(
        key=f"rank-{row.account_id}",
        title=f"Why {words.money(row.expected_value, row.currency)}?",
        text=f"{row.name}, {run.week}, place {row.place}: value if won × chance × fit × intent × capacity.",
        parts=(first, *(_step(step, found) for step in steps)),
        total=row.expected_value,
        total_label="Expected value",
        currency=row.currency,
        interval=f"{words.money_range(row.low, row.high, row.currency)}, 80%, of the mean over many such accounts",
        sources=(*_fit_lines(found), *_intent_lines(found), *_capacity_lines(found)),
        sources_label="What the factors rest on",
        facts=_facts(found),
        as_of=run.ranked_at,
    )


def _why_excluded(found: RankDetail) -> Why:
    row = found.row
    return Why(
        key=f"rank-{row.account_id}",
        title="Why is it left out?",
        text=f"{row.name} is excluded by the profile: {row.excluded_by}. An exclusion wins over everything else.",
        sources=_fit_lines(found),
        sources_label="How it would fit otherwise",
        facts=_facts(found),
        as_of=found.run.ranked_at,
    )


def _step(step: Step, found: RankDetail) -> Part:
    row = found.row
    factor, address = {
        "Fit": (row.fit, f"/prospecting/icp/{found.run.icp_number}"),
        "Intent": (row.intent, f"/intent/accounts/{row.account_id}?day={found.run.intent_day}"),
        "Capacity": (row.capacity, f"/prospecting?owner={row.owner_id or 'none'}"),
    }[step.name]
    return Part(label=step.name, amount=step.amount, note=f"× {words.number(factor, 2)}", address=address)


def _fit_lines(found: RankDetail) -> tuple[SourceValue, ...]:
    """One line a signal of the profile, what it earned and what it rests on."""
    return tuple(
        SourceValue(
            source=f"Fit: {name}",
            value=f"{words.number(points, 2)} of {words.number(weight, 2)} points",
            note=", ".join([TRUTH_WORDS.get(truth, truth), *evidence]),
            address=f"/prospecting/icp/{found.run.icp_number}",
            is_winner=truth == "yes",
        )
        for name, weight, points, truth, evidence in found.parts.get("fit", [])
    )


def _intent_lines(found: RankDetail) -> tuple[SourceValue, ...]:
    intent = found.parts.get("intent", {})
    day = found.run.intent_day
    address = f"/intent/accounts/{found.row.account_id}?day={day}"
    kinds = ", ".join(f"{kind_in_words(kind)} {words.number(points, 1)}" for kind, points in intent.get("kinds", []))
    above = percentile_in_words(
        float(intent.get("percentile") or 0.0), is_customer=bool(found.parts.get("is_customer"))
    )
    return (
        SourceValue(
            source="Intent: points by kind",
            value=kinds or "no signal that counts",
            note=f"{above}; as of {words.day(day)}",
            address=address,
            is_winner=bool(kinds),
        ),
    )


def _capacity_lines(found: RankDetail) -> tuple[SourceValue, ...]:
    told = found.capacity
    counts = told.get("counts") or {}
    if not counts:
        note = "Nobody owns it, or no load is known: the team's mean."
        return (SourceValue(source="Capacity", value=words.number(found.row.capacity, 2), note=note),)
    lines = [
        f"{words.count(int(counts[name]), LOAD_WORDS[name])} (usual ×{words.number(ratio, 1)})"
        for name, ratio in (told.get("ratios") or {}).items()
    ]
    name = found.row.owner_name or "Team"
    return (
        SourceValue(
            source=f"Capacity of {name}",
            value=f"{words.number(float(told['load']), 2)} of the usual load",
            note="; ".join(lines),
        ),
    )


def _facts(found: RankDetail) -> tuple[tuple[str, str], ...]:
    run, chance = found.run, found.run.model.get("chance", {})
    shape = run.model.get("shape", {})
    of = "stated usual shares, own history is too short" if chance.get("is_prior") else "own history"
    opening, win = words.percent(chance.get("opening", 0.0), 1), words.percent(chance.get("win", 0.0))
    return (
        ("Profile", f"version {run.icp_number}"),
        ("Segment", str(found.parts.get("segment") or "none")),
        ("Chance", f"{opening} open in four weeks × {win} are won, {of}"),
        (
            "Intent factor",
            f"floor {words.number(shape.get('floor', 0.0), 2)}, power {words.number(shape.get('power', 1.0), 1)}"
            + (", stated" if shape.get("is_prior") else ", fitted to own history"),
        ),
        ("Method", "docs/methods/account-score.md"),
    )


def _headline(report: dict[str, Any] | None) -> dict[str, Any] | None:
    """The back-test in a line; None: never reckoned."""
    if report is None:
        return None
    by = {(one["method"], one["weeks"]): one for one in report["results"]}
    return {"reason": report["reason"], "ranking": by.get((TANDEM, 8)), "chance": by.get((CHANCE, 8))}


def _sellers(found: dict[int, Bias]) -> list[SellerBias]:
    names = {person.id: person.name for person in list_people(active_only=True)}
    told = [SellerBias(name=names.get(key, "somebody"), owner_id=key, bias=one) for key, one in found.items()]
    return sorted(told, key=lambda one: (not one.bias.is_told, -(one.bias.bias or 0.0), one.name))


@page("prospect", "view")
def accuracy(request: HttpRequest) -> HttpResponse:
    """How the ranking would have done here, and who works accounts they know above those that rank higher."""
    report = stored("backtest")
    sellers = _sellers(biases(actor_of(request)))
    results = [] if report is None else [{**one, "words": METHOD_WORDS[one["method"]]} for one in report["results"]]
    context = {
        "report": report,
        "moments": [datetime.fromisoformat(day).date() for day in report["cuts"]] if report else [],
        "by_weeks": [(weeks, [one for one in results if one["weeks"] == weeks]) for weeks in (4, 8)] if results else [],
        "computed_at": stored_at("backtest"),
        "opened": (report or {}).get("opened", {}).get("8", 0),
        "least_hits": LEAST_HITS,
        "least_worked": LEAST_WORKED,
        "sellers": [one for one in sellers if one.bias.is_told],
        "quiet_sellers": sum(1 for one in sellers if not one.bias.is_told),
    }
    return render(request, "prospecting/accuracy.html", context)


@page("prospect", "view")
def today_accounts(request: HttpRequest) -> HttpResponse:
    """This week's accounts for Today: the part alone for the page's script, a page otherwise."""
    actor = actor_of(request)
    context = {
        "found": this_week(actor, limit=TODAY_ROWS),
        "icp": icp_queries.live_version(timezone.localtime(moment_of(request)).date()),
        "shows_owner": sight_of(actor, "view", "prospect").reach is not Reach.OWN,
    }
    return fragments.render_either(
        request, page="prospecting/today_page.html", part="prospecting/today_accounts.html", context=context
    )  # fmt: skip


@page("prospect", "manage")
def watched(request: HttpRequest) -> HttpResponse:
    """What the profile, intent and AI tasks need from RevOps, for Today."""
    now = moment_of(request)
    icp = icp_queries.live_version(timezone.localtime(now).date())
    context = {
        "icp": icp,
        "icp_late": icp is None or icp.is_overdue or icp.is_due_soon,
        "of_intent": intent_alarms.alarms(now),
        "of_tasks": quality.alarms(now=now),
    }
    return fragments.render_either(
        request, page="prospecting/watched_page.html", part="prospecting/watched.html", context=context
    )  # fmt: skip


urlpatterns = [
    path("prospecting", book, name="ranked_book"),
    path("prospecting.csv", book_csv, name="ranked_book_csv"),
    path("prospecting/accuracy", accuracy, name="ranking_accuracy"),
    path("prospecting/alarms", watched, name="prospecting_alarms"),
    path("prospecting/today", today_accounts, name="this_weeks_accounts"),
    path("prospecting/accounts/<int:account_id>/rank", rank_why, name="account_rank"),
]
