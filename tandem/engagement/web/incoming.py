"""The doors at which providers leave messages for us: mail of ESPs, SMS and WhatsApp."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tandem.access.guard import public
from tandem.core.api import moment_of
from tandem.core.errors import AppError, TooManyRequests, Unauthenticated
from tandem.engagement.actions.receiving_hooks import receive_posted_mail, receive_posted_text

BAD_KNOCKS_A_MINUTE = 30
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@public
@csrf_exempt
@require_http_methods(["POST"])
def mail(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Mail that came to an ESP's inbound route. The same post again is answered with success and changes nothing."""
    try:
        taken = receive_posted_mail(mailbox_id, request, now=moment_of(request))
    except AppError as error:
        return _refused(request, error)
    return JsonResponse({"taken": len(taken)})


@public
@csrf_exempt
@require_http_methods(["POST"])
def text(request: HttpRequest, sender_id: int) -> HttpResponse:
    """A short message to one of our numbers. Answered with no message: what is said is decided elsewhere."""
    fields = {name: request.POST.getlist(name) for name in request.POST}
    home = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    try:
        receive_posted_text(
            sender_id, fields, url=f"{home}{request.get_full_path()}",
            signature=request.headers.get("X-Twilio-Signature", ""), now=moment_of(request),
        )  # fmt: skip
    except AppError as error:
        return _refused(request, error)
    return HttpResponse(NOTHING_TO_SAY, content_type="text/xml")


mail.methods = text.methods = ("POST",)  # type: ignore[attr-defined]  # the permission walk knocks with these


def _refused(request: HttpRequest, error: AppError) -> JsonResponse:
    known = _count_bad(request, error) if isinstance(error, Unauthenticated) else error
    told = {"code": known.error_code, "message": known.message, "hint": known.hint}
    return JsonResponse(told, status=known.status)


def _count_bad(request: HttpRequest, error: AppError) -> AppError:
    """Wrong secrets are counted by caller, so that nobody can try them through."""
    caller = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()
    key = f"bad-inbound-knocks:{caller}"
    if not cache.add(key, 1, timeout=60):
        try:
            if cache.incr(key) > BAD_KNOCKS_A_MINUTE:
                return TooManyRequests("Too many wrong secrets.", hint="Wait a minute.")
        except ValueError:  # it ran out between the two
            pass
    return error


urlpatterns = [
    path("hooks/mail/<int:mailbox_id>", mail, name="inbound_mail_hook"),
    path("hooks/text/<int:sender_id>", text, name="inbound_text_hook"),
]
