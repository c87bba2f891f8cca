"""The rights desk: requests with their clocks, one request with its steps, stores, proof, explanation and record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.timezone import make_aware

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import queries
from tandem.compliance.actions import carrying_out, packages, rights
from tandem.compliance.contracts.requests import (
    AT_ONCE,
    KIND_LABELS,
    PROOF_WORDS,
    IdentityProof,
    RequestKind,
    RequestRoad,
    RequestState,
)
from tandem.compliance.domain.rights.states import RequestStep, steps_from
from tandem.compliance.queries import rights as reads
from tandem.compliance.queries.explaining import explain
from tandem.compliance.queries.rights import RequestFilters, RequestRow
from tandem.compliance.queries.stores import widen
from tandem.compliance.web import rights_forms as forms
from tandem.compliance.web.forms import words
from tandem.compliance.web.parts import exported
from tandem.core import fragments, lists
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, ListSpec, ListState, TextFilter

HOME = "/compliance/requests"
PAGE = "compliance/requests/request.html"


def _left(row: RequestRow) -> str:
    if row.days_left is None:
        return ""
    return f"{-row.days_left} days late" if row.days_left < 0 else f"{row.days_left} days"


LIST = ListSpec(
    name="requests",
    noun="request",
    columns=(
        Column(key="told", label="Who", template="compliance/cells/opens.html"),
        Column(key="kind", label="Asks for", sort="kind", value=lambda row: row.kind.value),
        Column(
            key="state",
            label="Stands",
            sort="state",
            value=lambda row: row.state.value.replace("_", " "),
            is_optional=True,
        ),
        Column(key="due_on", label="Answer by", sort="due", template="compliance/cells/due.html"),
        Column(key="days_left", label="Left", value=_left, is_optional=True),
        Column(key="places", label="Place", is_optional=True),
        Column(key="road", label="Came by", is_optional=True),
        Column(key="received_at", label="Came in", sort="received", is_optional=True),
    ),
    filters=(
        TextFilter(key="text", label="Address"),
        ChoiceFilter(key="kind", label="Asks for", choices=words(RequestKind)),
        ChoiceFilter(key="state", label="Stands", choices=words(RequestState)),
        FlagFilter(key="overdue", label="Overdue"),
        FlagFilter(key="over", label="Also those that are over"),
    ),
    empty_title="Nobody has asked yet",
    empty_text="Requests come from the public page /privacy/request, from links in messages, or are taken in here.",
    empty_address=f"{HOME}/new",
    empty_action="Take in a request",
)


def _filters(state: ListState) -> RequestFilters:
    return RequestFilters(
        text=state.text("text"),
        kind=state.text("kind"),
        state=state.text("state"),
        over=state.flag("over"),
        overdue=state.flag("overdue"),
    )


@page("request", "view")
def request_list(request: HttpRequest) -> HttpResponse:
    """Open requests, the overdue first."""
    state, actor, now = LIST.read(request.GET), actor_of(request), moment_of(request)
    rows = reads.list_requests(actor, _filters(state), now=now, sort=state.sort, offset=state.offset, limit=state.limit)
    total = reads.count_requests(actor, _filters(state), now=now)
    decides = may(actor, "request.decide")
    context = {
        "title": "Requests of people",
        "note": "Access, correction, deletion, objection: each with the clock of the person's law.",
        "add_address": f"{HOME}/new" if may(actor, "request.edit") else "",
        "add_label": "Take in a request",
        "more": [("/compliance/notices", "Notices"), ("/compliance/retention", "Retention")] if decides else [],
    }
    csv_address = f"{HOME}.csv" if may(actor, "request.export") else ""
    listing = LIST.listing(state, rows, total=total, csv_address=csv_address)
    return lists.respond(request, "compliance/list.html", listing, context)


@page("request", "export")
def request_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The list as a file."""
    state, now = LIST.read(request.GET), moment_of(request)
    rows = reads.list_requests(actor_of(request), _filters(state), now=now, sort=state.sort, limit=None)
    return exported(request, LIST, rows, "requests")


@page("request", "edit", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """A request that came by mail, letter or call."""
    form = forms.RequestForm(request.POST or None)
    context: dict[str, Any] = {
        "title": "Take in a request", "button": "Take it in", "back": HOME, "crumb": "Requests", "form": form,
        "note": "The clock runs from the day it came in. An objection to marketing is carried out at once.",
    }  # fmt: skip
    page_name, part = "compliance/form.html", "compliance/form_part.html"
    if request.method != "POST":
        return fragments.render_either(request, page=page_name, part=part, context=context)
    if form.is_valid():
        try:
            number, is_new = _take_in(form, actor_of(request), moment_of(request))
            told = f"Request {number} is in." if is_new else f"It is open already, as request {number}."
            return fragments.done(request, told, to=f"{HOME}/{number}")
        except (InvalidInput, Conflict) as error:
            form.add_error(None, _told(error))
    return fragments.invalid(request, form, page=page_name, part=part, context=context)


def _take_in(form: forms.RequestForm, actor: Actor, now: datetime) -> tuple[int, bool]:
    on = form.cleaned_data["received_on"]
    received = make_aware(datetime.combine(on, time(12))) if on is not None else now
    received = min(received, now) if on == now.date() else received
    return carrying_out.take_in(
        form.asked_kind(),
        form.person(),
        road=RequestRoad.FORM,
        places=form.places_listed(),
        note=form.cleaned_data["note"],
        changes=form.changes(),
        received_at=received,
        actor=actor,
        now=now,
    )


@page("request", "view")
def request_page(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request: where it stands, what is next, what every store did."""
    return _shown(request, request_id)


def _shown(
    request: HttpRequest, request_id: int, *, wrong: Mapping[str, django_forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    row = reads.get_request(actor, request_id)
    steps = steps_from(RequestState(row.state)) if may(actor, "request.decide") else frozenset()
    clock = reads.deadlines_of(row)
    context = {
        "row": row,
        "shown": reads.as_row(row, now.date()),
        "person": reads.person_of(row),
        "title": KIND_LABELS[RequestKind(row.kind)],
        "proof": PROOF_WORDS[IdentityProof(row.proof)] if row.proof else "",
        "clock": clock,
        "work": reads.work_of(request_id),
        "package": reads.package_of(request_id),
        "crawl": row.outcome.get("crawl"),
        "record": queries.entries_about(f"request:{request_id}"),
        "forms": _forms(row.kind, row.state, steps, dict(wrong or {}), clock, is_extended=row.extended_at is not None),
        "steps": {step.value for step in steps},
        "has_failed": any(one.state == "failed" for one in reads.work_of(request_id)),
        "may_export": may(actor, "request.export"),
        "is_new": row.state == RequestState.RECEIVED,
        "decides": may(actor, "request.decide"),
    }
    return render(request, PAGE, context, status=status)


def _forms(
    kind: str,
    state: str,
    steps: frozenset[RequestStep],
    wrong: dict[str, django_forms.Form],
    clock: list[Any],
    *,
    is_extended: bool,
) -> dict[str, django_forms.Form]:
    """The forms that make sense where it stands; a wrong one as it was filled in."""
    found: dict[str, django_forms.Form] = {}
    if RequestStep.CHECK_IDENTITY in steps:
        found["identity"] = forms.IdentityForm()
    if RequestStep.CONFIRM in steps:
        found["places"] = forms.PlacesForm()
    if RequestStep.EXTEND in steps and not is_extended and any(one.name == "extended" for one in clock):
        found["extend"] = forms.ExtendForm()
    if RequestStep.REFUSE in steps and RequestKind(kind) not in AT_ONCE:
        found["refuse"] = forms.RefuseForm()
    if kind == RequestKind.DELETION and state in {RequestState.WORKING, RequestState.DONE}:
        found["prove"] = forms.PersonForm()
    return {**found, **{name: form for name, form in wrong.items() if name in found}}


Deed = Callable[[HttpRequest, int, Actor, datetime, Any], str]


def _deed(form_class: type[django_forms.Form] | None, name: str, deed: Deed) -> Callable[..., Any]:
    """A button of the request's page; what the action refuses stands above its form."""

    @page("request", "decide", methods=("POST",))
    def view(request: HttpRequest, request_id: int) -> HttpResponse:
        actor, now = actor_of(request), moment_of(request)
        reads.get_request(actor, request_id)
        if form_class is None:
            return fragments.done(request, deed(request, request_id, actor, now, None), to=f"{HOME}/{request_id}")
        form = form_class(request.POST)
        if form.is_valid():
            try:
                return fragments.done(request, deed(request, request_id, actor, now, form), to=f"{HOME}/{request_id}")
            except (InvalidInput, Conflict) as error:
                form.add_error(None, _told(error))
        return _shown(request, request_id, wrong={name: form}, status=422)

    return view


def _told(error: InvalidInput | Conflict) -> str:
    return " ".join(filter(None, (error.message, error.hint)))


def _confirm(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    rights.confirm_receipt(request_id, actor=actor, now=now)
    return "Written down: the person knows that it came in."


def _ask(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    rights.ask_identity(request_id, actor=actor, now=now)
    return "Written down: proof of identity was asked for."


def _identity(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    rights.check_identity(request_id, IdentityProof(form.cleaned_data["proof"]), actor=actor, now=now)
    return "Identity checked. The request can be carried out."


def _places(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    due_on = rights.set_places(request_id, form.cleaned_data["places"].split(","), actor=actor, now=now)
    return f"The clock was read anew: to be answered by {due_on:%d %b %Y}."


def _extend(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    due_on = rights.extend(request_id, form.cleaned_data["reason"], actor=actor, now=now)
    return f"Extended: to be answered by {due_on:%d %b %Y}."


def _refuse(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    rights.refuse(request_id, **form.cleaned_data, actor=actor, now=now)
    return "Refused. Tell the person the reason, the law, and where to complain."


def _begin(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    state = carrying_out.begin(request_id, actor=actor, now=now)
    return "A legal hold keeps it for now." if state is RequestState.HELD else "Begun. Reload the page to see how far."


def _again(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    carrying_out.again(request_id, actor=actor, now=now)
    return "Begun once more. Reload the page to see how far."


def _prove(request: HttpRequest, request_id: int, actor: Actor, now: datetime, form: Any) -> str:
    state = carrying_out.prove_again(request_id, form.person(), actor=actor, now=now)
    return "Proved: nothing is left." if state is RequestState.DONE else "Something is still there; see below."


@page("request", "export", methods=("POST",))
def package(request: HttpRequest, request_id: int) -> StreamingHttpResponse:
    """The package, once."""
    name, body = packages.fetch(request_id, actor=actor_of(request), now=moment_of(request))
    answer = StreamingHttpResponse(body, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@page("request", "decide")
def explanation(request: HttpRequest, request_id: int) -> HttpResponse:
    """Why the person was, or was not, contacted: past decisions, and what one of today would be."""
    row = reads.get_request(actor_of(request), request_id)
    places = [place for place in row.places.split(",") if place]
    told = explain(widen(reads.person_of(row)), now=moment_of(request), places=places)
    return render(request, "compliance/requests/explanation.html", {"row": row, "told": told})


DEEDS: tuple[tuple[str, type[django_forms.Form] | None, Deed], ...] = (
    ("confirm", None, _confirm),
    ("ask", None, _ask),
    ("identity", forms.IdentityForm, _identity),
    ("places", forms.PlacesForm, _places),
    ("extend", forms.ExtendForm, _extend),
    ("refuse", forms.RefuseForm, _refuse),
    ("begin", None, _begin),
    ("again", None, _again),
    ("prove", forms.PersonForm, _prove),
)

urlpatterns = [
    path("compliance/requests", request_list, name="requests"),
    path("compliance/requests.csv", request_csv, name="requests_csv"),
    path("compliance/requests/new", add, name="request_add"),
    path("compliance/requests/<int:request_id>", request_page, name="request"),
    path("compliance/requests/<int:request_id>/explanation", explanation, name="request_explanation"),
    path("compliance/requests/<int:request_id>/package", package, name="request_package"),
    *(
        path(f"compliance/requests/<int:request_id>/{name}", _deed(form, name, deed), name=f"request_{name}")
        for name, form, deed in DEEDS
    ),
]
