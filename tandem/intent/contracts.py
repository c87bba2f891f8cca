"""What other rooms may hold of intent: kinds of signals, signals, contributions, account scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalKind:
    """How signals of one kind count.

    kind : the word that signals carry
    weight : points of one fresh signal of strength 1; 0 or more
    half_life_days : days after which a signal counts half; above 0
    saturation : points that all signals of the kind together never exceed; above 0; None: no bound
    """

    kind: str
    weight: float
    half_life_days: float
    saturation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTable:
    """The kinds that count, and what becomes of others.

    known : by the word that signals carry
    other : how a kind counts that is not known (its `kind` is not used); None: it does not count
    """

    known: Mapping[str, SignalKind]
    other: SignalKind | None = None

    def of(self, kind: str) -> SignalKind | None:
        """How signals of this kind count; None: not at all."""
        return self.known.get(kind, self.other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing that was observed at an account.

    at : aware
    strength : as its source counts it; finite, 0 or more
    reference : where it can be found again (file and row, or source and key)
    """

    kind: str
    at: datetime
    strength: float
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one signal adds to the score of its account.

    weight : of its kind
    decay : 2 to the minus age in half-lives, above 0 (or too small for a float) to 1
    points : strength × weight × decay × what saturation leaves of its kind; all points of an account sum to its score
    """

    kind: str
    at: datetime
    strength: float
    weight: float
    decay: float
    points: float
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountScore:
    """One account at one moment.

    score : points, 0 or more; means something against other accounts and other weeks only
    surge : last seven days against the account's own twelve weeks before, in standard deviations; 0: as usual;
        None: fewer than four whole weeks are known
    contributions : most points first
    """

    account_id: str
    score: float
    surge: float | None
    contributions: tuple[Contribution, ...]
