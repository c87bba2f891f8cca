"""Tables of compliance."""

from __future__ import annotations

from tandem.compliance.models.anchors import Anchor, LedgerStream
from tandem.compliance.models.consent import Consent, DncScreening, RecordingConsent, Relationship
from tandem.compliance.models.disclosure import DisclosureSetting, RuleImpact
from tandem.compliance.models.gate import Approval, Clearance, GateDecision, MessageCopy
from tandem.compliance.models.ledger import LedgerEntry
from tandem.compliance.models.recordings import RecordingErasure, RecordingParticipant, RecordingSession
from tandem.compliance.models.registers import AiSystem, Assessment, ProcessingActivity, Vendor, VendorDocument
from tandem.compliance.models.residency import (
    DataDestination,
    PartnerInstallation,
    PutAside,
    RegionMark,
    RegionPolicy,
    RollupFile,
    TransferMechanism,
)
from tandem.compliance.models.rights import (
    DecisionRule,
    LegalHold,
    NoticeGiven,
    PersonalLimit,
    RequestKey,
    RequestWork,
    RetentionSchedule,
    RightsPackage,
    RightsRequest,
)
from tandem.compliance.models.suppression import Suppression
from tandem.compliance.models.switches import Dispute, KillLimits, QuietPeriod, Switch

__all__ = [
    "AiSystem",
    "Anchor",
    "Approval",
    "Assessment",
    "Clearance",
    "Consent",
    "DataDestination",
    "DecisionRule",
    "DisclosureSetting",
    "Dispute",
    "DncScreening",
    "GateDecision",
    "KillLimits",
    "LedgerEntry",
    "LedgerStream",
    "LegalHold",
    "MessageCopy",
    "NoticeGiven",
    "PartnerInstallation",
    "PersonalLimit",
    "ProcessingActivity",
    "PutAside",
    "QuietPeriod",
    "RecordingConsent",
    "RecordingErasure",
    "RecordingParticipant",
    "RecordingSession",
    "RegionMark",
    "RegionPolicy",
    "Relationship",
    "RequestKey",
    "RequestWork",
    "RetentionSchedule",
    "RightsPackage",
    "RightsRequest",
    "RollupFile",
    "RuleImpact",
    "Suppression",
    "Switch",
    "TransferMechanism",
    "Vendor",
    "VendorDocument",
]
