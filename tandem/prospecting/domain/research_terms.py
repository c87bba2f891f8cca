"""The sections of a brief and a fact sheet, which kinds of things belong where, and how long each stays true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class Section(StrEnum):
    """The nine sections of a brief, in their order."""

    GLANCE = "glance"
    COMMUNICATIONS = "communications"
    LEADERSHIP = "leadership"
    LAUNCHES = "launches"
    HIRING = "hiring"
    TECHNOLOGY = "technology"
    TESTIMONIALS = "testimonials"
    COMPETITORS = "competitors"
    WHY_NOW = "why_now"


class SheetSection(StrEnum):
    """The four sections of a fact sheet on a person."""

    CONTENT = "content"
    NEWS = "news"
    PRIORITIES = "priorities"
    PRODUCTS = "products"


TITLES: Mapping[str, str] = {
    Section.GLANCE: "At a glance, and we with them",
    Section.COMMUNICATIONS: "What they said in public, last four quarters",
    Section.LEADERSHIP: "Leadership: who, and what they say",
    Section.LAUNCHES: "Launches and sites",
    Section.HIRING: "Hiring",
    Section.TECHNOLOGY: "Technology and its changes",
    Section.TESTIMONIALS: "What their customers say",
    Section.COMPETITORS: "Competitors at work there",
    Section.WHY_NOW: "Why now",
    SheetSection.CONTENT: "What they published and said in public",
    SheetSection.NEWS: "News of the company",
    SheetSection.PRIORITIES: "Priorities and pains they stated",
    SheetSection.PRODUCTS: "Competing and adjacent products they named",
}
NOTHING: Mapping[str, str] = {
    Section.GLANCE: "No source tells industry, size or place, and there was no contact yet.",
    Section.COMMUNICATIONS: "No source here tells of public words in the last four quarters: no earnings call, no "
    "press release, no post.",
    Section.LEADERSHIP: "No source here tells of changes in the leadership or quotes it.",
    Section.LAUNCHES: "No launch and no new site is known from the last twelve months.",
    Section.HIRING: "No open position is known.",
    Section.TECHNOLOGY: "No source here tells what technology they use.",
    Section.TESTIMONIALS: "No story or review of their customers is known.",
    Section.COMPETITORS: "No product of a competitor is known to be at work there.",
    Section.WHY_NOW: "Nothing speaks for this week more than for any other.",
    SheetSection.CONTENT: "No talk, post or article of theirs is known.",
    SheetSection.NEWS: "No news of the company is known.",
    SheetSection.PRIORITIES: "They have not stated priorities in public or to us.",
    SheetSection.PRODUCTS: "They have named no competing or adjacent product.",
}
SECTION_OF: Mapping[str, Section] = {
    **dict.fromkeys(("earnings_call", "filing", "press_release", "news", "blog_post", "award", "funding_round"),
                    Section.COMMUNICATIONS),
    **dict.fromkeys(("executive_hire", "executive_leave", "podcast", "talk"), Section.LEADERSHIP),
    **dict.fromkeys(("product_launch", "site_opening"), Section.LAUNCHES),
    "job_post": Section.HIRING,
    **dict.fromkeys(("technology_seen", "technology_dropped", "github_activity"), Section.TECHNOLOGY),
    **dict.fromkeys(("customer_story", "review"), Section.TESTIMONIALS),
    "competitor_deployment": Section.COMPETITORS,
}  # fmt: skip
PUBLISHED = frozenset(SECTION_OF)  # kinds that research quotes; others only count as interest
CONTENT_KINDS = frozenset({"talk", "podcast", "blog_post", "github_activity", "executive_hire", "award"})
# How many days a thing is still worth saying. Short where the world moves on by itself.
TERMS: Mapping[str, int] = {
    "topic_surge": 28,  # a weekly figure
    "intent": 14,
    "job_post": 75,  # filled or withdrawn by then
    "earnings_call": 200,  # until the second next one
    "filing": 370,
    "press_release": 370, "news": 370, "blog_post": 370, "award": 370, "talk": 370, "podcast": 370,
    "funding_round": 370, "product_launch": 370, "site_opening": 370,
    "executive_hire": 540, "executive_leave": 370,
    "technology_seen": 540, "technology_dropped": 540, "competitor_deployment": 540,
    "customer_story": 730, "review": 540, "github_activity": 180,
    "email": 180, "call": 180, "meeting": 270, "chat": 180, "deal": 365, "account": 365, "fit": 120,
}  # fmt: skip
USUAL_TERM = 180
QUARTERS = 4


def expires_at(kind: str, said_at: datetime | None) -> datetime | None:
    """When a thing of this kind is no longer to be said; None: it has no date to count from."""
    return None if said_at is None else said_at + timedelta(days=TERMS.get(kind, USUAL_TERM))


def is_fresh(kind: str, said_at: datetime | None, at: datetime) -> bool:
    """Whether it may still be said. A thing without a date may."""
    ends = expires_at(kind, said_at)
    return ends is None or ends > at


def quarter_of(at: datetime) -> str:
    """The calendar quarter as people write it.

    >>> from datetime import UTC
    >>> quarter_of(datetime(2026, 11, 3, tzinfo=UTC))
    'Q4 2026'
    """
    return f"Q{(at.month + 2) // 3} {at.year}"
