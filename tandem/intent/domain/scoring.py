"""The score of one account: decayed, saturated points of its signals, each with what it adds.

One signal is worth strength × weight × 2^(-age / half-life). The sum S of a kind is bounded by its saturation B as
B × (1 - e^(-S/B)): the exponential approach to a limit that response models of advertising use (Little 1979,
"Aggregate advertising models", Operations Research 27). It is concave, rises with S, is S itself for small S and never
above B. Every signal of the kind is scaled by the same factor, so that contributions sum to the score.

`queries.expressions` says the same to the warehouse.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tandem.intent.contracts import AccountScore, Contribution, KindTable, Signal, SignalKind
from tandem.intent.domain.surge import surge_of

MICROSECOND = timedelta(microseconds=1)
MICROSECONDS_A_DAY = 86_400_000_000


def score_account(account_id: str, signals: Iterable[Signal], *, kinds: KindTable, as_of: datetime) -> AccountScore:
    """Score, surge and contributions of one account at a moment.

    Parameters
    ----------
    account_id : str
    signals : iterable of Signal
        In any order. A signal that is given twice counts twice: the caller knows which are the same.
        Those after `as_of`, of kinds that do not count, or below their kind's least strength are left out.
    kinds : KindTable
    as_of : datetime
        Aware.

    Returns
    -------
    AccountScore
        Without a signal that counts: score 0, surge None, no contributions.

    >>> from datetime import UTC
    >>> visit = SignalKind(kind="page", weight=2.0, half_life_days=7.0)
    >>> seen = Signal(kind="page", at=datetime(2026, 11, 18, tzinfo=UTC), strength=3.0)
    >>> now = datetime(2026, 11, 25, tzinfo=UTC)
    >>> score_account("a", [seen], kinds=KindTable(known={"page": visit}), as_of=now).score
    3.0
    """
    by_kind: defaultdict[str, list[Signal]] = defaultdict(list)
    for signal in signals:
        if signal.at <= as_of:
            by_kind[signal.kind].append(signal)
    contributions: list[Contribution] = []
    activity: list[tuple[float, float]] = []
    for kind, found in by_kind.items():
        counts_as = kinds.of(kind)
        if counts_as is not None:
            strong = [one for one in found if reaches(one.strength, counts_as)]
            contributions += contributions_of(strong, counts_as, as_of=as_of)
            activity += [(age_in_days(one.at, as_of), one.strength * counts_as.weight) for one in strong]
    contributions.sort(key=lambda one: (-one.points, -one.at.timestamp(), one.kind, one.reference, one.strength))
    score = math.fsum(one.points for one in contributions)
    return AccountScore(
        account_id=account_id, score=score, surge=surge_of(activity), contributions=tuple(contributions)
    )


def reaches(strength: float, kind: SignalKind) -> bool:
    """Whether a signal of this strength counts as one of the kind."""
    return kind.least_strength is None or strength >= kind.least_strength


def contributions_of(signals: Sequence[Signal], kind: SignalKind, *, as_of: datetime) -> list[Contribution]:
    """What the signals of one kind add, none of them after `as_of`; their points sum to the bounded sum."""
    decays = [decay(age_in_days(signal.at, as_of), kind.half_life_days) for signal in signals]
    raw = [signal.strength * kind.weight * one for signal, one in zip(signals, decays, strict=True)]
    total = math.fsum(raw)
    left = saturated(total, kind.saturation) / total if total > 0 else 1.0
    return [
        Contribution(
            kind=signal.kind,
            at=signal.at,
            strength=signal.strength,
            weight=kind.weight,
            decay=one,
            points=points * left,
            reference=signal.reference,
        )
        for signal, one, points in zip(signals, decays, raw, strict=True)
    ]


def age_in_days(at: datetime, as_of: datetime) -> float:
    """Days between two aware moments, to the microsecond; 0 or more when `at` is not after `as_of`."""
    return (as_of - at) // MICROSECOND / MICROSECONDS_A_DAY


def decay(age_days: float, half_life_days: float) -> float:
    """2^(-age / half-life): 1 at age 0, one half after a half-life."""
    return float(2.0 ** (-age_days / half_life_days))


def saturated(total: float, bound: float | None) -> float:
    """What a bound leaves of a kind's sum (0 or more): bound × (1 - e^(-total / bound)); the sum itself without one."""
    return total if bound is None else bound * -math.expm1(-total / bound)
