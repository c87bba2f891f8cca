"""Which topics of a vendor came before own opportunities more often than chance.

A row is an account that the vendor told of in the weeks before a moment, without an open opportunity then. Exposed are
those with a surge on the topic in these weeks; the outcome is an opportunity opened in the eight weeks after. Lift is
the share of outcomes among the exposed over the share among all rows; its interval is the 95% bootstrap over accounts
(Efron 1979), since an account appears at several moments.

A topic is proposed when the whole interval lies above 1 and it rests on enough outcomes. An account in need reads of
everything, so a topic that only goes along with a telling one is proposed as well: it tells of the account all the
same, and leaving such topics out was tried and found fewer opportunities. Of twenty topics that mean nothing, one list
in two would still hold one by luck: a person looks at the list before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

LEAST_HITS = 10  # opportunities after surges on the topic; fewer say nothing
RESAMPLES = 400
SEED = 20
LOW, HIGH = 0.025, 0.975
Numbers = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLift:
    """What followed surges on one topic.

    exposed : accounts and moments with a surge on it; hits : of those, followed by an opportunity
    lift : share of hits over the share of outcomes of all rows; low, high : 95% interval
    """

    topic: str
    exposed: int
    hits: int
    lift: float
    low: float
    high: float
    is_proposed: bool


def topic_lifts(account: Numbers, outcome: Numbers, exposed: Mapping[str, Numbers]) -> tuple[TopicLift, ...]:
    """Every topic, highest lift first.

    Parameters
    ----------
    account : ids, a row an account and moment
    outcome : 1.0 where an opportunity followed, else 0.0
    exposed : topic to 1.0 where a surge on it came before, else 0.0; rows as in `account`
    """
    if not len(account) or not exposed:
        return ()
    ids, place = np.unique(account, return_inverse=True)
    luck = np.random.default_rng(SEED)
    times = np.stack([np.bincount(luck.integers(0, len(ids), len(ids)), minlength=len(ids)) for _ in range(RESAMPLES)])

    def of(topic: str) -> TopicLift:
        told = (exposed[topic] * outcome, exposed[topic], outcome, np.ones(len(outcome)))
        return _lift(topic, *(np.bincount(place, weights=one, minlength=len(ids)) for one in told), times=times)

    return tuple(sorted((of(topic) for topic in exposed), key=lambda one: (-one.lift, one.topic)))


def _lift(
    topic: str, hits: Numbers, exposed: Numbers, outcomes: Numbers, rows: Numbers, *, times: Numbers
) -> TopicLift:
    parts = (hits, exposed, outcomes, rows)
    drawn = _ratio(*(times @ one for one in parts))
    low, high = np.quantile(drawn, [LOW, HIGH])
    lift = float(_ratio(*(one.sum() for one in parts)))
    return TopicLift(
        topic=topic, exposed=int(exposed.sum()), hits=int(hits.sum()), lift=lift,
        low=float(low), high=float(high), is_proposed=bool(hits.sum() >= LEAST_HITS and low > 1.0),
    )  # fmt: skip


def _ratio(hits: Numbers, exposed: Numbers, outcomes: Numbers, rows: Numbers) -> Numbers:
    share: Numbers = (hits / np.maximum(exposed, 1.0)) / np.maximum(outcomes / np.maximum(rows, 1.0), 1e-12)
    return share
