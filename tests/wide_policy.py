"""A policy in force that lets nearly everything out, for tests that are about what comes after it."""

from __future__ import annotations

from datetime import datetime

from tandem.engagement.models import Campaign, OutreachPolicy

RULES = {
    "channels": ["email", "sms", "whatsapp", "voicemail_ai"],
    "max_words": 400,
    "least_facts": 0,
    "facts_younger_than_days": None,
    "starts_at": "00:00",
    "ends_at": "00:00",
    "a_day": 1_000_000,
}


def put_wide_policy_in_force(campaign: Campaign, now: datetime) -> OutreachPolicy:
    """The campaign's policy, in force."""
    return OutreachPolicy.objects.create(
        campaign=campaign, number=1, rules=RULES, state="in_force", made_at=now, made_by="test", in_force_at=now
    )
