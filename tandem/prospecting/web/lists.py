"""Pages of lists and runs: what there is, one list with its accounts and versions, a run with its stages and rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.accounts.contracts import Entity
from tandem.core import fragments, lists
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import AppError, Conflict, InvalidInput, NotFound
from tandem.core.lists import ChoiceFilter, Column, ListSpec, TextFilter
from tandem.prospecting.actions import lists as actions
from tandem.prospecting.actions import ordering, pipeline
from tandem.prospecting.domain import conditions
from tandem.prospecting.domain.agent_files import NAMES
from tandem.prospecting.domain.condition_editing import in_words
from tandem.prospecting.domain.list_files import LARGEST_BYTES
from tandem.prospecting.domain.pipeline import TITLES
from tandem.prospecting.queries import conversion, runs
from tandem.prospecting.queries import lists as queries
from tandem.prospecting.queries.icp import live_version
from tandem.prospecting.queries.providers import takes_rows

HOME = "/prospecting/lists"
NEW, IMPORT = "prospecting/list_new.html", "prospecting/list_import.html"
REFUSED_SHOWN = 200
STATES = tuple((state, state) for state in queries.STATES)
LISTS = ListSpec(
    name="prospect_lists",
    noun="list",
    columns=(
        Column(key="name", label="List", template="prospecting/cells/list_name.html"),
        Column(key="origin", label="From"),
        Column(key="size", label="Accounts", is_figure=True),
        Column(key="ready", label="Ready", is_figure=True),
        Column(key="owner_name", label="Whose", is_optional=True),
        Column(key="created_at", label="Made", is_optional=True),
    ),
    filters=(TextFilter(key="text", label="Name"),),
    empty_title="No list yet",
    empty_text="Search for a situation, then make a list of what it finds.",
    empty_address="/prospecting/search",
    empty_action="Search",
)
ENTRIES = ListSpec(
    name="entries",
    noun="account",
    default_sort="name",
    columns=(
        Column(key="name", label="Account", template="prospecting/cells/entry_name.html", sort="name"),
        Column(key="state", label="State", template="prospecting/cells/entry_state.html", sort="state"),
        Column(key="because", label="Why it is here"),
        Column(key="quality", label="Quality", is_figure=True, sort="quality", is_optional=True),
        Column(key="owner_name", label="Owner", sort="owner", is_optional=True),
        Column(key="added_by", label="Added by", is_optional=True),
        Column(key="added_at", label="Added", sort="added", is_optional=True),
    ),
    filters=(TextFilter(key="text", label="Name"), ChoiceFilter(key="state", label="State", choices=STATES)),
    empty_title="No account is on it",
    empty_text="Add accounts, or ask its search again.",
)
ROWS = ListSpec(
    name="run_rows",
    noun="account",
    default_sort="name",
    columns=(
        Column(key="name", label="Account", template="prospecting/cells/entry_name.html", sort="name"),
        Column(key="stage_title", label="Stage", sort="stage"),
        Column(key="state", label="State", template="prospecting/cells/entry_state.html", sort="state"),
        Column(key="owner_name", label="Owner", is_optional=True),
        Column(key="updated_at", label="Since", sort="changed", is_optional=True),
    ),
    filters=(
        TextFilter(key="text", label="Name"),
        ChoiceFilter(key="state", label="State", choices=tuple((state, state) for state in runs.STATES)),
        ChoiceFilter(key="stage", label="Stage", choices=tuple((one.value, title) for one, title in TITLES.items())),
    ),
    empty_title="No account of it is in your sight",
)


class NewForm(forms.Form):
    """A list made by hand; accounts may follow."""

    name = forms.CharField(label="Name", max_length=120)
    accounts = forms.CharField(
        label="Accounts' numbers", required=False, max_length=20_000, help_text="As in their addresses: 12, 40, 77.",
        widget=forms.Textarea(attrs={"rows": 3, "class": "area input"}),
    )  # fmt: skip


class FileForm(forms.Form):
    """A list out of a file of names and domains."""

    name = forms.CharField(label="Name", max_length=120)
    file = forms.FileField(label="CSV file", help_text="UTF-8, with a column “name” or “domain”.")


@page("prospect", "view")
def list_page(request: HttpRequest) -> HttpResponse:
    """Lists in sight."""
    state, actor = LISTS.read(request.GET), actor_of(request)
    found = list(reversed(queries.list_lists(actor, text=state.text("text"))))
    listing = LISTS.listing(state, found[state.offset : state.offset + state.limit], total=len(found))
    today = moment_of(request).date()
    context = {
        "icp": live_version(today),
        "may_edit": may(actor, "prospect.edit"),
        "ab": conversion.compare(actor, now=moment_of(request)),
    }
    return lists.respond(request, "prospecting/lists.html", listing, context)


@page("prospect", "view")
def one(request: HttpRequest, list_id: int) -> HttpResponse:
    """One list: its accounts with reasons, its versions, its runs."""
    actor = actor_of(request)
    head = queries.get_list(actor, list_id)
    state, asked = ENTRIES.read(request.GET), request.GET.get("version", "")
    version = int(asked) if asked.isdecimal() and 1 <= int(asked[:9]) <= head.version else None
    told = {"version": version, "state": state.text("state"), "text": state.text("text")}
    rows = queries.list_entries(actor, list_id, sort=state.sort, offset=state.offset, limit=state.limit, **told)  # type: ignore[arg-type]
    may_export = may(actor, "prospect.export")
    csv_address = f"{HOME}/{list_id}.csv" if may_export else ""
    total = queries.count_entries(actor, list_id, **told)  # type: ignore[arg-type]
    context = {
        "head": head,
        "words": in_words(conditions.read(head.condition)) if head.condition else "",
        "version": version,
        "versions": range(head.version, 0, -1),
        "runs": runs.last_runs(actor, list_id),
        "icp": live_version(moment_of(request).date()),
        "may_edit": may(actor, "prospect.edit"),
        "may_export": may_export,
        "agents": [(agent.value, name) for agent, name in NAMES.items()],
        "has_clay": may_export and takes_rows("clay"),
    }
    return lists.respond(
        request, "prospecting/list.html", ENTRIES.listing(state, rows, total=total, csv_address=csv_address), context
    )


@page("prospect", "export")
def export(request: HttpRequest, list_id: int) -> StreamingHttpResponse:
    """The accounts of a list as a file; that it left is in the ledger."""
    actor, state = actor_of(request), ENTRIES.read(request.GET)
    head = queries.get_list(actor, list_id)
    rows = queries.list_entries(
        actor, head.id, state=state.text("state"), text=state.text("text"), sort=state.sort, limit=None
    )
    return ENTRIES.csv(rows, actor=actor)


@page("prospect", "export", methods=("POST",))
def send_rows(request: HttpRequest, list_id: int) -> HttpResponse:
    """Accounts of the list to the Clay table, each once in the table's life; the worker sends them."""
    actor = actor_of(request)
    head = queries.get_list(actor, list_id)
    ids = queries.accounts_to_send(actor, head.id)
    ordering.order_rows(Entity.ACCOUNT, ids, actor=actor)
    told = f"{len(ids):,} rows go to the Clay table; those it has already are passed over."
    return fragments.done(request, told, to=f"{HOME}/{list_id}")


@page("prospect", "edit", methods=("GET", "POST"))
def new(request: HttpRequest) -> HttpResponse:
    """A list by hand."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ids = _numbers(form.cleaned_data["accounts"])
            made = actions.list_from_accounts(
                form.cleaned_data["name"], ids, actor=actor_of(request), now=moment_of(request)
            )
            return fragments.done(request, "The list is made.", to=f"{HOME}/{made.list_id}")
        except (InvalidInput, Conflict, NotFound) as error:
            form.add_error(None, _told(error))
    return render(request, NEW, {"form": form}, status=422 if form.errors else 200)


@page("prospect", "edit", methods=("GET", "POST"))
def import_file(request: HttpRequest) -> HttpResponse:
    """A list out of a file; rows that are left out are told with their reason."""
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            report = actions.list_from_file(
                form.cleaned_data["name"], file.read(LARGEST_BYTES + 1), file=file.name, actor=actor_of(request),
                now=moment_of(request),
            )  # fmt: skip
            context |= {"report": report, "refused": report.refused[:REFUSED_SHOWN]}
        except (InvalidInput, Conflict) as error:
            form.add_error("file", _told(error))
    return render(request, IMPORT, context, status=422 if form.errors else 200)


def _numbers(text: str) -> list[int]:
    parts = text.replace(",", " ").replace(";", " ").split()
    wrong = next((part for part in parts if not (part.isascii() and part.isdecimal() and len(part) < 19)), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong[:40]!r} is no account's number.", hint="Write numbers like 12, 40, 77.")
    return [int(part) for part in parts]


def _told(error: AppError) -> str:
    return " ".join(filter(None, (error.message, error.hint)))


@page("prospect", "edit", methods=("POST",))
def add(request: HttpRequest, list_id: int) -> HttpResponse:
    """Accounts on the list, by their numbers."""
    ids = _numbers(request.POST.get("accounts", ""))
    made = actions.add_accounts(list_id, ids, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"{made.added:,} added.", to=f"{HOME}/{list_id}")


@page("prospect", "edit", methods=("POST",))
def remove(request: HttpRequest, list_id: int, account_id: int) -> HttpResponse:
    """One account off the list."""
    why = request.POST.get("why", "")
    actions.remove_accounts(list_id, [account_id], why, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "Taken off. Earlier versions keep it.", to=f"{HOME}/{list_id}")


@page("prospect", "edit", methods=("POST",))
def refresh(request: HttpRequest, list_id: int) -> HttpResponse:
    """The list's search, asked again."""
    made = actions.refresh(list_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"{made.added:,} came, {made.removed:,} went.", to=f"{HOME}/{list_id}")


@page("prospect", "edit", methods=("POST",))
def archive(request: HttpRequest, list_id: int) -> HttpResponse:
    """Put the list away."""
    actions.archive_list(list_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The list is put away.", to=HOME)


@page("prospect", "edit", methods=("POST",))
def start(request: HttpRequest, list_id: int) -> HttpResponse:
    """Begin a run over the list."""
    run_id = pipeline.start_run(list_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The run has begun.", to=f"/prospecting/runs/{run_id}")


@page("prospect", "view")
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """A run: how far each stage is, where every account stands and why."""
    actor = actor_of(request)
    head = runs.get_run(actor, run_id)
    state = ROWS.read(request.GET)
    told = {"state": state.text("state"), "stage": state.text("stage"), "text": state.text("text")}
    rows = runs.list_rows(actor, run_id, sort=state.sort, offset=state.offset, limit=state.limit, **told)
    context = {"run": head, "may_edit": may(actor, "prospect.edit"), "icp": live_version(moment_of(request).date())}
    listing = ROWS.listing(state, rows, total=runs.count_rows(actor, run_id, **told))
    return lists.respond(request, "prospecting/run.html", listing, context)


@page("prospect", "view")
def run_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The stages of a run, which a running page asks for again and again."""
    return render(request, "prospecting/run_stages.html", {"run": runs.get_run(actor_of(request), run_id)})


@page("prospect", "edit", methods=("POST",))
def again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Failed, held and deferred rows once more."""
    count = pipeline.try_again(run_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, f"{count:,} go on.", to=f"/prospecting/runs/{run_id}")


@page("prospect", "edit", methods=("POST",))
def carry(request: HttpRequest, run_id: int) -> HttpResponse:
    """A run that nobody carries any more goes on."""
    pipeline.go_on(run_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The run goes on.", to=f"/prospecting/runs/{run_id}")


@page("prospect", "edit", methods=("POST",))
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    """End a run where it stands."""
    pipeline.stop_run(run_id, actor=actor_of(request), now=moment_of(request))
    return fragments.done(request, "The run is stopped.", to=f"/prospecting/runs/{run_id}")


urlpatterns = [
    path("prospecting/lists", list_page, name="prospect_lists"),
    path("prospecting/lists/new", new, name="prospect_list_new"),
    path("prospecting/lists/import", import_file, name="prospect_list_import"),
    path("prospecting/lists/<int:list_id>", one, name="prospect_list"),
    path("prospecting/lists/<int:list_id>.csv", export, name="prospect_list_csv"),
    path("prospecting/lists/<int:list_id>/add", add, name="prospect_list_add"),
    path("prospecting/lists/<int:list_id>/accounts/<int:account_id>/remove", remove, name="prospect_list_remove"),
    path("prospecting/lists/<int:list_id>/refresh", refresh, name="prospect_list_refresh"),
    path("prospecting/lists/<int:list_id>/archive", archive, name="prospect_list_archive"),
    path("prospecting/lists/<int:list_id>/clay", send_rows, name="prospect_list_clay"),
    path("prospecting/lists/<int:list_id>/run", start, name="prospect_list_run"),
    path("prospecting/runs/<int:run_id>", run_page, name="prospect_run"),
    path("prospecting/runs/<int:run_id>/progress", run_progress, name="prospect_run_progress"),
    path("prospecting/runs/<int:run_id>/again", again, name="prospect_run_again"),
    path("prospecting/runs/<int:run_id>/go-on", carry, name="prospect_run_go_on"),
    path("prospecting/runs/<int:run_id>/stop", stop, name="prospect_run_stop"),
]
