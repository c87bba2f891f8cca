"""Fit, intent and capacity of every account at a moment: the one reckoning behind the night and the back-test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

from tandem.access.queries import list_people
from tandem.accounts.queries.workload import workloads
from tandem.prospecting.contracts import AccountProfile, Fit
from tandem.prospecting.domain.account_score import IntentShape, Marked, intent_factor, peer_percentiles
from tandem.prospecting.domain.capacity import Capacity, Load, capacities, nobody
from tandem.prospecting.domain.fit import fit_of, value_of
from tandem.prospecting.domain.icp import Icp

SELLING = frozenset({"seller", "sdr", "manager"})
TAKING = frozenset({"seller", "sdr"})  # whom an account that nobody owns may be given


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What intent says of an account. kinds : (kind, points), most first; together the score"""

    score: float
    surge: float | None = None
    kinds: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedAccount:
    """One account with its factors and what they rest on.

    points : of intent, kinds weighted as the profile says
    percentile : share of its peers with fewer points
    suggested_owner_id : for accounts that nobody owns; None: owned, or nobody works in its country
    """

    marked: Marked
    name: str
    country: str
    is_customer: bool
    fit: Fit
    interest: Interest
    points: float
    percentile: float
    segment: str
    suggested_owner_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """All accounts at a moment. capacities : by owner; team : of accounts that nobody owns"""

    accounts: tuple[MarkedAccount, ...]
    capacities: Mapping[int, Capacity] = field(default_factory=dict)
    team: Capacity

    @property
    def mean_marks(self) -> float:
        """Mean of fit × intent × capacity over accounts that are not excluded; 0 when there are none."""
        marks = [
            one.marked.fit * one.marked.intent * one.marked.capacity for one in self.accounts if not one.fit.excluded_by
        ]
        return sum(marks) / len(marks) if marks else 0.0


def owner_capacities(*, at: datetime) -> dict[int, Capacity]:
    """Of everybody who sells and is active, by their load at a moment; people who have left are not among them."""
    selling = {person.id for person in list_people(active_only=True) if person.role in SELLING}
    return capacities({owner: Load(**asdict(load)) for owner, load in workloads(at=at).items() if owner in selling})


def takers() -> frozenset[int]:
    """People whom an account that nobody owns may be given."""
    return frozenset(person.id for person in list_people(active_only=True) if person.role in TAKING)


def mark(
    icp: Icp,
    profiles: Iterable[AccountProfile],
    interests: Mapping[int, Interest],
    *,
    capacity: Mapping[int, Capacity],
    shape: IntentShape,
    takers: frozenset[int] = frozenset(),
) -> Marking:
    """Every profile with its three factors. Nothing but what is given counts.

    takers : who may be suggested for accounts that nobody owns
    An owner of whom no load is known has the team's mean, as accounts have that nobody owns.
    """
    rows: list[tuple[AccountProfile, Fit, str, Decimal]] = []
    for profile in profiles:
        segment, value = value_of(icp, profile)
        rows.append((_slim(profile), fit_of(icp, profile), segment, value))
    points = {key: _weighted(icp, one) for key, one in interests.items()}
    shares = peer_percentiles(points, {profile.account_id: profile.is_customer for profile, *_ in rows})
    team, helpers = nobody(capacity), _by_country((profile for profile, *_ in rows), takers)
    accounts = []
    for profile, fit, segment, value in rows:
        key, owner = profile.account_id, profile.owner_id
        percentile = shares[key]
        marked = Marked(
            account_id=key,
            owner_id=owner,
            fit=fit.score,
            intent=intent_factor(percentile, shape, is_customer=profile.is_customer),
            capacity=(capacity.get(owner, team) if owner is not None else team).capacity,
            value=value,
        )
        accounts.append(
            MarkedAccount(
                marked=marked,
                name=profile.name,
                country=str(profile.fields.get("country", "")),
                is_customer=profile.is_customer,
                fit=fit,
                interest=interests.get(key, Interest(score=0.0)),
                points=points.get(key, 0.0),
                percentile=percentile,
                segment=segment,
                suggested_owner_id=None if owner is not None else _freest(profile, helpers, capacity),
            )
        )
    return Marking(accounts=tuple(accounts), capacities=capacity, team=team)


def _slim(profile: AccountProfile) -> AccountProfile:
    """The profile without its texts: all of them at once would not fit into memory."""
    return AccountProfile(
        account_id=profile.account_id,
        name=profile.name,
        owner_id=profile.owner_id,
        at=profile.at,
        fields={"country": profile.fields.get("country", "")},
        is_customer=profile.is_customer,
        open_deals=profile.open_deals,
    )


def _weighted(icp: Icp, interest: Interest) -> float:
    """Points of intent as the profile weighs kinds; without kinds told, the score as it is."""
    if not interest.kinds or not icp.intent:
        return interest.score
    return sum(points * icp.intent.get(kind, 1.0) for kind, points in interest.kinds)


def _by_country(profiles: Iterable[AccountProfile], takers: frozenset[int]) -> Mapping[str, Counter[int]]:
    """Which of the takers owns how many accounts in a country."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for profile in profiles:
        if profile.owner_id in takers:
            found[str(profile.fields.get("country", ""))][profile.owner_id] += 1
    return found


def _freest(
    profile: AccountProfile, helpers: Mapping[str, Counter[int]], capacity: Mapping[int, Capacity]
) -> int | None:
    """The freest of those who work in the account's country; who has fewer accounts there among equals."""
    here = helpers.get(str(profile.fields.get("country", "")), Counter())
    known = [owner for owner in here if owner in capacity]
    return min(known, key=lambda owner: (-capacity[owner].capacity, here[owner], owner), default=None)
