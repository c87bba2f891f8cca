"""The gate: what a caller asks, what it gets, and what a road out may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tandem.compliance.contracts.decisions import Decision, Outcome


class Road(StrEnum):
    """Every way out of the building: to people, into a recording, into another system."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    LINKEDIN = "linkedin"
    PHONE_MANUAL = "phone_manual"
    PHONE_AI = "phone_ai"
    VOICEMAIL_AI = "voicemail_ai"
    RECORDING = "recording"
    CRM_WRITE = "crm_write"
    EXPORT = "export"
    TOOL = "tool"


TO_PEOPLE = frozenset(
    {Road.EMAIL, Road.SMS, Road.WHATSAPP, Road.LINKEDIN, Road.PHONE_MANUAL, Road.PHONE_AI, Road.VOICEMAIL_AI}
)


class Mode(StrEnum):
    """How far software may go by itself.

    EVERY : a person approves each message
    POLICY : inside a written policy nobody need approve; outside it a person must
    TARGETS : a person chose whom; software writes and sends to them alone
    """

    EVERY = "every"
    POLICY = "policy"
    TARGETS = "targets"


class ClearanceState(StrEnum):
    """A clearance's life. UNCERTAIN: handed over without an answer; a person looks, nothing is sent again."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    DEPARTED = "departed"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFacts:
    """What the rooms above know of somebody, for the gate; None or empty: not known.

    subject, account : "contact:12", "account:3"
    addresses : every mail address and number of theirs that is known: who opted out on one is left alone on all
    kind : corporate_named, corporate_generic, sole_trader, consumer; empty: unknown
    candidate_locations : "DE", "US-TX": all places that may be theirs
    open_deals : "deal:7"
    touches : (road or channel word, moment) of contacts known above, either direction not counted: ours to them
    last_objection_at : a "not interested" or complaint, on any channel
    colleague_objected_at : the last time somebody else at the account asked to be left alone
    owner_id : the person whose contact it is; None: nobody's
    name : as pages show it; never part of a decision
    value : what the account is worth, in the organisation's currency
    address_facts : the shell contract's `address` object: source, role_relevant, collected_at ...
    """

    subject: str
    account: str = ""
    addresses: Sequence[str] = ()
    kind: str = ""
    country: str = ""
    region: str = ""
    time_zone: str = ""
    candidate_locations: Sequence[str] = ()
    industry: str = ""
    open_deals: Sequence[str] = ()
    has_legal_dispute: bool | None = None
    is_erased: bool = False
    last_objection_at: datetime | None = None
    last_complaint_at: datetime | None = None
    colleague_objected_at: datetime | None = None
    owner_id: int | None = None
    name: str = ""
    value: Decimal | None = None
    touches: Sequence[tuple[str, datetime]] = ()
    address_facts: Mapping[str, Any] = field(default_factory=dict)
    relationship: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRequest:
    """One message or call to one person, as somebody wants to let it out.

    message : the exact bytes that will leave: a whole RFC 5322 mail, the text of an SMS, a call's sheet
    touch : key of the step it is, e.g. "enrollment:5:step:2"; one touch leaves at most once, ever
    address : where it goes: mail address or E.164 number, profile address for LinkedIn
    subject, account : whom it concerns, "contact:12", "account:3"; empty: not known, and decided strictly
    purpose : cold_outreach, reply, existing_customer, transactional
    sender : mail address or number it comes from; its domain is a switch
    campaign : key of the campaign or sequence; empty: none
    is_drafted_by_ai, is_reply, policy_violations : what the writer knows; a violation forces review
    four_eyes_above : what the account may be worth before two people must approve, in any mode, in the organisation's
        currency; the organisation's own limit holds beside it; None: only that one does
    stated : further facts of the shell contract that only the caller can know (e.g. {"content": {...}}); they may
        make the decision stricter or complete it, and never replace what the gate reads itself
    """

    channel: Road
    purpose: str
    address: str
    message: bytes
    touch: str
    sender: str
    subject: str = ""
    account: str = ""
    campaign: str = ""
    mode: Mode = Mode.EVERY
    language: str = ""
    is_drafted_by_ai: bool = False
    is_reply: bool = False
    policy_violations: Sequence[str] = ()
    four_eyes_above: Decimal | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """Leave for one message to go out once. Made by `actions.gate.decide` alone; a road takes nothing else.

    token : unguessable; the row behind it is what counts
    message_hash : SHA-256 of the exact bytes, hex
    """

    token: str
    channel: Road
    address: str
    message_hash: str
    touch: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """What the gate says. `clearance` is there only when the outcome is allow.

    id : of the stored decision, ledger subject "decision:<id>"
    content_hash : what an approval must be bound to: SHA-256 of what the recipient will read, hex
    approvals_needed : how many people's approvals of this very text are still missing
    """

    id: int
    decision: Decision
    content_hash: str
    approvals_needed: int = 0
    clearance: Clearance | None = None

    @property
    def outcome(self) -> Outcome:
        """Allow, hold, review or block."""
        return self.decision.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A claimed clearance: the bytes may go on the wire now, until `hand_off_by`, and then no more.

    hand_off_by : `time.monotonic()` seconds of this process
    """

    clearance_id: int
    channel: Road
    address: str
    message: bytes
    claimed_at: datetime
    hand_off_by: float
