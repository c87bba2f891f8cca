"""What other rooms may hold of compliance: the ledger's entries, and what the registries know of an address."""

from __future__ import annotations

from tandem.compliance.contracts.ledger import Checkpoint, Entry, Verification
from tandem.compliance.contracts.registers import (
    PROOF_LABELS,
    Alarm,
    AssessmentDecision,
    LegalBasis,
    RiskClass,
    VendorProof,
)
from tandem.compliance.contracts.registries import (
    Address,
    AddressKind,
    Channel,
    ConsentKind,
    ConsentState,
    DncState,
    Purpose,
    RecordingAnswer,
    RecordingScope,
    RecordingState,
    Reject,
    RelationshipFact,
    RelationshipKind,
    Suppressed,
    SuppressionEntry,
    SuppressionReason,
    SuppressReport,
)

__all__ = [
    "PROOF_LABELS",
    "Address",
    "AddressKind",
    "Alarm",
    "AssessmentDecision",
    "Channel",
    "Checkpoint",
    "ConsentKind",
    "ConsentState",
    "DncState",
    "Entry",
    "LegalBasis",
    "Purpose",
    "RecordingAnswer",
    "RecordingScope",
    "RecordingState",
    "Reject",
    "RelationshipFact",
    "RelationshipKind",
    "RiskClass",
    "SuppressReport",
    "Suppressed",
    "SuppressionEntry",
    "SuppressionReason",
    "VendorProof",
    "Verification",
]
