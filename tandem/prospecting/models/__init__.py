"""Tables of prospecting."""

from tandem.prospecting.models.ranking import AccountRank, IcpVersion, RankingReport, RankRun
from tandem.prospecting.models.research import Brief, Fact, FactSheet, OpeningContact, Rationale, Stakeholder
from tandem.prospecting.models.sources import (
    AddressCheck,
    CallState,
    CheckResult,
    FieldObservation,
    ObservedAccuracy,
    ProviderAccount,
    ProviderCall,
    ProviderState,
    SentRow,
    WatchedPlace,
    WaterfallRule,
)

__all__ = [
    "AccountRank",
    "AddressCheck",
    "Brief",
    "CallState",
    "CheckResult",
    "Fact",
    "FactSheet",
    "FieldObservation",
    "IcpVersion",
    "ObservedAccuracy",
    "OpeningContact",
    "ProviderAccount",
    "ProviderCall",
    "ProviderState",
    "RankRun",
    "RankingReport",
    "Rationale",
    "SentRow",
    "Stakeholder",
    "WatchedPlace",
    "WaterfallRule",
]
