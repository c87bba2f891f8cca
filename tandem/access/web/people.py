"""People, their teams and roles, and the table of rights."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from tandem.access import actions, queries
from tandem.access.contracts import ROLE_LABELS, PersonSummary, Reach, Role
from tandem.access.domain import rights
from tandem.access.guard import page
from tandem.core import fragments, lists
from tandem.core.api import actor_of
from tandem.core.errors import AppError
from tandem.core.lists import ChoiceFilter, Column, ListSpec, TextFilter

ROLES = tuple((role.value, label) for role, label in ROLE_LABELS.items())


def _role_words(person: PersonSummary) -> str:
    return ROLE_LABELS[Role(person.role)]


def _state(person: PersonSummary) -> str:
    return "active" if person.is_active else "shut out"


PEOPLE = ListSpec(
    name="people",
    noun="person,people",
    default_sort="name",
    columns=(
        Column(key="name", label="Person", template="access/cells/person.html", sort="name"),
        Column(key="role", label="Role", value=_role_words, sort="role"),
        Column(key="team", label="Team", sort="team", is_optional=True),
        Column(key="email", label="Mail", sort="email", is_optional=True),
        Column(key="state", label="Sign-in", value=_state, template="access/cells/state.html"),
    ),
    filters=(
        TextFilter(key="text", label="Name or mail"),
        ChoiceFilter(key="role", label="Role", choices=ROLES),
        ChoiceFilter(key="state", label="Sign-in", choices=(("active", "active"), ("shut-out", "shut out"))),
    ),
    empty_title="Nobody is known yet",
    empty_text="People come in with an import of the CRM or HR files, or are added by hand.",
)


class ReasonForm(forms.Form):
    """A change that needs a reason, which the ledger keeps."""

    reason = forms.CharField(max_length=300, label="Reason", help_text="Kept in the ledger.")


class RoleForm(ReasonForm):
    """Another role."""

    role = forms.ChoiceField(choices=ROLES)
    field_order = ("role", "reason")


class TeamForm(ReasonForm):
    """Another team, or none."""

    team = forms.ChoiceField(required=False)
    field_order = ("team", "reason")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["team"]
        field.choices = [("", "no team"), *((str(pk), name) for pk, name, _ in queries.list_teams())]  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(max_length=200)
    email = forms.EmailField(label="Work mail")
    role = forms.ChoiceField(choices=ROLES)


@page("person", "view")
def person_list(request: HttpRequest) -> HttpResponse:
    """Everybody of this company."""
    state = PEOPLE.read(request.GET)
    people = list(queries.list_people(role=state.text("role") or None, text=state.text("text")))
    if state.text("state"):
        people = [one for one in people if one.is_active is (state.text("state") == "active")]
    word, down = state.sort.lstrip("-"), state.sort.startswith("-")
    people.sort(key=lambda one: (str(getattr(one, word)).casefold(), one.name), reverse=down)
    listing = PEOPLE.listing(state, people[state.offset : state.offset + state.limit], total=len(people))
    context = {"may_manage": queries.may(actor_of(request), "person.manage")}
    return lists.respond(request, "access/people.html", listing, context)


@page("person", "view")
def person_page(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: role, team, manager and reports; RevOps also changes them here."""
    person = queries.get_person(person_id)
    may_manage = queries.may(actor_of(request), "person.manage")
    context = {
        "person": person,
        "role_label": ROLE_LABELS[Role(person.role)],
        "manager": queries.find_manager(person_id),
        "reports": queries.list_reports(person_id),
        "may_manage": may_manage,
        "has_second_step": queries.has_second_step(person_id) if may_manage else False,
        "role_form": RoleForm(initial={"role": person.role}, prefix="role"),
        "team_form": TeamForm(initial={"team": _team_id(person.team)}, prefix="team"),
        "active_form": ReasonForm(prefix="active"),
        "step_form": ReasonForm(prefix="step"),
    }
    return render(request, "access/person.html", context)


def _team_id(name: str) -> str:
    """The team of this name as the form's choice; empty for none."""
    return next((str(pk) for pk, known, _ in queries.list_teams() if known == name), "")


@page("person", "manage", methods=("GET", "POST"))
def add_person(request: HttpRequest) -> HttpResponse:
    """Somebody new, by hand."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person_id = actions.add_person(**form.cleaned_data, team_id=None, actor=actor_of(request))
        except AppError as refusal:
            form.add_error(None, " ".join(filter(None, (refusal.message, refusal.hint))))
        else:
            return fragments.done(
                request, f"{form.cleaned_data['name']} is added.", to=reverse("person", args=[person_id])
            )
    return render(request, "access/person_new.html", {"form": form}, status=422 if form.errors else 200)


def _reason(request: HttpRequest, prefix: str) -> str:
    return request.POST.get(f"{prefix}-reason", "")


@page("person", "manage", methods=("POST",))
def set_role(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give the person another role."""
    role = request.POST.get("role-role", "")
    actions.set_role(person_id=person_id, role=role, reason=_reason(request, "role"), actor=actor_of(request))
    return fragments.done(request, "The role is changed.", to=reverse("person", args=[person_id]))


@page("person", "manage", methods=("POST",))
def set_team(request: HttpRequest, person_id: int) -> HttpResponse:
    """Put the person into another team."""
    team = request.POST.get("team-team", "")
    actions.move_to_team(
        person_id=person_id,
        team_id=int(team) if team.isdecimal() else None,
        reason=_reason(request, "team"),
        actor=actor_of(request),
    )
    return fragments.done(request, "The team is changed.", to=reverse("person", args=[person_id]))


@page("person", "manage", methods=("POST",))
def set_active(request: HttpRequest, person_id: int) -> HttpResponse:
    """Let the person in, or shut them out at once."""
    is_active = request.POST.get("is_active") == "1"
    actions.set_active(
        person_id=person_id, is_active=is_active, reason=_reason(request, "active"), actor=actor_of(request)
    )
    told = "They can sign in again." if is_active else "They are shut out, also from pages that are open."
    return fragments.done(request, told, to=reverse("person", args=[person_id]))


@page("person", "manage", methods=("POST",))
def make_password_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show an address under which the person chooses a password; it works once."""
    link = request.build_absolute_uri(actions.make_password_link(person_id=person_id, actor=actor_of(request)))
    return render(request, "access/password_link.html", {"person": queries.get_person(person_id), "link": link})


@page("person", "manage", methods=("POST",))
def remove_second_step(request: HttpRequest, person_id: int) -> HttpResponse:
    """Take away a lost authenticator."""
    actions.remove_second_step(person_id=person_id, reason=_reason(request, "step"), actor=actor_of(request))
    return fragments.done(request, "The second step is removed.", to=reverse("person", args=[person_id]))


REACH_WORDS = {Reach.NONE: "", Reach.OWN: "own", Reach.TEAM: "team", Reach.ALL: "all"}


@page("person", "view")
def table_of_rights(request: HttpRequest) -> HttpResponse:
    """Which role may do what with which objects: the table that every door reads."""
    lines = []
    for kind, meaning in rights.KINDS.items():
        for verb, does in rights.VERBS.items():
            reaches = [REACH_WORDS[rights.reach_of(role, kind, verb)] for role in ROLE_LABELS]
            if any(reaches):
                lines.append((kind, meaning, does, reaches))
    return render(request, "access/rights.html", {"roles": ROLE_LABELS.values(), "lines": lines})


urlpatterns = [
    path("people", person_list, name="people"),
    path("people/new", add_person, name="person_new"),
    path("people/rights", table_of_rights, name="rights"),
    path("people/<int:person_id>", person_page, name="person"),
    path("people/<int:person_id>/role", set_role, name="person_role"),
    path("people/<int:person_id>/team", set_team, name="person_team"),
    path("people/<int:person_id>/active", set_active, name="person_active"),
    path("people/<int:person_id>/password-link", make_password_link, name="person_password_link"),
    path("people/<int:person_id>/second-step", remove_second_step, name="person_second_step"),
]
