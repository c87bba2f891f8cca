"""The road of text messages."""

from __future__ import annotations

from typing import ClassVar

from tandem.compliance.contracts.gate import Permit, Road
from tandem.engagement.channels.twilio import TextLine

SERVICE = "MG"


class SmsLine(TextLine):
    """Text messages of one number or messaging service."""

    road: ClassVar[Road] = Road.SMS

    def fields(self, permit: Permit) -> dict[str, str]:
        """Recipient, sender and words."""
        sender = self.account.sender
        by = "MessagingServiceSid" if sender.startswith(SERVICE) else "From"
        return {"To": permit.address, by: sender, "Body": permit.message.decode("utf-8")}
