"""An account's brief, its people, and what is known of one of them."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.core import fragments, panels
from tandem.core.api import actor_of, moment_of
from tandem.core.panels import Part, SourceValue, Tone, Why
from tandem.prospecting.actions.research_nightly import order_research
from tandem.prospecting.actions.stakeholders import confirm_role
from tandem.prospecting.contracts import BuyingRole
from tandem.prospecting.queries import research as queries
from tandem.prospecting.queries.stakeholders import StakeholderView, stakeholder_map
from tandem.prospecting.web.people_drawing import draw_people

HISTORY = 5
ROLE_WORDS = {role.value: role.value.replace("_", " ") for role in BuyingRole}


class RoleForm(forms.Form):
    """What somebody's part is; empty takes back what was said."""

    role = forms.ChoiceField(choices=[("", "inferred"), *ROLE_WORDS.items()], required=False)


@page("prospect", "view")
def brief(request: HttpRequest, account_id: int) -> HttpResponse:
    """Nine sections on an account, each statement with its source; why it fits on top."""
    actor = actor_of(request)
    found = queries.account_research(actor, account_id, history=HISTORY)
    context = {"found": found, "may_edit": may(actor, "prospect.edit")}
    return render(request, "prospecting/brief.html", context)


@page("prospect", "edit", methods=("POST",))
def research_anew(request: HttpRequest, account_id: int) -> HttpResponse:
    """Have everything of an account made anew by the worker."""
    job = order_research(account_id, actor=actor_of(request), now=moment_of(request))
    to = fragments.came_from(request, f"/prospecting/accounts/{account_id}/brief")
    return fragments.done(request, f"Being researched anew, job {job}. Reload in a minute.", to=to)


@page("prospect", "view")
def people(request: HttpRequest, account_id: int) -> HttpResponse:
    """Who plays which part at an account, whom to open with, who is missing."""
    actor = actor_of(request)
    found = stakeholder_map(actor, account_id)
    context = {
        "found": found,
        "drawing": draw_people(found.people),
        "roles": list(ROLE_WORDS.items()),
        "may_edit": may(actor, "prospect.edit"),
    }
    return render(request, "prospecting/people.html", context)


@page("prospect", "edit", methods=("POST",))
def say_role(request: HttpRequest, account_id: int, contact_id: int) -> HttpResponse:
    """Confirm or correct somebody's part."""
    form = RoleForm(request.POST)
    role = form.cleaned_data["role"] if form.is_valid() else request.POST.get("role", "")
    confirm_role(account_id, contact_id, role, actor=actor_of(request), now=moment_of(request))
    told = f"Kept: {ROLE_WORDS[role]}." if role else "Taken back; the next night infers it anew."
    return fragments.done(request, told, to=f"/prospecting/accounts/{account_id}/people")


@page("prospect", "view")
def role_why(request: HttpRequest, account_id: int, contact_id: int) -> HttpResponse:
    """What somebody's likely part rests on."""
    found = stakeholder_map(actor_of(request), account_id)
    person = next((one for one in found.people if one.contact_id == contact_id), None)
    if person is None:
        return fragments.done(request, "Not on the map.", to=f"/prospecting/accounts/{account_id}/people")
    return panels.respond(request, _why(person), {"back": f"/prospecting/accounts/{account_id}/people"})


def _why(person: StakeholderView) -> Why:
    tone = Tone.PERSON if person.is_confirmed else Tone.AI
    parts = tuple(
        Part(label=ROLE_WORDS.get(role, role), amount=round(share, 4), tone=tone) for role, share in person.roles
    )
    sources = tuple(
        SourceValue(
            source=clue.because,
            value=f"odds of {ROLE_WORDS.get(clue.role, clue.role)} × {clue.times:.1f}",
            note=", ".join(clue.evidence_ids),
            is_winner=clue.role == person.role.value,
        )
        for clue in person.clues
    )
    by = f"Confirmed by {person.confirmed_by}." if person.is_confirmed and person.confirmed_by else ""
    return Why(
        key=f"role-{person.contact_id}",
        title=f"Why {ROLE_WORDS[person.role.value]} {person.confidence:.2f}?",
        text=f"{person.name}, {person.title or 'no title known'}. {by}".strip(),
        parts=parts,
        parts_label="Role",
        total=sum(part.amount for part in parts),
        total_label="All roles",
        places=2,
        sources=sources,
        sources_label="What it rests on",
        facts=(("Method", "docs/methods/stakeholders.md"),),
    )


@page("prospect", "view")
def facts(request: HttpRequest, contact_id: int) -> HttpResponse:
    """What is publicly and professionally known of one person."""
    actor = actor_of(request)
    found = queries.person_research(actor, contact_id)
    return render(request, "prospecting/facts.html", {"found": found, "may_edit": may(actor, "prospect.edit")})


urlpatterns = [
    path("prospecting/accounts/<int:account_id>/brief", brief, name="account_brief"),
    path("prospecting/accounts/<int:account_id>/research", research_anew, name="account_research"),
    path("prospecting/accounts/<int:account_id>/people", people, name="account_stakeholders"),
    path("prospecting/accounts/<int:account_id>/people/<int:contact_id>", say_role, name="stakeholder_role"),
    path("prospecting/accounts/<int:account_id>/people/<int:contact_id>/why", role_why, name="stakeholder_why"),
    path("prospecting/contacts/<int:contact_id>/facts", facts, name="contact_facts"),
]
