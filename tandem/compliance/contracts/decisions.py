"""What a decision on a contact says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a decision ends, from the laxest to the strictest."""

    ALLOW = "allow"
    HOLD = "hold"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for allow to 3 for block."""
        return list(Outcome).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A rule that spoke, with what it did here.

    effect : allow, require, hold, review or block
    source : law and section
    why : in words
    """

    id: str
    version: str
    effect: str
    source: str
    why: str
    url: str = ""
    confidence: str = ""

    def as_dict(self) -> dict[str, str]:
        """As the shell and the API print it."""
        return {
            "id": self.id,
            "version": self.version,
            "effect": self.effect,
            "source": self.source,
            "why": self.why,
            "url": self.url,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a contact may happen now.

    hold_until : the next moment at which it may; None unless held, and when no such moment is in sight
    opens_at : the next moment at which hours and caps allow it, whatever else stands against it; None: now, or not in
        sight; `is_closed` tells which
    basis : what makes it lawful, several joined by " + "; None when it is blocked
    required_content : what the message or call must hold
    missing : facts that are not known or not there
    evidence : what to keep as proof
    places : candidates of the recipient's place that were counted
    """

    outcome: Outcome
    hold_until: datetime | None
    basis: str | None
    rules: tuple[Spoken, ...]
    required_content: tuple[str, ...]
    missing: tuple[str, ...]
    evidence: tuple[str, ...]
    places: tuple[str, ...]
    rules_version: str
    explanation: str
    opens_at: datetime | None = None
    is_closed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As the shell and the API print it."""
        return {
            "decision": self.outcome.value,
            "hold_until": self.hold_until.isoformat() if self.hold_until else None,
            "basis": self.basis,
            "rules": [rule.as_dict() for rule in self.rules],
            "required_content": list(self.required_content),
            "missing": list(self.missing),
            "explanation": self.explanation,
            "evidence": list(self.evidence),
            "places": list(self.places),
            "rules_version": self.rules_version,
        }
