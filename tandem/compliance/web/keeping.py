"""Retention schedules with their dry runs, legal holds, and how decisions about people are made."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.contracts import Role
from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import queries
from tandem.compliance.actions.decision_kinds import set_material
from tandem.compliance.actions.holds import lift_hold, set_hold
from tandem.compliance.actions.retention import end_schedule, set_schedule
from tandem.compliance.contracts.requests import HoldScope
from tandem.compliance.queries.decision_kinds import decision_kinds, get_decision_kind
from tandem.compliance.queries.holds import all_holds
from tandem.compliance.queries.retention import dry_run, get_retained, schedules
from tandem.compliance.web import rights_forms as forms
from tandem.compliance.web.forms import ReasonForm
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput

HOME = "/compliance/retention"
LOGIC = "/compliance/logic"


@page("request", "view")
def retention(request: HttpRequest) -> HttpResponse:
    """What is kept how long, and what must stay."""
    return _shown(request)


def _shown(request: HttpRequest, *, hold_form: forms.HoldForm | None = None, status: int = 200) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    today = now.date()
    manages = may(actor, "request.manage")
    context = {
        "schedules": schedules(),
        "holds": [(hold, _stands(hold, today)) for hold in all_holds()] if may(actor, "request.decide") else [],
        "hold_form": (hold_form or forms.HoldForm(initial={"starts_on": today})) if manages else None,
        "manages": manages,
    }
    return render(request, "compliance/requests/retention.html", context, status=status)


def _stands(hold: Any, today: Any) -> str:
    if hold.lifted_at is not None:
        return "lifted"
    if hold.ends_on is not None and hold.ends_on < today:
        return "ended"
    return "holds" if hold.starts_on <= today else "to come"


@page("request", "manage", methods=("GET", "POST"))
def schedule(request: HttpRequest, kind: str) -> HttpResponse:
    """Change how long a kind of data is kept: first the count of what would go, then save."""
    actor, now = actor_of(request), moment_of(request)
    retained = get_retained(kind)
    row = next(one for one in schedules() if one.kind.name == kind)
    start = {"months": row.months or retained.kind.months, "basis": row.basis or retained.kind.rule}
    is_save = request.method == "POST" and "expected" in request.POST
    form = (forms.SaveScheduleForm if is_save else forms.ScheduleForm)(request.POST or None, initial=start)
    context: dict[str, Any] = {"row": row, "form": form, "count": None, "end_form": ReasonForm()}
    if request.method != "POST":
        return render(request, "compliance/requests/schedule.html", context)
    if form.is_valid():
        said = form.cleaned_data
        try:
            if is_save:
                set_schedule(kind, said["months"], basis=said["basis"], expected=said["expected"], actor=actor, now=now)
                return fragments.done(request, "Kept. The next night deletes what is past.", to=HOME)
            count = dry_run(kind, said["months"], now=now)
            save = forms.SaveScheduleForm(initial={**said, "expected": count.past - count.kept})
            return render(request, "compliance/requests/schedule.html", {**context, "form": save, "count": count})
        except (InvalidInput, Conflict) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return render(request, "compliance/requests/schedule.html", context, status=422)


@page("request", "manage", methods=("POST",))
def schedule_end(request: HttpRequest, kind: str) -> HttpResponse:
    """Nothing of this kind is deleted by itself any more."""
    end_schedule(kind, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Ended. Nothing of this kind is deleted by itself now.", to=HOME)


@page("request", "manage", methods=("POST",))
def hold_add(request: HttpRequest) -> HttpResponse:
    """A dispute or an inquiry: its data must stay."""
    form = forms.HoldForm(request.POST)
    if form.is_valid():
        said = {**form.cleaned_data, "scope": HoldScope(form.cleaned_data["scope"])}
        try:
            set_hold(said.pop("scope"), **said, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, "It holds from its first day, before retention and deletion.", to=HOME)
        except InvalidInput as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _shown(request, hold_form=form, status=422)


@page("request", "manage", methods=("POST",))
def hold_lift(request: HttpRequest, hold_id: int) -> HttpResponse:
    """The matter is over."""
    count = lift_hold(hold_id, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request))
    told = f" {count} deletions that waited go on." if count else ""
    return fragments.done(request, f"Lifted.{told}", to=HOME)


@page("request", "view")
def logic(request: HttpRequest) -> HttpResponse:
    """How decisions about people are made, workflow by workflow, and which of them a person must take."""
    actor = actor_of(request)
    systems = queries.list_register("ai_system", limit=None) if may(actor, "register.view") else []
    context = {
        "rows": [
            (row, [one for one in systems if _meant(one.workflow, row.kind.workflow)]) for row in decision_kinds()
        ],
        "may_set": not actor.is_agent and actor.role == Role.COMPLIANCE,
    }
    return render(request, "compliance/requests/logic.html", context)


def _meant(workflow: str, known: str) -> bool:
    return workflow.casefold().strip() == known.casefold()


@page("request", "manage", methods=("POST",))
def logic_set(request: HttpRequest, name: str) -> HttpResponse:
    """Compliance says whether a person must decide."""
    kind = get_decision_kind(name).kind
    form = forms.MaterialForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("The reason is empty.", hint="Say in a few words why; the ledger keeps it.")
    said = form.cleaned_data
    set_material(kind.name, said["is_material"], reason=said["reason"], actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Set. It holds from now on.", to=LOGIC)


urlpatterns = [
    path("compliance/retention", retention, name="retention"),
    path("compliance/retention/holds", hold_add, name="hold_add"),
    path("compliance/retention/holds/<int:hold_id>/lift", hold_lift, name="hold_lift"),
    path("compliance/retention/<str:kind>", schedule, name="retention_schedule"),
    path("compliance/retention/<str:kind>/end", schedule_end, name="retention_end"),
    path("compliance/logic", logic, name="decision_logic"),
    path("compliance/logic/<str:name>", logic_set, name="decision_logic_set"),
]
