"""Signals of one account, from the warehouse: what its people did in the product, and what it reads elsewhere.

Events that only describe a visitor or a company ("identify", "group") say nothing about interest and are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from tandem.accounts import warehouse
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Load, LoadState

COLUMNS = ("at", "source", "kind", "topic", "strength", "contact_email", "payload")
DESCRIBING = ("identify", "group")
MOST_SIGNALS = 2_000
NAMED_KINDS, NAMED_PEOPLE = 4, 3
KIND_LABELS = {
    "page": "Page viewed", "screen": "Screen viewed", "topic_surge": "Topic surge", "news": "In the news",
    "press_release": "Press release", "executive_hire": "New in the lead", "executive_leave": "Leaves",
    "product_launch": "Launch", "site_opening": "New site", "funding_round": "Funding", "award": "Award",
    "customer_story": "Customer story", "competitor_deployment": "Uses a competitor", "blog_post": "Post",
    "podcast": "Podcast", "talk": "Talk", "job_post": "Hiring", "technology_seen": "Technology seen",
    "technology_dropped": "Technology gone", "earnings_call": "Earnings call", "filing": "Filing",
    "github_activity": "Code", "review": "Review",
}  # fmt: skip
MOST_TITLE = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing that was observed at an account.

    strength : as its source counts it; None: not told
    topic : what was read about; empty: an event in the product or on the website
    who : mail address of the visitor; empty: only the company is known
    title : headline of what was published; empty: it has none
    """

    at: datetime
    source: str
    kind: str
    topic: str
    strength: float | None
    who: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDay:
    """What one source observed on one day. `count` is of single signals."""

    on: date
    at: datetime
    source: str
    count: int
    text: str
    people: tuple[str, ...]


def signals_at(domains: Sequence[str], *, since: datetime) -> tuple[Signal, ...]:
    """Signals at an account's domains since a moment, newest first, at most 2,000. The caller has checked sight."""
    landed = Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED)
    rows = list(landed.values_list("id", "source__key", "source__name")) if domains else []
    if not rows:
        return ()
    loads, names = [load_id for load_id, _, _ in rows], {key: name for _, key, name in rows}
    found = warehouse.account_signals(loads, domains=domains, since=since, limit=MOST_SIGNALS)
    columns = [found.column(name).to_pylist() for name in COLUMNS]
    return tuple(
        Signal(
            at=at, source=names.get(source, source), kind=kind, topic=topic or "", strength=strength, who=who or "",
            title=_title(kind, payload),
        )
        for at, source, kind, topic, strength, who, payload in zip(*columns, strict=True)
        if kind not in DESCRIBING
    )  # fmt: skip


def _title(kind: str, payload: str | None) -> str:
    """The headline of a published item; ""."""
    if kind not in KIND_LABELS or not payload or '"title"' not in payload:
        return ""
    found = json.loads(payload).get("title")
    return found[:MOST_TITLE] if isinstance(found, str) else ""


def by_day(signals: Sequence[Signal]) -> Iterator[SignalDay]:
    """Signals put together by day and source, newest day first."""

    def key(signal: Signal) -> tuple[date, str]:
        return timezone.localtime(signal.at).date(), signal.source

    for (on, source), group in groupby(sorted(signals, key=key, reverse=True), key=key):
        found = list(group)
        yield SignalDay(
            on=on,
            at=max(signal.at for signal in found),
            source=source,
            count=len(found),
            text=_told(found),
            people=tuple(dict.fromkeys(signal.who for signal in found if signal.who))[:NAMED_PEOPLE],
        )


def _told(signals: Sequence[Signal]) -> str:
    """What happened: headlines, topics with the score they reached, then events, most frequent first:
    "Signed In ×4, Wave Planned".
    """
    headlines: dict[str, None] = {}
    topics: dict[str, float] = {}
    events: Counter[str] = Counter()
    for signal in signals:
        if signal.title:
            headlines[f"{KIND_LABELS[signal.kind]}: {signal.title}"] = None
        elif signal.topic:
            topics[signal.topic] = max(topics.get(signal.topic, 0.0), signal.strength or 0.0)
        else:
            events[KIND_LABELS.get(signal.kind, signal.kind)] += 1
    told = [*headlines]
    told += [f"reads about {topic} ({score:.0f})" for topic, score in sorted(topics.items(), key=lambda one: -one[1])]
    told += [f"{kind} ×{count}" if count > 1 else kind for kind, count in events.most_common()]
    more = len(told) - NAMED_KINDS
    text = ("; " if headlines else ", ").join(told[:NAMED_KINDS]) + (f" and {more} more" if more > 0 else "")
    return text[:1].upper() + text[1:]
