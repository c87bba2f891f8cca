"""Pages of runs: what AI did, for whom, by which engine, at what cost, and why so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.agents.contracts import RunState
from tandem.agents.queries import runs as queries
from tandem.agents.queries.runs import RunDetail, RunFilters, RunRow
from tandem.agents.queries.tasks import known_tasks
from tandem.agents.web.parts import dollars
from tandem.core import lists
from tandem.core.api import actor_of
from tandem.core.lists import ChoiceFilter, Column, DayFilter, ListSpec, ListState, TextFilter
from tandem.core.words import count

HOME = "/ai"
COSTS = (("0.0001", "anything"), ("0.01", "1 cent and more"), ("0.1", "10 cents and more"), ("1", "1 dollar and more"))
STATES = tuple((one.value, one.value.replace("_", " ")) for one in RunState)
PLACES = {"account": "/accounts/{}", "contact": "/contacts/{}", "deal": "/deals/{}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run in the list. about : the subject's name, as far as it is in sight"""

    row: RunRow
    about: str
    title: str


def _of(name: str) -> Callable[[ShownRun], object]:
    return lambda shown: getattr(shown.row, name)


LIST = ListSpec(
    name="runs",
    noun="run",
    default_sort="-at",
    columns=(
        Column(key="title", label="Task", template="agents/cells/run.html", sort="task"),
        Column(key="about", label="About", template="agents/cells/subject.html"),
        Column(key="state", label="State", value=_of("state"), template="agents/cells/state.html", sort="state"),
        Column(key="engine", label="Engine", value=_of("engine"), is_optional=True),
        Column(key="cost", label="Cost", value=lambda shown: dollars(shown.row.cost), sort="cost", is_figure=True),
        Column(key="seconds", label="Seconds", value=_of("seconds"), sort="seconds", is_figure=True, is_optional=True),
        Column(key="started_at", label="When", value=_of("started_at"), sort="at"),
        Column(key="actor_name", label="Asked by", value=_of("actor_name"), is_optional=True),
        Column(key="because", label="Why this engine", value=_of("because"), is_optional=True,
               template="agents/cells/because.html"),
    ),
    filters=(
        ChoiceFilter(key="task", label="Task"),
        ChoiceFilter(key="engine", label="Engine"),
        ChoiceFilter(key="state", label="State", choices=STATES),
        ChoiceFilter(key="cost", label="Cost", choices=COSTS),
        TextFilter(key="subject", label="About, such as account:42"),
        DayFilter(key="since", label="Since"),
    ),
    empty_title="No AI task has run yet",
    empty_text="The nightly run researches and ranks; what it did then stands here, with or without a model.",
)  # fmt: skip


def _filters(state: ListState) -> RunFilters:
    cost = state.text("cost")
    return RunFilters(
        task=state.text("task"),
        engine=state.text("engine"),
        state=state.text("state"),
        subject=state.text("subject"),
        least_cost=Decimal(cost) if cost else None,
        since=state.day("since"),
    )


@page("task", "view")
def run_list(request: HttpRequest) -> HttpResponse:
    """Runs in the actor's sight."""
    state, actor = LIST.read(request.GET), actor_of(request)
    filters = _filters(state)
    rows = queries.list_runs(actor, filters, sort=state.sort, offset=state.offset, limit=state.limit)
    names = queries.subject_names(actor, [row.subject for row in rows])
    titles = {task.name: task.title for task in known_tasks()}
    listing = LIST.listing(
        state,
        [
            ShownRun(row=row, about=names.get(row.subject, row.subject), title=titles.get(row.task, row.task))
            for row in rows
        ],
        total=queries.count_runs(actor, filters),
        choices={
            "task": [(task.name, task.title) for task in known_tasks()],
            "engine": [(word, word) for word in queries.engines_met(actor)],
        },
        csv_address=f"{HOME}/runs.csv" if may(actor, "task.export") else "",
    )
    return lists.respond(request, "agents/runs.html", listing, {"may_manage": may(actor, "task.manage")})


@page("task", "export")
def run_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a file, without what went in and out."""
    state, actor = LIST.read(request.GET), actor_of(request)
    rows = queries.list_runs(actor, _filters(state), sort=state.sort, limit=None)
    return LIST.csv([ShownRun(row=row, about=row.subject, title=row.task) for row in rows], actor=actor)


@page("task", "view")
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run with its input, evidence, output, cost and reasons."""
    run = queries.get_run(actor_of(request), run_id)
    titles = {task.name: task.title for task in known_tasks()}
    context: dict[str, Any] = {
        "run": run,
        "row": run.row,
        "title": titles.get(run.row.task, run.row.task),
        "subject_address": subject_address(run.row),
        "figures": _figures(run),
        "calls": [(call, dollars(call.cost)) for call in run.calls],
        "claims": queries.claims_in(run.output),
        "evidence": [(piece, _safe(piece.url)) for piece in queries.evidence_of(run)],
        "input": _pretty(run.input),
        "output": _pretty(run.output),
    }
    return render(request, "agents/run.html", context)


def _figures(run: RunDetail) -> list[tuple[str, str, str]]:
    """(label, figure, note) above the rest."""
    row = run.row
    unknown = " of it a bound: the provider did not say" if any(call.is_bound for call in run.calls) else ""
    return [
        (
            "Cost",
            dollars(row.cost),
            f"{count(row.tries, 'call')} of models{unknown}" if row.tries else "no model was asked",
        ),
        ("Tokens", f"{row.tokens_in:,} in, {row.tokens_out:,} out", ""),
        ("Took", f"{row.seconds:.2f} s", ""),
    ]


def subject_address(row: RunRow) -> str:
    """Where the subject is shown; empty: nowhere."""
    kind, _, number = row.subject.partition(":")
    return PLACES[kind].format(number) if kind in PLACES and number.isdecimal() else ""


def _safe(url: str) -> str:
    """An address of somebody else's as a link may hold it; empty for anything but the web's."""
    return url if url.startswith(("https://", "http://")) else ""


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)


urlpatterns = [
    path("ai", run_list, name="ai_runs"),
    path("ai/runs.csv", run_csv, name="ai_runs_csv"),
    path("ai/runs/<int:run_id>", run_page, name="ai_run"),
]
