"""Pages of prompts: every task's text in force, its versions, and the way of a new one through the gate."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.agents.actions import prompts as actions
from tandem.agents.contracts import BUILT_IN
from tandem.agents.domain.prompts import PACKAGED, PromptState, diff
from tandem.agents.queries.policy import active_endpoints
from tandem.agents.queries.prompts import file_of, get_version, prompt_versions
from tandem.agents.queries.quality import prompts_in_force
from tandem.agents.queries.tasks import get_task
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of

HOME = "/ai/prompts"


class DraftForm(forms.Form):
    """A text and why it is written."""

    text = forms.CharField(
        label="Prompt", max_length=actions.LONGEST, strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
        help_text="Instructions only. Input and evidence are added by the runtime, marked as data.",
    )  # fmt: skip
    note = forms.CharField(label="Why", max_length=300, required=False)


@page("task", "view")
def prompt_list(request: HttpRequest) -> HttpResponse:
    """Every task with the prompt in force."""
    rows = prompts_in_force()
    context = {"rows": rows, "may_manage": may(actor_of(request), "task.manage")}
    return render(request, "agents/prompts.html", context)


@page("task", "view")
def prompt_page(request: HttpRequest, task: str) -> HttpResponse:
    """A task's prompt: the editor, the versions, and what a chosen version changes against the live one."""
    return _shown(request, task)


def _shown(request: HttpRequest, task: str, form: DraftForm | None = None) -> HttpResponse:
    actor, found = actor_of(request), get_task(task)
    versions = prompt_versions(found)
    live = next(row for row in versions if row.state is PromptState.LIVE)
    chosen = get_version(found, _number(request.GET.get("version", ""), live.number))
    context = {
        "task": found,
        "versions": versions,
        "live": live,
        "chosen": chosen,
        "lines": diff(live.text, chosen.text) if chosen.number != live.number else (),
        "form": form or DraftForm(initial={"text": chosen.text}),
        "models": [one for one in active_endpoints() if one.engine != BUILT_IN],
        "may_manage": may(actor, "task.manage"),
        "may_decide": may(actor, "task.decide"),
        "can_go_back": live.number != PACKAGED,
        "file": file_of(found.name).name,
    }
    return render(request, "agents/prompt.html", context, status=200 if form is None else 422)


def _number(told: str, otherwise: int) -> int:
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else otherwise


@page("task", "manage", methods=("POST",))
def draft(request: HttpRequest, task: str) -> HttpResponse:
    """Keep the text as a draft."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return _shown(request, task, form)
    number = actions.write_draft(task, **form.cleaned_data, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"Kept as version {number}.", to=f"{HOME}/{task}?version={number}")


@page("task", "decide", methods=("POST",))
def go_live(request: HttpRequest, task: str) -> HttpResponse:
    """Ask models with a version from now on, if its gate is open."""
    number = _number(request.POST.get("version", ""), -1)
    actions.go_live(task, number, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"Version {number} is live.", to=f"{HOME}/{task}")


@page("task", "decide", methods=("POST",))
def roll_back(request: HttpRequest, task: str) -> HttpResponse:
    """Go back to the text before."""
    told = actions.roll_back(task, actor=actor_of(request), now=moment_of(request))
    words = "the packaged text" if told.version == PACKAGED else f"version {told.version}"
    return fragments.done(request, f"Back at {words}.", to=f"{HOME}/{task}")


@page("task", "manage", methods=("POST",))
def sync(request: HttpRequest) -> HttpResponse:
    """Read the folder of plain files."""
    found = actions.sync_folder(actor=actor_of(request), now=moment_of(request))
    told = ", ".join(f"{task} is draft {number}" for task, number in found.items())
    return fragments.done(request, f"{told}." if told else "No file was edited.", to=HOME)


urlpatterns = [
    path("ai/prompts", prompt_list, name="prompts"),
    path("ai/prompts/sync", sync, name="prompts_sync"),
    path("ai/prompts/<str:task>", prompt_page, name="prompt"),
    path("ai/prompts/<str:task>/draft", draft, name="prompt_draft"),
    path("ai/prompts/<str:task>/live", go_live, name="prompt_live"),
    path("ai/prompts/<str:task>/back", roll_back, name="prompt_back"),
]
