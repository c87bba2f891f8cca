"""Words of the registers that a supervisory authority asks for: assessments, processing, AI systems, vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

STAGES = (7, 30, 60)  # days ahead at which something that ends is told


class AssessmentDecision(StrEnum):
    """What a balancing test came to."""

    APPROVED = "approved"
    REJECTED = "rejected"


class LegalBasis(StrEnum):
    """The six of GDPR Article 6(1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


class RiskClass(StrEnum):
    """Classes of the EU AI Act. PROHIBITED is kept to say why something is not done."""

    PROHIBITED = "prohibited"
    HIGH = "high"
    LIMITED = "limited"
    MINIMAL = "minimal"


class VendorProof(StrEnum):
    """What a vendor is asked for before it sees personal data, and what its contract should hold."""

    SOC2 = "soc2"
    ISO27001 = "iso27001"
    DPA = "dpa"
    SUBPROCESSORS = "subprocessors"
    TRAINING_OPT_OUT = "training_opt_out"
    DELETION = "deletion"
    ESCALATION_CAP = "escalation_cap"
    PORTABILITY = "portability"
    SUBSTITUTION = "substitution"
    UPTIME = "uptime"
    INCIDENTS = "incidents"
    CASL = "casl"
    TCPA = "tcpa"


PROOF_LABELS: Mapping[VendorProof, str] = MappingProxyType(
    {
        VendorProof.SOC2: "SOC 2",
        VendorProof.ISO27001: "ISO 27001",
        VendorProof.DPA: "DPA",
        VendorProof.SUBPROCESSORS: "list of sub-processors",
        VendorProof.TRAINING_OPT_OUT: "training opt-out",
        VendorProof.DELETION: "deletion at the end",
        VendorProof.ESCALATION_CAP: "price cap",
        VendorProof.PORTABILITY: "portability",
        VendorProof.SUBSTITUTION: "model substitution",
        VendorProof.UPTIME: "uptime",
        VendorProof.INCIDENTS: "incident notice",
        VendorProof.CASL: "CASL-aware sending",
        VendorProof.TCPA: "TCPA flow",
    }
)


class LineState(StrEnum):
    """How a line of a vendor's checklist stands: a proof that counts, one that has ended, or none."""

    SHOWN = "shown"
    ENDED = "ended"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line of a vendor's checklist.

    asks : what the contract or the proof must say
    part : "proof" or "contract"
    reference : where the evidence lies; empty: none was given
    expires_on : its end; None: none
    """

    proof: VendorProof
    part: str
    title: str
    asks: str
    state: LineState
    reference: str = ""
    expires_on: date | None = None

    @property
    def is_gap(self) -> bool:
        """Whether somebody has to ask for it."""
        return self.state is not LineState.SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something in a register that needs a hand.

    register : "assessment", "processing", "ai_system", "vendor", "vendor_proof", "consent", "screening", "suppression"
    due_on : the day it ends or is to be looked at again; None: it is missing altogether
    is_late : whether that day has passed, or it is missing
    """

    register: str
    id: int
    name: str
    text: str
    due_on: date | None
    is_late: bool

    def stage(self, today: date) -> int:
        """How near it is: 0 late or missing, else the smallest of 7, 30 and 60 days within which it is due."""
        if self.is_late or self.due_on is None:
            return 0
        return next((days for days in STAGES if (self.due_on - today).days <= days), STAGES[-1])
