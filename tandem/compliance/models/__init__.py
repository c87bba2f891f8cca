"""Tables of compliance."""

from __future__ import annotations

from tandem.compliance.models.consent import Consent, DncScreening, RecordingConsent, Relationship
from tandem.compliance.models.gate import Approval, Clearance, GateDecision, MessageCopy
from tandem.compliance.models.ledger import LedgerEntry
from tandem.compliance.models.registers import AiSystem, Assessment, ProcessingActivity, Vendor, VendorDocument
from tandem.compliance.models.suppression import Suppression
from tandem.compliance.models.switches import KillLimits, QuietPeriod, Switch

__all__ = [
    "AiSystem",
    "Approval",
    "Assessment",
    "Clearance",
    "Consent",
    "DncScreening",
    "GateDecision",
    "KillLimits",
    "LedgerEntry",
    "MessageCopy",
    "ProcessingActivity",
    "QuietPeriod",
    "RecordingConsent",
    "Relationship",
    "Suppression",
    "Switch",
    "Vendor",
    "VendorDocument",
]
