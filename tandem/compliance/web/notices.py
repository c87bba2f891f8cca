"""Contacts that came from others and were not told yet (GDPR Article 14), and writing down that they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance.actions.notices import record_notices
from tandem.compliance.queries.notices import open_notices
from tandem.compliance.web import rights_forms as forms
from tandem.compliance.web.parts import exported, form_page
from tandem.core import lists
from tandem.core.api import actor_of, moment_of
from tandem.core.lists import Column, FlagFilter, ListSpec, ListState, TextFilter

HOME = "/compliance/notices"
MOST_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A contact whose notice is due, as the list shows it."""

    subject: str
    name: str
    email: str
    country: str
    source: str
    collected_on: date
    due_on: date | None
    is_overdue: bool
    days_left: int | None


LIST = ListSpec(
    name="notices",
    noun="contact",
    columns=(
        Column(key="name", label="Contact", template="compliance/cells/noticed.html"),
        Column(key="due_on", label="To be told by", template="compliance/cells/due.html"),
        Column(key="source", label="Came from"),
        Column(key="collected_on", label="Since", is_optional=True),
        Column(key="country", label="Country", is_optional=True),
        Column(key="subject", label="Key", is_optional=True),
        Column(key="email", label="Mail address", is_optional=True),
    ),
    filters=(TextFilter(key="text", label="Name, source or key"), FlagFilter(key="overdue", label="Overdue")),
    empty_title="Nobody is waiting for a notice",
    empty_text="Contacts from bought lists come here by themselves, with the last day to tell them.",
)


def _rows(state: ListState, now: datetime) -> list[NoticeRow]:
    today, text = now.date(), state.text("text").casefold()
    rows = [
        NoticeRow(
            subject=one.subject,
            name=one.name,
            email=one.email,
            country=one.country,
            source=one.source,
            collected_on=one.collected_at.date(),
            due_on=due.due_on,
            is_overdue=due.is_overdue(today),
            days_left=(due.due_on - today).days if due.due_on else None,
        )
        for one, due in open_notices(now=now)
    ]
    return [
        row
        for row in rows
        if (not state.flag("overdue") or row.is_overdue)
        and (not text or text in f"{row.name} {row.source} {row.subject} {row.email}".casefold())
    ]


@page("request", "decide")
def notice_list(request: HttpRequest) -> HttpResponse:
    """Whose notice is due, the longest overdue first."""
    state, actor, now = LIST.read(request.GET), actor_of(request), moment_of(request)
    rows = _rows(state, now)
    shown = rows[state.offset : state.offset + state.limit]
    context = {
        "title": "Notices",
        "note": "Whose data came from others is told so within a month and with the first message, or deleted.",
        "add_address": f"{HOME}/new",
        "add_label": "Write notices down",
        "more": [],
    }
    csv_address = f"{HOME}.csv" if may(actor, "request.export") else ""
    listing = LIST.listing(state, shown, total=len(rows), csv_address=csv_address)
    return lists.respond(request, "compliance/list.html", listing, context)


@page("request", "export")
def notice_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The list as a file, for the letters."""
    return exported(request, LIST, _rows(LIST.read(request.GET), moment_of(request)), "notices")


@page("request", "decide", methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """Notices that were given."""

    def write(said: Mapping[str, Any]) -> str:
        keys = [line.strip() for line in said["subjects"].splitlines() if line.strip()][:MOST_AT_ONCE]
        ids = record_notices(
            keys, said["at"], said["evidence"], actor=actor_of(request), now=moment_of(request), how=said["how"]
        )
        return f"{len(ids)} notices written down."

    return form_page(
        request, forms.NoticeForm, write, title="Write notices down", button="Write them down", back=HOME,
        crumb="Notices", note="Who was told where their data come from, when, and where that can be looked up.",
    )  # fmt: skip


urlpatterns = [
    path("compliance/notices", notice_list, name="notices"),
    path("compliance/notices.csv", notice_csv, name="notices_csv"),
    path("compliance/notices/new", add, name="notice_add"),
]
