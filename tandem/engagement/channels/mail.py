"""The road of mail: one SMTP hand-off (RFC 5321) for one clearance.

Everything that takes time (connection, TLS, sign-in, both addresses) happens before the claim, so that between the last
look at the switches and the first byte on the wire there is nothing to wait for.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput, ProviderFailed

SECONDS = 20.0  # for each step of the conversation
SUCCESS = range(200, 300)
TLS = ("none", "starttls", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over.

    tls : "tls" from the first byte, "starttls" after the greeting, "none" only to this machine
    """

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""


def server_of(address: str | None = None) -> MailServer:
    """Read "smtp://user:password@host:587?tls=starttls"; None: the setting TANDEM_SMTP_URL.

    Raises InvalidInput when there is none, when it can't be read, or when it would send passwords or mail in the clear
    to another machine.
    """
    given = settings.SMTP_URL if address is None else address
    parts = urlsplit(given)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise InvalidInput(
            "There is no mail server.", hint="Set TANDEM_SMTP_URL, e.g. smtp://user:password@mail.example.com:587.",
            code="mail.no_server",
        )  # fmt: skip
    is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    otherwise = "tls" if parts.scheme == "smtps" else "none" if is_here else "starttls"
    tls = parse_qs(parts.query).get("tls", [otherwise])[0]
    if tls not in TLS or (tls == "none" and not is_here):
        raise InvalidInput(
            f"tls={tls} can't be used with {parts.hostname}.", hint="Use starttls or tls.", code="mail.clear_text"
        )
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if tls == "tls" else 587),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def send(
    clearance: Clearance,
    message: bytes,
    *,
    sender: str,
    server: MailServer,
    actor: Actor,
    moment: Callable[[], datetime] = clock.now,
) -> ClearanceState:
    """Hand one mail over; returns how it ended, which is written down as well.

    sender : envelope address, to which bounces come
    moment : the clock

    Raises NotCleared when the gate does not let it go (nothing was handed over); ProviderFailed when the server could
    not be reached or refused an address, before the clearance was claimed (it can be used again).
    """
    if clearance.channel is not Road.EMAIL:
        raise InvalidInput("The clearance is not for mail.", hint="Use the channel that it names.")
    line = _greeted(server, sender, clearance.address)
    try:
        permit = gate.claim(clearance, message, actor=actor, now=moment())
        gate.check_hand_off(permit, actor=actor, now=moment())
        return _handed_over(line, permit, actor, moment)
    finally:
        line.close()


def _greeted(server: MailServer, sender: str, recipient: str) -> smtplib.SMTP:
    """A conversation in which only the message is missing."""
    context = ssl.create_default_context()
    line: smtplib.SMTP | None = None
    try:
        if server.tls == "tls":
            line = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
        else:
            line = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        line.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            line.starttls(context=context)
            line.ehlo_or_helo_if_needed()
        if server.user:
            line.login(server.user, server.password)
        _accepted(line.mail(sender), "the sender")
        _accepted(line.rcpt(recipient), "the recipient")
    except (OSError, smtplib.SMTPException) as error:
        if line is not None:
            line.close()
        raise ProviderFailed(
            f"The mail server {server.host} could not be used: {error}.", hint="Nothing was sent.", code="mail.server",
        ) from error  # fmt: skip
    except ProviderFailed:
        if line is not None:
            line.close()
        raise
    return line


def _accepted(answer: tuple[int, bytes], what: str) -> None:
    if answer[0] not in SUCCESS:
        told = answer[1].decode("utf-8", "replace")[:200]
        raise ProviderFailed(
            f"The mail server does not take {what}: {answer[0]} {told}", hint="Nothing was sent.",
            code="mail.address_refused", context={"status": answer[0]},
        )  # fmt: skip


def _handed_over(line: smtplib.SMTP, permit: Permit, actor: Actor, moment: Callable[[], datetime]) -> ClearanceState:
    try:
        code, said = line.data(permit.message)
    except smtplib.SMTPDataError as error:  # the server did not want the message before a byte of it was sent
        code, said = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
    except (OSError, smtplib.SMTPException) as error:
        gate.depart(permit, outcome=ClearanceState.UNCERTAIN, why=str(error), actor=actor, now=moment())
        return ClearanceState.UNCERTAIN
    told = f"{code} {said.decode('utf-8', 'replace')}"
    outcome = ClearanceState.DEPARTED if code in SUCCESS else ClearanceState.REFUSED
    gate.depart(permit, outcome=outcome, reference=told, why="" if code in SUCCESS else told, actor=actor, now=moment())
    return outcome
