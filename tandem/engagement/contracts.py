"""Words of outreach that cross rooms: what a plan is made of, how far a touch is, what a reply says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from tandem.compliance.contracts.gate import Mode, Road

# Channels of a step. Calls, voicemail by one's own voice and LinkedIn are done by a person; software prepares them.
CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        Road.EMAIL: "Email",
        Road.LINKEDIN: "LinkedIn",
        Road.SMS: "SMS",
        Road.WHATSAPP: "WhatsApp",
        Road.PHONE_MANUAL: "Call",
        Road.VOICEMAIL_AI: "Voicemail",
    }
)
BY_HAND = frozenset({Road.LINKEDIN, Road.PHONE_MANUAL})
MODE_WORDS: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.EVERY: "A person approves every message",
        Mode.POLICY: "Autopilot inside a written policy",
        Mode.TARGETS: "A person picks whom, software does the rest",
    }
)
SHORTEST_PLAN, LONGEST_PLAN = 4, 7  # touches


class Angle(StrEnum):
    """What a step is for."""

    OPENING = "opening"
    NEW_REASON = "new_reason"
    REMINDER = "reminder"
    CASE = "case"
    LAST_WORD = "last_word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One touch of a plan.

    number : from 1
    wait_days : working days of the recipient's country after the touch before; 0 for the first: as soon as it may be
    conditions : words of `domain.step_conditions` that must all hold when it is due, e.g. "has_linkedin"; empty: always
    variants : keys of texts that are tried against each other; empty: one text
    max_words : None: the channel's own limit
    """

    number: int
    channel: Road
    angle: Angle
    wait_days: int
    conditions: Sequence[str] = ()
    variants: Sequence[str] = ()
    max_words: int | None = None


class Arm(StrEnum):
    """Who does the work, where campaigns compare it."""

    HUMAN = "human"
    HYBRID = "hybrid"
    AUTONOMOUS = "autonomous"


class CampaignState(StrEnum):
    """A campaign's life. PAUSED: nothing new leaves; what was planned waits."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class EnrollmentState(StrEnum):
    """How one person's plan stands.

    ANSWERED: a person talks to them now. OBJECTED: they said no, or asked to be left alone. UNREACHABLE: no address
    works. WITHDRAWN: somebody here took them out.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    FINISHED = "finished"
    ANSWERED = "answered"
    OBJECTED = "objected"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"


OPEN_ENROLLMENTS = (EnrollmentState.ACTIVE, EnrollmentState.PAUSED)


class TouchState(StrEnum):
    """How far one touch is.

    PLANNED: waits to be written. WRITTEN: a text waits for a person. READY: leaves when due. TO_DO: a person does it by
    hand. SENT: left, or was done. SKIPPED: its condition did not hold, or the gate said no. REFUSED: the other side
    certainly did not take it. UNCERTAIN: handed over without an answer; a person looks. CANCELLED: the plan changed.
    """

    PLANNED = "planned"
    WRITTEN = "written"
    READY = "ready"
    TO_DO = "to_do"
    SENT = "sent"
    SKIPPED = "skipped"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


AHEAD = (TouchState.PLANNED, TouchState.WRITTEN, TouchState.READY, TouchState.TO_DO)


class DraftState(StrEnum):
    """What became of a text. REPLACED: a later text of the same touch took its place."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"


class DomainPurpose(StrEnum):
    """PRIMARY: people's own mail. OUTREACH: mail that software wrote or sends."""

    PRIMARY = "primary"
    OUTREACH = "outreach"


class MailboxKind(StrEnum):
    """By which road a mailbox sends."""

    SMTP = "smtp"
    ESP = "esp"
    GMAIL = "gmail"
    MICROSOFT = "microsoft"


class MailKind(StrEnum):
    """What an incoming mail is."""

    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    OTHER = "other"


class ReplyLabel(StrEnum):
    """What a person, or their absence assistant, says: one of seven. What is none of them goes to a person."""

    POSITIVE_MEETING = "positive_meeting"
    POSITIVE_INFO = "positive_info"
    NEGATIVE_NOW = "negative_now"
    NEGATIVE_EVER = "negative_ever"
    WRONG_PERSON = "wrong_person"
    OOO = "ooo"
    UNSUBSCRIBE = "unsubscribe"


# The six intents of prose, each with the labels that stand for it: none is left over on either side.
INTENTS: Mapping[str, tuple[ReplyLabel, ...]] = MappingProxyType(
    {
        "positive": (ReplyLabel.POSITIVE_MEETING,),
        "more info": (ReplyLabel.POSITIVE_INFO,),
        "negative": (ReplyLabel.NEGATIVE_NOW, ReplyLabel.NEGATIVE_EVER),
        "wrong person": (ReplyLabel.WRONG_PERSON,),
        "out of office": (ReplyLabel.OOO,),
        "unsubscribe": (ReplyLabel.UNSUBSCRIBE,),
    }
)
LOWEST_STAKES = frozenset({ReplyLabel.OOO, ReplyLabel.WRONG_PERSON, ReplyLabel.UNSUBSCRIBE})


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReading:
    """What a delivery report says.

    recipient : the address that failed; empty: not told
    type : "hard" (never again) or "soft" (may work later)
    status : enhanced status code (RFC 3463), e.g. "5.1.1"; empty: not told
    reason : a word of the shell contract, e.g. "user_unknown"
    """

    recipient: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReading:
    """What an incoming mail says, by rules and the built-in classifier.

    label : None: not a reply, or nothing that can be told with enough certainty
    confidence : 0 to 1, of the label (of the kind, where there is no label)
    to_human : a person must read it
    evidence : the words it rests on, as they stand in the new text; empty: headers or structure alone
    new_text : without quotes and signature
    language : ISO 639-1; empty: too little text
    returns_on : the day an absent person is back; None: not told
    redirect_name, redirect_email : whom to write to instead; empty: not told
    references : Message-IDs the mail points at, nearest first
    """

    kind: MailKind
    label: ReplyLabel | None
    confidence: float
    to_human: bool
    evidence: str
    new_text: str
    language: str
    bounce: BounceReading | None = None
    returns_on: date | None = None
    redirect_name: str = ""
    redirect_email: str = ""
    references: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a text does that it may not.

    rule : key of the rule, e.g. "too_many_words"
    start, end : characters of the body it is about; 0, 0: the whole, or what is missing
    message : what is wrong and how to mend it
    is_hard : it may not be sent with it; otherwise a person may overrule
    """

    rule: str
    start: int
    end: int
    message: str
    is_hard: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderAllowance:
    """Whether and how much more a mailbox may send today.

    left_today : messages; 0: none
    why_not : in words; empty: it may
    next_at : when it may be tried again; None: somebody must do something first
    """

    mailbox_id: int
    left_today: int
    why_not: str = ""
    next_at: datetime | None = None
