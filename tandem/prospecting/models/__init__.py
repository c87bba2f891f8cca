"""Tables of prospecting."""

from tandem.prospecting.models.ranking import AccountRank, IcpVersion, RankingReport, RankRun
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
    "CallState",
    "CheckResult",
    "FieldObservation",
    "IcpVersion",
    "ObservedAccuracy",
    "ProviderAccount",
    "ProviderCall",
    "ProviderState",
    "RankRun",
    "RankingReport",
    "SentRow",
    "WatchedPlace",
    "WaterfallRule",
]
