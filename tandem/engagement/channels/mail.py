"""The road of mail: SMTP hand-offs (RFC 5321), one clearance each, many over one connection.

Everything that takes time (connection, TLS, sign-in, both addresses) happens before the claim, so that between the last
look at the switches and the first byte on the wire there is nothing to wait for.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit, Road
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import AppError, InvalidInput
from tandem.engagement.channels.handing_over import HandOff, Moment, NotTaken, depart

SECONDS = 20.0  # for each step of the conversation
ANSWER_SECONDS = 120.0  # for the answer to the last byte: who gives up earlier does not know whether it was taken
MESSAGES_A_LINE = 100  # many servers end a conversation that goes on for longer
SUCCESS = range(200, 300)
PERMANENT = range(500, 600)
GO_ON, CLOSING = 354, 421
BROKEN = (OSError, smtplib.SMTPException)
_LINE_STARTS = re.compile(rb"(?m)^\.")
TLS = ("none", "starttls", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over.

    tls : "tls" from the first byte, "starttls" after the greeting, "none" only to this machine
    token : OAuth access token, used in the place of a password (XOAUTH2); empty: none
    seconds, answer_seconds : how long each step, and the answer to the last byte, may take
    """

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""
    token: str = ""
    seconds: float = SECONDS
    answer_seconds: float = ANSWER_SECONDS


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

    Raises NotCleared when the gate does not let it go (nothing was handed over); NotTaken when the server could not be
    reached or refused an address, before the clearance was claimed (it can be used again).
    """
    with MailLine(server) as line:
        return line.hand_over(clearance, message, sender=sender, actor=actor, moment=moment).state


class MailLine:
    """A conversation with one server over many messages; opened with the first, opened anew when it broke."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._line: smtplib.SMTP | None = None
        self._used = 0

    def __enter__(self) -> MailLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the conversation."""
        line, self._line, self._used = self._line, None, 0
        if line is not None:
            line.close()

    def hand_over(
        self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment = clock.now
    ) -> HandOff:
        """One mail; see `handing_over.Line`."""
        if clearance.channel is not Road.EMAIL:
            raise InvalidInput("The clearance is not for mail.", hint="Use the channel that it names.")
        line = self._addressed(sender, clearance.address)
        try:
            permit = gate.claim(clearance, message, actor=actor, now=moment())
            gate.check_hand_off(permit, actor=actor, now=moment())
        except AppError:
            self._forget_addresses(line)
            raise
        self._used += 1
        return self._handed_over(line, permit, actor, moment)

    def try_out(self) -> str:
        """Connect and sign in, and no more; returns the server's name for itself. Raises NotTaken."""
        line = self._open()
        told = line.ehlo_resp or line.helo_resp or b""
        return told.decode("utf-8", "replace").partition("\n")[0]

    def _addressed(self, sender: str, recipient: str) -> smtplib.SMTP:
        """A conversation in which only the message is missing. One that had gone stale is opened anew, once."""
        if self._used >= MESSAGES_A_LINE:
            self.close()
        is_old = self._line is not None
        try:
            return self._with_addresses(sender, recipient)
        except NotTaken as error:
            if not (is_old and error.is_line):
                raise
        return self._with_addresses(sender, recipient)

    def _with_addresses(self, sender: str, recipient: str) -> smtplib.SMTP:
        line = self._open()
        options = [] if (sender + recipient).isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
        if options and not line.has_extn("smtputf8"):
            told = f"{self.server.host} takes no addresses with letters beyond ASCII, such as {recipient}"
            raise NotTaken(f"{told}.", is_line=False, is_permanent=True)
        line.command_encoding = "utf-8" if options else "ascii"
        try:
            self._accepted(line.mail(sender, options), "the sender", is_line=True)
            self._accepted(line.rcpt(recipient), "the recipient", is_line=False)
        except BROKEN as error:
            self.close()
            raise self._unusable(error) from error
        except NotTaken as error:
            if error.code_told == CLOSING:
                self.close()
            else:
                self._forget_addresses(line)
            raise
        return line

    def _open(self) -> smtplib.SMTP:
        """The conversation, begun and signed in."""
        if self._line is not None:
            return self._line
        server, context = self.server, ssl.create_default_context()
        line: smtplib.SMTP | None = None
        try:
            if server.tls == "tls":
                line = smtplib.SMTP_SSL(server.host, server.port, timeout=server.seconds, context=context)
            else:
                line = smtplib.SMTP(server.host, server.port, timeout=server.seconds)
            line.ehlo_or_helo_if_needed()
            if server.tls == "starttls":
                line.starttls(context=context)
                line.ehlo_or_helo_if_needed()
            self._signed_in(line)
        except BROKEN as error:
            if line is not None:
                line.close()
            raise self._unusable(error) from error
        self._line, self._used = line, 0
        return line

    def _signed_in(self, line: smtplib.SMTP) -> None:
        server = self.server
        if server.token:
            told = f"user={server.user}\x01auth=Bearer {server.token}\x01\x01"
            line.auth("XOAUTH2", lambda challenge=None: "" if challenge else told)
        elif server.user:
            line.login(server.user, server.password)

    def _forget_addresses(self, line: smtplib.SMTP) -> None:
        """Ready for the next mail; a conversation that can't do that is over."""
        try:
            line.rset()
        except BROKEN:
            self.close()

    def _unusable(self, error: Exception) -> NotTaken:
        is_refusal = isinstance(error, smtplib.SMTPResponseException)
        code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
        told = f"The mail server {self.server.host} could not be used: {error}."
        return NotTaken(told, is_line=True, is_permanent=is_refusal and code in PERMANENT, code=code)

    def _accepted(self, answer: tuple[int, bytes], what: str, *, is_line: bool) -> None:
        code, said = answer
        if code not in SUCCESS:
            told = said.decode("utf-8", "replace")[:200]
            raise NotTaken(
                f"The mail server does not take {what}: {code} {told}", is_line=is_line or code == CLOSING,
                is_permanent=code in PERMANENT, code=code,
            )  # fmt: skip

    def _handed_over(self, line: smtplib.SMTP, permit: Permit, actor: Actor, moment: Moment) -> HandOff:
        """The message itself. Before its last byte is sent no server can have taken it; after that nobody knows."""
        ended = self._offered(line)
        if ended is None:
            ended = self._transferred(line, permit)
        if ended.state is not ClearanceState.DEPARTED:
            self.close()
        return depart(permit, ended, actor=actor, moment=moment)

    def _offered(self, line: smtplib.SMTP) -> HandOff | None:
        """Ask whether the message may come; None: it may."""
        try:
            code, told = _read(line.docmd("DATA"))
        except BROKEN as error:
            return HandOff(state=ClearanceState.REFUSED, told=f"The line broke before it: {error}", is_temporary=True)
        return None if code == GO_ON else _refused(code, told)

    def _transferred(self, line: smtplib.SMTP, permit: Permit) -> HandOff:
        try:
            line.send(_LINE_STARTS.sub(b"..", permit.message) + b".\r\n")
        except BROKEN as error:
            told = f"The line broke before its last byte: {error}"
            return HandOff(state=ClearanceState.REFUSED, told=told, is_temporary=True)
        try:
            if line.sock is not None:
                line.sock.settimeout(self.server.answer_seconds)
            code, told = _read(line.getreply())
            if line.sock is not None:
                line.sock.settimeout(self.server.seconds)
        except BROKEN as error:
            return HandOff(state=ClearanceState.UNCERTAIN, told=f"No answer to the whole message: {error}")
        if code in SUCCESS:
            return HandOff(state=ClearanceState.DEPARTED, told=told)
        return _refused(code, told)


def _refused(code: int, told: str) -> HandOff:
    return HandOff(state=ClearanceState.REFUSED, told=told, is_temporary=code not in PERMANENT)


def _read(answer: tuple[int, Any]) -> tuple[int, str]:
    """An answer's code, and the whole of it in words."""
    code, said = answer
    return code, f"{code} {said.decode('utf-8', 'replace')}"
