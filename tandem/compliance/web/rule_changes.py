"""Changes of rules: what comes into force or ends, versions side by side, and what a change does to the contacts."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance.actions.rule_impact import ask_impact
from tandem.compliance.queries import rule_impacts, rules
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/compliance/rules/changes"
DAYS_AHEAD, DAYS_BACK = 365, 365
FIRST_CHANGES = 50
TABLES = (
    ("by_rule", "Because of", "Rule"),
    ("by_campaign", "Campaigns and segments", "Campaign or segment"),
    ("by_place", "Places", "Place"),
    ("by_turn", "From what to what", "Outcome"),
    ("by_channel", "Channels", "Channel"),
)


class DatesForm(forms.Form):
    """Two days whose law is compared."""

    before = forms.DateField(label="The law of", widget=forms.DateInput(attrs={"type": "date"}))
    after = forms.DateField(label="against the law of", widget=forms.DateInput(attrs={"type": "date"}))


@page("rule", "view")
def changes_page(request: HttpRequest) -> HttpResponse:
    """The feed of changes, versions side by side, own packs, and the reports."""
    today = moment_of(request).date()
    upcoming = rules.changes_between(today + timedelta(days=1), today + timedelta(days=DAYS_AHEAD))
    known = rules.packs()
    context = {
        "upcoming": upcoming,
        "recent": list(reversed(rules.changes_between(today - timedelta(days=DAYS_BACK), today))),
        "versions": rules.compared_versions(),
        "packs": known.packs,
        "own": rules.own_packs(),
        "replaced": known.replaced,
        "version": known.version,
        "reports": rule_impacts.list_impacts(),
        "may_ask": may(actor_of(request), "rule.manage"),
        "form": DatesForm(
            initial={"before": today, "after": upcoming[0].on if upcoming else today + timedelta(days=30)}
        ),
        "today": today,
    }
    return render(request, "compliance/rule_changes.html", context)


@page("rule", "manage", methods=("POST",))
def ask(request: HttpRequest) -> HttpResponse:
    """Have a comparison worked out."""
    actor, now = actor_of(request), moment_of(request)
    if request.POST.get("own_packs"):
        impact = ask_impact(actor=actor, now=now, own_packs=True)
    else:
        form = DatesForm(request.POST)
        if not form.is_valid():
            raise InvalidInput("Two days are needed.", hint="Give the day before a change and a day after it.")
        told = form.cleaned_data
        impact = ask_impact(actor=actor, now=now, as_of=told["before"], against=told["after"])
    return fragments.done(request, "It is being worked out.", to=f"{HOME}/{impact}")


@page("rule", "view")
def impact_page(request: HttpRequest, impact_id: int) -> HttpResponse:
    """One report; while it is being worked out the part with the figures renews itself."""
    report = rule_impacts.get_impact(impact_id)
    found = report.found or {}
    context = {
        "report": report,
        "tables": [
            (title, head, list(found[name].items())[:FIRST_CHANGES]) for name, title, head in TABLES if found.get(name)
        ],
        "changes": found.get("changed", [])[:FIRST_CHANGES],
        "kept": len(found.get("changed", [])),
    }
    return fragments.render_either(
        request, page="compliance/rule_impact.html", part="compliance/rule_impact_part.html", context=context
    )


urlpatterns = [
    path("compliance/rules/changes", changes_page, name="rule_changes"),
    path("compliance/rules/changes/ask", ask, name="rule_impact_ask"),
    path("compliance/rules/changes/<int:impact_id>", impact_page, name="rule_impact"),
]
