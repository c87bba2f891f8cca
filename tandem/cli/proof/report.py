"""What a fuzz came to, part by part; knows no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

PART_EVENTS = 25_000


@dataclass(slots=True)
class FuzzReport:
    """What a fuzz, or a part of it, came to. Each leak names the part and the seed that show it again."""

    events: int = 0
    seconds: float = 0.0
    by_event: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    departures: int = 0
    people: int = 0
    leaks: list[str] = field(default_factory=list)

    def __add__(self, other: FuzzReport) -> FuzzReport:
        return FuzzReport(
            events=self.events + other.events,
            seconds=self.seconds + other.seconds,
            by_event=self.by_event + other.by_event,
            outcomes=self.outcomes + other.outcomes,
            refusals=self.refusals + other.refusals,
            departures=self.departures + other.departures,
            people=self.people + other.people,
            leaks=[*self.leaks, *other.leaks],
        )

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {name: dict(found) if isinstance(found := getattr(self, name), Counter) else found for name in NAMES}

    @staticmethod
    def read(told: Mapping[str, Any]) -> FuzzReport:
        """As `as_dict` wrote it."""
        counters = ("by_event", "outcomes", "refusals")
        given: dict[str, Any] = {name: Counter(told[name]) if name in counters else told[name] for name in NAMES}
        return FuzzReport(**given)


NAMES = tuple(one.name for one in fields(FuzzReport))


def parts_of(events: int) -> list[int]:
    """How many events each part has."""
    whole, rest = divmod(events, PART_EVENTS)
    return [PART_EVENTS] * whole + ([rest] if rest else [])


def sum_of(reports: Iterable[FuzzReport]) -> FuzzReport:
    """All parts together."""
    return sum(reports, FuzzReport())
