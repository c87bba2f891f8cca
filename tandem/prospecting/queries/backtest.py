"""The ranking as it would have stood in the past, and what happened afterwards: cuts for `domain.backtest`.

At each cut the profile is proposed anew from deals that had ended by then, intent is scored from signals up to it,
capacity from what lay on desks, and the shape of intent is fitted to cuts whose four weeks were over by then. Accounts
that were not known yet do not take part. What the store keeps only as of now (industry, size, owner) is as of now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from tandem.prospecting.contracts import AccountProfile
from tandem.prospecting.domain.account_score import (
    HORIZON_WEEKS,
    IntentShape,
    Seen,
    chance_of,
    fit_shape,
    place_all,
)
from tandem.prospecting.domain.backtest import HORIZONS, Candidate, Cut
from tandem.prospecting.domain.icp import read_icp
from tandem.prospecting.queries import own_history
from tandem.prospecting.queries.marking import Marking, mark, owner_capacities
from tandem.prospecting.queries.past_interest import InterestsAt, past_interests
from tandem.prospecting.queries.profiles import profiles

Reporter = Callable[[int, int | None, str], None]
EVERY_WEEKS = 4
FIRST_HISTORY_WEEKS = 26  # before the earliest cut: without deals to learn from there is no profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Cuts, oldest first, and the shape that all of them together fit."""

    cuts: tuple[Cut, ...]
    shape: IntentShape


def cut_moments(now: datetime, *, cuts: int) -> list[datetime]:
    """Moments four weeks apart, oldest first, the last one eight weeks ago, so that its future is known."""
    return [now - timedelta(weeks=max(HORIZONS) + EVERY_WEEKS * nth) for nth in range(cuts)][::-1]


def past_rankings(moments: Sequence[datetime], *, propose: Callable[[datetime], object],
                  progress: Reporter | None = None) -> Past:  # fmt: skip
    """Rank at each moment with what was known then.

    moments : oldest first
    propose : the document that deals up to a moment propose (`actions.icp.proposed_body`)
    """
    cuts: list[Cut] = []
    learned: list[tuple[datetime, list[Seen]]] = []
    with past_interests() as interests_at:
        for nth, at in enumerate(moments):
            if progress is not None:
                progress(nth, len(moments), f"{at:%Y-%m-%d}")
            known = [rows for cut_at, rows in learned if cut_at + timedelta(weeks=HORIZON_WEEKS) <= at]
            shape = fit_shape([row for rows in known for row in rows])
            latest: dict[int, float] = {}
            marking = _marking(at, propose(at), shape, latest, interests_at)
            cut = Cut(on=timezone.localtime(at).date(), candidates=tuple(_candidates(marking, at, latest)))
            cuts.append(cut)
            learned.append((at, [_seen(one) for one in cut.candidates]))
    return Past(cuts=tuple(cuts), shape=fit_shape([row for _, rows in learned for row in rows]))


def places_at(at: datetime, body: object, shape: IntentShape) -> list[tuple[int, int | None, int]]:
    """(account, owner, place in the book) as a moment would have ranked; excluded accounts are left out."""
    with past_interests() as interests_at:
        marking = _marking(at, body, shape, {}, interests_at)
    chance = chance_of(own_history.history_until(at), mean_marks=marking.mean_marks)
    marked = [one.marked for one in marking.accounts if not one.fit.excluded_by]
    return [(one.marked.account_id, one.marked.owner_id, one.place) for one in place_all(marked, chance)]


def _seen(one: Candidate) -> Seen:
    return Seen(
        fit=one.fit, percentile=one.percentile, is_customer=one.is_customer, opened=one.opened[HORIZON_WEEKS]
    )  # fmt: skip


def _marking(
    at: datetime, body: object, shape: IntentShape, latest: dict[int, float], interests_at: InterestsAt
) -> Marking:
    return mark(
        read_icp(body), _known_profiles(at, latest), interests_at(at), capacity=owner_capacities(at=at), shape=shape
    )  # fmt: skip


def _known_profiles(at: datetime, latest: dict[int, float]) -> Iterator[AccountProfile]:
    """Profiles of accounts that were known at the moment; writes down each one's newest signal in passing."""
    known = own_history.known_at(at)
    for profile in profiles(None, at=at):
        if profile.account_id not in known:
            continue
        seen = [one.at for one in (*profile.observations[:1], *profile.latest.values())]
        if seen:
            latest[profile.account_id] = max(seen).timestamp() / 86_400
        yield profile


def _candidates(marking: Marking, at: datetime, latest: Mapping[int, float]) -> Iterator[Candidate]:
    opened = _opened_after(at)
    chance = chance_of(own_history.history_until(at), mean_marks=marking.mean_marks)
    values = {one.marked.account_id: one.expected_value for one in place_all(
        (one.marked for one in marking.accounts), chance
    )}  # fmt: skip
    for one in marking.accounts:
        if one.fit.excluded_by:
            continue
        key = one.marked.account_id
        yield Candidate(
            account_id=key,
            expected_value=float(values[key]),
            fit=one.marked.fit,
            intent=one.marked.intent,
            capacity=one.marked.capacity,
            points=one.points,
            percentile=one.percentile,
            latest=latest.get(key, 0.0),
            value=float(one.marked.value),
            is_customer=one.is_customer,
            opened={weeks: weeks in opened[key] for weeks in HORIZONS},
        )


def _opened_after(at: datetime) -> Mapping[int, set[int]]:
    """By account the horizons within which a deal opened after a moment."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one in own_history.openings(after=at, until=at + timedelta(weeks=max(HORIZONS))):
        found[one.account_id] |= {weeks for weeks in HORIZONS if one.at <= at + timedelta(weeks=weeks)}
    return found
