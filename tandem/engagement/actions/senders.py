"""Sending domains: added, checked, ramped up, counted, slowed and stopped.

count(mailbox_id, SenderEvent.SENT, "acme.example", now=now)      # who sends and who reads mail tell what happened
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from tandem.core.errors import InvalidInput, NotFound
from tandem.core.nightly import today as company_day
from tandem.engagement.actions.guarding import guard_domain
from tandem.engagement.domain.providers import provider_of_domain
from tandem.engagement.models import Mailbox, RecipientDomain, SenderDay


class SenderEvent(StrEnum):
    """What happened to a mailbox's mail; each counts on the day it became known."""

    SENT = "sent"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    REPLIED = "replied"


AGAINST_US = frozenset(SenderEvent) - {SenderEvent.SENT, SenderEvent.REPLIED}


def count(mailbox_id: int, event: SenderEvent | str, recipient_domain: str, *, now: datetime, times: int = 1) -> None:
    """Count what happened to a mailbox's mail, and slow or stop its domain when it is too much.

    recipient_domain : of the address written to; empty: not told
    times : of the same event at once, from 1

    Safe inside the caller's transaction and from many processes. Raises InvalidInput for an event nobody knows and
    NotFound for an unknown mailbox; nothing is counted.
    """
    try:
        field = SenderEvent(event).value
    except ValueError as error:
        raise InvalidInput(f"{event!r} is no event of a sender.", hint=f"One of {', '.join(SenderEvent)}.") from error
    domain_id = Mailbox.objects.filter(id=mailbox_id).values_list("domain_id", flat=True).first()
    if domain_id is None:
        raise NotFound(f"There is no mailbox {mailbox_id}.")
    to = recipient_domain.strip().rstrip(".").lower()[:253]
    day = company_day(now)
    with transaction.atomic():
        row = SenderDay(mailbox_id=mailbox_id, day=day, recipient_domain=to, provider=_provider_of(to))
        SenderDay.objects.bulk_create([row], ignore_conflicts=True)
        found = SenderDay.objects.filter(mailbox_id=mailbox_id, day=day, recipient_domain=to)
        found.update(**{field: F(field) + max(1, times)})
    if field in AGAINST_US:
        guard_domain(domain_id, now=now)


def _provider_of(domain: str) -> str:
    """Key of the provider, as far as it is known without asking a name server."""
    if not domain:
        return ""
    if known := provider_of_domain(domain):
        return known
    found = RecipientDomain.objects.filter(name=domain).values_list("provider", flat=True).first()
    if found is None:
        RecipientDomain.objects.bulk_create([RecipientDomain(name=domain)], ignore_conflicts=True)
    return found or ""
