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
    least_strength : signals below it do not count at all; 0 or more; None: all count
    """

    kind: str
    weight: float
    half_life_days: float
    saturation: float | None = None
    least_strength: float | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One account among the others, as a nightly run left it.

    score : points, 0 or more
    surge : as in `AccountScore`
    percentile : share of scored accounts below it, ties half; 0 to 1
    scored_at : the moment up to which signals counted
    top : (kind, points) after saturation, most first; together the score
    """

    account_id: int
    score: float
    surge: float | None
    percentile: float
    scored_at: datetime
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """Which kind an event's name means.

    pattern : the name, any case; * stands for anything
    kind : the kind it counts as
    is_page : the pattern is of a page's name or path; else of an event's name
    """

    pattern: str
    kind: str
    is_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """How signals count: the kinds, which names mean which, and who is left out.

    kinds : weights, half-lives, saturations; and how unknown kinds count
    most_strength : by kind; strengths above are taken as this. A kind that is not in it has 1: it happened
    names : asked in order, the first that fits counts; a name that is a kind's own word needs none
    unnamed : kind of events and pages that no rule names
    own_domains, own_addresses : mail domains, and IP addresses or networks, of this company, beside those it has told
    topics : that matter to this company, any case; signals of a kind with topics on another one do not count.
        Empty: all count
    """

    kinds: KindTable
    most_strength: Mapping[str, float]
    names: tuple[NameRule, ...] = ()
    unnamed: str = "product_event"
    own_domains: tuple[str, ...] = ()
    own_addresses: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
