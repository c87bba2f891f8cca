"""Pages that take files in: consents, and answers of do-not-call registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.compliance import actions
from tandem.compliance.contracts import FileReport
from tandem.compliance.web import forms
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput

REJECTS_SHOWN = 200


class ScreeningFileForm(django_forms.Form):
    """A file of a do-not-call register or of a scrubbing vendor."""

    file = django_forms.FileField(
        label="File", help_text="The FTC's download, answers of TPS and CTPS, or a vendor's result with a status."
    )
    register = django_forms.CharField(
        label="Register",
        required=False,
        max_length=20,
        help_text="us_national, ca_dncl, uk_ctps, ...; empty where the file names its own.",
    )
    screened_at = django_forms.DateTimeField(
        label="Looked up at",
        required=False,
        help_text="For rows that do not say; empty: now.",
        widget=django_forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    numbers = django_forms.CharField(
        label="Only these numbers",
        required=False,
        max_length=1_000_000,
        widget=django_forms.Textarea(attrs={"rows": 3}),
        help_text="One a line. Of a whole list only these are kept, listed or not.",
    )
    country = django_forms.CharField(label="Country", required=False, max_length=2, help_text=forms.COUNTRY_HELP)


class ConsentFileForm(django_forms.Form):
    """A file of consents."""

    file = django_forms.FileField(
        label="CSV file", help_text="Columns: address, kind, purpose, channel, wording, proof, source, given_at."
    )
    country = django_forms.CharField(label="Country", required=False, max_length=2, help_text=forms.COUNTRY_HELP)


@page("consent", "manage", methods=("GET", "POST"))
def import_consents(request: HttpRequest) -> HttpResponse:
    """Consents of another tool; a row that proves nothing is told with its reason."""

    def take(content: bytes, name: str, said: Mapping[str, Any]) -> FileReport:
        return actions.import_consents(
            content, name=name, country=said["country"], actor=actor_of(request), now=moment_of(request)
        )

    note = "Good rows count at once; bad ones are listed with their reason. Their end is computed from their kind."
    return _file_page(request, ConsentFileForm, take, title="Import consents", back="/compliance/consent",
                      crumb="Consent", note=note)  # fmt: skip


@page("consent", "manage", methods=("GET", "POST"))
def import_screenings(request: HttpRequest) -> HttpResponse:
    """Answers of a do-not-call register."""

    def take(content: bytes, name: str, said: Mapping[str, Any]) -> FileReport:
        now = moment_of(request)
        numbers = said["numbers"].splitlines() if said["numbers"].strip() else None
        return actions.import_screenings(
            content, name=name, register=said["register"], screened_at=said["screened_at"] or now, numbers=numbers,
            country=said["country"], actor=actor_of(request), now=now,
        )  # fmt: skip

    note = "Each number is kept with the day it was looked up; once that is too old, it counts as not looked up."
    return _file_page(request, ScreeningFileForm, take, title="Import screenings", back="/compliance/dnc",
                      crumb="Do-not-call screenings", note=note)  # fmt: skip


def _file_page(
    request: HttpRequest,
    form_class: type[django_forms.Form],
    take: Callable[[bytes, str, Mapping[str, Any]], FileReport],
    **told: str,
) -> HttpResponse:
    """A form for a file, and below its head what the file brought."""
    form = form_class(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {**told, "form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                report = take(file.read(actions.MOST_BYTES + 1), file.name, form.cleaned_data)
                context |= {"report": report, "rejects": report.rejects[:REJECTS_SHOWN]}
                status = 200
            except InvalidInput as error:
                form.add_error("file", " ".join(filter(None, (error.message, error.hint))))
    return render(request, "compliance/registry_import.html", context, status=status)


urlpatterns = [
    path("compliance/consent/import", import_consents, name="consent_import"),
    path("compliance/dnc/import", import_screenings, name="screening_import"),
]
