"""The page of what prospecting came to, and the form for the baseline."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput
from tandem.prospecting.actions.effect import enter_baseline
from tandem.prospecting.queries.effect import effect
from tandem.prospecting.queries.icp import live_version

HOME = "/prospecting/effect"


class BaselineForm(forms.Form):
    """How long list building took before."""

    hours = forms.DecimalField(label="Hours of a seller's week on list building", max_digits=4, decimal_places=1)
    accounts = forms.IntegerField(label="Accounts that came of those hours")
    measured_on = forms.DateField(label="Measured on", widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.CharField(label="How", max_length=200, help_text="Time sheets, a survey, an estimate of the team.")


@page("prospect", "view")
def effect_page(request: HttpRequest) -> HttpResponse:
    """Time spared with its assumptions, what goes with answers and meetings, and where the other reports are."""
    return _page(request)


def _page(request: HttpRequest, *, form: BaselineForm | None = None) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    icp = live_version(now.date())
    context = {
        "found": effect(actor, now=now),
        "form": (form or BaselineForm()) if may(actor, "prospect.manage") else None,
        "icp_address": f"/prospecting/icp/{icp.number}" if icp else "/prospecting/icp",
    }
    return render(request, "prospecting/effect.html", context, status=422 if form is not None else 200)


@page("prospect", "manage", methods=("POST",))
def save_baseline(request: HttpRequest) -> HttpResponse:
    """Keep the baseline; earlier ones stay."""
    form = BaselineForm(request.POST)
    if form.is_valid():
        try:
            enter_baseline(**form.cleaned_data, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, "The baseline is kept.", to=HOME)
        except InvalidInput as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _page(request, form=form)


urlpatterns = [
    path("prospecting/effect", effect_page, name="prospecting_effect"),
    path("prospecting/effect/baseline", save_baseline, name="prospecting_baseline"),
]
