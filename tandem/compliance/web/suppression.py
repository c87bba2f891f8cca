"""The suppression registry: who stands in it and why, adding, lifting with proof, files in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import actions, queries
from tandem.compliance.contracts import AddressKind, Channel, Purpose, SuppressionEntry, SuppressionReason
from tandem.compliance.queries import SuppressionFilters
from tandem.compliance.web import forms
from tandem.compliance.web.parts import exported, form_page
from tandem.core import fragments, lists
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput
from tandem.core.lists import ChoiceFilter, Column, FlagFilter, ListSpec, ListState, TextFilter

HOME = "/compliance/suppression"
REJECTS_SHOWN = 200


def _purpose(row: Any) -> str:
    return "everything" if row.purpose == Purpose.ANY else str(row.purpose)


LIST = ListSpec(
    name="suppression",
    noun="suppression",
    default_sort="-at",
    columns=(
        Column(key="told", label="Address", template="compliance/cells/opens.html", sort="address"),
        Column(key="reason", label="Reason", sort="reason"),
        Column(key="channel", label="Channel", sort="channel", is_optional=True),
        Column(key="purpose", label="Purpose", value=_purpose, is_optional=True),
        Column(key="at", label="Since", sort="at"),
        Column(key="source", label="Source", is_optional=True),
        Column(key="recorded_by", label="Written down by", is_optional=True),
    ),
    filters=(
        TextFilter(key="text", label="Address, domain or key"),
        ChoiceFilter(key="reason", label="Reason", choices=forms.words(SuppressionReason)),
        ChoiceFilter(key="channel", label="Channel", choices=forms.CHANNELS),
        ChoiceFilter(key="kind", label="Kind", choices=forms.words(AddressKind)),
        FlagFilter(key="superseded", label="Ended"),
    ),
    empty_title="Nobody is suppressed yet",
    empty_text="Unsubscribe links, replies and bounces come in by themselves; lists of other tools by import.",
    empty_address=f"{HOME}/new",
    empty_action="Suppress somebody",
)
FILE = ListSpec(
    name="suppression",
    noun="suppression",
    columns=tuple(Column(key=key, label=head) for key, head in queries.FILE_COLUMNS),
)


def _filters(state: ListState) -> SuppressionFilters:
    return SuppressionFilters(
        text=state.text("text"),
        reason=state.text("reason"),
        channel=state.text("channel"),
        kind=state.text("kind"),
        superseded=state.flag("superseded"),
    )


@page("suppression", "view")
def suppression_list(request: HttpRequest) -> HttpResponse:
    """Entries that hold, or those that have ended."""
    state, actor = LIST.read(request.GET), actor_of(request)
    rows = queries.list_suppressions(actor, _filters(state), sort=state.sort, offset=state.offset, limit=state.limit)
    total = queries.count_suppressions(actor, _filters(state))
    csv_address = f"{HOME}.csv" if may(actor, "suppression.export") else ""
    context = {
        "title": "Suppression",
        "note": "Whom nobody may contact, over all channels and senders. Looked up again before anything leaves.",
        "add_address": f"{HOME}/new" if may(actor, "suppression.edit") else "",
        "add_label": "Suppress somebody",
        "more": [(f"{HOME}/import", "Import a file")] if may(actor, "suppression.manage") else [],
    }
    listing = LIST.listing(state, rows, total=total, csv_address=csv_address)
    return lists.respond(request, "compliance/list.html", listing, context)


@page("suppression", "export")
def suppression_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a file that can be imported elsewhere."""
    state = LIST.read(request.GET)
    rows = queries.list_suppressions(actor_of(request), _filters(state), sort=state.sort, limit=None)
    return exported(request, FILE, rows, "suppression")


@page("suppression", "edit", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """Somebody not to be contacted any more."""

    def write(said: Mapping[str, Any]) -> str:
        entry = SuppressionEntry(
            address=said["address"],
            country=said["country"],
            reason=SuppressionReason(said["reason"]),
            channel=Channel(said["channel"]),
            purpose=Purpose(said["purpose"]),
            evidence=said["evidence"],
        )
        report = actions.suppress(entry, source=said["source"], actor=actor_of(request), now=moment_of(request))
        return "Suppressed. It holds from now on." if report.added else "It stands in the registry already."

    note = "It holds from the moment you press the button. Taking it back needs a later permission with proof."
    return form_page(
        request, forms.SuppressForm, write, title="Suppress somebody", button="Suppress", back=HOME,
        crumb="Suppression", note=note,
    )  # fmt: skip


@page("suppression", "manage", methods=("GET", "POST"))
def import_file(request: HttpRequest) -> HttpResponse:
    """A list of another tool; bad rows are told with their reason."""
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                report = actions.import_suppressions(
                    file.read(actions.MOST_BYTES + 1), name=file.name, country=form.cleaned_data["country"],
                    actor=actor_of(request), now=moment_of(request),
                )  # fmt: skip
                context |= {"report": report, "rejects": report.rejects[:REJECTS_SHOWN]}
                status = 200
            except InvalidInput as error:
                form.add_error("file", " ".join(filter(None, (error.message, error.hint))))
    return render(request, "compliance/suppression_import.html", context, status=status)


@page("suppression", "view")
def suppression_page(request: HttpRequest, suppression_id: int) -> HttpResponse:
    """One entry with its record in the ledger."""
    return _entry_page(request, suppression_id, forms.LiftForm())


@page("suppression", "manage", methods=("POST",))
def lift(request: HttpRequest, suppression_id: int) -> HttpResponse:
    """The person gave a later permission."""
    form = forms.LiftForm(request.POST)
    if form.is_valid():
        try:
            actions.lift_suppression(
                suppression_id, **form.cleaned_data, actor=actor_of(request), now=moment_of(request)
            )
            return fragments.done(request, "Lifted. The entry stays to be read.", to=f"{HOME}/{suppression_id}")
        except InvalidInput as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _entry_page(request, suppression_id, form, status=422)


def _entry_page(request: HttpRequest, suppression_id: int, form: forms.LiftForm, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    entry = queries.get_suppression(actor, suppression_id)
    is_open = entry.superseded_at is None and entry.reason != SuppressionReason.LEGAL
    context = {
        "entry": entry,
        "purpose": _purpose(entry),
        "form": form if is_open and may(actor, "suppression.manage") else None,
        "record": queries.entries_about(f"suppression:{suppression_id}"),
    }
    return render(request, "compliance/suppression_entry.html", context, status=status)


urlpatterns = [
    path("compliance/suppression", suppression_list, name="suppression"),
    path("compliance/suppression.csv", suppression_csv, name="suppression_csv"),
    path("compliance/suppression/new", add, name="suppression_add"),
    path("compliance/suppression/import", import_file, name="suppression_import"),
    path("compliance/suppression/<int:suppression_id>", suppression_page, name="suppression_entry"),
    path("compliance/suppression/<int:suppression_id>/lift", lift, name="suppression_lift"),
]
