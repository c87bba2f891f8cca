"""Doors for everybody: the unsubscribe link of a message. No sign-in; the token in the link is the proof.

A POST with `List-Unsubscribe=One-Click` (RFC 8058) acts at once and on everything; no cookie is read or set. A GET only
shows choices, so that a mail scanner that opens every link changes nothing. A good link is never turned away however
often it is pressed: only bad ones are counted, for each caller's address, and nobody else's link suffers for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tandem.access.guard import public
from tandem.access.queries import get_organisation
from tandem.compliance import actions, queries
from tandem.compliance.contracts import Purpose
from tandem.compliance.domain.unsubscribe_tokens import Claim
from tandem.core.api import moment_of

ONE_CLICK = ("List-Unsubscribe", "One-Click")
LONGEST_BODY = 10_000
BAD_LINKS_A_MINUTE = 30
PURPOSES: dict[Purpose, str] = {
    Purpose.SALES: "Messages from our sales team",
    Purpose.NEWSLETTER: "Newsletters",
    Purpose.EVENTS: "Invitations to events",
    Purpose.PRODUCT: "News about the product",
    Purpose.RESEARCH: "Surveys and research",
}


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET: the choices, nothing else. POST with the one-click body: out of everything, now."""
    claim = queries.read_unsubscribe_token(token)
    if claim is None:
        return _bad_link(request)
    if request.method != "POST":
        return _choices(request, token, claim)
    if _body_size(request) > LONGEST_BODY or request.POST.get(ONE_CLICK[0]) != ONE_CLICK[1]:
        text = (
            "The request does not say List-Unsubscribe=One-Click. Nothing was changed: open the link and choose there."
        )
        return _told(request, "This was not understood", text, status=400)
    actions.unsubscribe(claim, purposes=[Purpose.ANY], source="one-click", now=moment_of(request))
    return _done(request, [Purpose.ANY])


@public
@require_http_methods(["POST"])
def choose(request: HttpRequest, token: str) -> HttpResponse:
    """What was ticked on the page of choices."""
    claim = queries.read_unsubscribe_token(token)
    if claim is None:
        return _bad_link(request)
    words = set(request.POST.getlist("purpose"))
    chosen = [purpose for purpose in PURPOSES if purpose.value in words]
    if not chosen:
        return _choices(request, token, claim, status=422)
    actions.unsubscribe(claim, purposes=chosen, source="preference page", now=moment_of(request))
    return _done(request, chosen)


choose.methods = ("POST",)  # type: ignore[attr-defined]  # the permission walk knocks with these


def _body_size(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdecimal() else LONGEST_BODY + 1


def _choices(request: HttpRequest, token: str, claim: Claim, *, status: int = 200) -> HttpResponse:
    refused = queries.refused_purposes(claim.kind, claim.address_hash)
    context = {
        "token": token,
        "choices": [
            (purpose.value, label, purpose in refused, purpose is claim.purpose) for purpose, label in PURPOSES.items()
        ],
        "is_out": Purpose.ANY in refused,
        "is_empty": status != 200,
        "company": get_organisation().name,
        "one_click": ONE_CLICK,
    }
    return _private(render(request, "compliance/public/choices.html", context, status=status))


def _done(request: HttpRequest, purposes: Sequence[Purpose]) -> HttpResponse:
    if Purpose.ANY in purposes:
        text = "You will get no more messages, on any channel. This holds from this second and without an end."
    else:
        told = ", ".join(PURPOSES[purpose].lower() for purpose in purposes)
        text = f"You will get no more of these: {told}. This holds from this second and without an end."
    return _told(request, "Done", text)


def _bad_link(request: HttpRequest) -> HttpResponse:
    if _is_too_often(request):
        text = "Many links that are not ours came from your address. Wait a minute. A link from a message always works."
        answer = _told(request, "Too many at once", text, status=429)
        answer["Retry-After"] = "60"
        return answer
    text = (
        "The link is not complete or was changed on its way. Nothing was changed. Open it from the message once more, "
        "or answer the message with the word stop."
    )
    return _told(request, "This link is not one of ours", text, status=404)


def _is_too_often(request: HttpRequest) -> bool:
    """Whether this caller's address has shown too many bad links in the last minute; in memory, by hash."""
    caller = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()
    key = f"bad-unsubscribe-links:{caller}"
    if cache.add(key, 1, timeout=60):
        return False
    try:
        return cache.incr(key) > BAD_LINKS_A_MINUTE
    except ValueError:  # it ran out between the two
        return False


def _told(request: HttpRequest, title: str, text: str, *, status: int = 200) -> HttpResponse:
    context = {"title": title, "text": text, "company": get_organisation().name}
    return _private(render(request, "compliance/public/told.html", context, status=status))


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


urlpatterns = [
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("u/<str:token>/choices", choose, name="unsubscribe_choices"),
]
