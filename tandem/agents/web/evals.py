"""Pages of evals: the board of tasks and engines, one run, what a run must reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.agents.actions import evals as actions
from tandem.agents.actions.tools import decide
from tandem.agents.contracts import BUILT_IN
from tandem.agents.domain.evals import EvalKind, Thresholds
from tandem.agents.queries import quality
from tandem.agents.queries.evals import gate_of
from tandem.agents.queries.tasks import get_task
from tandem.agents.queries.tools import decided_requests, waiting_requests
from tandem.agents.web.parts import dollars, form_page
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/ai/evals"
KIND_WORDS = {EvalKind.GATE: "asked for", EvalKind.DRIFT: "weekly", EvalKind.LIVE: "live answers"}


class GateForm(forms.Form):
    """Least shares of cases."""

    schema_ok = forms.FloatField(label="Fits the schema", min_value=0.01, max_value=1, help_text="Share, up to 1.")
    guards_ok = forms.FloatField(label="Keeps the guards", min_value=0.01, max_value=1)
    expectations_ok = forms.FloatField(label="Meets what is expected", min_value=0.01, max_value=1)


@page("task", "view")
def board_page(request: HttpRequest) -> HttpResponse:
    """Every task with every engine: may it answer live, and on what figures."""
    actor, now = actor_of(request), moment_of(request)
    rows = quality.board()
    context = {
        "rows": [{"row": row, "trace": [one.is_passed for one in reversed(row.history)]} for row in rows],
        "alarms": quality.alarms(now=now),
        "tasks": len({row.task.name for row in rows}),
        "open": sum(row.is_open and row.engine != BUILT_IN for row in rows),
        "models": len({row.engine for row in rows} - {BUILT_IN}),
        "may_run": may(actor, "task.decide"),
        "waiting": waiting_requests() if may(actor, "task.decide") else (),
    }
    return render(request, "agents/evals.html", context)


@page("task", "decide", methods=("POST",))
def run_evals(request: HttpRequest) -> HttpResponse:
    """Run a task's frozen set with an engine now."""
    said = request.POST
    version = said.get("version", "")
    if version and not (version.isascii() and version.isdecimal() and len(version) < 9):
        raise InvalidInput("That is no version.", hint="Reload the page.")
    run = actions.evaluate(
        said.get("task", ""), engine=said.get("engine", ""), version=int(version) if version else None,
        actor=actor_of(request), now=moment_of(request),
    )  # fmt: skip
    return fragments.done(request, "The evals have run.", to=f"{HOME}/{run}")


@page("task", "view")
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run, case by case, those that failed first."""
    run = quality.get_run(run_id)
    cases = quality.cases_of(run_id)
    context = {
        "run": run,
        "task": get_task(run.task),
        "cases": cases,
        "kind": KIND_WORDS[run.kind],
        "cost": dollars(run.cost),
        "shares": [
            ("Fits the schema", run.schema_ok, run.gate.get("schema_ok")),
            ("Keeps the guards", run.guards_ok, run.gate.get("guards_ok")),
            ("Meets what is expected", run.expectations_ok, run.gate.get("expectations_ok")),
        ],
    }
    return render(request, "agents/eval_run.html", context)


@page("task", "manage", methods=("GET", "POST"))
def gate_page(request: HttpRequest, task: str) -> HttpResponse:
    """Set what runs of a task must reach."""
    found = get_task(task)

    def write(said: Mapping[str, Any]) -> str:
        actions.set_gate(found.name, Thresholds(**said), actor=actor_of(request), now=moment_of(request))
        return "It holds from the next run on."

    return form_page(
        request,
        GateForm,
        write,
        title=f"Gate of {found.title[:1].lower()}{found.title[1:]}",
        button="Set the gate",
        back=HOME,
        crumb="Evals",
        note="Shares of the cases of the frozen set. A model that stays below any of them does not answer the task.",
        initial=gate_of(found.name).as_dict(),
    )


@page("task", "view")
def requests_page(request: HttpRequest) -> HttpResponse:
    """What agents asked for and a person decides, and what was decided."""
    context = {
        "waiting": waiting_requests(),
        "decided": decided_requests(),
        "may_decide": may(actor_of(request), "task.decide"),
    }
    return render(request, "agents/requests.html", context)


@page("task", "decide", methods=("POST",))
def decide_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """Say yes or no to an agent."""
    is_yes = request.POST.get("answer") == "yes"
    answer = decide(
        request_id, is_yes=is_yes, reason=request.POST.get("reason", ""), actor=actor_of(request),
        now=moment_of(request),
    )  # fmt: skip
    return fragments.done(request, answer.message if is_yes else "The agent is told no.", to="/ai/requests")


urlpatterns = [
    path("ai/evals", board_page, name="evals"),
    path("ai/evals/run", run_evals, name="evals_run"),
    path("ai/evals/<int:run_id>", run_page, name="eval_run"),
    path("ai/evals/gate/<str:task>", gate_page, name="eval_gate"),
    path("ai/requests", requests_page, name="tool_requests"),
    path("ai/requests/<int:request_id>/decide", decide_request, name="tool_request_decide"),
]
