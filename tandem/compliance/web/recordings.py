"""Recorded conversations as a reviewer reads them: who was there, what they said, the rule, and what must go."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

from tandem.access.guard import page
from tandem.access.queries import may
from tandem.compliance import queries
from tandem.compliance.actions import recording
from tandem.compliance.contracts.recordings import SessionState
from tandem.compliance.queries import recordings
from tandem.compliance.web import forms
from tandem.compliance.web.parts import exported
from tandem.core import fragments, lists
from tandem.core.api import actor_of, moment_of
from tandem.core.errors import InvalidInput
from tandem.core.lists import ChoiceFilter, Column, ListSpec, TextFilter

HOME = "/compliance/recordings"
LIST = ListSpec(
    name="recordings",
    noun="conversation",
    default_sort="-at",
    columns=(
        Column(key="meeting", label="Meeting", template="compliance/cells/meeting.html"),
        Column(key="state", label="State"),
        Column(key="scope", label="Kept", is_optional=True),
        Column(key="people", label="People", is_figure=True),
        Column(key="opened_at", label="Begun", is_optional=True),
        Column(key="closed_at", label="Over", is_optional=True),
        Column(key="open_erasures", label="To be deleted", is_figure=True),
    ),
    filters=(
        TextFilter(key="text", label="Meeting"),
        ChoiceFilter(key="state", label="State", choices=forms.words(SessionState)),
    ),
    empty_title="No conversation was recorded yet",
    empty_text="A recorder opens a session here before it keeps a word, and asks again when somebody joins.",
)


class GoneForm(django_forms.Form):
    """What shows that a recording is gone."""

    proof = django_forms.CharField(
        label="Proof", max_length=300, help_text="What shows that it is gone: the store's answer, a log."
    )


@page("consent", "view")
def recording_list(request: HttpRequest) -> HttpResponse:
    """Conversations in sight, newest first."""
    state, actor = LIST.read(request.GET), actor_of(request)
    asked = {"text": state.text("text"), "state": state.text("state")}
    rows = recordings.list_sessions(actor, **asked, offset=state.offset, limit=state.limit)
    csv_address = f"{HOME}.csv" if may(actor, "consent.export") else ""
    listing = LIST.listing(state, rows, total=recordings.count_sessions(actor, **asked), csv_address=csv_address)
    note = "Every recorded conversation with its decision. Without everybody's consent that is needed, nothing is kept."
    context = {"title": "Conversations", "note": note, "more": [("/compliance/recording", "Recording consent")]}
    return lists.respond(request, "compliance/list.html", listing, context)


@page("consent", "export")
def recording_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a file."""
    state = LIST.read(request.GET)
    rows = recordings.list_sessions(actor_of(request), text=state.text("text"), state=state.text("state"), limit=None)
    return exported(request, LIST, rows, "recordings")


@page("consent", "view")
def meeting_page(request: HttpRequest, meeting: str) -> HttpResponse:
    """The proof of one meeting: who was there, what they said and when, the wording, the rules and the decision."""
    return _meeting(request, meeting, GoneForm())


@page("consent", "manage", methods=("POST",))
def confirm_erasure(request: HttpRequest, meeting: str, erasure_id: int) -> HttpResponse:
    """What had to be deleted is gone."""
    form = GoneForm(request.POST)
    if form.is_valid():
        try:
            recording.confirm_erasure(
                erasure_id, proof=form.cleaned_data["proof"], actor=actor_of(request), now=moment_of(request)
            )
            return fragments.done(request, "Kept as gone.", to=f"{HOME}/{meeting}")
        except InvalidInput as error:
            form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
    return _meeting(request, meeting, form, status=422)


def _meeting(request: HttpRequest, meeting: str, form: GoneForm, *, status: int = 200) -> HttpResponse:
    actor, now = actor_of(request), moment_of(request)
    sessions = recordings.sessions_of(actor, meeting)
    erasures = recordings.list_erasures(actor, session_ids=[one.id for one in sessions], is_open=False)
    told: list[dict[str, Any]] = [
        {
            "session": one,
            "people": recordings.attendance_of(one.id, now=now),
            "record": queries.entries_about(f"recording_session:{one.id}"),
        }
        for one in sessions
    ]
    context = {
        "meeting": meeting,
        "sessions": told,
        "erasures": erasures,
        "form": form if may(actor, "consent.manage") else None,
        "now": sessions[-1],
    }
    return render(request, "compliance/recording_meeting.html", context, status=status)


urlpatterns = [
    path("compliance/recordings", recording_list, name="recordings"),
    path("compliance/recordings.csv", recording_csv, name="recordings_csv"),
    path("compliance/recordings/<str:meeting>", meeting_page, name="recording_meeting"),
    path("compliance/recordings/<str:meeting>/gone/<int:erasure_id>", confirm_erasure, name="recording_gone"),
]
