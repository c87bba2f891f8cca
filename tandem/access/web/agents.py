"""Agent identities: scopes, tokens shown once, unused rights, and the stop that holds everywhere."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone

from tandem.access import actions, queries
from tandem.access.domain.rights import SCOPES
from tandem.access.guard import page
from tandem.core import fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError

UNUSED_DAYS = 30
SCOPE_CHOICES = tuple((scope, scope) for scope in sorted(SCOPES))


class AgentForm(forms.Form):
    """A new agent identity."""

    name = forms.CharField(max_length=80, help_text="Small letters, digits and dashes, for example research-eu.")
    purpose = forms.CharField(max_length=300, help_text="What it does, in one sentence.")
    answerable = forms.ChoiceField(label="Who answers for it")
    scopes = forms.MultipleChoiceField(
        choices=SCOPE_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="No more than it needs; unused ones are reported.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        people = [(str(one.id), one.name) for one in queries.list_people(active_only=True)]
        self.fields["answerable"].choices = people  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """A new token."""

    expires_on = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: until it is revoked.",
    )


@page("agent", "view")
def agent_list(request: HttpRequest) -> HttpResponse:
    """Every agent, active ones first, and the rights that nobody used lately."""
    actor, now = actor_of(request), moment_of(request)
    context = {
        "agents": queries.list_agents(),
        "unused": queries.unused_scopes_report(now=now, days=UNUSED_DAYS),
        "unused_days": UNUSED_DAYS,
        "may_manage": queries.may(actor, "agent.manage"),
        "may_decide": queries.may(actor, "agent.decide"),
    }
    return render(request, "access/agents.html", context)


@page("agent", "view")
def agent_page(request: HttpRequest, agent_id: int) -> HttpResponse:
    """One agent: what it may do, what it used, its tokens."""
    actor, now = actor_of(request), moment_of(request)
    unused = {one.scope for one in queries.unused_scopes_report(now=now, days=UNUSED_DAYS) if one.agent_id == agent_id}
    agent = queries.get_agent(agent_id)
    context = {
        "agent": agent,
        "scopes": [(scope, scope in unused) for scope in agent.scopes],
        "unused_days": UNUSED_DAYS,
        "tokens": queries.list_tokens(agent_id),
        "token_form": TokenForm(),
        "may_manage": queries.may(actor, "agent.manage"),
        "may_decide": queries.may(actor, "agent.decide"),
    }
    return render(request, "access/agent.html", context)


@page("agent", "manage", methods=("GET", "POST"))
def add_agent(request: HttpRequest) -> HttpResponse:
    """A new agent identity."""
    form = AgentForm(request.POST or None, initial={"answerable": str(actor_of(request).id)})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            agent_id = actions.create_agent(
                name=told["name"],
                purpose=told["purpose"],
                scopes=told["scopes"],
                answerable_id=int(told["answerable"]),
                actor=actor_of(request),
                now=moment_of(request),
            )
        except AppError as refusal:
            form.add_error(None, " ".join(filter(None, (refusal.message, refusal.hint))))
        else:
            return fragments.done(request, f"{told['name']} is created.", to=reverse("agent", args=[agent_id]))
    return render(request, "access/agent_new.html", {"form": form}, status=422 if form.errors else 200)


@page("agent", "manage", methods=("POST",))
def add_token(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Show a new token, this once."""
    form = TokenForm(request.POST)
    form.is_valid()
    on = form.cleaned_data.get("expires_on")
    until = timezone.make_aware(datetime.combine(on + timedelta(days=1), time())) if on else None
    token = actions.create_token(agent_id=agent_id, actor=actor_of(request), now=moment_of(request), expires_at=until)
    return render(request, "access/token.html", {"agent": queries.get_agent(agent_id), "token": token})


@page("agent", "decide", methods=("POST",))
def revoke_agent(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Stop an agent everywhere at once."""
    actions.revoke_agent(
        agent_id=agent_id, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request)
    )
    return fragments.done(request, "The agent is stopped everywhere.", to=reverse("agent", args=[agent_id]))


@page("agent", "decide", methods=("POST",))
def revoke_token(request: HttpRequest, agent_id: int, token_id: int) -> HttpResponse:
    """End one token."""
    actions.revoke_token(
        token_id=token_id, reason=request.POST.get("reason", ""), actor=actor_of(request), now=moment_of(request)
    )
    return fragments.done(request, "The token no longer works.", to=reverse("agent", args=[agent_id]))


urlpatterns = [
    path("agents", agent_list, name="agents"),
    path("agents/new", add_agent, name="agent_new"),
    path("agents/<int:agent_id>", agent_page, name="agent"),
    path("agents/<int:agent_id>/tokens", add_token, name="agent_token_new"),
    path("agents/<int:agent_id>/revoke", revoke_agent, name="agent_revoke"),
    path("agents/<int:agent_id>/tokens/<int:token_id>/revoke", revoke_token, name="agent_token_revoke"),
]
