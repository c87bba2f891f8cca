"""What other rooms may hold of accounts: the words of the unified model."""

from __future__ import annotations

from enum import StrEnum


class SourceKind(StrEnum):
    """What sort of system tells us; survivorship ranks sources by it."""

    CORRECTION = "correction"
    CRM = "crm"
    MARKETING = "marketing"
    VENDOR = "vendor"
    PRODUCT = "product"
    INTENT = "intent"
    MAIL = "mail"
    MEETINGS = "meetings"
    CHAT = "chat"
    HR = "hr"
    PUBLIC = "public"
    OTHER = "other"


class Entity(StrEnum):
    """What a row can be about. The first three are matched and put together; the rest are keyed facts."""

    ACCOUNT = "account"
    CONTACT = "contact"
    OPPORTUNITY = "opportunity"
    OPPORTUNITY_CHANGE = "opportunity_change"
    OPPORTUNITY_SNAPSHOT = "opportunity_snapshot"
    OPPORTUNITY_CONTACT = "opportunity_contact"
    OPPORTUNITY_PRODUCT = "opportunity_product"
    PRODUCT = "product"
    COMPETITOR = "competitor"
    ACTIVITY = "activity"
    PERSON = "person"
    SELLER_CALL = "seller_call"
    QUOTA = "quota"
    RENEWAL = "renewal"
    SIGNAL = "signal"
    EXCHANGE_RATE = "exchange_rate"


class Motion(StrEnum):
    """What kind of sale a deal is."""

    NEW = "new"
    EXPANSION = "expansion"
    RENEWAL = "renewal"


class CallKind(StrEnum):
    """What a seller stakes."""

    COMMIT = "commit"
    BEST_CASE = "best_case"


class ActivityKind(StrEnum):
    """What sort of touch it was."""

    EMAIL = "email"
    CALL = "call"
    MEETING = "meeting"
    CHAT = "chat"
    SMS = "sms"
    TASK = "task"
    NOTE = "note"
    FORM = "form"
    SOCIAL = "social"


class ForecastCategory(StrEnum):
    """A deal's place in the forecast, in one vocabulary for all CRMs."""

    OMITTED = "omitted"
    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    MOST_LIKELY = "most_likely"
    COMMIT = "commit"
    CLOSED = "closed"
