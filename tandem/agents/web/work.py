"""The page of the division of work: what software finishes by itself, and what a person owns."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.agents.actions.work import give
from tandem.agents.domain.work import WorkOwner, kind_of_task
from tandem.agents.queries.tasks import known_tasks
from tandem.agents.queries.work_division import work_kinds
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput


@page("task", "view")
def work_page(request: HttpRequest) -> HttpResponse:
    """Kinds of work on both sides, each with the AI tasks that belong to it."""
    kinds = work_kinds()
    tasks: dict[str, list[str]] = {}
    free = []
    for task in known_tasks():
        kind = kind_of_task(task.name, kinds)
        if kind is None:
            free.append(task.title)
        else:
            tasks.setdefault(kind.kind, []).append(task.title)
    sides = [
        (owner, title, [(kind, tasks.get(kind.kind, [])) for kind in kinds.values() if kind.owner is owner])
        for owner, title in ((WorkOwner.AI, "Software may finish it"), (WorkOwner.HUMAN, "A person owns it"))
    ]
    context = {"sides": sides, "free": free, "may_manage": may(actor_of(request), "task.manage")}
    return render(request, "agents/work.html", context)


@page("task", "manage", methods=("POST",))
def give_work(request: HttpRequest) -> HttpResponse:
    """Give a kind of work to software or to people."""
    said = request.POST
    try:
        owner = WorkOwner(said.get("owner", ""))
    except ValueError as error:
        raise InvalidInput("Who is to own it?", hint="Choose software or people.") from error
    give(
        said.get("kind", "").strip(), owner, title=said.get("title", ""), why=said.get("why", ""),
        actor=actor_of(request), now=moment_of(request),
    )  # fmt: skip
    side = "Software may finish it" if owner is WorkOwner.AI else "A person owns it"
    return fragments.done(request, f"{side} from now on.", to="/ai/work")


urlpatterns = [
    path("ai/work", work_page, name="work"),
    path("ai/work/give", give_work, name="work_give"),
]
