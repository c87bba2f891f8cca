"""What came of deals by how well their accounts fit, and of outreach before and after a profile went live.

Shares have Wilson's 95% interval (1927); the difference of two has Newcombe's hybrid of them (1998, method 10).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from tandem.core.intervals import ENOUGH_FOR_SHARE as ENOUGH
from tandem.core.intervals import Share

BANDS = ((0.75, "strong"), (0.5, "fair"), (0.25, "weak"), (0.0, "poor"))
EXCLUDED = "excluded"
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedDeal:
    """A deal that ended.

    fit : of its account when the deal opened; excluded_by : the exclusion that held then; empty: none
    is_unseen : it opened after the profile was written, which therefore can't know it
    """

    fit: float
    excluded_by: str
    is_won: bool
    is_unseen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BandOutcome:
    """Deals of one band of fit.

    rate, low, high : share won with 95% interval; lift : against all deals. None: fewer deals than a share needs
    """

    band: str
    deals: int
    won: int
    unseen: int
    rate: float | None
    low: float | None
    high: float | None
    lift: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Meetings of accounts that were first worked before and after a profile went live.

    difference : after minus before, with its 95% interval; None: not enough data, `reason` says why
    """

    before_meetings: int
    before_worked: int
    after_meetings: int
    after_worked: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def band_of(fit: float) -> str:
    """The word of a fit (0 to 1)."""
    return next(word for low, word in BANDS if fit >= low)


def outcomes(deals: Sequence[EndedDeal]) -> tuple[BandOutcome, ...]:
    """All deals, then each band from strong to excluded; a band without deals is there with 0."""
    everything = _outcome(ALL, deals, None)
    usual = everything.rate
    bands = [word for _, word in BANDS]
    groups = {word: [one for one in deals if not one.excluded_by and band_of(one.fit) == word] for word in bands}
    groups[EXCLUDED] = [one for one in deals if one.excluded_by]
    return (everything, *(_outcome(word, group, usual) for word, group in groups.items()))


def _outcome(band: str, deals: Iterable[EndedDeal], usual: float | None) -> BandOutcome:
    found = list(deals)
    share = Share(hits=sum(one.is_won for one in found), n=len(found))
    told = share.is_enough
    rate = share.value if told else None
    return BandOutcome(
        band=band,
        deals=share.n,
        won=share.hits,
        unseen=sum(one.is_unseen for one in found),
        rate=rate,
        low=share.low if told else None,
        high=share.high if told else None,
        lift=rate / usual if rate is not None and usual else None,
    )


def effect(before: Share, after: Share) -> Effect:
    """How much the share of worked accounts that had a meeting changed. Before and after is no proof of a cause."""
    counts = Effect(
        before_meetings=before.hits, before_worked=before.n, after_meetings=after.hits, after_worked=after.n
    )  # fmt: skip
    short = [
        f"{share.n} worked {when}" for share, when in ((before, "before"), (after, "after")) if not share.is_enough
    ]
    if short:
        return Effect(**{**counts.as_dict(), "reason": f"{' and '.join(short)}; {ENOUGH} each are needed"})
    first, second = before.hits / before.n, after.hits / after.n
    down = sqrt((second - after.low) ** 2 + (before.high - first) ** 2)
    up = sqrt((after.high - second) ** 2 + (first - before.low) ** 2)
    told = {"difference": second - first, "low": second - first - down, "high": second - first + up}
    return Effect(**{**counts.as_dict(), **told})
