"""When a domain is slowed or stopped by what recipients and their servers say of its mail.

Sources: Google's and Yahoo's rules for bulk senders ask to keep complaints below 0.1 % and never to reach 0.3 %
(support.google.com/a/answer/81126, senders.yahooinc.com/best-practices). Bounce, deferral and unsubscribe thresholds
are practice, not published rules: what large ESPs suspend customers for (5 % hard bounces) and half of it.

**When a rate counts.** A single event must not slow a sender by chance. From n = 1 / threshold on (1,000 messages for
complaints, 50 for hard bounces) one event alone cannot lift the rate above the threshold: from there the plain rate
counts, as the receivers reckon it. Below, two events at least are needed, and Wilson's lower bound (95 %) of the rate
must lie above the threshold. So one complaint among 20 messages changes nothing, two among 300 slow, three stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import fmean

from tandem.core.intervals import Share

WINDOWS_DAYS = (7, 30)  # each is judged; the stricter one holds
SLOW_SHARE = 0.5  # of the volume that is left to a slowed sender
FEWEST_EVENTS = 2
SUDDEN_TIMES, SUDDEN_LEAST = 2.0, 20  # times the mean of recent days; below so many messages nothing is sudden
RECENT_DAYS = 10


class Level(StrEnum):
    """What a rate asks for, from nothing to a stop."""

    FINE = "fine"
    SLOW = "slow"
    STOP = "stop"


RANK = {level: at for at, level in enumerate(Level)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was sent in a window and what came back."""

    sent: int = 0
    bounced_hard: int = 0
    bounced_soft: int = 0
    complained: int = 0
    unsubscribed: int = 0
    replied: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            sent=self.sent + other.sent,
            bounced_hard=self.bounced_hard + other.bounced_hard,
            bounced_soft=self.bounced_soft + other.bounced_soft,
            complained=self.complained + other.complained,
            unsubscribed=self.unsubscribed + other.unsubscribed,
            replied=self.replied + other.replied,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From which rate on a sender is slowed and stopped.

    events : field of `Counts`
    slow, stop : shares of what was sent; None: this rate alone never stops
    counts_at : whether the threshold itself is too much already (complaints), or only what lies above
    """

    events: str
    words: str
    slow: float
    stop: float | None
    counts_at: bool
    source: str


THRESHOLDS: Sequence[Threshold] = (
    Threshold(
        events="complained", words="complaints", slow=0.001, stop=0.003, counts_at=True,
        source="Google and Yahoo, rules for bulk senders",
    ),
    Threshold(
        events="bounced_hard", words="hard bounces", slow=0.02, stop=0.05, counts_at=False,
        source="practice of ESPs",
    ),
    Threshold(
        events="bounced_soft", words="deferrals and soft bounces", slow=0.10, stop=None, counts_at=False,
        source="practice of ESPs",
    ),
    Threshold(
        events="unsubscribed", words="unsubscribes", slow=0.02, stop=None, counts_at=False,
        source="practice of ESPs",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate of one window against its threshold."""

    threshold: Threshold
    share: Share
    days: int
    level: Level

    @property
    def told(self) -> str:
        """In words, e.g. "3 hard bounces of 40 sent in 7 days (7.5 %)"."""
        value = self.share.value or 0.0
        return f"{self.share.hits:,} {self.threshold.words} of {self.share.n:,} sent in {self.days} days ({value:.2%})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a sender's rates ask for together.

    rates : every rate of every window
    why : the rates that ask for it, in words; empty: none does
    """

    level: Level
    rates: Sequence[Rate]
    why: str = ""


def level_of(threshold: Threshold, share: Share) -> Level:
    """What one rate asks for.

    >>> complaints = THRESHOLDS[0]
    >>> seen = ((1, 20), (2, 300), (3, 300), (1, 1000), (3, 1000))
    >>> [str(level_of(complaints, Share(hits=hits, n=n))) for hits, n in seen]
    ['fine', 'slow', 'stop', 'slow', 'stop']
    """
    if threshold.stop is not None and _is_above(share, threshold.stop, threshold):
        return Level.STOP
    return Level.SLOW if _is_above(share, threshold.slow, threshold) else Level.FINE


def _is_above(share: Share, limit: float, threshold: Threshold) -> bool:
    if not share.hits:
        return False
    if share.n >= ceil(round(1 / threshold.slow, 6)):
        value = share.hits / share.n
        return value >= limit if threshold.counts_at else value > limit
    return share.hits >= FEWEST_EVENTS and share.low > limit


def judge(windows: Mapping[int, Counts]) -> Verdict:
    """The strictest of all rates of all windows.

    windows : days to what happened in them

    More events never make the verdict milder.
    """
    rates = [
        Rate(threshold=one, share=share, days=days, level=level_of(one, share))
        for days, counts in sorted(windows.items())
        for one in THRESHOLDS
        for share in (share_of(counts, one),)
    ]
    worst = strictest(rate.level for rate in rates)
    why = "; ".join(rate.told for rate in rates if rate.level is worst) if worst is not Level.FINE else ""
    return Verdict(level=worst, rates=rates, why=why)


def share_of(counts: Counts, threshold: Threshold) -> Share:
    """Events among what was sent. Reports may come for mail sent before the window: never more than all of it."""
    hits = int(getattr(counts, threshold.events))
    return Share(hits=hits, n=max(counts.sent, hits))


def strictest(levels: Iterable[Level]) -> Level:
    """The strictest of some levels; FINE for none."""
    return max(levels, key=RANK.__getitem__, default=Level.FINE)


def is_sudden(today: int, before: Sequence[int]) -> bool:
    """Whether a day's volume stands out: above twice the mean of the last ten days with mail, and above 20 messages.

    before : volumes of days before, latest last; days without mail left out
    """
    recent = [count for count in before if count][-RECENT_DAYS:]
    return bool(recent) and today > SUDDEN_LEAST and today > SUDDEN_TIMES * fmean(recent)


def share_left(level: Level) -> float:
    """Share of its volume that a sender may use."""
    return {Level.FINE: 1.0, Level.SLOW: SLOW_SHARE, Level.STOP: 0.0}[level]


def limit_today(ramp_limit: int, *, throttle: float, is_paused: bool) -> int:
    """Messages of today: the ramp's limit, slowed. 0 while paused."""
    if is_paused:
        return 0
    return int(ramp_limit * min(1.0, max(0.0, throttle)))
