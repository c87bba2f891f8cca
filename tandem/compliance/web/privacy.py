"""The public page on which anybody asks about their data. No sign-in; the answer never tells whether somebody is known.

An objection is carried out at once: to leave somebody alone needs no proof. Everything else waits for a reviewer, who
checks who asks; whoever comes with the link of one of our messages (`?link=` with its token) has proved their address.
Counted for each caller's address and for all together; over the limit nothing is taken in.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from tandem.access.guard import public
from tandem.access.queries import get_organisation
from tandem.compliance import queries
from tandem.compliance.actions import carrying_out
from tandem.compliance.actions.rights import DESK
from tandem.compliance.contracts.requests import RequestKind, RequestRoad
from tandem.compliance.domain.rules.places import canonical
from tandem.compliance.domain.unsubscribe_tokens import Claim
from tandem.compliance.queries.unsubscribing import PATH
from tandem.compliance.web.rights_forms import PublicRequestForm
from tandem.core.api import moment_of
from tandem.core.errors import InvalidInput

LONGEST_BODY = 20_000
LONGEST_LINK = 400
ASKED_AN_HOUR = 10
ASKED_AN_HOUR_BY_ALL = 2_000
AN_HOUR = 3_600
TAKEN = (
    "We have your request. An objection to marketing holds from this second. For everything else we check first that "
    "it is really you: we may write to the address you gave, and only to that one. You hear from us within the time "
    "the law of your country gives us."
)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: the request is in; the answer is the same for everybody."""
    if request.method != "POST":
        return _form(request, PublicRequestForm(initial={"kind": request.GET.get("kind", "")[:20]}))
    if _body_size(request) > LONGEST_BODY:
        return _told(request, "This is too much", "The request is too long. Nothing was taken in.", status=413)
    form = PublicRequestForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    if _is_too_often(request):
        text = "Too many requests came at once. Nothing was taken in: try again in an hour, or write to us."
        answer = _told(request, "Too many at once", text, status=429)
        answer["Retry-After"] = str(AN_HOUR)
        return answer
    return _take_in(request, form)


ask.methods = ("GET", "POST")  # type: ignore[attr-defined]  # the permission walk knocks with these


def _take_in(request: HttpRequest, form: PublicRequestForm) -> HttpResponse:
    said = form.cleaned_data
    country = canonical(said["country"])
    try:
        carrying_out.take_in(
            RequestKind(said["kind"]),
            form.person(),
            road=RequestRoad.PUBLIC,
            places=[country] if country else [],
            note=said["note"],
            link=_link(request),
            actor=DESK,
            now=moment_of(request),
        )
    except InvalidInput as error:
        form.add_error(None, " ".join(filter(None, (error.message, error.hint))))
        return _form(request, form, status=422)
    return _told(request, "Thank you", TAKEN)


def _link(request: HttpRequest) -> Claim | None:
    """What the link of a message says, if it is one of ours; the person may give the whole link or its token."""
    given = (request.POST.get("link") or request.GET.get("link") or "")[:LONGEST_LINK]
    token = given.rstrip("/").rpartition(PATH)[2].partition("/")[0]
    return queries.read_unsubscribe_token(token) if token else None


def _body_size(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else LONGEST_BODY + 1


def _is_too_often(request: HttpRequest) -> bool:
    """Whether this caller, or all callers together, asked too often in the last hour; in memory, by hash."""
    caller = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()
    own = _count(f"rights-requests:{caller}")
    return own > ASKED_AN_HOUR or _count("rights-requests") > ASKED_AN_HOUR_BY_ALL


def _count(key: str) -> int:
    if cache.add(key, 1, timeout=AN_HOUR):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two
        return 1


def _form(request: HttpRequest, form: PublicRequestForm, *, status: int = 200) -> HttpResponse:
    link = (request.POST.get("link") or request.GET.get("link") or "")[:LONGEST_LINK]
    context: dict[str, Any] = {"form": form, "company": get_organisation().name, "link": link}
    return _private(render(request, "compliance/public/privacy.html", context, status=status))


def _told(request: HttpRequest, title: str, text: str, *, status: int = 200) -> HttpResponse:
    context = {"title": title, "text": text, "company": get_organisation().name}
    return _private(render(request, "compliance/public/told.html", context, status=status))


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


urlpatterns = [path("privacy/request", ask, name="privacy_request")]
