"""The road of mail providers (Mailgun, Postmark, Brevo, Mailjet, SparkPost, Resend), through django-anymail.

They take parts, not bytes, and sign for the domain themselves: what they get is read back from the very bytes that were
cleared. Amazon SES and SendGrid are reached by their SMTP servers, as any other mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.engagement.channels.handing_over import HandOff, Moment, NotTaken, depart
from tandem.engagement.channels.web_answers import LATER

SECONDS = 20.0
# How each provider's key is called by django-anymail.
KEYS: Mapping[str, str] = MappingProxyType(
    {
        "mailgun": "api_key",
        "postmark": "server_token",
        "brevo": "api_key",
        "mailjet": "api_key",
        "sparkpost": "api_key",
        "resend": "api_key",
    }
)
OWN = frozenset({"from", "to", "subject", "mime-version", "content-type", "dkim-signature", "date"})
NOT_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.InvalidURL)


class EspLine:
    """Messages of one address at one provider.

    key : the provider's key; secret : a second one, where it has two (Mailjet); empty: none
    base : address of the interface, where it has several (regions); empty: the provider's usual one
    """

    def __init__(self, provider: str, *, key: str, secret: str = "", sender_domain: str = "", base: str = "") -> None:
        if provider not in KEYS:
            raise InvalidInput(f"{provider!r} is no mail provider that is known.", hint=f"Known: {', '.join(KEYS)}.")
        if base and not _may_be_called(base):
            raise InvalidInput(f"{base} can't be called.", hint="Give an https:// address.", code="outside.address")
        told: dict[str, Any] = {KEYS[provider]: key, "timeout": SECONDS, "fail_silently": False}
        if base:
            told["api_url"] = base
        if provider == "mailgun":
            told["sender_domain"] = sender_domain
        if provider == "mailjet":
            told["secret_key"] = secret
        self.provider = provider
        self._connection: Any = get_connection(f"anymail.backends.{provider}.EmailBackend", **told)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def hand_over(
        self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment = clock.now
    ) -> HandOff:
        """One mail; see `handing_over.Line`. The envelope address is the provider's own."""
        if clearance.channel is not Road.EMAIL:
            raise InvalidInput("The clearance is not for mail.", hint="Use the channel that it names.")
        try:
            self._connection.open()
        except AnymailError as error:
            raise NotTaken(f"{self.provider} could not be used: {error}", is_line=True) from error
        permit = gate.claim(clearance, message, actor=actor, now=moment())
        gate.check_hand_off(permit, actor=actor, now=moment())
        return depart(permit, self._sent(permit, clearance.touch), actor=actor, moment=moment)

    def _sent(self, permit: Permit, touch: str) -> HandOff:
        try:
            mail = _as_parts(permit, touch)
            self._connection.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return HandOff(state=ClearanceState.REFUSED, told=f"Recipient refused: {error}")
        except AnymailAPIError as error:
            return _ended_by(error)
        except AnymailError as error:  # it could not be said in the provider's words: nothing was sent
            return HandOff(state=ClearanceState.REFUSED, told=str(error))
        told = getattr(getattr(mail, "anymail_status", None), "message_id", "") or "without a number"
        return HandOff(state=ClearanceState.DEPARTED, told=f"{self.provider} took it as {told}")


def _as_parts(permit: Permit, touch: str) -> EmailMultiAlternatives:
    """The cleared mail, in the parts that providers take; news of it come back with the touch's key."""
    read = message_from_bytes(permit.message, policy=policy.default)
    assert isinstance(read, EmailMessage)
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    headers = {name: str(value) for name, value in read.items() if name.lower() not in OWN}
    mail = EmailMultiAlternatives(
        subject=str(read["Subject"]),
        body=plain.get_content() if plain is not None else "",
        from_email=str(read["From"]),
        to=[str(read["To"])],
        headers=headers,
    )
    if html is not None:
        mail.attach_alternative(html.get_content(), "text/html")
    mail.metadata = {"touch": touch}  # type: ignore[attr-defined]
    mail.track_opens = mail.track_clicks = False  # type: ignore[attr-defined]
    return mail


def _ended_by(error: AnymailAPIError) -> HandOff:
    status = getattr(error, "status_code", None)
    words = f"{status or ''} {error}".strip()[:300]
    if (isinstance(status, int) and 400 <= status < 500) or status in LATER:
        return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=status in LATER)
    if status is None and (isinstance(error, NOT_SENT) or "NewConnectionError" in repr(error.__cause__)):
        return HandOff(state=ClearanceState.REFUSED, told=words, is_temporary=True)
    return HandOff(state=ClearanceState.UNCERTAIN, told=words)


def _may_be_called(address: str) -> bool:
    parts = urlsplit(address)
    own = {parts.netloc.lower(), (parts.hostname or "").lower()} & set(settings.OUTSIDE_HOSTS)
    return bool(parts.hostname) and (parts.scheme == "https" or bool(own))
