"""Messages that providers post to us: mail of an ESP's inbound route, SMS and WhatsApp of a provider of Twilio's kind.

Each door has a secret of its own; what does not know it is not read. A post that is repeated comes in once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any

from anymail.inbound import AnymailInboundMessage
from django.http import HttpRequest

from tandem.core.actors import Actor, built_in_agent
from tandem.core.errors import InvalidInput, NotFound, Unauthenticated
from tandem.core.secrets import unseal
from tandem.engagement.actions.consequences import draw
from tandem.engagement.actions.receiving import keep, store
from tandem.engagement.actions.roads import secrets_of
from tandem.engagement.channels.twilio import is_signed
from tandem.engagement.contracts import ReplyLabel
from tandem.engagement.domain.reading import read_text
from tandem.engagement.models import Mailbox, TextSender
from tandem.engagement.queries.threading import Incoming, place_of

HOOKS: Actor = built_in_agent("inbound hook", "worker")
# Views of django-anymail that take a provider's post apart without asking the provider anything.
PROVIDERS = {
    "brevo": "BrevoInboundWebhookView",
    "mailgun": "MailgunInboundWebhookView",
    "mailjet": "MailjetInboundWebhookView",
    "postal": "PostalInboundWebhookView",
    "postmark": "PostmarkInboundWebhookView",
    "sendgrid": "SendGridInboundWebhookView",
    "sparkpost": "SparkPostInboundWebhookView",
}
# Whole messages that providers and carriers take as "stop" (Twilio's and AWS's lists, which differ, together).
STOP_WORDS = frozenset(
    "arret cancel end opt-out optout quit remove revoke stop stopall stopp td unsubscribe alto baja stoppen".split()
)


MOST_POSTED_BYTES = 40_000_000  # a mail of 25 MB, as providers take them, in base64 and JSON


def receive_posted_mail(mailbox_id: int, request: HttpRequest, *, now: datetime) -> list[int]:
    """Take in what an ESP posts for a mailbox; returns the ids of messages that are new.

    The mailbox's `receiving` names the provider ("hook": "postmark"); the post carries "hook:<secret>" as HTTP Basic.
    Raises Unauthenticated for an unknown door or a wrong secret, InvalidInput for what the provider would not post, or
    for more than 40 MB.
    """
    mailbox = Mailbox.objects.filter(id=mailbox_id, is_active=True).first()
    provider = str((mailbox.receiving or {}).get("hook", "")) if mailbox else ""
    secret = secrets_of(mailbox).get("hook_secret", "") if mailbox and provider in PROVIDERS else ""
    if mailbox is None or not secret or not hmac.compare_digest(_told_secret(request), secret):
        raise Unauthenticated("This door does not know you.", hint="Set the user and secret in the provider's route.")
    _read_whole(request)
    taken = []
    for message, identity in _messages(provider, request):
        found = keep(
            message, mailbox_id=mailbox.id, channel="email", received_at=now, actor=HOOKS, now=now, identity=identity
        )
        if found is not None:
            draw(found, actor=HOOKS, now=now)
            taken.append(found)
    return taken


def _read_whole(request: HttpRequest) -> None:
    """Read a JSON post beyond Django's general limit: whoever knows the secret may bring a mail with attachments."""
    if request.content_type == "application/json" and not hasattr(request, "_body"):
        body = request.read(MOST_POSTED_BYTES + 1)
        if len(body) > MOST_POSTED_BYTES:
            raise InvalidInput("The mail is too large.", hint=f"At most {MOST_POSTED_BYTES // 1_000_000} MB.")
        request._body = body  # type: ignore[attr-defined]  # where `request.body` keeps what it has read


def _told_secret(request: HttpRequest) -> str:
    word, _, told = request.headers.get("Authorization", "").partition(" ")
    if word.lower() != "basic":
        return ""
    try:
        return base64.b64decode(told).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _messages(provider: str, request: HttpRequest) -> list[tuple[bytes, str]]:
    """Each mail of a post, with what tells a repeated post."""
    view_class = getattr(import_module(f"anymail.webhooks.{provider}"), PROVIDERS[provider])
    # The signing key of some providers is not needed: the secret of the door was checked.
    view = view_class(webhook_secret=["-:-"], **({"webhook_signing_key": "-"} if provider == "mailgun" else {}))
    try:
        events = view.parse_events(request)
        return [(event.message.as_bytes(), _identity(provider, event.message)) for event in events if event.message]
    except (ValueError, TypeError, KeyError, LookupError, AttributeError) as error:
        raise InvalidInput(f"This is no post of {provider}.", hint="Send the inbound route's own format.") from error


def _identity(provider: str, message: AnymailInboundMessage) -> str:
    """A post that is tried again is built anew, with other boundaries: the mail's own marks tell it."""
    marks = [str(message.get(name, "")) for name in ("Message-ID", "From", "Date", "Subject")]
    body = hashlib.sha256(f"{message.text or ''}{message.html or ''}".encode()).hexdigest()
    return "\n".join([provider, *marks, body])


def receive_posted_text(
    sender_id: int, fields: Mapping[str, Sequence[str]], *, url: str, signature: str, now: datetime
) -> int | None:
    """Take in a short message that a provider of Twilio's kind posts; returns its id, None when it was known.

    url : the public address that was posted to, which the signature covers
    Raises Unauthenticated for an unknown number or a wrong signature.
    """
    sender = TextSender.objects.filter(id=sender_id, is_active=True).first()
    secret = unseal(sender.webhook_secret or sender.secret) if sender else ""
    if sender is None or not is_signed(url, fields, signature, secret=secret):
        raise Unauthenticated("The signature is not the provider's.", hint="Check the number's webhook secret.")
    told = {name: values[0] for name, values in fields.items() if values}
    if not told.get("MessageSid") or not told.get("From"):
        raise InvalidInput("The post names no message or no sender.", hint="Send the provider's own form.")
    inbound_id = keep_text(sender.channel, told, now=now)
    if inbound_id is not None:
        draw(inbound_id, actor=HOOKS, now=now)
    return inbound_id


def keep_text(channel: str, told: Mapping[str, str], *, now: datetime) -> int | None:
    """One short message, read and brought to the touch it answers. "Stop" in any known form is an unsubscribe."""
    number, body = told["From"].removeprefix("whatsapp:")[:254], told.get("Body", "")[:20_000]
    reading = read_text(body, today=now.date())
    if told.get("OptOutType") == "STOP" or body.strip(" .!").casefold() in STOP_WORDS:
        reading = replace(reading, label=ReplyLabel.UNSUBSCRIBE, confidence=1.0, to_human=False, evidence=body.strip())
    place = place_of(
        Incoming(
            kind=reading.kind, sender=number, subject="", received_at=now, references=(), headers={}, text=body,
            mailbox_id=None, channel=channel,
        )
    )  # fmt: skip
    values: dict[str, Any] = {
        "channel": channel, "mailbox_id": None, "content": zlib.compress(body.encode()), "subject": "",
        "content_hash": hashlib.sha256(told["MessageSid"].encode()).hexdigest(), "message_id": told["MessageSid"][:255],
        "sender": number, "sender_name": told.get("ProfileName", "")[:200], "touch_id": place.touch_id,
        "contact_id": place.contact_id, "account_id": place.account_id, "kind": reading.kind.value,
        "label": reading.label.value if reading.label else "", "confidence": reading.confidence,
        "to_human": reading.to_human, "evidence": reading.evidence, "new_text": reading.new_text,
        "language": reading.language[:8], "received_at": now, "read_at": now,
        "reading": {
            "by": place.by.value, "sender": place.sender.value, "redirect_email": reading.redirect_email,
            "redirect_name": reading.redirect_name,
            "returns_on": reading.returns_on.isoformat() if reading.returns_on else None,
        },
    }  # fmt: skip
    return store(values, actor=HOOKS)


def mailbox_hook(mailbox_id: int) -> str:
    """Where a provider posts mail for a mailbox, without the installation's address. Raises NotFound."""
    if not Mailbox.objects.filter(id=mailbox_id).exists():
        raise NotFound(f"There is no mailbox {mailbox_id}.")
    return f"/hooks/mail/{mailbox_id}"
