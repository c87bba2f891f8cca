"""Answers to forms and buttons: one view serves a press with script (an htmx fragment) and without (a page).

form = NoteForm(request.POST)
if not form.is_valid():
    return fragments.invalid(request, form, page="accounts/note.html", part="accounts/_note_form.html")
actions.add_note(...)
return fragments.done(request, "Note kept.", to=f"/accounts/{account_id}", undo=f"/notes/{note_id}/undo")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event


def is_part(request: HttpRequest) -> bool:
    """Whether the page's script asks for a piece of a page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_either(
    request: HttpRequest, *, page: str, part: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    """The part for the page's script, the page (which includes the part) otherwise."""
    answer = render(request, part if is_part(request) else page, dict(context), status=status)
    patch_vary_headers(answer, ("HX-Request",))
    return answer


def invalid(
    request: HttpRequest, form: BaseForm, *, page: str, part: str, context: Mapping[str, object] | None = None
) -> HttpResponse:
    """The form again with its errors, 422; the first wrong field takes the focus."""
    return render_either(request, page=page, part=part, context={**(context or {}), "form": form}, status=422)


def done(request: HttpRequest, text: str, *, to: str, undo: str = "", refresh: str = "") -> HttpResponse:
    """It worked: says what happened and offers the way back.

    to : the page to go to
    undo : address that takes it back when posted to; empty: can't be undone
    refresh : id of an element on the page that reloads itself (hx-trigger="refresh") instead of going to `to`
    """
    if is_part(request) and refresh:
        return toast(HttpResponse(status=204), text, undo=undo, refresh=refresh)
    messages.success(request, text, extra_tags=undo)
    return HttpResponseClientRedirect(to) if is_part(request) else HttpResponseRedirect(to)


def toast(answer: HttpResponse, text: str, *, undo: str = "", refresh: str = "", kind: str = "") -> HttpResponse:
    """Add a toast to an answer that htmx takes. kind: "error" stays until it is closed."""
    trigger_client_event(answer, "toast", {"text": text, "undo": undo, "kind": kind})
    if refresh:
        trigger_client_event(answer, "refresh-part", {"id": refresh})
    return answer


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page a form was sent from (its `next` field), if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else otherwise


def events_of(answer: HttpResponse) -> dict[str, object]:
    """Client events that an answer carries, by name."""
    told: dict[str, object] = json.loads(answer.headers.get("HX-Trigger", "{}"))
    return told
