"""Data health: the seven layers, sources and their freshness, loads with what was refused, and what the data carry."""

from __future__ import annotations

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.actions import inbox, reports
from tandem.accounts.actions.sources import expect_source
from tandem.accounts.domain.sufficiency import Verdict
from tandem.accounts.queries import health, sources
from tandem.accounts.queries.sufficiency import sufficiency
from tandem.core import exits, fragments
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, NotFound

LOADS_A_PAGE = 40
MOST_MAPPING_BYTES = 200_000


class UploadForm(forms.Form):
    """A file to import."""

    file = forms.FileField(label="File", help_text="CSV, XLSX, Parquet, JSON lines, mbox or transcript; up to 2 GiB.")
    source = forms.CharField(
        required=False,
        max_length=60,
        label="Source",
        help_text="Empty: told by the file. A word of your own makes a source of that name.",
    )
    mapping = forms.FileField(
        required=False, label="Mapping file", help_text="Only for files that are not recognised (TOML)."
    )


@page("source", "view")
def data_health(request: HttpRequest) -> HttpResponse:
    """Everything at a glance."""
    now = moment_of(request)
    rows = sources.list_sources(now=now)
    report = sufficiency()
    context = {
        "layers": health.list_layers(),
        "sources": rows,
        "landed": sum(row.landed for row in rows),
        "refused": sum(row.refused for row in rows),
        "loads": sources.list_loads(limit=12),
        "report": report,
        "verdicts": {verdict.value: sum(one.verdict is verdict for one in report.workflows) for verdict in Verdict},
        "may_manage": may(actor_of(request), "source.manage"),
        "upload_form": UploadForm(),
    }
    return render(request, "accounts/data.html", context)


class SourceForm(forms.Form):
    """How often a source is expected."""

    every_hours = forms.IntegerField(
        required=False, min_value=1, label="Expected every, hours", help_text="Empty: nobody waits for it."
    )


@page("source", "manage", methods=("GET", "POST"))
def edit_source(request: HttpRequest, key: str) -> HttpResponse:
    """Say how often a source is expected to be heard."""
    now = moment_of(request)
    source = sources.get_source_row(key, now=now)
    form = SourceForm(request.POST or None, initial={"every_hours": source.expected_every_hours})
    if request.method == "POST" and form.is_valid():
        expect_source(key, form.cleaned_data["every_hours"], actor=actor_of(request), now=now)
        return fragments.done(request, "Kept.", to=reverse("source", args=[key]))
    context = {"source": source, "form": form}
    return render(request, "accounts/source_edit.html", context, status=422 if form.errors else 200)


@page("source", "view")
def source_page(request: HttpRequest, key: str) -> HttpResponse:
    """One source and its loads."""
    before = request.GET.get("before", "")
    loads = sources.list_loads(
        source_key=key,
        before_id=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=LOADS_A_PAGE + 1,
    )
    context = {
        "source": sources.get_source_row(key, now=moment_of(request)),
        "may_manage": may(actor_of(request), "source.manage"),
        "loads": loads[:LOADS_A_PAGE],
        "older": loads[LOADS_A_PAGE - 1].id if len(loads) > LOADS_A_PAGE else None,
    }
    return render(request, "accounts/source.html", context)


@page("source", "view")
def load_page(request: HttpRequest, load_id: int) -> HttpResponse:
    """One load: its counts, what a reader should know, and what was refused."""
    context = {"load": sources.get_load(load_id), "may_export": may(actor_of(request), "source.export")}
    return render(request, "accounts/load.html", context)


@page("source", "export")
def rejects_csv(request: HttpRequest, load_id: int) -> FileResponse:
    """The rejects file of a load, to be mended and imported again."""
    file = sources.find_rejects_file(load_id)
    exits.leave(actor_of(request), what=f"load:{load_id}", part="rejects")
    return FileResponse(file.open("rb"), as_attachment=True, filename=f"rejects-{load_id}.csv", content_type="text/csv")


@page("source", "view")
def workflow_page(request: HttpRequest, key: str) -> HttpResponse:
    """What one AI workflow needs, what was found, and what it does below it."""
    found = sufficiency()
    workflow = found.of(key)
    if workflow is None:
        raise NotFound(f"There is no workflow {key!r}.", hint="Open data health; every workflow is listed there.")
    return render(request, "accounts/workflow.html", {"one": workflow, "measured_at": found.measured_at})


@page("source", "manage", methods=("POST",))
def measure(request: HttpRequest) -> HttpResponse:
    """Measure now what the data carry."""
    reports.refresh_sufficiency(actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Measured.", to=reverse("data") + "#h-carry")


@page("source", "manage", methods=("POST",))
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file; the worker imports it."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            job_id = _keep(request, form)
        except AppError as refusal:
            form.add_error("file", " ".join(filter(None, (refusal.message, refusal.hint))))
        else:
            return fragments.done(request, "The file is taken; the worker imports it now.", to=f"/jobs/{job_id}")
    return render(request, "accounts/upload.html", {"form": form}, status=422)


def _keep(request: HttpRequest, form: UploadForm) -> int:
    file, mapping = form.cleaned_data["file"], form.cleaned_data["mapping"]
    return inbox.keep_upload(
        file.name,
        file.chunks(),
        actor=actor_of(request),
        source_key=form.cleaned_data["source"],
        mapping=mapping.read(MOST_MAPPING_BYTES) if mapping else None,
    )


urlpatterns = [
    path("data", data_health, name="data"),
    path("data/sources/<slug:key>", source_page, name="source"),
    path("data/sources/<slug:key>/edit", edit_source, name="source_edit"),
    path("data/loads/<int:load_id>", load_page, name="load"),
    path("data/loads/<int:load_id>/rejects.csv", rejects_csv, name="load_rejects"),
    path("data/workflows/<slug:key>", workflow_page, name="workflow"),
    path("data/measure", measure, name="data_measure"),
    path("data/upload", upload, name="data_upload"),
]
