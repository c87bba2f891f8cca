"""What should not stay unseen: a refresh that was missed, a source that fell silent, a flood of events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncDate

from tandem.accounts.queries import signal_parts
from tandem.intent.models import IntentRun, ReceivedEvent, RunState, WriteKey

DUE_AT = time(6, 0)  # local: before anybody opens Today
SILENT_AFTER = timedelta(hours=24)
LEAST_EVENTS = 100  # of a key, before its silence says anything
FLOOD_TIMES, LEAST_FLOOD, USUAL_DAYS = 10.0, 10_000, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that needs a person.

    kind : "missed_refresh", "silent_source" or "flood"
    text : what is wrong and what to do
    since : since when; None: from the start
    """

    kind: str
    title: str
    text: str
    address: str
    since: datetime | None = None


def alarms(now: datetime) -> tuple[Alarm, ...]:
    """Everything that stands now, most urgent first. Five queries."""
    return (*_missed_refresh(now), *_floods(now), *_silent(now))


def _missed_refresh(now: datetime) -> tuple[Alarm, ...]:
    zone = ZoneInfo(settings.TIME_ZONE)
    local = now.astimezone(zone)
    due_day = local.date() if local.time() >= DUE_AT else local.date() - timedelta(days=1)
    last = IntentRun.objects.filter(state=RunState.DONE).order_by("-day", "-id").first()
    if last is not None and last.day >= due_day:
        return ()
    if last is None and not signal_parts.has_signals():
        return ()
    failed = IntentRun.objects.filter(state=RunState.FAILED, day__gte=due_day).order_by("-id").first()
    why = f" It failed: {failed.error}" if failed is not None else " The nightly run did not come to it."
    return (
        Alarm(
            kind="missed_refresh",
            title="Intent was not refreshed last night",
            text=f"Scores stand as of {last.as_of.astimezone(zone):%d %b %Y, %H:%M}.{why}"
            if last is not None
            else f"Signals have come and nothing was scored yet.{why}",
            address="/intent",
            since=last.finished_at if last is not None else None,
        ),
    )


def _silent(now: datetime) -> tuple[Alarm, ...]:
    keys = WriteKey.objects.filter(revoked_at=None, received__gte=LEAST_EVENTS, last_seen_at__lt=now - SILENT_AFTER)
    found = [
        Alarm(
            kind="silent_source",
            title=f"No events from {key.name}",
            text="Nothing has come with this key for more than a day. See whether its program still sends.",
            address="/intent/keys",
            since=key.last_seen_at,
        )
        for key in keys.order_by("name")
    ]
    found += [
        Alarm(
            kind="silent_source",
            title=f"No signals from {one.name}",
            text=f"A file is expected every {one.every_hours} hours.",
            address="/data",
            since=one.last_at,
        )
        for one in signal_parts.expected_sources()
        if one.last_at < now - timedelta(hours=one.every_hours)
    ]
    return tuple(found)


def _floods(now: datetime) -> tuple[Alarm, ...]:
    since = now - timedelta(days=USUAL_DAYS + 1)
    rows = ReceivedEvent.objects.filter(received_at__gte=since, received_at__lte=now)
    latest = {
        one["key__name"]: one["number"]
        for one in rows.filter(received_at__gt=now - timedelta(days=1)).values("key__name").annotate(number=Count("id"))
    }
    if not any(number >= LEAST_FLOOD for number in latest.values()):
        return ()
    days: dict[str, list[int]] = {}
    before = rows.filter(received_at__lte=now - timedelta(days=1)).annotate(on=TruncDate("received_at"))
    for one in before.values("key__name", "on").annotate(number=Count("id")):
        days.setdefault(one["key__name"], []).append(one["number"])
    return tuple(
        Alarm(
            kind="flood",
            title=f"A flood of events from {name}",
            text=f"{number:,} in a day, usually {median(days[name]):,.0f}. See whether a program sends in a loop.",
            address="/intent/keys",
        )
        for name, number in sorted(latest.items())
        if number >= LEAST_FLOOD and days.get(name) and number > FLOOD_TIMES * median(days[name])
    )
