"""How accounts and deals went over time, as charts: touches and signals by week, a deal's amount and close date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from tandem.accounts.contracts import ActivityKind
from tandem.accounts.models import Activity
from tandem.accounts.queries.deals import Change, DealHead
from tandem.accounts.queries.signals import Signal
from tandem.core import charts, words

WEEKS = 26
FROM_THEM, FROM_US, TOGETHER = "from them", "from us", "meetings and calls"
TOUCH_KINDS = (FROM_THEM, FROM_US, TOGETHER)
TOUCH_COLOURS = (charts.PERSON, charts.PARTS[2], charts.PARTS[4])
DAYS = "%-d %b %y"
BAR_WIDTH = 9  # pixels; 26 of them stay apart on a phone
FEWEST_POINTS = 2  # one value over time is no course


def first_week(now: datetime) -> datetime:
    """Midnight of the Monday, in the reader's zone, with which the 26 weeks up to now begin."""
    local = timezone.localtime(now)
    monday = local.date() - timedelta(days=local.weekday(), weeks=WEEKS - 1)
    return datetime.combine(monday, time(), local.tzinfo)


def touches_by_week(account_id: int, *, now: datetime) -> charts.Chart | None:
    """Mail, meetings and calls of an account by week, over 26 weeks; None when there were none."""
    since = first_week(now)
    rows = Activity.objects.filter(account_id=account_id, at__gte=since, at__lte=now)
    found: Counter[tuple[date, str]] = Counter()
    for kind, is_inbound, at in rows.values_list("kind", "is_inbound", "at"):
        if kind in (ActivityKind.MEETING, ActivityKind.CALL):
            found[_monday(at), TOGETHER] += 1
        elif kind not in (ActivityKind.TASK, ActivityKind.NOTE):
            found[_monday(at), FROM_THEM if is_inbound else FROM_US] += 1
    if not found:
        return None
    weeks = _weeks(since)
    values = [
        {"week": f"{on}T00:00", "kind": kind, "touches": found[on, kind], "order": place}
        for on in weeks
        for place, kind in enumerate(TOUCH_KINDS)
    ]
    totals = {kind: sum(found[on, kind] for on in weeks) for kind in TOUCH_KINDS}
    told = ", ".join(f"{count} {kind}" for kind, count in totals.items() if count)
    colour = {
        "field": "kind",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(TOUCH_KINDS), "range": list(TOUCH_COLOURS)},
    }
    return charts.draw(
        _bars(values, "touches", color=colour, order={"field": "order", "type": "quantitative"}),
        key="touches",
        summary=f"Touches by week, {WEEKS} weeks: {told}.",
        heads=("Week from", *(kind.capitalize() for kind in TOUCH_KINDS)),
        rows=[(on, *(found[on, kind] for kind in TOUCH_KINDS)) for on in weeks],
        height=150,
    )


def signals_by_week(signals: Sequence[Signal], *, now: datetime) -> charts.Chart | None:
    """Signals by week, over 26 weeks; None when there were none."""
    since = first_week(now)
    found = Counter(_monday(signal.at) for signal in signals if since <= signal.at <= now)
    if not found:
        return None
    weeks = _weeks(since)
    values = [{"week": f"{on}T00:00", "signals": found[on]} for on in weeks]
    busiest = max(weeks, key=lambda on: found[on])
    return charts.draw(
        _bars(values, "signals", color={"value": charts.HISTORY}),
        key="signals",
        summary=f"Signals by week, {WEEKS} weeks: {sum(found.values()):,} from product and intent data, "
        f"most in the week of {words.day(busiest)}.",
        heads=("Week from", "Signals"),
        rows=[(on, found[on]) for on in weeks],
        height=150,
    )


def _bars(values: Sequence[Mapping[str, Any]], figure: str, **channels: Any) -> charts.Spec:
    return charts.Spec(
        {
            "data": {"values": list(values)},
            "mark": {"type": "bar", "size": BAR_WIDTH},
            "encoding": {
                "x": {
                    "field": "week",
                    "type": "temporal",
                    "title": None,
                    "axis": {"format": "%-d %b", "tickCount": 6},
                },
                "y": {
                    "field": figure,
                    "type": "quantitative",
                    "stack": "zero",
                    "title": None,
                    "axis": {"tickCount": 4, "format": "d", "tickMinStep": 1},
                },
                **channels,
                "tooltip": [
                    {"field": "week", "type": "temporal", "format": "%-d %b", "title": "Week from"},
                    *([{"field": "kind", "title": "What"}] if "order" in channels else []),
                    {"field": figure, "title": figure.capitalize()},
                ],
            },
        }
    )


def _weeks(since: datetime) -> list[date]:
    return [since.date() + timedelta(weeks=at) for at in range(WEEKS)]


def _monday(at: datetime) -> date:
    on = timezone.localtime(at).date()
    return on - timedelta(days=on.weekday())


def amount_over_time(head: DealHead, *, now: datetime) -> charts.Chart | None:
    """A deal's amount at each of its changes; None when it never changed."""
    points = [(at, value) for at, told in _course(head, "amount", now) if (value := _decimal(told)) is not None]
    if len({value for _, value in points}) < FEWEST_POINTS:
        return None
    currency = head.row.currency
    first, last = points[0][1], points[-1][1]
    axis = {"tickCount": 4, "format": "~s"}
    return charts.draw(
        _steps([{"at": at.isoformat(), "value": float(value)} for at, value in points], "quantitative", axis),
        key="amount",
        summary=f"Amount: {words.money(first, currency)} at first, {words.money(last, currency)} now.",
        heads=("From", "Amount"),
        rows=[(at, words.money(value, currency)) for at, value in points[:-1]],
        height=120,
    )


def close_date_over_time(head: DealHead, *, now: datetime) -> charts.Chart | None:
    """The day a deal was expected to close, at each of its changes; None when it never moved."""
    points = [(at, value) for at, told in _course(head, "close_on", now) if (value := _day(told)) is not None]
    if len({value for _, value in points}) < FEWEST_POINTS:
        return None
    moved = (points[-1][1] - points[0][1]).days
    told = f"{words.count(abs(moved), 'day')} {'later' if moved > 0 else 'earlier'}" if moved else "the same day again"
    axis = {"tickCount": 4, "format": DAYS}
    return charts.draw(
        _steps([{"at": at.isoformat(), "value": f"{value}T00:00"} for at, value in points], "temporal", axis),
        key="close",
        summary=f"Close date: {words.day(points[0][1])} at first, {words.day(points[-1][1])} now, {told}.",
        heads=("From", "Close date"),
        rows=points[:-1],
        height=120,
    )


def _course(head: DealHead, field: str, now: datetime) -> list[tuple[datetime, str | None]]:
    """A field's values with the moments from which they held; the last value is told once more for now."""
    changes: Sequence[Change] = [change for change in head.changes if change.field == field]
    if not changes:
        return []
    course = [(change.at, change.new) for change in changes]
    if changes[0].old is not None and head.created_at < changes[0].at:
        course.insert(0, (head.created_at, changes[0].old))
    closing = [change.at for change in head.changes if change.field == "stage"]
    end = max(closing, default=now) if head.row.is_closed else now
    return [*course, (max(end, course[-1][0]), course[-1][1])]


def _steps(values: Sequence[Mapping[str, Any]], kind: str, axis: Mapping[str, Any]) -> charts.Spec:
    scale = {"zero": True} if kind == "quantitative" else {}
    return charts.Spec(
        {
            "data": {"values": list(values)},
            "mark": {"type": "line", "interpolate": "step-after", "color": charts.PERSON},
            "encoding": {
                "x": {
                    "field": "at",
                    "type": "temporal",
                    "title": None,
                    "axis": {"format": DAYS, "tickCount": 4},
                },
                "y": {"field": "value", "type": kind, "title": None, "axis": dict(axis), "scale": scale},
            },
        }
    )


def _decimal(told: str | None) -> Decimal | None:
    try:
        return Decimal(told) if told else None
    except InvalidOperation:
        return None


def _day(told: str | None) -> date | None:
    try:
        return date.fromisoformat(told[:10]) if told else None
    except ValueError:
        return None
