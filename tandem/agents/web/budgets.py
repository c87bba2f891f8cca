"""Page of budgets: what models cost today and this month, for what, and what may be spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.contracts import Reach
from tandem.access.guard import page
from tandem.access.queries import list_people, may, sight_of
from tandem.agents.actions.policy import remove_budget, set_budget
from tandem.agents.contracts import BudgetScope
from tandem.agents.queries.spending import SpentRow, get_budget, spent_rows
from tandem.agents.queries.tasks import known_tasks
from tandem.agents.web.parts import dollars, form_page
from tandem.core import fragments
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/ai/budgets"
GROUPS = (
    (BudgetScope.ALL, "Everything"),
    (BudgetScope.TASK, "By task"),
    (BudgetScope.SELLER, "By seller"),
    (BudgetScope.CAMPAIGN, "By campaign"),
)


class BudgetForm(forms.Form):
    """A limit on what models may cost."""

    scope = forms.ChoiceField(label="For", choices=tuple((scope.value, name.lower()) for scope, name in GROUPS))
    task = forms.ChoiceField(required=False)
    seller = forms.ChoiceField(required=False)
    campaign = forms.CharField(required=False, max_length=120)
    a_day = forms.DecimalField(label="$ a day", required=False, min_value=0, max_digits=12, decimal_places=4)
    a_month = forms.DecimalField(label="$ a month", required=False, min_value=0, max_digits=12, decimal_places=4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tasks = [(task.name, task.title) for task in known_tasks()]
        people = [(str(one.id), one.name) for one in list_people(active_only=True)]
        self.fields["task"].choices = [("", "choose"), *tasks]  # type: ignore[attr-defined]
        self.fields["seller"].choices = [("", "choose"), *people]  # type: ignore[attr-defined]


@page("task", "view")
def budget_page(request: HttpRequest) -> HttpResponse:
    """Spent against limits; sellers and managers see their own people's lines alone."""
    actor = actor_of(request)
    rows = rows_in_sight(actor, spent_rows(now=moment_of(request)))
    groups = [(name, [_drawn(row) for row in rows if row.scope == scope]) for scope, name in GROUPS]
    context = {
        "groups": [(name, found) for name, found in groups if found],
        "used_up": [row for row in rows if row.is_used_up],
        "may_manage": may(actor, "task.manage"),
    }
    return render(request, "agents/budgets.html", context)


def rows_in_sight(actor: Actor, rows: list[SpentRow]) -> list[SpentRow]:
    """All lines for whoever sees all runs; else those of the people in sight."""
    sight = sight_of(actor, "view", "task")
    if sight.reach is Reach.ALL:
        return rows
    ids = {str(person) for person in sight.person_ids}
    return [row for row in rows if row.scope == BudgetScope.SELLER and row.key in ids]


def _drawn(row: SpentRow) -> dict[str, Any]:
    return {
        "row": row, "day": dollars(row.day), "month": dollars(row.month), "a_day": dollars(row.a_day),
        "a_month": dollars(row.a_month), "share": min(row.share, 1.0),
    }  # fmt: skip


@page("task", "manage", methods=("GET", "POST"))
def budget_set(request: HttpRequest) -> HttpResponse:
    """A new limit, or another one in place of it."""

    def write(said: Mapping[str, Any]) -> str:
        scope = BudgetScope(said["scope"])
        key = "" if scope is BudgetScope.ALL else str(said[scope.value])
        set_budget(scope, key, a_day=said["a_day"], a_month=said["a_month"], actor=actor_of(request),
                   now=moment_of(request))  # fmt: skip
        return "Kept. Calls that could go over it are done by the built-in engine."

    note = "Nothing stops at a limit: the built-in engine does the work then, and each run says so."
    return form_page(request, BudgetForm, write, title="Set a budget", button="Keep", back=HOME, crumb="Budgets",
                     note=note, initial=_initial(request))  # fmt: skip


def _initial(request: HttpRequest) -> dict[str, Any]:
    """The budget that is to be changed, if the address names one."""
    wanted = request.GET.get("budget", "")
    if not wanted:
        return {}
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 18):
        raise InvalidInput(f"{wanted!r} is no budget.", hint="Open it from the list.")
    row = get_budget(int(wanted), now=moment_of(request))
    return {"scope": row.scope, row.scope: row.key, "a_day": row.a_day, "a_month": row.a_month}


@page("task", "manage", methods=("POST",))
def budget_remove(request: HttpRequest, budget_id: int) -> HttpResponse:
    """No limit any more."""
    remove_budget(budget_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The limit is lifted.", to=HOME)


urlpatterns = [
    path("ai/budgets", budget_page, name="ai_budgets"),
    path("ai/budgets/set", budget_set, name="ai_budget_set"),
    path("ai/budgets/<int:budget_id>/remove", budget_remove, name="ai_budget_remove"),
]
