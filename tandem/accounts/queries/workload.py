"""How much work sellers have on the desk at a moment, and what they usually had: counts of a few set-wise reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity, Opportunity

RECENT_DAYS = 14
USUAL_STRETCHES = 6  # of 14 days each: the twelve weeks before
WAITING_DAYS = 21  # a reply older than this is no longer waited for
TOUCHES = (ActivityKind.EMAIL, ActivityKind.CALL, ActivityKind.CHAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One seller's desk.

    open_deals, unanswered : at the moment. touches, meetings : of the 14 days before
    usual_deals, usual_touches, usual_meetings : mean of the six stretches of 14 days before; None: they owned nothing
        and did nothing then
    """

    open_deals: int
    touches: int
    meetings: int
    unanswered: int
    usual_deals: float | None
    usual_touches: float | None
    usual_meetings: float | None


def workloads(*, at: datetime) -> Mapping[int, Workload]:
    """By owner of any deal or touch of the fourteen weeks up to a moment; nothing after it counts. Four reads.

    A touch is a call, a chat, or a mail that this side wrote. The caller has checked the right to see the team's load.
    """
    deals, usual_deals = _open_deals(at)
    touches, usual_touches = _acts(at, Q(kind__in=TOUCHES) & ~Q(is_inbound=True))
    meetings, usual_meetings = _acts(at, Q(kind=ActivityKind.MEETING))
    waiting = _unanswered(at)
    owners = set(deals) | set(usual_deals) | set(touches) | set(usual_touches) | set(meetings) | set(usual_meetings)
    return {
        owner: Workload(
            open_deals=deals[owner],
            touches=touches[owner],
            meetings=meetings[owner],
            unanswered=waiting[owner],
            usual_deals=usual_deals.get(owner),
            usual_touches=usual_touches.get(owner),
            usual_meetings=usual_meetings.get(owner),
        )
        for owner in sorted(owners)
    }


def _open_deals(at: datetime) -> tuple[Counter[int], dict[int, float]]:
    """Deals open at the moment by owner, and the mean of those open at the six earlier points."""
    first = at - timedelta(days=RECENT_DAYS * USUAL_STRETCHES)
    rows = Opportunity.objects.filter(owner__isnull=False, created_at__lte=at).filter(
        Q(closed_on=None, is_closed=False) | Q(closed_on__gt=first.date())
    )
    points = [at - timedelta(days=RECENT_DAYS * nth) for nth in range(1, USUAL_STRETCHES + 1)]
    now: Counter[int] = Counter()
    earlier: Counter[int] = Counter()
    for owner, created, closed in rows.values_list("owner_id", "created_at", "closed_on"):
        now[owner] += closed is None or closed > at.date()
        earlier[owner] += sum(created <= point and (closed is None or closed > point.date()) for point in points)
    return now, {owner: total / USUAL_STRETCHES for owner, total in earlier.items() if total}


def _acts(at: datetime, which: Q) -> tuple[Counter[int], dict[int, float]]:
    """Acts of the last stretch by owner, and the mean of the six before it."""
    recent = at - timedelta(days=RECENT_DAYS)
    first = recent - timedelta(days=RECENT_DAYS * USUAL_STRETCHES)
    rows = Activity.objects.filter(which, owner__isnull=False, at__gt=first, at__lte=at).order_by()
    counted = rows.values_list("owner_id").annotate(recent=Count("id", filter=Q(at__gt=recent)), all=Count("id"))
    now: Counter[int] = Counter()
    usual: dict[int, float] = {}
    for owner, late, everything in counted:
        now[owner] = late
        if everything > late:
            usual[owner] = (everything - late) / USUAL_STRETCHES
    return now, usual


def _unanswered(at: datetime) -> Counter[int]:
    """Threads whose last mail of three weeks came from the customer, by its owner."""
    since = at - timedelta(days=WAITING_DAYS)
    mails = Activity.objects.filter(kind=ActivityKind.EMAIL, owner__isnull=False, at__gt=since, at__lte=at)
    mails = mails.exclude(is_inbound=None).exclude(thread_key="").order_by()
    lasts: defaultdict[str, dict[bool, tuple[datetime, int]]] = defaultdict(dict)
    for thread, inbound, last, owner in mails.values_list("thread_key", "is_inbound").annotate(
        last=Max("at"), owner=Max("owner_id")
    ):
        lasts[thread][inbound] = (last, owner)
    found: Counter[int] = Counter()
    for sides in lasts.values():
        if True in sides and (False not in sides or sides[False][0] < sides[True][0]):
            found[sides[True][1]] += 1
    return found
