"""The ledger as people read it: newest first, by hand, deed and thing; the whole record of one thing; its proof."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import queries
from tandem.compliance.contracts import Entry
from tandem.compliance.web.proofs import proof
from tandem.core import exits, jobs, ledger
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import ChoiceFilter, ListSpec, TextFilter

ENTRIES_A_PAGE = 60
MOST_AT_ONCE, ENTRIES_A_MINUTE = 500_000, 10_000_000  # more than two seconds' work is no work for a page
VERIFY_TASK = "compliance.verify_ledger"
FILTERS = ListSpec(
    name="ledger",
    noun="entry,entries",
    columns=(),
    filters=(
        TextFilter(key="action", label="Deed, for example accounts."),
        TextFilter(key="actor", label="Hand"),
        TextFilter(key="subject", label="Thing, for example account:12"),
        ChoiceFilter(key="kind", label="By", choices=(("person", "people"), ("agent", "agents"))),
    ),
)


@page("ledger", "view")
def ledger_list(request: HttpRequest) -> HttpResponse:
    """Entries that fit, newest first."""
    state = FILTERS.read(request.GET)
    before = request.GET.get("before", "")
    entries = queries.list_entries(
        action=state.text("action"),
        actor_name=state.text("actor"),
        subject=state.text("subject"),
        actor_kind=state.text("kind"),
        before_number=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=ENTRIES_A_PAGE + 1,
    )
    number, head = queries.head()
    context = {
        "entries": [(entry, _told(entry)) for entry in entries[:ENTRIES_A_PAGE]],
        "older": entries[ENTRIES_A_PAGE - 1].number if len(entries) > ENTRIES_A_PAGE else None,
        "listing": FILTERS.listing(state, (), total=0),
        "query": state.query().lstrip("?"),
        "last": number,
        "head": head,
        "may_export": may(actor_of(request), "ledger.export"),
        "proof": None if state.values or before else proof(now=moment_of(request)),
    }
    return render(request, "compliance/ledger.html", context)


@page("ledger", "view")
def entry_page(request: HttpRequest, number: int) -> HttpResponse:
    """One entry with its hashes, and the whole record of the thing it is about."""
    entry = queries.get_entry(number)
    context = {
        "entry": entry,
        "facts": _told(entry),
        "record": [(one, _told(one)) for one in queries.entries_about(entry.subject, limit=200)],
    }
    return render(request, "compliance/entry.html", context)


@page("ledger", "view", methods=("POST",))
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the whole chain now; a very long one in the background, where the night does it too."""
    last, _ = queries.head()
    if last > MOST_AT_ONCE:
        key = f"{VERIFY_TASK}:{moment_of(request):%Y-%m-%dT%H}"  # once an hour is often enough
        jobs.enqueue(VERIFY_TASK, unique_key=key)
        return render(request, "compliance/verified.html", {"entries": last, "minutes": last // ENTRIES_A_MINUTE + 1})
    return render(request, "compliance/verified.html", {"result": queries.verify()})


@page("ledger", "export")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Every entry as JSON lines, for the stand-alone verifier."""
    actor = actor_of(request)
    exits.leave(actor, what="ledger:1")
    ledger.append(actor, "compliance.ledger_exported", subject="ledger:1")
    lines = exits.watched(actor, queries.each_line(), what="ledger:1")
    answer = StreamingHttpResponse(_encoded(lines), content_type="application/jsonl")
    answer["Content-Disposition"] = 'attachment; filename="ledger.jsonl"'
    return answer


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode()


def _told(entry: Entry) -> list[tuple[str, str]]:
    """The facts as words and values."""
    facts = json.loads(entry.facts)
    return [(name.replace("_", " "), _value(value)) for name, value in facts.items() if value not in ("", None, [])]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


urlpatterns = [
    path("ledger", ledger_list, name="ledger"),
    path("ledger/<int:number>", entry_page, name="ledger_entry"),
    path("ledger/verify", verify, name="ledger_verify"),
    path("ledger.jsonl", export, name="ledger_export"),
]
