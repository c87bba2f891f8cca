"""Tables of engagement."""

from tandem.engagement.models.drafts import Draft
from tandem.engagement.models.inbox import (
    Cover,
    InboundEffect,
    MailboxCursor,
    RedirectProposal,
    ReplyTask,
    WorkCalendar,
)
from tandem.engagement.models.plans import Campaign, CampaignTarget, Enrollment, Sequence, SequenceVersion, Touch
from tandem.engagement.models.policies import GrowthStop, OutreachPolicy, PolicyJudgement, PolicyTest
from tandem.engagement.models.received import Inbound
from tandem.engagement.models.reputation import DmarcReport, DmarcRow, DomainCheck, RecipientDomain, SenderDay
from tandem.engagement.models.review import Review, Showing
from tandem.engagement.models.rituals import HuddlePack, OutreachDecision, OutreachSpend, SoftNoHeard, TuningItem
from tandem.engagement.models.senders import Mailbox, SendingDomain
from tandem.engagement.models.texting import TextSender
from tandem.engagement.models.voice import NormChange, VoiceProposal, VoiceVersion

__all__ = [
    "Campaign",
    "CampaignTarget",
    "Cover",
    "DmarcReport",
    "DmarcRow",
    "DomainCheck",
    "Draft",
    "Enrollment",
    "GrowthStop",
    "HuddlePack",
    "Inbound",
    "InboundEffect",
    "Mailbox",
    "MailboxCursor",
    "NormChange",
    "OutreachDecision",
    "OutreachPolicy",
    "OutreachSpend",
    "PolicyJudgement",
    "PolicyTest",
    "RecipientDomain",
    "RedirectProposal",
    "ReplyTask",
    "Review",
    "SenderDay",
    "SendingDomain",
    "Sequence",
    "SequenceVersion",
    "Showing",
    "SoftNoHeard",
    "TextSender",
    "Touch",
    "TuningItem",
    "VoiceProposal",
    "VoiceVersion",
    "WorkCalendar",
]
