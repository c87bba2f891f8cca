"""What the registries hold of addresses and people: suppression, consent, recording, screening, relationships.

compliance lies below accounts: it knows people only by address and by opaque keys ("contact:12", "account:3").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AddressKind(StrEnum):
    """What an entry is about. A domain stands for every mailbox below it, an account for everybody there."""

    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    ACCOUNT = "account"


class Channel(StrEnum):
    """A road to somebody. ALL in an entry means every road there is; a call is VOICE whoever or whatever speaks."""

    ALL = "all"
    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    SOCIAL = "social"
    POSTAL = "postal"


class Purpose(StrEnum):
    """What somebody agreed to or refused. ANY in a refusal means every purpose."""

    ANY = "any"
    SALES = "sales"
    NEWSLETTER = "newsletter"
    EVENTS = "events"
    PRODUCT = "product"
    RESEARCH = "research"


class SuppressionReason(StrEnum):
    """Why nothing may be sent. The order is the order in which an answer names them."""

    LEGAL = "legal"
    ERASED = "erased"
    OBJECTION = "objection"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"
    BOUNCE = "bounce"


class ConsentKind(StrEnum):
    """How somebody agreed; decides the proof that is needed and when it ends (`domain/consent_terms.py`)."""

    EXPRESS = "express"
    DOUBLE_OPT_IN = "double_opt_in"
    WRITTEN = "written"
    SOFT_OPT_IN = "soft_opt_in"
    IMPLIED_BUSINESS = "implied_business"
    IMPLIED_INQUIRY = "implied_inquiry"
    IMPLIED_NON_BUSINESS = "implied_non_business"
    IMPLIED_PUBLISHED = "implied_published"
    IMPLIED_DISCLOSED = "implied_disclosed"


class RecordingState(StrEnum):
    """What a person said about being recorded. UNKNOWN is never stored: it is the answer where nothing is."""

    GRANTED = "granted"
    DECLINED = "declined"
    UNKNOWN = "unknown"


class RecordingScope(StrEnum):
    """What is done with speech. Who agrees to the analysis agrees to the transcript and the recording it needs."""

    RECORDING = "recording"
    TRANSCRIPT = "transcript"
    ANALYSIS = "analysis"


class RelationshipKind(StrEnum):
    """A fact about the relationship that a rule counts from."""

    CUSTOMER_SINCE = "customer_since"
    PURCHASE = "purchase"
    CONTRACT_ENDED = "contract_ended"
    INQUIRY = "inquiry"
    MEMBERSHIP = "membership"
    REFERRAL = "referral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address in its normal form (`domain/addresses.py`): equal addresses have equal values."""

    kind: AddressKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionEntry:
    """One thing not to be contacted, as a caller or a file gives it.

    address : mail address, phone number, domain or account key in any usual form
    country : ISO 3166-1 alpha-2 in which a phone number without country code is dialled; empty: none
    kind : None: told from the look of the address
    at : when the person said it; None: now
    evidence : where it can be looked up (message id, file and line, ticket), not the text itself
    key_hash, key_id : in place of an address that is no longer known: its keyed hash and the name of the key, as an
        export or an unsubscribe link has them; `kind` is needed then
    """

    address: str
    reason: SuppressionReason
    kind: AddressKind | None = None
    channel: Channel = Channel.ALL
    purpose: Purpose = Purpose.ANY
    country: str = ""
    evidence: str = ""
    at: datetime | None = None
    key_hash: str = ""
    key_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A refusal that some system knows. subject : whom it concerns ("contact:12"); source : which system said it"""

    entry: SuppressionEntry
    subject: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Why somebody may not be contacted: the strongest entry that fits.

    id : of the entry, whose ledger subject is "suppression:<id>"
    kind : what the entry is about; DOMAIN when the whole company is suppressed
    """

    id: int
    kind: AddressKind
    channel: Channel
    purpose: Purpose
    reason: SuppressionReason
    at: datetime

    @property
    def sentence(self) -> str:
        """The finding in words."""
        where = "on every channel" if self.channel is Channel.ALL else f"by {self.channel.value}"
        what = "" if self.purpose is Purpose.ANY else f" for {self.purpose.value}"
        return f"Suppressed {where}{what} since {self.at:%d %b %Y}: {self.reason.value} (entry {self.id}, {self.kind})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that could not be taken. number : its line, from 1 without the head. value : what stood there"""

    number: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressReport:
    """What a batch did. added : new entries. known : they stood there already"""

    added: int
    known: int
    rejects: Sequence[Reject] = ()

    @property
    def sentence(self) -> str:
        """The finding in words."""
        told = f"{self.added:,} added, {self.known:,} known already"
        return f"{told}, {len(self.rejects):,} refused." if self.rejects else f"{told}."


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What a file brought into a registry. added : new entries. known : they stood there already"""

    added: int
    known: int
    rejects: Sequence[Reject] = ()

    @property
    def sentence(self) -> str:
        """The finding in words."""
        told = f"{self.added:,} added, {self.known:,} known already"
        return f"{told}, {len(self.rejects):,} refused." if self.rejects else f"{told}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentState:
    """A consent that holds now, or why none does.

    holds : whether one holds for the channel and purpose asked
    id : of the consent that holds, or of the latest that does not; None: none is known
    kind, given_at, expires_at : of that consent; expires_at None: no end
    missing : why it does not hold: "no consent", "not confirmed", "expired", "withdrawn"; empty when it holds
    """

    holds: bool
    id: int | None = None
    kind: ConsentKind | None = None
    given_at: datetime | None = None
    expires_at: datetime | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAnswer:
    """Whether a conversation may be recorded: as its strictest participant says.

    state : DECLINED if anybody declined, UNKNOWN if anybody has not said, GRANTED only when all have
    declined, unknown : the addresses as they were given
    consent_ids : the proof, one for each participant who granted
    """

    state: RecordingState
    declined: Sequence[str] = ()
    unknown: Sequence[str] = ()
    consent_ids: Sequence[int] = ()

    @property
    def may_record(self) -> bool:
        """Only when everybody granted it."""
        return self.state is RecordingState.GRANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class DncState:
    """The latest screening of a number in one register.

    age_days : whole days since the screening
    is_fresh : young enough to be relied on; a stale one counts as none
    """

    register: str
    is_listed: bool
    screened_at: datetime
    age_days: int
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipFact:
    """The latest fact of a kind about somebody. id : its ledger subject is "relationship:<id>" """

    id: int
    kind: RelationshipKind
    at: datetime
    source: str
    evidence: str
