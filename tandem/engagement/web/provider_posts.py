"""Doors for providers: news of mail and of text messages that left. No sign-in; the provider's secret is the proof."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tandem.access.guard import public
from tandem.core.actors import built_in_agent
from tandem.core.api import moment_of
from tandem.core.errors import InvalidInput
from tandem.engagement.actions import provider_posts as actions

WORKER = built_in_agent("provider hook", "worker")
MOST_BYTES = 2_000_000


@public
@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def mail_news(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Bounces, complaints and unsubscriptions of one mailbox at a provider."""
    if request.method == "HEAD":  # some providers look whether somebody is there
        return HttpResponse()
    _refuse_too_long(request)
    actions.take_mail_news(mailbox_id, request, actor=WORKER, now=moment_of(request))
    return HttpResponse()


@public
@csrf_exempt
@require_http_methods(["POST"])
def text_status(request: HttpRequest, sender_id: int) -> HttpResponse:
    """How a text message or call ended at the provider."""
    _refuse_too_long(request)
    actions.take_text_status(
        sender_id,
        {name: request.POST.getlist(name) for name in request.POST},
        url=f"{settings.PUBLIC_URL}{request.get_full_path()}",
        touch_key=request.GET.get("touch", "")[:64],
        signature=request.headers.get("X-Twilio-Signature", ""),
        actor=WORKER,
    )
    return HttpResponse("<Response/>", content_type="text/xml")


def _refuse_too_long(request: HttpRequest) -> None:
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise InvalidInput(f"The post has more than {MOST_BYTES:,} bytes.", hint="Send fewer events at once.")


urlpatterns = [
    path("hooks/mail/<int:mailbox_id>/news", mail_news, name="hook_mail_news"),
    path("hooks/text/<int:sender_id>/status", text_status, name="hook_text_status"),
]
