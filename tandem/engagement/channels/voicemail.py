"""The road of spoken messages: a call that speaks when a machine has stopped speaking."""

from __future__ import annotations

from typing import ClassVar
from xml.sax.saxutils import escape

from tandem.compliance.contracts.gate import Permit, Road
from tandem.engagement.channels.twilio import TextLine


class VoicemailLine(TextLine):
    """Voicemails from one number, in a synthetic voice that says so first, as the gate asked for it."""

    road: ClassVar[Road] = Road.VOICEMAIL_AI
    resource: ClassVar[str] = "Calls.json"

    def fields(self, permit: Permit) -> dict[str, str]:
        """Recipient, number, and what is said."""
        said = escape(permit.message.decode("utf-8"))
        return {
            "To": permit.address,
            "From": self.account.sender,
            "MachineDetection": "DetectMessageEnd",
            "Twiml": f"<Response><Say>{said}</Say></Response>",
        }
