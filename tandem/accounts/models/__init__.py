"""Tables of the unified model. Fields and constraints only; one file a subject."""

from tandem.accounts.models.activities import Activity, ActivityParticipant
from tandem.accounts.models.deals import (
    Competitor,
    Opportunity,
    OpportunityChange,
    OpportunityContact,
    OpportunityProduct,
    OpportunitySnapshot,
    Product,
    Quota,
    Renewal,
    SellerCall,
)
from tandem.accounts.models.erasures import ErasedContact, ErasedTrace, Remark
from tandem.accounts.models.people import Account, AccountDomain, AccountName, Contact, ContactPoint, Employment
from tandem.accounts.models.reports import StoredReport
from tandem.accounts.models.sources import (
    GoldenLink,
    Load,
    LoadState,
    MatchPair,
    MergeEvent,
    PairState,
    Source,
    SourceRecord,
    SurvivorshipRule,
)

__all__ = [
    "Account",
    "AccountDomain",
    "AccountName",
    "Activity",
    "ActivityParticipant",
    "Competitor",
    "Contact",
    "ContactPoint",
    "Employment",
    "ErasedContact",
    "ErasedTrace",
    "GoldenLink",
    "Load",
    "LoadState",
    "MatchPair",
    "MergeEvent",
    "Opportunity",
    "OpportunityChange",
    "OpportunityContact",
    "OpportunityProduct",
    "OpportunitySnapshot",
    "PairState",
    "Product",
    "Quota",
    "Remark",
    "Renewal",
    "SellerCall",
    "Source",
    "SourceRecord",
    "StoredReport",
    "SurvivorshipRule",
]
