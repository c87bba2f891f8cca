"""What every road has in common: how a hand-off ended, and why one did not begin."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import Clearance, ClearanceState, Permit
from tandem.core.actors import Actor
from tandem.core.errors import ProviderFailed

Moment = Callable[[], datetime]
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
NO_SUCH_ADDRESS = "5.1."  # RFC 3463: the address, or its domain, is not there
MAILBOX_MISSING = frozenset({550, 551, 553})


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """How a claimed message ended, as it was written down.

    told : the other side's words
    is_temporary : refused now, and may be taken later
    """

    state: ClearanceState
    told: str = ""
    is_temporary: bool = False


class NotTaken(ProviderFailed):
    """The other side did not begin to take it; the clearance was not claimed.

    is_line : nothing can be handed over here at the moment, whatever the message
    is_permanent : the same will be refused again; code : of the answer, 0: none
    """

    def __init__(self, message: str, *, is_line: bool, is_permanent: bool = False, code: int = 0) -> None:
        super().__init__(message, hint="Nothing was sent.", code="road.not_taken", context={"status": code})
        self.is_line, self.is_permanent, self.code_told = is_line, is_permanent, code

    @property
    def is_hard_bounce(self) -> bool:
        """Whether it says that there is no such address."""
        return self.is_permanent and not self.is_line and is_no_such_address(self.code_told, self.message)


class Line(Protocol):
    """A way to hand over messages of one sender, one after the other. Takes clearances alone."""

    def hand_over(self, clearance: Clearance, message: bytes, *, sender: str, actor: Actor, moment: Moment) -> HandOff:
        """Claim, look once more, hand over and write down how it ended.

        sender : envelope address, to which bounces come, where the road has one

        Raises NotCleared when the gate does not let it go, NotTaken when the other side did not begin to take it.
        """
        ...

    def close(self) -> None:
        """End it."""
        ...


def depart(permit: Permit, ended: HandOff, *, actor: Actor, moment: Moment) -> HandOff:
    """Write down how it ended."""
    has_departed = ended.state is ClearanceState.DEPARTED
    gate.depart(
        permit, outcome=ended.state, reference=ended.told if has_departed else "",
        why="" if has_departed else ended.told, actor=actor, now=moment(),
    )  # fmt: skip
    return ended


def is_no_such_address(code: int, told: str) -> bool:
    """Whether a refusal says that there is no such address (RFC 3463), or says nothing but the code that means it."""
    found = _STATUS.search(told)
    if found is not None:
        return found[1].startswith(NO_SUCH_ADDRESS)
    return code in MAILBOX_MISSING
