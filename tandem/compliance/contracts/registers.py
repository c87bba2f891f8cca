"""Words of the registers that a supervisory authority asks for: assessments, processing, AI systems, vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType


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
    """What a vendor is asked for before it sees personal data."""

    SOC2 = "soc2"
    ISO27001 = "iso27001"
    DPA = "dpa"
    SUBPROCESSORS = "subprocessors"
    TRAINING_OPT_OUT = "training_opt_out"
    DELETION = "deletion"


PROOF_LABELS: Mapping[VendorProof, str] = MappingProxyType(
    {
        VendorProof.SOC2: "SOC 2",
        VendorProof.ISO27001: "ISO 27001",
        VendorProof.DPA: "DPA",
        VendorProof.SUBPROCESSORS: "list of sub-processors",
        VendorProof.TRAINING_OPT_OUT: "training opt-out",
        VendorProof.DELETION: "deletion at the end",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something in a register that needs a hand.

    register : "assessment", "processing", "ai_system", "vendor", "vendor_proof", "consent"
    due_on : the day it ends or is to be looked at again; None: it is missing altogether
    is_late : whether that day has passed, or it is missing
    """

    register: str
    id: int
    name: str
    text: str
    due_on: date | None
    is_late: bool
