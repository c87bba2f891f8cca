"""What to simulate, and what came out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

# Deals are simulated from this many weeks before the first exported month, so that the first quarter
# already has a pipeline of all ages.
BURN_IN_WEEKS = 30
DEFAULT_END = dt.date(2026, 11, 24)
DEFAULT_SEED = 20261124


class Noise(StrEnum):
    """How much the systems disagree about the same company or person."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Bar(Protocol):
    """What long work reports to: how far, out of how much, doing what."""

    def __call__(self, done: int, total: int | None, note: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyConfig:
    """Size, period, seed and habits of the simulated company. Volumes are per active seller, before `scale`.

    sellers: active sellers on the last day, 1 or more. months: exported history in months, 3..60.
    end: the day of the export (last day known). noise: disagreement between systems.
    scale: factor on text and event volumes (mail, meetings, events, chat, tasks), not on accounts or deals.
    """

    sellers: int = 50
    months: int = 18
    seed: int = DEFAULT_SEED
    end: dt.date = DEFAULT_END
    noise: Noise = Noise.MIDDLE
    scale: float = 1.0
    accounts_per_seller: float = 48
    contacts_per_account: float = 3.4
    leads_per_seller: float = 40
    vendor_contacts_per_seller: float = 64
    events_per_seller: float = 1600
    intent_rows_per_seller_week: float = 4.6
    mails_per_seller: float = 150
    meetings_per_seller: float = 8
    slack_channels_per_seller: float = 0.5
    gaming_share: float = 0.08

    def __post_init__(self) -> None:
        if self.sellers < 1:
            raise ValueError(f"sellers is {self.sellers}; at least 1 is needed.")
        if not 3 <= self.months <= 60:
            raise ValueError(f"months is {self.months}; 3 to 60 can be simulated.")
        if self.scale <= 0:
            raise ValueError(f"scale is {self.scale}; it must be above 0.")

    @property
    def start(self) -> dt.date:
        """First exported day."""
        months = self.end.year * 12 + self.end.month - 1 - self.months
        return dt.date(months // 12, months % 12 + 1, min(self.end.day, 28))

    @property
    def origin(self) -> dt.date:
        """Monday of the first simulated week, before the exported period."""
        day = self.start - dt.timedelta(weeks=BURN_IN_WEEKS)
        return day - dt.timedelta(days=day.weekday())

    @property
    def weeks(self) -> int:
        """Simulated weeks from `origin` to the week of `end`, both included."""
        return (self.end - self.origin).days // 7 + 1


@dataclass(slots=True)
class Summary:
    """What was written: rows (or messages, utterances) for each file kind, and the size of the company."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, count: int = 1) -> None:
        """Count rows of a kind."""
        self.counts[kind] = self.counts.get(kind, 0) + count
