"""Switches: the button that stops everything, narrower ones, the report of a stop, and the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import list_agents, may
from tandem.compliance.actions import switches as actions
from tandem.compliance.contracts.switches import KillSettings, SwitchScope
from tandem.compliance.queries import switches as queries
from tandem.compliance.web.parts import form_page
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/compliance/switches"
FIRST_REASON = "Incident, looked into now"
SCOPE_WORDS = {
    SwitchScope.AGENT: "An agent",
    SwitchScope.DOMAIN: "A sending domain",
    SwitchScope.CAMPAIGN: "A campaign",
    SwitchScope.REGION: "A country or region",
    SwitchScope.CHANNEL: "A channel",
}
KEY_HELP = "The agent's name; mail.example.com; the campaign's key; DE, US-TX or EEA; email, sms or phone_ai."
HISTORY_SHOWN = 50


class ThrowForm(forms.Form):
    """Stop one thing."""

    scope = forms.ChoiceField(label="What", choices=[(scope.value, words) for scope, words in SCOPE_WORDS.items()])
    key = forms.CharField(label="Which", max_length=253, help_text=KEY_HELP)
    reason = forms.CharField(max_length=300, help_text="Kept in the ledger.")


class LimitsForm(forms.Form):
    """The limits of the kill criteria."""

    days_between_touches = forms.IntegerField(
        label="Days between touches", required=False, min_value=0, max_value=actions.MOST_DAYS,
        help_text="On any channel. Empty: off.",
    )  # fmt: skip
    objection_days = forms.IntegerField(
        label="Days without contact after an objection", required=False, min_value=0, max_value=actions.MOST_DAYS,
        help_text="A refusal by an unsubscribe link holds for ever, whatever stands here. Empty: off.",
    )  # fmt: skip
    review_above = forms.DecimalField(
        label="A person reads first above", required=False, min_value=0, max_digits=16, decimal_places=2,
        help_text="Worth of the account in your currency. Empty: off.",
    )  # fmt: skip
    four_eyes_above = forms.DecimalField(
        label="Two people approve above", required=False, min_value=0, max_digits=16, decimal_places=2,
        help_text="Empty: off.",
    )  # fmt: skip
    stop_on_open_deal = forms.BooleanField(label="No outreach while a deal is open", required=False)
    stop_on_legal_dispute = forms.BooleanField(label="No contact during a legal dispute", required=False)


@page("gate", "view")
def switches_page(request: HttpRequest) -> HttpResponse:
    """The button, what stands, what stood, and the limits."""
    actor = actor_of(request)
    standing = queries.list_switches(standing=True)
    agents = {str(agent.id): agent.name for agent in list_agents()}
    context = {
        "everything": next((row for row in standing if row.scope is SwitchScope.GLOBAL), None),
        "standing": [(row, _named(row, agents)) for row in standing if row.scope is not SwitchScope.GLOBAL],
        "history": [(row, _named(row, agents)) for row in queries.list_switches(standing=False, limit=HISTORY_SHOWN)],
        "form": ThrowForm(),
        "first_reason": FIRST_REASON,
        "limits": limits_in_words(queries.limits()),
        "quiet_count": len(queries.all_quiet()),
        "may_stop": may(actor, "gate.stop"),
        "may_lift": may(actor, "gate.manage"),
    }
    return render(request, "compliance/switches.html", context)


def _named(row: queries.SwitchRow, agents: Mapping[str, str]) -> str:
    """What a switch stops, in words; agents by name."""
    if row.scope is SwitchScope.AGENT:
        return f"Agent {agents.get(row.key, row.key)}"
    told = row.key.replace("_", " ") if row.scope is SwitchScope.CHANNEL else row.key
    return "Everything" if row.scope is SwitchScope.GLOBAL else f"{row.scope.value.capitalize()} {told}"


def limits_in_words(limits: KillSettings) -> list[tuple[str, str]]:
    """Each limit with what it is set to."""
    days = limits.days_between_touches
    return [
        ("Days between touches", "off" if days is None else f"{days}"),
        ("Days after an objection", "off" if limits.objection_days is None else f"{limits.objection_days}"),
        ("A person reads first above", "off" if limits.review_above is None else f"{limits.review_above:,.0f}"),
        ("Two people approve above", "off" if limits.four_eyes_above is None else f"{limits.four_eyes_above:,.0f}"),
        ("Open deal", "no outreach" if limits.stop_on_open_deal else "off"),
        ("Legal dispute", "no contact" if limits.stop_on_legal_dispute else "off"),
    ]


@page("gate", "stop", methods=("POST",))
def throw(request: HttpRequest) -> HttpResponse:
    """Stop everything, or one thing; then the report."""
    said, actor = request.POST, actor_of(request)
    try:
        scope = SwitchScope(said.get("scope", ""))
    except ValueError as error:
        raise InvalidInput("What should stop?", hint="Choose one of the list.") from error
    switch = actions.throw(
        scope, said.get("key", ""), reason=said.get("reason", ""), actor=actor, now=moment_of(request)
    )  # fmt: skip
    what = "Everything is stopped." if scope is SwitchScope.GLOBAL else "It is stopped."
    return fragments.done(request, what, to=f"{HOME}/{switch}")


@page("gate", "manage", methods=("POST",))
def lift(request: HttpRequest, switch_id: int) -> HttpResponse:
    """Let go again."""
    actions.lift(switch_id, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "It may go on. What was refused is decided anew.", to=f"{HOME}/{switch_id}")


@page("gate", "view")
def stop_report(request: HttpRequest, switch_id: int) -> HttpResponse:
    """What left around a stop, with its proof; the part with the figures renews itself."""
    report = queries.stop_report(switch_id, now=moment_of(request))
    agents = {str(agent.id): agent.name for agent in list_agents()} if report.switch.scope is SwitchScope.AGENT else {}
    context = {
        "report": report,
        "switch": report.switch,
        "named": _named(report.switch, agents),
        "may_lift": may(actor_of(request), "gate.manage"),
        "may_ledger": may(actor_of(request), "ledger.view"),
    }
    return fragments.render_either(
        request, page="compliance/stop_report.html", part="compliance/stop_report_part.html", context=context
    )


@page("gate", "manage", methods=("GET", "POST"))
def limits_page(request: HttpRequest) -> HttpResponse:
    """Set the limits."""

    def write(said: Mapping[str, Any]) -> str:
        actions.set_limits(KillSettings(**said), actor=actor_of(request), now=moment_of(request))
        return "The limits hold from the next decision on."

    now_set = asdict(queries.limits())

    class Filled(LimitsForm):
        """With what is set now."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"initial": now_set, **kwargs})

    return form_page(
        request,
        Filled,
        write,
        title="Limits of the kill criteria",
        button="Set the limits",
        back=HOME,
        crumb="Switches",
        note="What keeps a contact back or sends it to a person, whatever the law allows.",
    )


urlpatterns = [
    path("compliance/switches", switches_page, name="switches"),
    path("compliance/switches/throw", throw, name="switch_throw"),
    path("compliance/switches/limits", limits_page, name="kill_limits"),
    path("compliance/switches/<int:switch_id>", stop_report, name="stop_report"),
    path("compliance/switches/<int:switch_id>/lift", lift, name="switch_lift"),
]
