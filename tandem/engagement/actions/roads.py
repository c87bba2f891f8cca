"""Which road a message takes: by its channel and, for mail, by its mailbox's kind. Lines are opened once a round."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any

from tandem.compliance.contracts.gate import Road
from tandem.core.errors import InvalidInput
from tandem.core.secrets import unseal
from tandem.engagement.channels.handing_over import Line, NotTaken
from tandem.engagement.channels.mail import TLS, MailLine, MailServer, server_of
from tandem.engagement.models import Mailbox

STANDARD_PORTS = {"tls": 465, "starttls": 587, "none": 25}


class Roads:
    """Open lines by channel and mailbox; closed together."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
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
                self._lines[key] = open_line(channel, mailbox_id, now=self.now)
            except InvalidInput as error:
                raise NotTaken(f"{error.message} {error.hint or ''}".strip(), is_line=True) from error
        return self._lines[key]


def open_line(channel: Road, mailbox_id: int | None, *, now: datetime) -> Line:
    """A line for messages of one sender. Raises InvalidInput when the road is not set up."""
    if channel is Road.EMAIL:
        mailbox = Mailbox.objects.filter(id__in=[mailbox_id]).first()
        if mailbox is None:
            raise InvalidInput("The mailbox is gone.", hint="Choose another one for it.")
        return mail_line(mailbox, now=now)
    raise InvalidInput(f"Messages by {channel.value} can't be handed over.", hint="A person does them by hand.")


def mail_line(mailbox: Mailbox, *, now: datetime) -> Line:
    """The line of one mailbox. Raises InvalidInput when it is not set up."""
    secrets = secrets_of(mailbox)
    return MailLine(smtp_server(mailbox.sending, secrets))


def secrets_of(mailbox: Mailbox) -> dict[str, str]:
    """The mailbox's passwords and tokens, open."""
    told = unseal(mailbox.secrets)
    return dict(json.loads(told)) if told else {}


def smtp_server(sending: Mapping[str, Any], secrets: Mapping[str, str]) -> MailServer:
    """The server of an SMTP mailbox; without an own one the installation's. Raises InvalidInput when there is none."""
    host = str(sending.get("host", ""))
    if not host:
        return server_of()
    tls = str(sending.get("tls", "starttls"))
    if tls not in TLS or (tls == "none" and host not in ("127.0.0.1", "localhost", "::1")):
        raise InvalidInput(f"tls={tls} can't be used with {host}.", hint="Use starttls or tls.", code="mail.clear_text")
    return MailServer(
        host=host,
        port=int(sending.get("port") or STANDARD_PORTS[tls]),
        tls=tls,
        user=str(sending.get("user", "")),
        password=secrets.get("password", ""),
        token=secrets.get("access_token", "") if sending.get("auth") == "xoauth2" else "",
        seconds=float(sending.get("seconds", 20.0)),
        answer_seconds=float(sending.get("answer_seconds", 120.0)),
    )
