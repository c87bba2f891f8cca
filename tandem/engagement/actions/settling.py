"""A person found out whether an uncertain message left; the gate and the touch hear it together."""

from __future__ import annotations

from datetime import datetime

from tandem.compliance.actions import gate
from tandem.compliance.queries.hand_offs import hand_offs_of
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, NotFound
from tandem.engagement.actions.concluding import follow
from tandem.engagement.contracts import TouchState
from tandem.engagement.models import Touch
from tandem.engagement.queries.sight import touches_in_sight


def settle(touch_id: int, *, has_left: bool, why: str, actor: Actor, now: datetime) -> TouchState:
    """Say whether it left; returns where the touch stands. What did not leave is asked for again, under its old name.

    why : how the person knows

    Raises NotFound for what is not in sight, Conflict when nothing about it is uncertain, InvalidInput without a
    reason, NotAllowed for agents and without "gate.decide".
    """
    touch = touches_in_sight(actor, "decide").filter(id=touch_id).first()
    if touch is None:
        raise NotFound(f"There is no message {touch_id}.", hint="It may be somebody else's.")
    known = hand_offs_of([touch.key]).get(touch.key)
    if touch.state != TouchState.UNCERTAIN or known is None:
        raise Conflict("There is nothing uncertain about this message.", hint="Reload the page.")
    gate.settle(known.clearance_id, has_left=has_left, why=why, actor=actor, now=now)
    follow(now=now)
    return TouchState(Touch.objects.values_list("state", flat=True).get(id=touch_id))
