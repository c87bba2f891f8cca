"""What verifying the ledger found, and its entries as other rooms hold them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

CHECKPOINT_LAYOUT = "tandem-checkpoint-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger. `facts` is the canonical JSON text that was hashed."""

    number: int
    at: datetime
    actor_kind: str
    actor_id: int
    actor_name: str
    action: str
    subject: str
    facts: str
    previous_hash: str
    hash: str

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the shape of an exported line."""
        return asdict(self) | {"at": self.at.isoformat(timespec="microseconds")}


class SignatureState(StrEnum):
    """What a checkpoint's signature is worth.

    GOOD : made with a key that the ledger names
    UNKNOWN_KEY : it fits its words, but the ledger does not name the key
    BAD : it does not fit its words
    UNSIGNED : there is none
    """

    GOOD = "good"
    UNKNOWN_KEY = "unknown key"
    BAD = "bad"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where the ledger stood at a moment, to be kept outside: whoever cuts its end off later can't cut this off.

    number, hash : of the last entry then; 0 and zeros for an empty ledger
    installation : the first 16 characters of the hash of entry 1, by which a ledger is known; empty when unsigned
    public_key, signature : Ed25519, hex; empty when unsigned. What is signed: `domain.signing.words`
    """

    number: int
    hash: str
    at: datetime
    installation: str = ""
    public_key: str = ""
    signature: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the shape of a checkpoint file."""
        told = {"number": self.number, "hash": self.hash, "at": self.at.isoformat(timespec="microseconds")}
        if not self.signature:
            return told
        return told | {
            "layout": CHECKPOINT_LAYOUT,
            "installation": self.installation,
            "public_key": self.public_key,
            "signature": self.signature,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A public key that signs or has signed checkpoints, as the ledger names it.

    public_key : Ed25519, hex
    number, at : the entry that brought it in
    endorsed_by : the public key before it, which signed for it; empty for the first, and for one that came without
    is_endorsed : whether that signature fits; the first key needs none
    """

    public_key: str
    number: int
    at: datetime
    endorsed_by: str = ""
    is_endorsed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether the chain holds.

    entries : how many were checked
    head : hash of the last good entry; zeros for an empty ledger
    broken_at : number of the first entry that does not hold; None when all do
    reason : what does not hold there, or with the checkpoints it was held against; empty when all does
    """

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether every entry follows from the one before, and every checkpoint fits."""
        return not self.reason

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.holds:
            return f"The ledger holds: {self.entries:,} entries, each following from the one before."
        if self.broken_at is None:
            return f"The entries follow one another, but {self.reason}."
        return f"The ledger does not hold at entry {self.broken_at}: {self.reason}."

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"holds": self.holds}
