"""The door for events: Segment's HTTP tracking protocol at /v1. A write key is the proof; no session is read or set.

A program that speaks to Segment needs another host and one of our keys. Answers are Segment's: 200 for what is taken
and for what is known already, 400 for what can't be read. The way in is bounded for each key, and for each caller
without one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tandem.access.guard import public
from tandem.core.api import moment_of
from tandem.core.errors import AppError, InvalidInput, TooManyRequests, Unauthenticated
from tandem.intent.actions.receiving import key_of, receive
from tandem.intent.domain import tracking

REQUESTS_A_SECOND = 1_000  # of one key, each process
BAD_KEYS_A_MINUTE = 60  # of one caller
MOST_WIRE_BYTES = 2 * tracking.MOST_BYTES_A_BATCH


@public
@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
def collect(request: HttpRequest, call: str) -> HttpResponse:
    """One call, or a batch of them."""
    if request.method == "OPTIONS":
        return _open_to_browsers(HttpResponse(status=204))
    try:
        answer = _collect(request, call)
    except AppError as error:
        status = 400 if isinstance(error, InvalidInput) else error.status
        answer = JsonResponse({"success": False, "message": error.message, "code": error.error_code}, status=status)
        if isinstance(error, TooManyRequests):
            answer["Retry-After"] = answer["X-RateLimit-Reset"] = "1"
    return _open_to_browsers(answer)


def _collect(request: HttpRequest, call: str) -> HttpResponse:
    is_batch = call in ("batch", "import")
    if not is_batch and call not in tracking.CALLS:
        raise InvalidInput(f"{call!r} is no call.", hint="One of batch, " + ", ".join(tracking.CALLS) + ".")
    body = tracking.read_body(_unpacked(request), is_batch=is_batch)
    secret = _basic_user(request) or str(body.pop("writeKey", "") or "")
    body.pop("writeKey", None)
    try:
        key = key_of(secret)
    except Unauthenticated:
        _count(f"bad-write-keys:{_hashed(request.META.get('REMOTE_ADDR', ''))}", BAD_KEYS_A_MINUTE, seconds=60)
        raise
    _count(f"events-of:{key.id}", REQUESTS_A_SECOND, seconds=1)
    taken = tracking.take("batch" if is_batch else call, body, received_at=moment_of(request))
    receipt = receive(key, taken, now=moment_of(request))
    if taken.refused and not is_batch:
        raise InvalidInput(f"The call was not taken: {taken.refused[0]}.", hint="See the specification.")
    answer = {"success": True} | ({"refused": receipt.refused} if receipt.refused else {})
    return JsonResponse(answer)


def _unpacked(request: HttpRequest) -> bytes:
    """The body, out of its gzip; never more than a little above what is allowed, however well it is packed."""
    if int(request.headers.get("Content-Length") or 0) > MOST_WIRE_BYTES:
        raise InvalidInput("The body is too large.", hint="At most 500 KB.", code="intent.body_size")
    if request.headers.get("Content-Encoding", "").lower() != "gzip":
        return request.body
    opener = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        return opener.decompress(request.body, tracking.MOST_BYTES_A_BATCH + 1)
    except zlib.error as error:
        raise InvalidInput("The body is no gzip.", hint="Leave Content-Encoding out, or pack it.") from error


def _basic_user(request: HttpRequest) -> str:
    """The user of Basic authorisation, which is the write key; empty: none came."""
    kind, _, told = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(told.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _count(name: str, most: int, *, seconds: int) -> None:
    """One more in this stretch of time. Raises TooManyRequests above the bound."""
    if cache.add(name, 1, timeout=seconds):
        return
    try:
        number = cache.incr(name)
    except ValueError:  # it ran out between the two
        return
    if number > most:
        raise TooManyRequests("Too many requests at once.", hint="Wait, then go on.", code="intent.too_many")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _open_to_browsers(answer: HttpResponse) -> HttpResponse:
    """Scripts of any website may send; nothing can be read here, and no cookie counts."""
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Allow-Headers"] = "authorization, content-type, content-encoding"
    answer["Access-Control-Allow-Methods"] = "POST"
    answer["Cache-Control"] = "no-store"
    return answer


urlpatterns = [path("v1/<str:call>", collect, name="collect")]
