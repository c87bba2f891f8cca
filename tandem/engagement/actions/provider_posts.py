"""What providers post about messages that left: read only when it is signed by that mailbox's or number's provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db import transaction
from django.http import HttpRequest

from tandem.core import ledger
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, Unauthenticated
from tandem.core.secrets import unseal
from tandem.engagement.actions.provider_news import News, take_news
from tandem.engagement.actions.roads import secrets_of
from tandem.engagement.channels.twilio import is_signed
from tandem.engagement.models import Mailbox, TextSender, Touch

# Each provider's view of django-anymail, and how it is told the secret: Mailgun signs, the others show it.
VIEWS: Mapping[str, tuple[str, str]] = {
    "mailgun": ("MailgunTrackingWebhookView", "webhook_signing_key"),
    "postmark": ("PostmarkTrackingWebhookView", "webhook_secret"),
    "sparkpost": ("SparkPostTrackingWebhookView", "webhook_secret"),
    "brevo": ("BrevoTrackingWebhookView", "webhook_secret"),
    "mailjet": ("MailjetTrackingWebhookView", "webhook_secret"),
    "resend": ("ResendTrackingWebhookView", "signing_secret"),
}
HARD_WORDS = frozenset({"HardBounce", "BadEmailAddress", "permanent", "hard_bounce", "invalid_email", "Permanent"})
FAILED_TEXTS = frozenset({"failed", "undelivered"})


def take_mail_news(mailbox_id: int, request: HttpRequest, *, actor: Actor, now: datetime) -> int:
    """Bounces, complaints and unsubscriptions of one mailbox; returns how many were new. Opens and clicks are not read.

    Raises Unauthenticated for an unknown door or a wrong secret, InvalidInput for what the provider would not post.
    """
    mailbox = Mailbox.objects.filter(id=mailbox_id).first()
    provider = str(mailbox.sending.get("provider", "")) if mailbox is not None else ""
    secret = secrets_of(mailbox).get("webhook_secret", "") if mailbox is not None and provider in VIEWS else ""
    if not secret:
        raise Unauthenticated("This door does not know you.", hint="Set the webhook's secret at the mailbox.")
    name, keyword = VIEWS[provider]
    view: Any = getattr(import_module(f"anymail.webhooks.{provider}"), name)(**{keyword: secret})
    try:
        view.run_validators(request)
        events = view.parse_events(request)
    except AnymailWebhookValidationFailure as error:
        raise Unauthenticated("The signature is not the provider's.", hint="Check the webhook's secret.") from error
    except (AnymailError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"This is no post of {provider}.", hint="Send the tracking webhook's own format.") from error
    return sum(_taken(event, actor, now) for event in events)


def _taken(event: AnymailTrackingEvent, actor: Actor, now: datetime) -> bool:
    news = news_of(event)
    if news is None:
        return False
    told = event.mta_response or event.description or event.event_type
    touch = str((event.metadata or {}).get("touch", ""))
    return take_news(touch, news, address=event.recipient or "", told=str(told), actor=actor, now=now)


def news_of(event: AnymailTrackingEvent) -> News | None:
    """What an event says that is acted on; None: nothing."""
    if event.event_type == EventType.COMPLAINED or event.reject_reason == RejectReason.SPAM:
        return News.COMPLAINED
    if event.event_type == EventType.UNSUBSCRIBED:
        return News.UNSUBSCRIBED
    if event.event_type in (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED):
        return News.BOUNCED_HARD if _is_hard(event) else News.BOUNCED_SOFT
    return None


def _is_hard(event: AnymailTrackingEvent) -> bool:
    """Providers differ in what they call a bounce; only what they say is for good counts so."""
    said = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    data = said.get("event-data", said)
    words = {str(data.get(name, "")) for name in ("Type", "severity", "event")}
    return bool(words & HARD_WORDS) or event.reject_reason == RejectReason.INVALID


def take_text_status(
    sender_id: int, fields: Mapping[str, Sequence[str]], *, url: str, touch_key: str, signature: str, actor: Actor
) -> bool:
    """How a text message ended; one that failed says so on its touch. False: nothing new.

    url : the public address that was posted to, which the signature covers

    Raises Unauthenticated for an unknown number or a wrong signature.
    """
    sender = TextSender.objects.filter(id=sender_id).first()
    secret = unseal(sender.webhook_secret or sender.secret) if sender is not None else ""
    if not is_signed(url, fields, signature, secret=secret):
        raise Unauthenticated("The signature is not the provider's.", hint="Check the number's webhook secret.")
    status = next(iter(fields.get("MessageStatus", fields.get("CallStatus", ()))), "")
    code = next(iter(fields.get("ErrorCode", ())), "")
    if status not in FAILED_TEXTS:
        return False
    why = f"The provider could not deliver it: {status} {code}".strip()
    with transaction.atomic():
        changed = Touch.objects.filter(key=touch_key).exclude(why=why).update(why=why)
        if changed:
            ledger.append(actor, "engagement.text_failed", subject=touch_key, status=status, error=code)
    return bool(changed)
