"""The guard of reputation: slows and stops a domain by its rates, without anybody pressing anything.

A stop holds for every mail of the domain, first steps and follow-ups alike, until a person resumes it. A slowed domain
gets its volume back by itself once its rates are fine again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from tandem.core import ledger
from tandem.core.actors import built_in_agent
from tandem.core.nightly import today as company_day
from tandem.engagement.domain.reputation import WINDOWS_DAYS, Level, Verdict, judge, share_left
from tandem.engagement.models import SendingDomain
from tandem.engagement.queries.sender_days import windows

GUARD = built_in_agent("reputation guard")
LONGEST_WHY = 300


def guard_domain(domain_id: int, *, now: datetime) -> Level:
    """Judge a domain's rates and act on them; returns what they ask for. Two queries where nothing changes.

    What it changes is in the ledger: "engagement.domain_slowed", "..._stopped", "..._freed".
    """
    verdict = judge(windows([domain_id], today=company_day(now))[domain_id])
    domain = SendingDomain.objects.get(id=domain_id)
    if domain.paused_at is not None:
        return verdict.level
    if verdict.level is Level.STOP:
        _stop(domain, verdict, now)
    elif share_left(verdict.level) < domain.throttle or _is_proved(domain, company_day(now)):
        _set_throttle(domain, verdict)
    return verdict.level


def guard_all(*, now: datetime) -> None:
    """Judge every domain: what slows by itself with time is freed by itself with time."""
    for domain_id in SendingDomain.objects.order_by("id").values_list("id", flat=True):
        guard_domain(domain_id, now=now)


def _is_proved(domain: SendingDomain, today: date) -> bool:
    """Whether what was slowed may be freed: after somebody resumed it, a week of its own counts comes first."""
    return domain.judged_from is None or domain.judged_from <= today - timedelta(days=min(WINDOWS_DAYS))


def _stop(domain: SendingDomain, verdict: Verdict, now: datetime) -> None:
    with transaction.atomic():
        standing = SendingDomain.objects.filter(id=domain.id, paused_at=None)
        if standing.update(paused_at=now, why=verdict.why[:LONGEST_WHY]):
            ledger.append(GUARD, "engagement.domain_stopped", subject=f"sending_domain:{domain.id}", why=verdict.why)


def _set_throttle(domain: SendingDomain, verdict: Verdict) -> None:
    share = share_left(verdict.level)
    if share == domain.throttle:
        return
    action = "engagement.domain_slowed" if share < domain.throttle else "engagement.domain_freed"
    with transaction.atomic():
        standing = SendingDomain.objects.filter(id=domain.id, paused_at=None, throttle=domain.throttle)
        if standing.update(throttle=share, why=verdict.why[:LONGEST_WHY]):
            ledger.append(GUARD, action, subject=f"sending_domain:{domain.id}", share=share, why=verdict.why)
