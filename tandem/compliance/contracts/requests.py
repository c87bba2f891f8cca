"""Words of the rights desk: what people may ask for, how far a request is, which law's clock runs, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class RequestKind(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    PORTABILITY = "portability"
    CORRECTION = "correction"
    DELETION = "deletion"
    OBJECTION = "objection"
    AUTOMATION = "automation"
    RESTRICTION = "restriction"
    EXPLANATION = "explanation"


KIND_LABELS: Mapping[RequestKind, str] = MappingProxyType(
    {
        RequestKind.ACCESS: "Access: what is held about me",
        RequestKind.PORTABILITY: "Portability: my data in a machine-readable form",
        RequestKind.CORRECTION: "Correction of what is wrong",
        RequestKind.DELETION: "Deletion",
        RequestKind.OBJECTION: "Objection: no more direct marketing",
        RequestKind.AUTOMATION: "Opt-out of automated decisions",
        RequestKind.RESTRICTION: "Restriction: keep, but do not use",
        RequestKind.EXPLANATION: "Explanation: why was I, or was I not, contacted",
    }
)
# Absolute rights to be left alone: carried out at once for whoever gives the address. To be silent harms nobody.
AT_ONCE = frozenset({RequestKind.OBJECTION, RequestKind.AUTOMATION})
# Answered with a package that somebody downloads.
WITH_PACKAGE = frozenset({RequestKind.ACCESS, RequestKind.PORTABILITY, RequestKind.EXPLANATION})


class RequestState(StrEnum):
    """How far a request is. HELD: a legal hold forbids the deletion for now."""

    RECEIVED = "received"
    CHECKED = "identity_checked"
    WORKING = "in_work"
    HELD = "held"
    DONE = "done"
    REFUSED = "refused"


OPEN_STATES = (RequestState.RECEIVED, RequestState.CHECKED, RequestState.WORKING, RequestState.HELD)


class IdentityProof(StrEnum):
    """How it was made sure that the person is who they say."""

    LINK = "link"
    REPLY = "reply"
    CALL_BACK = "call_back"
    DOCUMENT = "document"
    NOT_NEEDED = "not_needed"


PROOF_WORDS: Mapping[IdentityProof, str] = MappingProxyType(
    {
        IdentityProof.LINK: "holds the link of a message to this address",
        IdentityProof.REPLY: "answered from an address that is known here",
        IdentityProof.CALL_BACK: "was called back on a number that is known here",
        IdentityProof.DOCUMENT: "showed a document, which is not kept",
        IdentityProof.NOT_NEEDED: "not needed for this right",
    }
)


class RequestRoad(StrEnum):
    """How a request came in."""

    FORM = "form"
    PUBLIC = "public page"
    API = "api"
    SHELL = "shell"


class Limit(StrEnum):
    """What may no longer be done with somebody's data."""

    AUTOMATION = "automation"
    RESTRICTION = "restriction"


class HoldScope(StrEnum):
    """What a legal hold keeps: one person, everybody of an account, or everything."""

    PERSON = "person"
    ACCOUNT = "account"
    EVERYTHING = "everything"


class StepState(StrEnum):
    """How a request stands in one store."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


DEADLINE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "confirm_receipt": "Confirm that it came in",
        "respond": "Answer",
        "tell_extension": "Tell the person, if it takes longer",
        "extended": "Answer, if it was extended",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A day by which the law wants something, and the rule that says so.

    name : "confirm_receipt", "respond", "extended", "tell_extension"
    place : candidate of the person's place for which it holds; "XX": unknown
    term : as the rule writes it: "45 days from received_at"
    """

    name: str
    due_on: date
    place: str
    term: str
    rule: str
    version: str
    source: str

    @property
    def title(self) -> str:
        """What is to be done, in words."""
        return DEADLINE_WORDS[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsClock:
    """All days that count for a request.

    respond : the last day for the answer, extended and paused as it stands
    confirm : the last day to say that it came in; None: no law asks for it
    extension : until when the answer may be put off; None: no law of the person's allows it
    tell_extension : the last day to say so, with the reason; None like `extension`
    pauses_for_identity : whether the days in which identity was asked do not count
    """

    respond: Deadline
    confirm: Deadline | None = None
    extension: Deadline | None = None
    tell_extension: Deadline | None = None
    pauses_for_identity: bool = False

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        """Those there are, in the order in which they are met."""
        return tuple(one for one in (self.confirm, self.tell_extension, self.respond, self.extension) if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeState:
    """Whether somebody whose data came from others was told so (GDPR Article 14).

    subject : "contact:12"
    collected_at : when their data came; None: not known, which counts as too long ago
    due_on : the last day for the notice; None: not from others, or already told
    given_at : when it was given; None: not yet
    """

    subject: str
    collected_at: datetime | None
    due_on: date | None
    given_at: datetime | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether the last day has passed without notice."""
        return self.given_at is None and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtContact:
    """A contact whose data came from others.

    collected_at : when they first came in. source : who gave them
    """

    subject: str
    name: str
    email: str
    country: str
    source: str
    collected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainedKind:
    """A kind of data that a schedule can end.

    name : "compliance.consents"; title : as pages say it; counts_from : the moment its time is counted from, in words
    months : what is proposed; rule : id of the rule that proposes it
    """

    name: str
    title: str
    counts_from: str
    months: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a decision of today would be, for one channel.

    blocked_by : rules that stand in the way: (id, version, why)
    """

    channel: str
    outcome: str
    basis: str | None
    explanation: str
    blocked_by: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDecision:
    """A decision that was taken about somebody. rules : (id, version, why)"""

    at: datetime
    what: str
    outcome: str
    basis: str
    rules: tuple[tuple[str, str, str], ...]
    rules_version: str
    message_key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why somebody was, or was not, contacted.

    signals : what was known and used, each in words
    limits : what stands in the way by the person's own word: suppression, opt-outs, restriction
    logic : how decisions of this kind are made: (title, words)
    """

    at: datetime
    past: tuple[PastDecision, ...]
    today: tuple[Verdict, ...]
    signals: tuple[str, ...]
    limits: tuple[str, ...]
    logic: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        """The answer in one paragraph."""
        reached = [one for one in self.past if one.outcome == "allow"]
        kept_back = len(self.past) - len(reached)
        told = (
            f"Contacts allowed so far: {len(reached)}; not allowed: {kept_back}; the last decision was on "
            f"{self.past[0].at:%d %b %Y}. "
            if self.past
            else "No decision to contact this person has been taken. "
        )
        may = [one.channel for one in self.today if one.outcome == "allow"]
        blocks = list(dict.fromkeys(rule for one in self.today for rule, _, _ in one.blocked_by))
        now = f"Today a contact would be allowed by {', '.join(may)}." if may else "Today no contact would be allowed."
        return told + now + (f" In the way stand {', '.join(blocks[:8])}." if blocks else "")
