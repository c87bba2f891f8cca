"""The door for rows that come back from a Clay table: its HTTP column posts here, with a token of its own."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tandem.access.guard import public
from tandem.core.api import moment_of
from tandem.core.errors import AppError, InvalidInput, TooManyRequests, Unauthenticated
from tandem.prospecting.actions.clay_rows import LONGEST_ANSWER, receive_row

BAD_TOKENS_A_MINUTE = 30
HEADER = "Tandem-Token"  # not Authorization, which is for the tokens of agents


@public
@csrf_exempt
@require_http_methods(["POST"])
def clay(request: HttpRequest) -> JsonResponse:
    """One row. The same row again is answered with success and changes nothing."""
    try:
        return JsonResponse({"state": receive_row(_token(request), _body(request), now=moment_of(request))})
    except AppError as error:
        known = _count_bad(request) if isinstance(error, Unauthenticated) else error
        return JsonResponse(
            {"code": known.error_code, "message": known.message, "hint": known.hint}, status=known.status
        )


clay.methods = ("POST",)  # type: ignore[attr-defined]  # the permission walk knocks with these


def _token(request: HttpRequest) -> str:
    return request.headers.get(HEADER, "").strip()


def _body(request: HttpRequest) -> bytes:
    told = request.META.get("CONTENT_LENGTH") or "0"
    if not told.isdecimal() or int(told) > LONGEST_ANSWER:
        raise InvalidInput("The row is too large.", hint=f"Send at most {LONGEST_ANSWER:,} bytes.", code="clay.row")
    return request.body


def _count_bad(request: HttpRequest) -> AppError:
    """Wrong tokens are counted by caller, so that nobody can try them through."""
    caller = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()
    key = f"bad-row-tokens:{caller}"
    if not cache.add(key, 1, timeout=60):
        try:
            if cache.incr(key) > BAD_TOKENS_A_MINUTE:
                return TooManyRequests("Too many wrong tokens.", hint="Wait a minute.")
        except ValueError:  # it ran out between the two
            pass
    return Unauthenticated("The token is not known.", hint="Make a new one under Sources and enter it in Clay.")


urlpatterns = [path("in/clay", clay, name="prospecting_clay_in")]
