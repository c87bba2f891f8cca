"""Signals of one account, from the warehouse: what its people did in the product, and what it reads elsewhere.

Events that only describe a visitor or a company ("identify", "group") say nothing about interest and are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from tandem.accounts import warehouse
from tandem.accounts.contracts import Entity
from tandem.accounts.models import Load, LoadState

COLUMNS = ("at", "source", "kind", "topic", "strength", "contact_email")
DESCRIBING = ("identify", "group")
MOST_SIGNALS = 2_000
NAMED_KINDS, NAMED_PEOPLE = 4, 3
KIND_LABELS = {"page": "Page viewed", "screen": "Screen viewed", "topic_surge": "Topic surge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing that was observed at an account.

    strength : as its source counts it; None: not told
    topic : what was read about; empty: an event in the product or on the website
    who : mail address of the visitor; empty: only the company is known
    """

    at: datetime
    source: str
    kind: str
    topic: str
    strength: float | None
    who: str


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
        Signal(at=at, source=names.get(source, source), kind=kind, topic=topic or "", strength=strength, who=who or "")
        for at, source, kind, topic, strength, who in zip(*columns, strict=True)
        if kind not in DESCRIBING
    )


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
    """What happened, most frequent first: "Signed In ×4, Wave Planned"; topics with the score they reached."""
    topics: dict[str, float] = {}
    events: Counter[str] = Counter()
    for signal in signals:
        if signal.topic:
            topics[signal.topic] = max(topics.get(signal.topic, 0.0), signal.strength or 0.0)
        else:
            events[KIND_LABELS.get(signal.kind, signal.kind)] += 1
    told = [f"reads about {topic} ({score:.0f})" for topic, score in sorted(topics.items(), key=lambda one: -one[1])]
    told += [f"{kind} ×{count}" if count > 1 else kind for kind, count in events.most_common()]
    more = len(told) - NAMED_KINDS
    text = ", ".join(told[:NAMED_KINDS]) + (f" and {more} more" if more > 0 else "")
    return text[:1].upper() + text[1:]
