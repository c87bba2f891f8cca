"""Tables of engagement."""

from tandem.engagement.models.drafts import Draft
from tandem.engagement.models.plans import Campaign, CampaignTarget, Enrollment, Sequence, SequenceVersion, Touch
from tandem.engagement.models.received import Inbound
from tandem.engagement.models.reputation import DmarcReport, DmarcRow, DomainCheck, RecipientDomain, SenderDay
from tandem.engagement.models.review import Review, Showing
from tandem.engagement.models.rituals import HuddlePack, OutreachDecision, OutreachSpend, SoftNoHeard, TuningItem
from tandem.engagement.models.senders import Mailbox, SendingDomain

__all__ = [
    "Campaign",
    "CampaignTarget",
    "DmarcReport",
    "DmarcRow",
    "DomainCheck",
    "Draft",
    "Enrollment",
    "HuddlePack",
    "Inbound",
    "Mailbox",
    "OutreachDecision",
    "OutreachSpend",
    "RecipientDomain",
    "SenderDay",
    "SendingDomain",
    "Review",
    "Sequence",
    "SequenceVersion",
    "Showing",
    "SoftNoHeard",
    "Touch",
    "TuningItem",
]
