"""The morning's huddle: the pack, what is tuned, and the log of decisions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import list_people, may
from tandem.core import fragments
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError
from tandem.engagement.actions import rituals
from tandem.engagement.domain.outcomes import MEASURE_WORDS
from tandem.engagement.queries.campaigns import campaigns_in_sight
from tandem.engagement.queries.huddle import decisions, pack_view, packs, tuning_items

HUDDLE, DECISIONS = "/outreach/huddle", "/outreach/decisions"


def _day(label: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


class ItemForm(forms.Form):
    """Something to tune."""

    what = forms.CharField(label="What to change", max_length=300)
    measure = forms.ChoiceField(
        label="It should move", choices=[(key.value, text) for key, text in MEASURE_WORDS.items()]
    )
    owner_id = forms.TypedChoiceField(label="Who does it", coerce=int)
    campaign_id = forms.TypedChoiceField(label="Campaign", coerce=int, empty_value=None, required=False)
    due_on = _day("Until", required=False)


class CloseForm(forms.Form):
    """How an item ended."""

    why = forms.CharField(label="What was done, or why not", max_length=300)
    is_done = forms.TypedChoiceField(
        label="It is", choices=[("1", "done"), ("0", "dropped")], coerce=lambda word: word == "1"
    )


class DecisionForm(forms.Form):
    """A decision about the programme."""

    what = forms.CharField(label="What was decided", max_length=300)
    why = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))
    campaign_id = forms.TypedChoiceField(label="Campaign", coerce=int, empty_value=None, required=False)
    decided_on = _day("On")


def _choices(form: forms.Form, actor: Actor) -> forms.Form:
    """Fill in who and which campaign can be chosen."""
    if "owner_id" in form.fields:
        people = [(one.id, one.name) for one in list_people(active_only=True)]
        form.fields["owner_id"].choices = people  # type: ignore[attr-defined]
    campaigns = campaigns_in_sight(actor).order_by("name").values_list("id", "name")
    form.fields["campaign_id"].choices = [("", "All"), *campaigns]  # type: ignore[attr-defined]
    return form


@page("campaign", "view")
def huddle_page(request: HttpRequest) -> HttpResponse:
    """The latest pack, or the one the address names, with the items that are tuned."""
    return _page(request)


def _page(request: HttpRequest, *, form: forms.Form | None = None) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    known = packs()
    wanted = request.GET.get("day", "")
    row = next((one for one in known if one.day.isoformat() == wanted), known[0] if known and not wanted else None)
    if wanted and row is None:
        raise Http404("There is no pack of that day.")
    may_edit = may(actor, "campaign.edit")
    context: dict[str, Any] = {
        "packs": known,
        "view": pack_view(actor, row) if row else None,
        "items": tuning_items(actor, now=now),
        "measures": MEASURE_WORDS,
        "form": _choices(form or ItemForm(), actor) if may_edit else None,
        "close_form": CloseForm() if may_edit else None,
    }
    return render(request, "engagement/huddle.html", context, status=422 if form is not None else 200)


@page("campaign", "edit", methods=("POST",))
def hold_pack(request: HttpRequest, pack_id: int) -> HttpResponse:
    """The team went through it."""
    rituals.hold(pack_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The huddle is held.", to=HUDDLE)


@page("campaign", "edit", methods=("POST",))
def add_item(request: HttpRequest) -> HttpResponse:
    """Write down something to tune."""
    form = _choices(ItemForm(request.POST), actor_of(request))
    if form.is_valid():
        try:
            rituals.open_item(**form.cleaned_data, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, "It is on the list.", to=HUDDLE)
        except AppError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _page(request, form=form)


@page("campaign", "edit", methods=("POST",))
def close_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Done, or dropped."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        return fragments.done(request, "Say what was done, or why not.", to=HUDDLE)
    rituals.close_item(item_id, **form.cleaned_data, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It is closed.", to=HUDDLE)


@page("campaign", "view")
def decisions_page(request: HttpRequest) -> HttpResponse:
    """What was decided about the programme, on which figures."""
    return _decisions(request)


def _decisions(request: HttpRequest, *, form: forms.Form | None = None) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "decisions": decisions(),
        "measures": MEASURE_WORDS,
        "form": _choices(form or DecisionForm(initial={"decided_on": moment_of(request).date()}), actor)
        if may(actor, "campaign.decide")
        else None,
    }
    return render(request, "engagement/decisions.html", context, status=422 if form is not None else 200)


@page("campaign", "decide", methods=("POST",))
def write_decision(request: HttpRequest) -> HttpResponse:
    """Keep a decision with the figures of today."""
    form = _choices(DecisionForm(request.POST), actor_of(request))
    if form.is_valid():
        try:
            rituals.decide(**form.cleaned_data, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, "The decision is written down.", to=DECISIONS)
        except AppError as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _decisions(request, form=form)


urlpatterns = [
    path("outreach/huddle", huddle_page, name="outreach_huddle"),
    path("outreach/huddle/<int:pack_id>/hold", hold_pack, name="outreach_huddle_hold"),
    path("outreach/huddle/items", add_item, name="outreach_tuning_add"),
    path("outreach/huddle/items/<int:item_id>/close", close_item, name="outreach_tuning_close"),
    path("outreach/decisions", decisions_page, name="outreach_decisions"),
    path("outreach/decisions/write", write_decision, name="outreach_decision_write"),
]
