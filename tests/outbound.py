"""Messages on their way out, for tests of the gate and of everything that sends through it."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.message import EmailMessage
from typing import Any

from tandem.access.models import Organisation
from tandem.compliance.contracts import Purpose
from tandem.compliance.contracts.gate import ContactRequest, Mode, Road
from tandem.compliance.queries import unsubscribe_path

POSTAL = "Northwind GmbH, Hafenstrasse 1, 20457 Hamburg, Germany"
SENDER = "maya@northwind.example"
SITE = "https://northwind.example"
WIRE = policy.SMTP.clone(max_line_length=998)  # a folded link would be encoded, and mailboxes would not find it


def set_up_sender() -> None:
    """The organisation has what laws want under mail."""
    Organisation.objects.update_or_create(id=1, defaults={"postal_address": POSTAL, "country": "DE"})


def mail(to: str, *, subject: str = "Your Hamburg warehouse", body: str = "Hello", key: str = "m1") -> bytes:
    """A whole mail with all that laws want in it."""
    message = EmailMessage()
    link = SITE + unsubscribe_path(to, purpose=Purpose.SALES, message_id=key)
    message["From"], message["To"], message["Subject"] = f"Maya <{SENDER}>", to, subject
    message["Message-ID"] = f"<{key}@northwind.example>"
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(f"{body}\n\n{POSTAL}\nNo more of this: {link}\n")
    return message.as_bytes(policy=WIRE)


def request(to: str, **changes: Any) -> ContactRequest:
    """Leave is asked for one mail in autopilot; `changes` replace fields of the request."""
    touch = str(changes.pop("touch", "enrollment:1:step:1"))
    message = changes.pop("message", None) or mail(to, key=touch.replace(":", "-"))
    asked = ContactRequest(
        channel=Road.EMAIL,
        purpose="cold_outreach",
        address=to,
        message=message,
        touch=touch,
        sender=SENDER,
        mode=Mode.POLICY,
        language="en",
    )
    return replace(asked, **changes)
