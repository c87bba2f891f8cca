"""Pages of residency: the picture of flows, policies, destinations, mechanisms, partners, and the roll-up of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from ninja import Router

from tandem.access.guard import api, page
from tandem.access.queries import may
from tandem.compliance import queries as registers
from tandem.compliance.actions import residency as actions
from tandem.compliance.contracts.residency import (
    MECHANISM_NAMES,
    REGION_NAMES,
    Destination,
    DestinationKind,
    Mechanism,
    MechanismKind,
    Region,
    RollupCell,
)
from tandem.compliance.queries import installation_key, region_picture
from tandem.compliance.queries import residency as queries
from tandem.compliance.queries import rollup as rollups
from tandem.compliance.web.forms import ReasonForm
from tandem.compliance.web.parts import form_page
from tandem.compliance.web.region_drawing import draw, grouped
from tandem.core import clock, fragments
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

HOME = "/compliance/regions"
REGIONS = tuple((region.value, name) for region, name in REGION_NAMES.items())
KINDS = tuple((kind.value, kind.value.replace("_", " ")) for kind in DestinationKind)
MECHANISMS = tuple(
    (kind.value, name) for kind, name in MECHANISM_NAMES.items() if kind is not MechanismKind.NONE
)  # fmt: skip
LINES = ("destination", "mechanism", "partner")
ROLLUP_DEPTH = 2
SOON_DAYS = 60

router = Router()


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    box = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=box, help_text=help_text)


class PolicyForm(forms.Form):
    """Whether data of a region's people may be kept here."""

    region = forms.ChoiceField(choices=REGIONS)
    stores_here = forms.ChoiceField(label="Kept here", choices=(("yes", "yes"), ("no", "no, put rows aside")))
    reason = forms.CharField(max_length=300, help_text="Kept in the ledger.")


class DestinationForm(forms.Form):
    """A place to which data can go."""

    key = forms.CharField(max_length=60, help_text="Short name for the shell, such as model-fast.")
    name = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=KINDS)
    places = forms.CharField(
        label="Countries", required=False, max_length=120, help_text="US or DE, IE or EEA; empty: not known."
    )
    address = forms.CharField(required=False, max_length=300, help_text="Base address or host.")
    kinds_of_data = forms.CharField(label="Data", required=False, max_length=300, help_text="What goes there.")
    has_personal_data = forms.BooleanField(label="Personal data goes there", required=False, initial=True)
    training = forms.ChoiceField(
        label="Training",
        choices=(("", "not on record"), ("out", "opted out"), ("in", "it may train")),
        required=False,
        help_text="For model endpoints: only one that may not train sees personal data.",
    )
    vendor_id = forms.TypedChoiceField(label="Vendor", required=False, coerce=int, empty_value=None)
    certified_for = forms.MultipleChoiceField(
        label="Certified for",
        required=False,
        choices=tuple((one.value, REGION_NAMES[one]) for one in actions.CERTIFYING),
        widget=forms.CheckboxSelectMultiple,
        help_text="Data Privacy Framework, for recipients in the United States.",
    )
    certified_until = _day("Certified until", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vendors = [(one.id, one.name) for one in registers.list_register("vendor", sort="name", limit=None)]
        self.fields["vendor_id"].choices = [("", "none"), *vendors]  # type: ignore[attr-defined]


class MechanismForm(forms.Form):
    """What carries data of a region to a destination."""

    kind = forms.ChoiceField(choices=MECHANISMS)
    module = forms.TypedChoiceField(
        choices=(("", "none"), (1, "1: controller to controller"), (2, "2: controller to processor"),
                 (3, "3: processor to processor"), (4, "4: processor to controller")),
        coerce=int, empty_value=None, required=False, help_text="For standard contractual clauses.",
    )  # fmt: skip
    origin = forms.ChoiceField(label="Data of people in", choices=REGIONS)
    destination_key = forms.ChoiceField(label="Destination")
    reference = forms.CharField(label="Where the document lies", max_length=200)
    starts_on = _day("From")
    expires_on = _day("Last day", required=False, help_text="Empty: no end.")
    assessed_until = _day(
        "Assessment to be reviewed on", required=False, help_text="The transfer impact assessment of clauses and BCR."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = queries.list_destinations(today=clock.now().date())
        self.fields["destination_key"].choices = [(one.key, one.name) for one in found]  # type: ignore[attr-defined]


class PartnerForm(forms.Form):
    """Another installation of the company."""

    name = forms.CharField(max_length=100)
    regions = forms.MultipleChoiceField(label="Keeps the data of", choices=REGIONS, widget=forms.CheckboxSelectMultiple)
    address = forms.CharField(required=False, max_length=300)
    public_key = forms.CharField(max_length=120, help_text="`tandem region key` prints it there; compare its print.")


@page("region", "view")
def regions_page(request: HttpRequest) -> HttpResponse:
    """Where personal data may lie and go, drawn and in tables."""
    return _regions_page(request)


def _regions_page(request: HttpRequest, *, policy_form: PolicyForm | None = None, status: int = 200) -> HttpResponse:
    today = moment_of(request).date()
    picture = region_picture.picture(today=today)
    may_manage = may(actor_of(request), "region.manage")
    names = {one.key: one.name for one in picture.destinations}
    mechanisms = [(one, names.get(one.destination, one.destination), _state(one, today)) for one in
                  queries.list_mechanisms()]  # fmt: skip
    refused = [flow for flow in picture.flows if not flow.decision.allowed]
    context = {
        "picture": picture,
        "wide": draw(picture),
        "narrow": draw(picture, is_narrow=True),
        "refused": refused,
        "own": REGION_NAMES[picture.region] if picture.region else "",
        "regions": [(one, REGION_NAMES[one.region]) for one in picture.regions],
        "flows": grouped(picture),
        "destinations": [(one, _training(one)) for one in picture.destinations],
        "mechanisms": mechanisms,
        "partners": [(one, ", ".join(sorted(REGION_NAMES[region] for region in one.regions))) for one in
                     queries.list_partners()],
        "may_manage": may_manage,
        "policy_form": (policy_form or PolicyForm()) if may_manage else None,
        "print": installation_key.public_fingerprint() if may_manage else "",
    }  # fmt: skip
    return render(request, "compliance/regions.html", context, status=status)


def _state(one: Mechanism, today: date) -> str:
    """Ended, soon to end or fine, as the page marks it."""
    days = [day for day in (one.expires_on, one.assessed_until) if day is not None]
    if any(day < today for day in days):
        return "late"
    return "soon" if any((day - today).days <= SOON_DAYS for day in days) else ""


def _training(one: Destination) -> str:
    if one.kind is not DestinationKind.MODEL_ENDPOINT:
        return ""
    return {True: "opted out", False: "may train", None: "not on record"}[one.opts_out_of_training]


@page("region", "manage", methods=("POST",))
def set_policy(request: HttpRequest) -> HttpResponse:
    """Whether data of a region's people may be kept here from now on."""
    form = PolicyForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        region, stores = Region(said["region"]), said["stores_here"] == "yes"
        try:
            actions.set_policy(
                region, stores_here=stores, reason=said["reason"], actor=actor_of(request), now=moment_of(request)
            )
            return fragments.done(
                request, f"{REGION_NAMES[region]}: {'kept here' if stores else 'put aside'}.", to=HOME
            )
        except InvalidInput as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _regions_page(request, policy_form=form, status=422)


def _write_destination(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    fields = dict(said)
    training = {"out": True, "in": False}.get(fields.pop("training"))
    fields["certified_for"] = [Region(one) for one in fields["certified_for"]]
    fields["kind"] = DestinationKind(fields["kind"])
    actions.add_destination(**fields, opts_out_of_training=training, actor=actor, now=now)
    return f"{said['name']} is a destination now."


def _write_mechanism(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    fields = {**said, "kind": MechanismKind(said["kind"]), "origin": Region(said["origin"])}
    actions.add_mechanism(**fields, actor=actor, now=now)
    return "The mechanism is on record."


def _write_partner(said: Mapping[str, Any], actor: Actor, now: Any) -> str:
    actions.add_partner(**{**said, "regions": [Region(one) for one in said["regions"]]}, actor=actor, now=now)
    return f"{said['name']} is a partner now."


def _add_view(
    form: type[forms.Form], write: Callable[[Mapping[str, Any], Actor, Any], str], title: str, note: str
) -> Callable[..., Any]:
    @page("region", "manage", methods=("GET", "POST"))
    def view(request: HttpRequest) -> HttpResponse:
        return form_page(
            request, form, lambda said: write(said, actor_of(request), moment_of(request)), title=title, button=title,
            back=HOME, crumb="Regions", note=note,
        )  # fmt: skip

    return view


def _end_view(line: str) -> Callable[..., Any]:
    @page("region", "manage", methods=("GET", "POST"))
    def view(request: HttpRequest, line_id: int) -> HttpResponse:
        def write(said: Mapping[str, Any]) -> str:
            actions.end_line(line, line_id, reason=said["reason"], actor=actor_of(request), now=moment_of(request))
            return "Ended. It stays to be read in the ledger."

        title = f"End the {line}"
        return form_page(
            request, ReasonForm, write, title=title, button=title, back=HOME, crumb="Regions",
            note="What it carried is not allowed from then on, unless something else carries it.",
        )  # fmt: skip

    return view


@page("region", "view")
def rollup_page(request: HttpRequest) -> HttpResponse:
    """All installations together, as sums."""
    region = request.GET.get("region", "")
    found = [
        (one, [(cell, " / ".join(cell.path) or "All", len(cell.path)) for cell in one.cells if _is_shown(cell, region)])
        for one in rollups.merged_rollups()
    ]
    context = {
        "found": found, "threshold": rollups.THRESHOLD, "levels": ", ".join(rollups.LEVELS), "region": region,
    }  # fmt: skip
    return render(request, "compliance/rollup.html", context)


def _is_shown(cell: RollupCell, region: str) -> bool:
    """Regions and segments of all; of one region everything."""
    return cell.path[:1] == (region,) if region else len(cell.path) <= ROLLUP_DEPTH


@router.get("/regions", response=dict[str, Any], tags=["regions"], summary="Where personal data may lie and go")
@api("region", "view")
def get_regions(request: HttpRequest) -> dict[str, Any]:
    """Regions with people and policies, destinations, and for each pair whether data may flow and what carries it."""
    return region_picture.picture(today=moment_of(request).date()).as_dict()


@router.get("/regions/check", response=dict[str, Any], tags=["regions"], summary="Whether a destination may see data")
@api("region", "view")
def check_destination(request: HttpRequest, destination: str = "", origin: str = "") -> dict[str, Any]:
    """Whether a destination may see data of people of these regions: codes or countries by comma, such as eea,us."""
    regions = queries.read_regions(origin)
    if not regions:
        raise InvalidInput("No region was named.", hint="Give origin=eea,us.")
    answer = queries.may_see(destination, regions, today=moment_of(request).date())
    return {
        "destination": destination,
        "allowed": answer.allowed,
        "missing": list(answer.missing),
        "decisions": [queries.decision_as_dict(one) for one in answer.decisions],
    }


ADDED: tuple[tuple[str, type[forms.Form], Callable[[Mapping[str, Any], Actor, Any], str], str, str], ...] = (
    ("destination", DestinationForm, _write_destination, "Add a destination",
     "Every place to which data goes: what is not on record may see nothing."),
    ("mechanism", MechanismForm, _write_mechanism, "Put a mechanism on record",
     "Adequacy decisions are known already; enter what was signed. This is not legal advice."),
    ("partner", PartnerForm, _write_partner, "Add a partner installation",
     "Rows of its regions can be sealed for it, and its roll-ups count."),
)  # fmt: skip
urlpatterns = [
    path("compliance/regions", regions_page, name="regions"),
    path("compliance/regions/policy", set_policy, name="region_policy"),
    path("compliance/regions/rollup", rollup_page, name="rollup"),
    *(
        path(f"compliance/regions/{line}s/new", _add_view(form, write, title, note), name=f"{line}_add")
        for line, form, write, title, note in ADDED
    ),
    *(path(f"compliance/regions/{line}s/<int:line_id>/end", _end_view(line), name=f"{line}_end") for line in LINES),
]
