"""Sums of what mailboxes sent and what came back, by day, window and provider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet, Sum

from tandem.engagement.domain.ramp import LOOK_BACK_DAYS
from tandem.engagement.domain.reputation import WINDOWS_DAYS, Counts
from tandem.engagement.models import SenderDay

EVENTS = tuple(one.name for one in fields(Counts))
Volumes = Mapping[date, int]
Windows = Mapping[int, Counts]


def volumes(domain_ids: Collection[int], *, today: date) -> Mapping[int, Mapping[int, Volumes]]:
    """Messages by domain, mailbox and day over the days the ramp looks back on, today included. One query."""
    found: dict[int, dict[int, dict[date, int]]] = defaultdict(dict)
    rows = SenderDay.objects.filter(
        mailbox__domain__in=domain_ids, day__gte=today - timedelta(days=LOOK_BACK_DAYS), day__lte=today, sent__gt=0
    )
    for row in rows.values("mailbox__domain_id", "mailbox_id", "day").annotate(number=Sum("sent")):
        of_mailbox = found[row["mailbox__domain_id"]].setdefault(row["mailbox_id"], {})
        of_mailbox[row["day"]] = row["number"]
    return found


def added_up(by_mailbox: Mapping[int, Volumes]) -> Volumes:
    """Days of several mailboxes together."""
    sums: dict[date, int] = defaultdict(int)
    for days in by_mailbox.values():
        for day, number in days.items():
            sums[day] += number
    return sums


def windows(domain_ids: Collection[int], *, today: date) -> Mapping[int, Windows]:
    """What happened in each window that reputation is judged by, by domain. Every domain asked for is in. One query."""
    return {domain: _summed(parts) for domain, parts in _by_provider(domain_ids, today).items()}


def provider_windows(domain_ids: Collection[int], *, today: date) -> Mapping[int, Mapping[str, Windows]]:
    """The same by domain and recipient provider; "" stands for those not known yet. One query."""
    return _by_provider(domain_ids, today)


def windows_from(domain_id: int, *, since: date, today: date) -> Windows:
    """What happened to one domain since a day, as if nothing was known before. One query."""
    rows = SenderDay.objects.filter(mailbox__domain=domain_id, day__gte=since, day__lte=today)
    found = rows.aggregate(**{name: Sum(name) for name in EVENTS})
    counts = Counts(**{name: found[name] or 0 for name in EVENTS})
    return dict.fromkeys(WINDOWS_DAYS, counts)


def _by_provider(domain_ids: Collection[int], today: date) -> dict[int, dict[str, dict[int, Counts]]]:
    found: dict[int, dict[str, dict[int, Counts]]] = {one: {} for one in domain_ids}
    rows = of_window(domain_ids, days=max(WINDOWS_DAYS), today=today)
    sums = [Sum(name) for name in EVENTS]
    for domain, provider, day, *numbers in rows.values_list("mailbox__domain_id", "provider", "day").annotate(*sums):
        counts = Counts(**dict(zip(EVENTS, numbers, strict=True)))
        of_provider = found[domain].setdefault(provider, _nothing())
        for days in WINDOWS_DAYS:
            if day > today - timedelta(days=days):
                of_provider[days] += counts
    return found


def of_window(domain_ids: Collection[int], *, days: int, today: date) -> QuerySet[SenderDay]:
    """Rows of the last so many days, today included, from the day on from which a domain is judged."""
    since = Q(mailbox__domain__judged_from=None) | Q(day__gte=F("mailbox__domain__judged_from"))
    return SenderDay.objects.filter(
        since, mailbox__domain__in=domain_ids, day__gt=today - timedelta(days=days), day__lte=today
    )


def _summed(parts: Mapping[str, Windows]) -> Windows:
    total = _nothing()
    for part in parts.values():
        for days in WINDOWS_DAYS:
            total[days] += part[days]
    return total


def _nothing() -> dict[int, Counts]:
    return {days: Counts() for days in WINDOWS_DAYS}
