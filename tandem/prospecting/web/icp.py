"""Pages of the ideal customer profile: in force, editing with a live count, versions side by side, judgement."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.intervals import ENOUGH_FOR_SHARE
from tandem.prospecting.actions import icp as actions
from tandem.prospecting.actions import icp_judging
from tandem.prospecting.domain.icp import LONGEST_BODY, json_schema, read_icp_text
from tandem.prospecting.domain.icp_document import as_markdown, differences, sections
from tandem.prospecting.queries import icp as queries
from tandem.prospecting.queries.reports import icp_key, stored

HOME = "/prospecting/icp"
EDIT, EDIT_PART = "prospecting/icp_edit.html", "prospecting/icp_edit_form.html"
EMPTY_BODY: dict[str, Any] = {
    "schema": "tandem.icp/1",
    "name": "Ideal customer",
    "fit": [
        {"name": "Size", "weight": 1.0, "when": {"field": "employees", "op": "between", "value": [200, 2_000]}},
    ],
    "exclusion": [
        {"name": "A deal is open", "reason": "It is worked in its deal.", "when": {"open_deals": {"gte": 1}}},
    ],
    "value": {"currency": "EUR", "otherwise": "50000"},
}


class IcpForm(forms.Form):
    """The document and why it changes."""

    body = forms.CharField(
        label="Profile as JSON",
        max_length=LONGEST_BODY,
        widget=forms.Textarea(
            attrs={"rows": 32, "spellcheck": "false", "class": "area input mono", "autocomplete": "off"}
        ),
    )
    note = forms.CharField(label="Why it changes", max_length=actions.LONGEST_NOTE, required=False)


@page("prospect", "view")
def overview(request: HttpRequest) -> HttpResponse:
    """The profile in force as a document, its day, its versions; without one, how to get one."""
    live = queries.live_version(moment_of(request).date())
    context = {
        "version": live,
        "sections": sections(live.icp) if live else (),
        "icp": live,
        "draft": queries.draft(),
        "versions": queries.list_versions(),
        "may_manage": may(actor_of(request), "prospect.manage"),
        **_judgement(live),
    }
    return render(request, "prospecting/icp.html", context)


@page("prospect", "view")
def version_page(request: HttpRequest, number: int) -> HttpResponse:
    """One version as a document."""
    found = queries.get_version(number)
    context = {
        "version": found,
        "sections": sections(found.icp),
        "versions": queries.list_versions(),
        "may_manage": may(actor_of(request), "prospect.manage"),
        **_judgement(found),
    }
    return render(request, "prospecting/icp.html", context)


@page("prospect", "view")
def as_json(request: HttpRequest, number: int) -> JsonResponse:
    """The document of a version, as machines read it."""
    return JsonResponse(queries.get_version(number).body, json_dumps_params={"ensure_ascii": False, "indent": 2})


@page("prospect", "view")
def markdown(request: HttpRequest, number: int) -> HttpResponse:
    """The document of a version for people, as Markdown made from the JSON."""
    found = queries.get_version(number)
    answer = HttpResponse(
        as_markdown(found.icp, valid_until=found.valid_until), content_type="text/markdown; charset=utf-8"
    )  # fmt: skip
    answer["Content-Disposition"] = f'attachment; filename="icp-{number}.md"'
    return answer


@page("prospect", "view")
def schema(request: HttpRequest) -> JsonResponse:
    """The JSON Schema of the document."""
    return JsonResponse(json_schema(), json_dumps_params={"indent": 2})


@page("prospect", "manage", methods=("GET", "POST"))
def edit(request: HttpRequest) -> HttpResponse:
    """The draft, or a copy of what is in force, to change and keep."""
    if request.method != "POST":
        draft = queries.draft()
        start = draft or queries.live_version()
        body = start.body if start else EMPTY_BODY
        form = IcpForm(
            initial={
                "body": json.dumps(body, ensure_ascii=False, indent=2),
                "note": draft.note if draft else "",
            }
        )
        return render(request, EDIT, {"form": form, "draft": draft})
    form = IcpForm(request.POST)
    if form.is_valid():
        try:
            body, _ = read_icp_text(form.cleaned_data["body"])
            number = actions.save_draft(
                body, note=form.cleaned_data["note"], actor=actor_of(request), now=moment_of(request)
            )  # fmt: skip
            return fragments.done(request, f"Draft {number} is kept. Publish it when it is right.", to=HOME)
        except InvalidInput as error:
            _add_errors(form, error)
    return fragments.invalid(request, form, page=EDIT, part=EDIT_PART, context={"draft": queries.draft()})


def _add_errors(form: IcpForm, error: InvalidInput) -> None:
    """Every place the document breaks a rule, with value, rule and remedy."""
    told = error.context.get("errors")
    if not told:
        form.add_error("body", " ".join(filter(None, (error.message, error.hint))))
        return
    for one in told:
        shown = f" is {one['value']}" if one["value"] else ""
        form.add_error("body", f"{one['field']}{shown}: {one['rule']} {one['remedy']}")


@page("prospect", "manage", methods=("POST",))
def live_count(request: HttpRequest) -> HttpResponse:
    """How many accounts the document in the editor finds and leaves out now; nothing is kept."""
    context: dict[str, Any] = {}
    try:
        _, icp = read_icp_text(request.POST.get("body", ""))
        context["reached"] = queries.reach(icp, at=moment_of(request))
    except InvalidInput as error:
        context["error"] = error
    return render(request, "prospecting/icp_count.html", context)


@page("prospect", "manage", methods=("POST",))
def propose(request: HttpRequest) -> HttpResponse:
    """Draft a profile from own won deals."""
    number = actions.propose_icp(actor_of(request), moment_of(request))
    return fragments.done(request, f"Draft {number} is made from your won deals. Read it, then publish it.", to=HOME)


@page("prospect", "manage", methods=("POST",))
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Put the draft in force."""
    try:
        actions.publish(number, actor=actor_of(request), now=moment_of(request))
    except Conflict as error:
        return fragments.done(request, " ".join(filter(None, (error.message, error.hint))), to=HOME)
    return fragments.done(request, f"Version {number} is in force for a quarter.", to=HOME)


@page("prospect", "manage", methods=("POST",))
def confirm(request: HttpRequest) -> HttpResponse:
    """Say that what is in force still holds for another quarter."""
    number = actions.confirm(actor=actor_of(request), now=moment_of(request), note="")
    return fragments.done(request, f"Confirmed as version {number}.", to=HOME)


@page("prospect", "manage", methods=("POST",))
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    actions.discard_draft(actor_of(request))
    return fragments.done(request, "The draft is gone.", to=HOME)


@page("prospect", "view")
def diff(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """What changed between two versions."""
    before, after = queries.get_version(number), queries.get_version(other)
    context = {"before": before, "after": after, "changes": differences(before.body, after.body)}
    return render(request, "prospecting/icp_diff.html", context)


@page("prospect", "edit", methods=("POST",))
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Have a version judged by ended deals; the worker does it."""
    icp_judging.ask_judgement(number, actor=actor_of(request), now=moment_of(request))
    return fragments.done(
        request, "It is being worked out; open this page again in a minute.", to=f"{HOME}/{number}"
    )  # fmt: skip


def _judgement(version: queries.IcpRow | None) -> dict[str, Any]:
    found = stored(icp_key(version.number)) if version else None
    return {"judgement": found, "enough": ENOUGH_FOR_SHARE, "effect": (found or {}).get("effect")}


urlpatterns = [
    path("prospecting/icp", overview, name="icp"),
    path("prospecting/icp/edit", edit, name="icp_edit"),
    path("prospecting/icp/count", live_count, name="icp_count"),
    path("prospecting/icp/propose", propose, name="icp_propose"),
    path("prospecting/icp/confirm", confirm, name="icp_confirm"),
    path("prospecting/icp/discard", discard, name="icp_discard"),
    path("prospecting/icp/schema.json", schema, name="icp_schema"),
    path("prospecting/icp/<int:number>", version_page, name="icp_version"),
    path("prospecting/icp/<int:number>.json", as_json, name="icp_json"),
    path("prospecting/icp/<int:number>.md", markdown, name="icp_markdown"),
    path("prospecting/icp/<int:number>/publish", publish, name="icp_publish"),
    path("prospecting/icp/<int:number>/judge", judge, name="icp_judge"),
    path("prospecting/icp/<int:number>/against/<int:other>", diff, name="icp_diff"),
]
