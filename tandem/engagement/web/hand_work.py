"""Pages of what a person does about messages: tasks by hand, and messages of which nobody knows whether they left."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.engagement.actions import hand_tasks, settling
from tandem.engagement.contracts import TouchState
from tandem.engagement.queries.hand_tasks import list_hand_tasks
from tandem.engagement.queries.uncertain import count_uncertain, list_uncertain

TASKS, UNCERTAIN = "/outreach/tasks", "/outreach/uncertain"
AHEAD = timedelta(hours=12)  # what is due today is seen in the morning


@page("campaign", "view")
def task_list(request: HttpRequest) -> HttpResponse:
    """LinkedIn messages and calls that are due, each with its sheet."""
    actor, now = actor_of(request), moment_of(request)
    context = {
        "tasks": list_hand_tasks(actor, until=now + AHEAD),
        "now": now,
        "may_edit": may(actor, "campaign.edit"),
        "uncertain": count_uncertain(actor),
    }
    return render(request, "engagement/hand_tasks.html", context)


@page("campaign", "edit", methods=("POST",))
def done(request: HttpRequest, touch_id: int) -> HttpResponse:
    """It was done."""
    note = request.POST.get("note", "")
    hand_tasks.mark_done(touch_id, note=note, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Done, and written down.", to=TASKS)


@page("campaign", "edit", methods=("POST",))
def skip(request: HttpRequest, touch_id: int) -> HttpResponse:
    """It is left out."""
    why = request.POST.get("note", "") or "Left out by hand."
    hand_tasks.skip(touch_id, why=why, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Left out. The plan goes on.", to=TASKS)


@page("campaign", "edit", methods=("POST",))
def later(request: HttpRequest, touch_id: int) -> HttpResponse:
    """It comes back tomorrow."""
    due_at = hand_tasks.put_off(touch_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"It comes back on {due_at:%d %b, %H:%M} UTC.", to=TASKS)


@page("campaign", "view")
def uncertain_list(request: HttpRequest) -> HttpResponse:
    """Messages that were handed over without an answer."""
    actor = actor_of(request)
    context = {"unsettled": list_uncertain(actor), "may_decide": may(actor, "campaign.decide")}
    return render(request, "engagement/uncertain.html", context)


@page("campaign", "decide", methods=("POST",))
def settle(request: HttpRequest, touch_id: int) -> HttpResponse:
    """A person found out."""
    has_left = request.POST.get("has_left") == "1"
    state = settling.settle(
        touch_id, has_left=has_left, why=request.POST.get("why", ""), actor=actor_of(request), now=moment_of(request)
    )
    told = "It counts as sent." if state is TouchState.SENT else "It is asked for again, and leaves when it may."
    return fragments.done(request, told, to=UNCERTAIN)


urlpatterns = [
    path("outreach/tasks", task_list, name="hand_tasks"),
    path("outreach/tasks/<int:touch_id>/done", done, name="hand_task_done"),
    path("outreach/tasks/<int:touch_id>/skip", skip, name="hand_task_skip"),
    path("outreach/tasks/<int:touch_id>/later", later, name="hand_task_later"),
    path("outreach/uncertain", uncertain_list, name="uncertain"),
    path("outreach/uncertain/<int:touch_id>", settle, name="uncertain_settle"),
]
