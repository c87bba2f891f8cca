"""Anchor in a mailbox of an auditor's: the checkpoint as an attachment.

A notice of this installation to an address that its operator has entered for it. It can't be used to write to anybody
else: the only words in it are the checkpoint's.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from tandem.compliance.contracts.anchors import AnchorDocument
from tandem.core.errors import ProviderFailed

SECONDS = 20
LONGEST_LINE = 998  # RFC 5322
PORTS = {"smtps": 465, "smtp": 25}


def keep(document: AnchorDocument, to: str, *, server: str, sender: str, now: datetime) -> str:
    """Send the checkpoint; returns the Message-ID.

    server : smtps://user:password@host or smtp://host:25
    Raises ProviderFailed, also when no server or sender is set.
    """
    parts = urlsplit(server)
    if parts.scheme not in PORTS or not parts.hostname or not sender:
        raise ProviderFailed(
            "No mail server or sender is set for notices.",
            hint="Set TANDEM_SYSTEM_MAIL_URL and TANDEM_SYSTEM_MAIL_FROM.",
            code="anchor.mail",
        )
    message = _message(document, to, sender, now)
    try:
        with _connect(parts) as connection:
            connection.send_message(message)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise ProviderFailed(
            f"{parts.hostname} did not take the mail: {error}",
            hint="Check TANDEM_SYSTEM_MAIL_URL, and that the server knows the address.",
            code="anchor.mail",
        ) from error
    return str(message["Message-ID"])


def _message(document: AnchorDocument, to: str, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP.clone(max_line_length=LONGEST_LINE))  # no folded Message-ID
    message["From"], message["To"], message["Subject"] = sender, to, document.title
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{document.name.removesuffix('.json')}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "Keep this message: the attached checkpoint proves later that the ledger was not shortened or made anew.\n\n"
        + document.body.decode()
    )
    message.add_attachment(document.body, maintype="application", subtype="json", filename=document.name)
    return message


def _connect(parts: SplitResult) -> smtplib.SMTP:
    """A connection, encrypted where the server offers it; a password goes only over an encrypted one."""
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    trust = ssl.create_default_context()
    if parts.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=trust)
    else:
        connection = smtplib.SMTP(host, port, timeout=SECONDS)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=trust)
            connection.ehlo()
        elif parts.password:
            connection.close()
            raise smtplib.SMTPException("it offers no encryption, and the password is not sent without")
    if parts.username:
        connection.login(unquote(parts.username), unquote(parts.password or ""))
    return connection
