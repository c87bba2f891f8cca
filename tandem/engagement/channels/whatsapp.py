"""The road of WhatsApp: free words within a day of the person's last message; the provider refuses them later."""

from __future__ import annotations

from typing import ClassVar

from tandem.compliance.contracts.gate import Permit, Road
from tandem.engagement.channels.twilio import TextLine

PREFIX = "whatsapp:"


class WhatsAppLine(TextLine):
    """WhatsApp messages of one number."""

    road: ClassVar[Road] = Road.WHATSAPP

    def fields(self, permit: Permit) -> dict[str, str]:
        """Recipient, sender and words."""
        sender = self.account.sender.removeprefix(PREFIX)
        return {"To": PREFIX + permit.address, "From": PREFIX + sender, "Body": permit.message.decode("utf-8")}
