"""What the rule engine is asked about a conversation that goes on, and what its answer means for the recorder.

Every place where somebody may be counts, and a place that is not known counts as one. An announcement counts for those
who were there when it was read out: who joins later has not heard it.
Source: Kearney v. Salomon Smith Barney, 39 Cal.4th 95 (2006); GDPR Article 6(1)(a); rules REC-US-INTERSTATE and
REC-CONTENT-001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.registries import RecordingState
from tandem.compliance.domain.rules.places import places_of_number

CONSENTED = {RecordingState.GRANTED: True, RecordingState.DECLINED: False, RecordingState.UNKNOWN: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody who is in the conversation now. number : a phone number, for its area code; empty: none"""

    id: int
    locations: tuple[str, ...]
    number: str
    is_host: bool
    joined_at: datetime
    state: RecordingState

    @property
    def counted_state(self) -> RecordingState:
        """What they said; who starts the recording agrees by doing so, unless they declined."""
        is_host_silent = self.is_host and self.state is RecordingState.UNKNOWN
        return RecordingState.GRANTED if is_host_silent else self.state

    @property
    def candidates(self) -> tuple[str, ...]:
        """Places to count; "" stands for one that is not known."""
        given = self.locations or ("",)
        return tuple(dict.fromkeys((*given, *places_of_number(self.number))))


def request_for(present: Sequence[Present], *, announced_at: datetime | None, at: datetime) -> dict[str, Any]:
    """The request of the shell contract: one line for each candidate place of each participant."""
    participants = [
        {"name": f"participant {one.id}", "location": place, "consented": CONSENTED[one.counted_state]}
        for one in present
        for place in one.candidates
    ]
    return {
        "at": at.isoformat(),
        "channel": "recording",
        "participants": participants,
        "recording": {"disclosure_announced": is_announced(present, announced_at)},
    }


def is_announced(present: Sequence[Present], announced_at: datetime | None) -> bool:
    """Whether everybody but the host was there when it was read out."""
    return announced_at is not None and all(one.joined_at <= announced_at for one in present if not one.is_host)


def may_record(present: Sequence[Present], outcome: Outcome, *, everybody_agrees: bool) -> bool:
    """Whether capture may go on: the law allows it, and everybody agreed where the house asks for that.

    With nobody there, nothing is recorded.
    """
    agreed = all(one.counted_state is RecordingState.GRANTED for one in present)
    return bool(present) and outcome is Outcome.ALLOW and (agreed or not everybody_agrees)


def to_be_asked(present: Sequence[Present]) -> tuple[int, ...]:
    """Participants who have not said, by id."""
    return tuple(one.id for one in present if one.counted_state is RecordingState.UNKNOWN)
