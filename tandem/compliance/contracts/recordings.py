"""A recorded conversation as the gate sees it: who is there, what they said, whether recording may go on now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tandem.compliance.contracts.registries import RecordingScope, RecordingState


class SessionState(StrEnum):
    """RECORDING: capture may go on. PAUSED: nothing may be kept; announce and ask. CLOSED: the conversation is over."""

    RECORDING = "recording"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody in a conversation.

    name : as shown; kept until the person is erased
    address : mail address or phone number by which the registry knows them; empty: not known
    locations : every place where they may be (company seat, place of work, what they said): "DE", "US-CA"; empty:
        not known, which is the strictest. A phone number's area code is counted beside them and proves nothing alone
    is_host : the one who starts the recording, and agrees by doing so
    subject : as other rooms name them ("contact:12")
    """

    name: str
    address: str = ""
    locations: Sequence[str] = ()
    is_host: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """A participant of a session and what they said about being recorded, as far as it bears on it.

    left_at : None: still there
    said_at, wording, proof : of the word that counts; None and empty: nothing was said
    consent_id : its entry in the registry of recording consent; None: said in the session alone, or not at all
    """

    id: int
    name: str
    locations: tuple[str, ...]
    is_host: bool
    joined_at: datetime
    left_at: datetime | None
    state: RecordingState
    said_at: datetime | None = None
    wording: str = ""
    proof: str = ""
    consent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStanding:
    """How a session stands.

    revision : counts up with every decision; a permit of an older one is void
    everybody_agrees : whether the house asks everybody, also where the law is content with one party
    announced_text : which text was read out at the start, as the disclosure texts name it; empty: none yet
    decision : of the rule engine, as `Decision.as_dict`
    asks : participants who must be asked before recording may go on, by id
    """

    id: int
    meeting: str
    state: SessionState
    scope: RecordingScope
    revision: int
    everybody_agrees: bool
    announced_text: str
    announced_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    decision: Mapping[str, Any]
    asks: tuple[int, ...] = ()

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.state is SessionState.CLOSED:
            return "Over: nothing more is recorded."
        if self.state is SessionState.RECORDING:
            return "May be recorded."
        asked = f" {len(self.asks)} to be asked." if self.asks else ""
        return f"Paused: announce and ask.{asked}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPermit:
    """What a recorder or a store of transcripts must show each time it keeps something.

    Made by `actions.permit_for` alone, void as soon as somebody joins, objects or takes consent back: present it to
    `actions.check_permit` in the transaction that stores.
    """

    session_id: int
    meeting: str
    scope: RecordingScope
    revision: int
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A recording, or a part of it, that must go. done_at None: not yet"""

    id: int
    session_id: int
    meeting: str
    why: str
    since: datetime
    asked_at: datetime
    done_at: datetime | None
    proof: str
