"""Which road a message takes: by its channel and, for mail, by its mailbox's kind. Lines are opened once a round."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import transaction

from tandem.compliance.contracts.gate import Road
from tandem.core import clock
from tandem.core.errors import InvalidInput
from tandem.core.outside import open_client
from tandem.core.secrets import seal, unseal
from tandem.engagement.channels.esp import EspLine
from tandem.engagement.channels.gmail import BASE as GMAIL
from tandem.engagement.channels.gmail import GmailLine
from tandem.engagement.channels.handing_over import Line, NotTaken
from tandem.engagement.channels.mail import ANSWER_SECONDS, SECONDS, TLS, MailLine, MailServer, server_of
from tandem.engagement.channels.microsoft import BASE as GRAPH
from tandem.engagement.channels.microsoft import MicrosoftLine
from tandem.engagement.channels.sms import SmsLine
from tandem.engagement.channels.tokens import (
    GOOGLE_TOKENS,
    MICROSOFT_SCOPE,
    MICROSOFT_TOKENS,
    AccessToken,
    Grant,
    renewed,
)
from tandem.engagement.channels.twilio import BASE as TWILIO
from tandem.engagement.channels.twilio import TextAccount, TextLine
from tandem.engagement.channels.voicemail import VoicemailLine
from tandem.engagement.channels.whatsapp import WhatsAppLine
from tandem.engagement.contracts import MailboxKind
from tandem.engagement.models import Mailbox, TextSender

HERE = ("127.0.0.1", "localhost", "::1")
STANDARD_PORTS = {"tls": 465, "starttls": 587, "none": 25}
TEXT_LINES: Mapping[Road, type[TextLine]] = {
    Road.SMS: SmsLine, Road.WHATSAPP: WhatsAppLine, Road.VOICEMAIL_AI: VoicemailLine,
}  # fmt: skip


class Roads:
    """Open lines by channel and mailbox; closed together."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int | None], Line] = {}

    def __enter__(self) -> Roads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines.values():
            line.close()

    def line_for(self, channel: Road, mailbox_id: int | None) -> Line:
        """The line of a channel and mailbox. Raises NotTaken when it is not set up, or can't be reached."""
        key = (channel.value, mailbox_id)
        if key not in self._lines:
            try:
                self._lines[key] = open_line(channel, mailbox_id)
            except InvalidInput as error:
                raise NotTaken(f"{error.message} {error.hint or ''}".strip(), is_line=True) from error
        return self._lines[key]


def open_line(channel: Road, mailbox_id: int | None) -> Line:
    """A line for messages of one sender. Raises InvalidInput when the road is not set up, NotTaken without a token."""
    if channel is not Road.EMAIL:
        return text_line(channel)
    mailbox = Mailbox.objects.filter(id__in=[mailbox_id]).first()
    if mailbox is None:
        raise InvalidInput("The mailbox is gone.", hint="Choose another one for it.")
    return mail_line(mailbox)


def text_line(channel: Road) -> TextLine:
    """The line of text messages on a channel. Raises InvalidInput when there is none."""
    sender = TextSender.objects.filter(channel=channel.value, is_active=True).first()
    if sender is None or channel not in TEXT_LINES:
        raise InvalidInput(f"No number sends by {channel.value}.", hint="Connect one on the page of mailboxes.")
    callback = f"{settings.PUBLIC_URL}/hooks/text/{sender.id}/status" if settings.PUBLIC_URL else ""
    account = TextAccount(
        account=sender.account, user=sender.user or sender.account, secret=unseal(sender.secret), sender=sender.number,
        base=sender.base or TWILIO, callback=callback,
    )  # fmt: skip
    return TEXT_LINES[channel](account)


def mail_line(mailbox: Mailbox) -> MailLine | EspLine | GmailLine | MicrosoftLine:
    """The line of one mailbox. Raises InvalidInput when it is not set up, NotTaken when there is no token for it."""
    secrets, sending = secrets_of(mailbox), mailbox.sending
    if mailbox.kind == MailboxKind.GMAIL:
        return GmailLine(grant_of(sending, secrets), base=str(sending.get("base") or GMAIL))
    if mailbox.kind == MailboxKind.MICROSOFT:
        grant = grant_of(sending, secrets)
        return MicrosoftLine(grant, mailbox=mailbox.address, base=str(sending.get("base") or GRAPH))
    if mailbox.kind == MailboxKind.ESP:
        return EspLine(
            str(sending.get("provider", "")), key=secrets.get("key", ""), secret=secrets.get("secret", ""),
            sender_domain=str(sending.get("sender_domain") or mailbox.domain.name), base=str(sending.get("base", "")),
        )  # fmt: skip
    if sending.get("auth") == "xoauth2":
        secrets = secrets | {"access_token": access_token(mailbox)}
    return MailLine(smtp_server(sending, secrets))


def secrets_of(mailbox: Mailbox) -> dict[str, str]:
    """The mailbox's passwords and tokens, open."""
    told = unseal(mailbox.secrets)
    return dict(json.loads(told)) if told else {}


def grant_of(sending: Mapping[str, Any], secrets: Mapping[str, str]) -> Grant:
    """What renews a mailbox's tokens. Raises InvalidInput when it was never connected."""
    if not secrets.get("client_id"):
        raise InvalidInput("The mailbox has no OAuth client.", hint="Connect it again on the page of mailboxes.")
    is_google = sending.get("oauth", "google") == "google"
    usual = GOOGLE_TOKENS if is_google else MICROSOFT_TOKENS.format(tenant=sending.get("tenant") or "organizations")
    return Grant(
        address=str(sending.get("tokens") or usual),
        client_id=secrets["client_id"],
        client_secret=secrets.get("client_secret", ""),
        refresh_token=secrets.get("refresh_token", ""),
        scope="" if is_google or secrets.get("refresh_token") else MICROSOFT_SCOPE,
    )


def access_token(mailbox: Mailbox) -> str:
    """A fresh token for SMTP or IMAP; a refresh token that the provider changed is kept. Raises NotTaken."""
    secrets = secrets_of(mailbox)
    with open_client("The token server") as client:
        found: AccessToken = renewed(client, grant_of(mailbox.sending, secrets), now=clock.now())
    if found.refresh_token and found.refresh_token != secrets.get("refresh_token"):
        sealed = seal(json.dumps(secrets | {"refresh_token": found.refresh_token}))
        with transaction.atomic():
            Mailbox.objects.filter(id=mailbox.id, secrets=mailbox.secrets).update(secrets=sealed)
    return found.token


def smtp_server(sending: Mapping[str, Any], secrets: Mapping[str, str]) -> MailServer:
    """The server of an SMTP mailbox; without an own one the installation's. Raises InvalidInput when there is none."""
    host = str(sending.get("host", ""))
    if not host:
        return server_of()
    tls = str(sending.get("tls", "starttls"))
    if tls not in TLS or (tls == "none" and host not in HERE):
        raise InvalidInput(f"tls={tls} can't be used with {host}.", hint="Use starttls or tls.", code="mail.clear_text")
    return MailServer(
        host=host,
        port=int(sending.get("port") or STANDARD_PORTS[tls]),
        tls=tls,
        user=str(sending.get("user", "")),
        password=secrets.get("password", ""),
        token=secrets.get("access_token", ""),
        seconds=float(sending.get("seconds", SECONDS)),
        answer_seconds=float(sending.get("answer_seconds", ANSWER_SECONDS)),
    )
