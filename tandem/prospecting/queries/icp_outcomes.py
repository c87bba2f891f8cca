"""A profile against deals that ended, as of when they opened; and outreach before and after a profile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from tandem.accounts.contracts import ActivityKind, Motion
from tandem.accounts.queries.visible import accounts_in_sight, deals_in_sight
from tandem.core.intervals import Share
from tandem.prospecting.domain.fit import fit_of
from tandem.prospecting.domain.icp_outcomes import Effect, EndedDeal, effect, outcomes
from tandem.prospecting.queries.icp import IcpRow
from tandem.prospecting.queries.own_history import NIGHTLY
from tandem.prospecting.queries.profiles import profiles

Reporter = Callable[[int, int | None, str], None]
MONTHS_AT_ONCE = 3  # deals are measured as of the beginning of their quarter: one read of profiles a quarter
YEARS_BACK = 3
SILENT_DAYS, MEETING_DAYS, SPAN_WEEKS = 90, 28, 12


def judge_icp(version: IcpRow, *, now: datetime, progress: Reporter | None = None) -> dict[str, Any]:
    """Win rates of ended deals of new business by the fit their accounts had when they opened, JSON-ready.

    Fit is that of the beginning of the quarter in which a deal opened, so that neither the deal itself nor anything
    later counts; golden fields are as of now. Deals that opened after the version was written are told apart.
    """
    by_quarter = _ended_deals(now)
    icp = version.icp
    found: list[EndedDeal] = []
    for nth, (begins, deals) in enumerate(sorted(by_quarter.items())):
        if progress is not None:
            progress(nth, len(by_quarter), f"{begins:%Y-%m}")
        fits = {one.account_id: fit_of(icp, one) for one in profiles({account for account, *_ in deals}, at=begins)}
        for account, is_won, opened in deals:
            fit = fits.get(account)
            if fit is not None:
                found.append(
                    EndedDeal(
                        fit=sum(part.points for part in fit.parts) / icp.points,
                        excluded_by=fit.excluded_by,
                        is_won=is_won,
                        is_unseen=opened > version.created_at,
                    )
                )
    return {
        "number": version.number,
        "as_of": now.isoformat(),
        "quarters": len(by_quarter),
        "bands": [asdict(one) for one in outcomes(found)],
    }


def _ended_deals(now: datetime) -> dict[datetime, list[tuple[int, bool, datetime]]]:
    """By beginning of the quarter of opening: account, won or lost, moment of opening."""
    deals = deals_in_sight(NIGHTLY).filter(
        motion=Motion.NEW, account__isnull=False, is_closed=True, closed_on__lte=now.date(),
        created_at__gt=now - timedelta(days=365 * YEARS_BACK),
    )  # fmt: skip
    found: defaultdict[datetime, list[tuple[int, bool, datetime]]] = defaultdict(list)
    for account, is_won, opened in deals.order_by("id").values_list("account_id", "is_won", "created_at"):
        month = (opened.month - 1) // MONTHS_AT_ONCE * MONTHS_AT_ONCE + 1
        found[datetime(opened.year, month, 1, tzinfo=UTC)].append((account, is_won, opened))
    return found


def meeting_effect(version: IcpRow, *, now: datetime) -> Effect:
    """Of accounts first worked after ninety silent days, how many had a meeting within four weeks: twelve weeks before
    the version went live against up to twelve weeks after it.
    """
    live = version.published_at or now
    until = min(live + timedelta(weeks=SPAN_WEEKS), now - timedelta(days=MEETING_DAYS))
    before = _meetings(live - timedelta(weeks=SPAN_WEEKS, days=MEETING_DAYS), live - timedelta(days=MEETING_DAYS))
    return effect(before, _meetings(live, until) if until > live else Share(hits=0, n=0))


def _meetings(begins: datetime, ends: datetime) -> Share:
    """Accounts first worked in a span, and those of them that had a meeting within four weeks of it."""
    rows = accounts_in_sight(NIGHTLY).filter(
        activities__at__gt=begins - timedelta(days=SILENT_DAYS),
        activities__at__lte=ends + timedelta(days=MEETING_DAYS),
    )
    touches: defaultdict[int, list[datetime]] = defaultdict(list)
    meetings: defaultdict[int, list[datetime]] = defaultdict(list)
    for account, kind, is_inbound, at in rows.order_by().values_list(
        "id", "activities__kind", "activities__is_inbound", "activities__at"
    ):
        if kind == ActivityKind.MEETING:
            meetings[account].append(at)
        elif is_inbound is not True and kind != ActivityKind.TASK:
            touches[account].append(at)
    worked = booked = 0
    for account, moments in touches.items():
        first = _first_after_silence(sorted(moments), begins, ends)
        if first is not None:
            worked += 1
            booked += any(first < at <= first + timedelta(days=MEETING_DAYS) for at in meetings[account])
    return Share(hits=booked, n=worked)


def _first_after_silence(moments: list[datetime], begins: datetime, ends: datetime) -> datetime | None:
    """The first touch inside the span with ninety days of silence before it; None: it was worked before."""
    inside = [at for at in moments if begins < at <= ends]
    if not inside:
        return None
    earlier = [at for at in moments if at < inside[0]]
    return inside[0] if not earlier or inside[0] - earlier[-1] >= timedelta(days=SILENT_DAYS) else None
