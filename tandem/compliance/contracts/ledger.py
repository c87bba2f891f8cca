"""What verifying the ledger found, and its entries as other rooms hold them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where the ledger stood at a moment, to be kept outside: whoever cuts its end off later can't cut this off.

    number, hash : of the last entry then; 0 and zeros for an empty ledger
    """

    number: int
    hash: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the shape of a checkpoint file."""
        return {"number": self.number, "hash": self.hash, "at": self.at.isoformat(timespec="microseconds")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether the chain holds.

    entries : how many were checked
    head : hash of the last good entry; zeros for an empty ledger
    broken_at : number of the first entry that does not hold; None when all do
    reason : what does not hold there; empty when all does
    """

    entries: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether every entry follows from the one before."""
        return self.broken_at is None

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.holds:
            return f"The ledger holds: {self.entries:,} entries, each following from the one before."
        return f"The ledger does not hold at entry {self.broken_at}: {self.reason}."

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self) | {"holds": self.holds}
