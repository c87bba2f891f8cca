"""Who receives mail for the domains we write to is looked up, so that health can be told by provider."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tandem.core import bulk
from tandem.engagement.models import RecipientDomain, SenderDay
from tandem.engagement.queries.domain_checks import look_up_providers

AT_ONCE = 500  # domains looked up in one go
HOLDS = timedelta(days=90)  # companies change their mail provider seldom


def look_at_recipients(*, now: datetime) -> int:
    """Look up domains not looked at yet, or not for 90 days; returns how many were told. Takes a while."""
    due = RecipientDomain.objects.filter(Q(looked_at=None) | Q(looked_at__lt=now - HOLDS)).order_by("looked_at", "id")
    found = look_up_providers(list(due.values_list("name", flat=True)[:AT_ONCE]))
    with transaction.atomic():
        bulk.update_many(
            RecipientDomain, "name", ("provider", "looked_at"), ((name, key, now) for name, key in found.items())
        )
        for key in sorted(set(found.values())):
            names = [name for name, told in found.items() if told == key]
            SenderDay.objects.filter(provider="", recipient_domain__in=names).update(provider=key)
    return len(found)
