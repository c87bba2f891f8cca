"""Tables of compliance."""

from __future__ import annotations

from tandem.compliance.models.consent import Consent, DncScreening, RecordingConsent, Relationship
from tandem.compliance.models.ledger import LedgerEntry
from tandem.compliance.models.registers import AiSystem, Assessment, ProcessingActivity, Vendor, VendorDocument
from tandem.compliance.models.suppression import Suppression

__all__ = [
    "AiSystem",
    "Assessment",
    "Consent",
    "DncScreening",
    "LedgerEntry",
    "ProcessingActivity",
    "RecordingConsent",
    "Relationship",
    "Suppression",
    "Vendor",
    "VendorDocument",
]
