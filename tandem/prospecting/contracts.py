"""What other rooms, and the parts of this one, hold in their hands: profiles, conditions, fit, rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One signal of an account with what its source says: what conditions search and research quotes.

    id : "signal:SOURCE/KEY", as evidence cites it
    kind : the signal's kind, e.g. "funding_round"
    strength : as its source counts it; None: not told
    topic : what it is about, e.g. a technology or a researched topic; empty: nothing named
    title, text : as published; empty: none
    url : where it stands; empty: nowhere public
    details : what else the source says, e.g. {"round": "Series C"}
    """

    id: str
    kind: str
    at: datetime
    source: str
    strength: float | None = None
    topic: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProfile:
    """An account as of a moment, as far as it matters for whom to talk to. None and empty mean unknown.

    fields : golden fields by name: industry, segment, employees, annual_revenue, country, region, city, type, domain …
    technologies : in use as last told, by lower-case name
    observations : public and third-party signals with text, newest first; product and web events are counted instead
    counts : signals by kind in the last 90 days
    latest : of each kind counted there the newest signal, without text
    is_customer : it has a won deal that has not ended
    open_deals : open opportunities now
    """

    account_id: int
    name: str
    owner_id: int | None
    at: datetime
    fields: Mapping[str, Any]
    technologies: frozenset[str] = frozenset()
    observations: tuple[Observation, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    latest: Mapping[str, Observation] = field(default_factory=dict)
    is_customer: bool = False
    open_deals: int = 0


class Truth(StrEnum):
    """Whether a condition holds. Unknown: the profile does not say, which is neither yes nor no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a condition comes to on a profile.

    evidence_ids : what a yes rests on: observations, "account:ID:field"
    because : in words, e.g. "raised a Series C on 3 Nov 2026"
    """

    truth: Truth
    evidence_ids: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitPart:
    """What one signal of the ideal customer profile adds to the fit.

    points : of the weight that the profile earns; 0 when the condition does not hold; half when it is unknown
    """

    name: str
    weight: float
    points: float
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How well an account is like the ideal customer.

    score : 0 to 1: points of all parts by their weights; 0 when excluded
    excluded_by : the exclusion that holds; it always wins; empty: none
    icp_version : of the profile it was measured by
    """

    score: float
    parts: tuple[FitPart, ...]
    excluded_by: str
    icp_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """One account's place in a week.

    fit, intent, capacity : the three factors, 0 to 1; fit is 0 when it is excluded
    chance : of a deal that opens within four weeks and is won, at full marks; the same for all accounts of a week
    value : if won, in the organisation's currency
    expected_value : value × chance × fit × intent × capacity
    place : 1 is first of its owner's book
    """

    account_id: int
    week: str
    fit: float
    intent: float
    capacity: float
    chance: float
    value: Decimal
    expected_value: Decimal
    currency: str
    place: int


class Verdict(StrEnum):
    """What research says of an account. Pass: it does not fit now, and reaches no list."""

    FITS = "fits"
    PASS = "pass"  # noqa: S105  a verdict, no password


class BuyingRole(StrEnum):
    """A person's part in a purchase."""

    CHAMPION = "champion"
    ECONOMIC_BUYER = "economic_buyer"
    TECHNICAL_BUYER = "technical_buyer"
    USER = "user"
    BLOCKER = "blocker"
