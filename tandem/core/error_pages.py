"""The one place where error families become pages, htmx fragments and RFC 7807 JSON.

Every answer says what is wrong, the rule, and the remedy; a person never meets a traceback.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django_htmx.http import reswap

from tandem.core.errors import AppError, InvalidInput, NotAllowed, NotFound, TooManyRequests
from tandem.core.fragments import is_part, toast

API_PREFIX = "/api/"
PROBLEM_TYPE = "application/problem+json"
ERROR_HEADER = "X-Tandem-Part"
LAST_RESORT = "<!doctype html><title>Tandem</title><h1>That did not work</h1><p>The server log says why.</p>"
RETRY_AFTER_SECONDS = "60"
log = logging.getLogger(__name__)


class FormExpired(NotAllowed):
    """The form's protection token is missing or out of date."""

    code, title = "csrf.failed", "This form is no longer valid"


class RequestUnreadable(InvalidInput):
    """The request is broken before any view could look at it."""

    code, status = "request.unreadable", 400


class WrongMethod(InvalidInput):
    """The address is there, but not for this way of asking: a form's address typed into the browser."""

    code, title, status = "request.method", "This address only takes a form", 405


class ServerFailed(AppError):
    """A mistake of ours."""

    code, title = "server.failed", "That did not work"


class ErrorPagesMiddleware:
    """Turns an AppError, Http404 or PermissionDenied raised in a view into the answer the caller can read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a bare "method not allowed" gets words."""
        answer = self.get_response(request)
        if not isinstance(answer, HttpResponseNotAllowed) or answer.content:
            return answer
        told = respond(
            request,
            WrongMethod(f"{request.method} does nothing here.", hint="Go back to the page with the form and send it."),
        )
        told["Allow"] = answer["Allow"]
        return told

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer known refusals; leave mistakes of ours to `server_error`, which Django logs."""
        error = as_app_error(exception)
        return None if error is None else respond(request, error)


def as_app_error(exception: Exception | None) -> AppError | None:
    """The exception as one of the error families; None when it is a mistake of ours."""
    if isinstance(exception, AppError):
        return exception
    if isinstance(exception, Http404):
        return NotFound("There is no such page.", hint="Search for it, or start from Today.")
    if isinstance(exception, PermissionDenied):
        return NotAllowed(str(exception) or "You may not do this.", hint="RevOps can change roles.")
    return None


def problem(error: AppError, request: HttpRequest) -> HttpResponse:
    """The error as RFC 7807 JSON: type, title, status, detail, instance, and ours: code, hint, where, retryable."""
    body = {
        "type": f"urn:tandem:error:{error.error_code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "instance": request.path,
        "code": error.error_code,
        "hint": error.hint,
        "where": error.context,
        "retryable": error.retryable,
    }
    return HttpResponse(json.dumps(body, default=str), status=error.status, content_type=PROBLEM_TYPE)


def respond(request: HttpRequest, error: AppError) -> HttpResponse:
    """The error in the form that the caller can read."""
    if request.path.startswith(API_PREFIX) or _wants_json(request):
        answer = problem(error, request)
    elif is_part(request):
        answer = _part(request, error)
    else:
        answer = _page(request, error)
    if isinstance(error, TooManyRequests):
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _wants_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return "json" in accepted and "html" not in accepted


def _part(request: HttpRequest, error: AppError) -> HttpResponse:
    """What the page's script shows: in place for something that was read, as a toast for something that was sent."""
    body = render_to_string("core/parts/error.html", {"error": error})
    answer = HttpResponse(body, status=error.status, headers={ERROR_HEADER: "error"})
    if request.method in {"GET", "HEAD"}:
        return answer
    told = " ".join(filter(None, (error.message, error.hint)))
    return reswap(toast(answer, told, kind="error"), "none")


def _page(request: HttpRequest, error: AppError) -> HttpResponse:
    context = {"error": error, "base": "core/base.html" if getattr(request, "actor", None) else "core/entrance.html"}
    return HttpResponse(render_to_string("core/error.html", context, request=request), status=error.status)


# --- what Django calls when no view answered ---


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself is broken."""
    return respond(
        request,
        RequestUnreadable(
            "The browser sent something that can't be read.", hint="Go back, reload the page, try again."
        ),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 that did not come from the table of rights."""
    return respond(request, as_app_error(exception) or NotAllowed("You may not do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no page at this address."""
    return respond(request, NotFound("There is no page at this address.", hint="Search for it, or start from Today."))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose protection token is missing or stale (`CSRF_FAILURE_VIEW`)."""
    return respond(
        request,
        FormExpired(
            "The page was open for too long, or cookies are blocked, so the form can't be trusted any more.",
            hint="Go back, reload the page, and send it again. Nothing was changed.",
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours; Django has logged it. Must work when hardly anything does."""
    error = ServerFailed("Something in Tandem broke. Nothing half-done was kept.", hint="The server log says what.")
    try:
        return respond(request, error)
    except Exception:
        log.exception("the page for a failure failed as well")
        return HttpResponse(LAST_RESORT, status=500)


def too_many(request: HttpRequest, *_: Any) -> HttpResponse:
    """429: tried too often."""
    return respond(request, TooManyRequests("Too many tries in a short time.", hint="Wait a minute, then try again."))
