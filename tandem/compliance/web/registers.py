"""Pages of the registers: assessments, processing (GDPR Article 30), AI systems, vendors and their proofs.

The four are the same pages with other words: a list with CSV, a form that adds a line, the line with a way to end it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import actions, queries
from tandem.compliance.contracts import AssessmentDecision, LegalBasis, RiskClass, VendorProof
from tandem.compliance.web import forms
from tandem.compliance.web.parts import exported, form_page
from tandem.core import fragments, lists
from tandem.core.actors import Actor
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.lists import Column, FlagFilter, ListSpec, TextFilter

Write = Callable[[Mapping[str, Any], Actor, Any], object]
NAME = Column(key="name", label="Name", template="compliance/cells/entry.html", sort="name")
REVIEW = Column(key="review_on", label="Review on", sort="review_on")
FILTERS = (TextFilter(key="text", label="Name"), FlagFilter(key="ended", label="Ended"))
VENDOR_WORD = "vendor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register as pages show it.

    word : as `queries.list_register` and the ledger know it
    slug : its place under /compliance
    told : (field, label) of what its page shows
    """

    word: str
    slug: str
    title: str
    note: str
    add_label: str
    spec: ListSpec
    form: type[django_forms.Form]
    write: Write
    told: tuple[tuple[str, str], ...]

    @property
    def home(self) -> str:
        """The address of its list."""
        return f"/compliance/{self.slug}"


def _spec(slug: str, noun: str, *columns: Column, empty: str, add_label: str) -> ListSpec:
    return ListSpec(
        name=slug,
        noun=noun,
        default_sort="review_on",
        columns=(NAME, *columns, REVIEW),
        filters=FILTERS,
        empty_title="The register is empty",
        empty_text=empty,
        empty_address=f"/compliance/{slug}/new",
        empty_action=add_label,
    )


def _spoken(key: str) -> Callable[[Any], str]:
    return lambda row: str(getattr(row, key)).replace("_", " ")


def _add_assessment(said: Mapping[str, Any], actor: Actor, now: Any) -> object:
    return actions.add_assessment(**{**said, "decision": AssessmentDecision(said["decision"])}, actor=actor, now=now)


def _add_processing(said: Mapping[str, Any], actor: Actor, now: Any) -> object:
    fields = {**said, "basis": LegalBasis(said["basis"])}
    return actions.add_processing(data=fields.pop("kinds_of_data"), **fields, actor=actor, now=now)


def _add_ai_system(said: Mapping[str, Any], actor: Actor, now: Any) -> object:
    return actions.add_ai_system(**{**said, "risk": RiskClass(said["risk"])}, actor=actor, now=now)


def _add_vendor(said: Mapping[str, Any], actor: Actor, now: Any) -> object:
    return actions.add_vendor(**said, actor=actor, now=now)


REGISTERS = (
    Register(
        word="assessment",
        slug="assessments",
        title="Legitimate-interest assessments",
        note="Purpose, necessity and balancing, written down before first use, and looked at again in time.",
        add_label="Enter an assessment",
        form=forms.AssessmentForm,
        write=_add_assessment,
        told=(("purpose", "Purpose"), ("necessity", "Necessity"), ("balancing", "Balancing"), ("decision", "Decision"),
              ("approver", "Decided by"), ("decided_on", "Decided on")),
        spec=_spec("assessments", "assessment", Column(key="decision", label="Decision"),
                   Column(key="approver", label="Decided by", is_optional=True), Column(key="decided_on", label="On"),
                   empty="Without an approved one, a legitimate interest is no basis for a message.",
                   add_label="Enter an assessment"),
    ),
    Register(
        word="processing",
        slug="processing",
        title="Register of processing",
        note="What is done with personal data, why, and for how long: GDPR Article 30.",
        add_label="Enter a line",
        form=forms.ProcessingForm,
        write=_add_processing,
        told=(("purpose", "Purpose"), ("basis", "Legal basis"), ("people", "People"), ("data", "Data"),
              ("recipients", "Recipients"), ("transfers", "Transfers"), ("retention", "Erased when"),
              ("measures", "Kept safe how")),
        spec=_spec("processing", "line", Column(key="basis", label="Basis", value=_spoken("basis")),
                   Column(key="data", label="Data", is_optional=True),
                   Column(key="retention", label="Erased when", is_optional=True),
                   empty="A supervisory authority asks for it first.", add_label="Enter a line"),
    ),
    Register(
        word="ai_system",
        slug="ai-systems",
        title="AI systems",
        note="Each AI at work in a workflow, its class under the EU AI Act, and who can stop it.",
        add_label="Enter an AI system",
        form=forms.AiSystemForm,
        write=_add_ai_system,
        told=(("workflow", "Workflow"), ("provider", "Provider"), ("risk", "Class"), ("why", "Why this class"),
              ("oversight", "Human oversight"), ("disclosure", "Disclosure"), ("is_in_use", "In use")),
        spec=_spec("ai-systems", "AI system", Column(key="workflow", label="Workflow"),
                   Column(key="risk", label="Class"), Column(key="is_in_use", label="In use"),
                   Column(key="provider", label="Provider", is_optional=True),
                   empty="Enter each model and where it works.", add_label="Enter an AI system"),
    ),
    Register(
        word=VENDOR_WORD,
        slug="vendors",
        title="Vendors",
        note="Who outside sees data, and their proofs: SOC 2 or ISO 27001, DPA, sub-processors, training opt-out.",
        add_label="Enter a vendor",
        form=forms.VendorForm,
        write=_add_vendor,
        told=(("service", "Service"), ("regions", "Where the data lies"), ("sees_personal_data", "Sees personal data")),
        spec=_spec("vendors", "vendor", Column(key="service", label="Service"),
                   Column(key="regions", label="Data lies in", is_optional=True),
                   Column(key="sees_personal_data", label="Personal data"),
                   empty="Enter everybody who sees your data.", add_label="Enter a vendor"),
    ),
)  # fmt: skip


def _list_view(register: Register) -> Callable[..., Any]:
    @page("register", "view")
    def view(request: HttpRequest) -> HttpResponse:
        state, actor = register.spec.read(request.GET), actor_of(request)
        asked: dict[str, Any] = {"text": state.text("text"), "ended": state.flag("ended")}
        rows = queries.list_register(register.word, **asked, sort=state.sort, offset=state.offset, limit=state.limit)
        context = {
            "title": register.title,
            "note": register.note,
            "add_address": f"{register.home}/new" if may(actor, "register.manage") else "",
            "add_label": register.add_label,
        }
        csv_address = f"{register.home}.csv" if may(actor, "register.export") else ""
        total = queries.count_register(register.word, **asked)
        listing = register.spec.listing(state, rows, total=total, csv_address=csv_address)
        return lists.respond(request, "compliance/list.html", listing, context)

    return view


def _csv_view(register: Register) -> Callable[..., Any]:
    @page("register", "export")
    def view(request: HttpRequest) -> StreamingHttpResponse:
        state = register.spec.read(request.GET)
        rows = queries.list_register(
            register.word, text=state.text("text"), ended=state.flag("ended"), sort=state.sort, limit=None
        )
        return exported(request, _whole(register), rows, register.word)

    return view


def _whole(register: Register) -> ListSpec:
    """A file carries every field, the table only some."""
    columns = [Column(key=key, label=label) for key, label in register.told]
    days = [Column(key="review_on", label="Review on"), Column(key="ended_on", label="Ended on")]
    return ListSpec(name=register.slug, noun=register.spec.noun, columns=(NAME, *columns, *days))


def _add_view(register: Register) -> Callable[..., Any]:
    @page("register", "manage", methods=("GET", "POST"))
    def view(request: HttpRequest) -> HttpResponse:
        def write(said: Mapping[str, Any]) -> str:
            register.write(said, actor_of(request), moment_of(request))
            return f"{said['name']} is in the register."

        return form_page(
            request, register.form, write, title=register.add_label, button=register.add_label, back=register.home,
            crumb=register.title,
        )  # fmt: skip

    return view


def _entry_view(register: Register) -> Callable[..., Any]:
    @page("register", "view")
    def view(request: HttpRequest, entry_id: int) -> HttpResponse:
        return _entry_page(request, register, entry_id)

    return view


def _end_view(register: Register) -> Callable[..., Any]:
    @page("register", "manage", methods=("POST",))
    def view(request: HttpRequest, entry_id: int) -> HttpResponse:
        form = forms.ReasonForm(request.POST)
        if not form.is_valid():
            return _entry_page(request, register, entry_id, end_form=form, status=422)
        actions.end_entry(
            register.word, entry_id, reason=form.cleaned_data["reason"], actor=actor_of(request), now=moment_of(request)
        )
        return fragments.done(request, "Ended. The line stays to be read.", to=f"{register.home}/{entry_id}")

    return view


@page("register", "manage", methods=("POST",))
def add_document(request: HttpRequest, entry_id: int) -> HttpResponse:
    """A vendor's proof."""
    form = forms.VendorDocumentForm(request.POST)
    if form.is_valid():
        said = {**form.cleaned_data, "proof": VendorProof(form.cleaned_data["proof"])}
        try:
            actions.add_vendor_document(entry_id, **said, actor=actor_of(request), now=moment_of(request))
            return fragments.done(request, "Proof kept.", to=f"/compliance/vendors/{entry_id}")
        except (InvalidInput, Conflict) as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _entry_page(request, REGISTERS[-1], entry_id, document_form=form, status=422)


def _entry_page(
    request: HttpRequest,
    register: Register,
    entry_id: int,
    *,
    end_form: forms.ReasonForm | None = None,
    document_form: forms.VendorDocumentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    entry = queries.get_entry_of(register.word, entry_id)
    may_manage = may(actor_of(request), "register.manage") and entry.ended_on is None
    is_vendor = register.word == VENDOR_WORD
    context = {
        "register": register,
        "entry": entry,
        "told": [(label, getattr(entry, key)) for key, label in register.told],
        "is_vendor": is_vendor,
        "documents": queries.documents_of(entry_id) if is_vendor else (),
        "checklist": queries.vendor_checklist(entry_id, today=moment_of(request).date()) if is_vendor else (),
        "end_form": (end_form or forms.ReasonForm()) if may_manage else None,
        "document_form": (document_form or forms.VendorDocumentForm()) if may_manage and is_vendor else None,
        "record": queries.entries_about(f"{register.word}:{entry_id}"),
    }
    return render(request, "compliance/register_entry.html", context, status=status)


def _routes(register: Register) -> list[URLPattern]:
    place = f"compliance/{register.slug}"
    return [
        path(place, _list_view(register), name=register.word),
        path(f"{place}.csv", _csv_view(register), name=f"{register.word}_csv"),
        path(f"{place}/new", _add_view(register), name=f"{register.word}_add"),
        path(f"{place}/<int:entry_id>", _entry_view(register), name=f"{register.word}_entry"),
        path(f"{place}/<int:entry_id>/end", _end_view(register), name=f"{register.word}_end"),
    ]


urlpatterns = [
    *(route for register in REGISTERS for route in _routes(register)),
    path("compliance/vendors/<int:entry_id>/documents", add_document, name="vendor_document_add"),
]
