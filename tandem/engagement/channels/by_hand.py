"""The road of hands: a person sends a LinkedIn message or calls; the gate hears of it as of every other hand-off.

The clearance is claimed when the person says that it is done: what was forbidden meanwhile is refused then, and a touch
done twice is refused as one sent twice would be.
"""

from __future__ import annotations

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState
from tandem.core import clock
from tandem.core.actors import Actor
from tandem.core.errors import InvalidInput
from tandem.engagement.channels.handing_over import HandOff, Moment, depart
from tandem.engagement.contracts import BY_HAND


class HandLine:
    """What a person did."""

    def __init__(self, note: str = "") -> None:
        self.note = note

    def hand_over(
        self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment = clock.now
    ) -> HandOff:
        """Write down that it was done; see `handing_over.Line`."""
        if clearance.channel not in BY_HAND:
            raise InvalidInput("The clearance is not for something done by hand.", hint="Use the channel it names.")
        permit = gate.claim(clearance, message, actor=actor, now=moment())
        gate.check_hand_off(permit, actor=actor, now=moment())
        told = f"Done by {actor.name}. {self.note}".strip()
        return depart(permit, HandOff(state=ClearanceState.DEPARTED, told=told), actor=actor, moment=moment)

    def close(self) -> None:
        """Nothing to end."""
