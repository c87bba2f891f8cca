"""Topics that vendors tell of, and which of them came before own opportunities: a proposal that a person adopts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.openings import living_account_ids, openings_by_account
from tandem.intent.contracts import KindRules
from tandem.intent.domain.kinds import kinds_with_topics
from tandem.intent.domain.topics import TopicLift, topic_lifts
from tandem.intent.models import IntentRun
from tandem.intent.queries import counted
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.kind_rules import rules_in_force
from tandem.intent.queries.latest import latest_run
from tandem.intent.queries.past import moments_before, outcome_after

WINDOW = timedelta(weeks=4)  # in which a surge counts as having come before
Told = tuple[int, date, str, bool]  # account, day, topic, whether it is strong enough to count


def topic_proposal(*, now: datetime) -> tuple[TopicLift, ...]:
    """What followed surges on each topic, highest lift first; empty: no run, or no topics came. All accounts: figures
    of the company, no account is named.
    """
    run = latest_run()
    if run is None:
        return ()
    rules = rules_in_force().rules
    return _lifts(_told(run, rules), now=now)


def _told(run: IntentRun, rules: KindRules) -> list[Told]:
    """Signals of kinds with topics at accounts; those below the least strength of their kind, too."""
    known = {kind: replace(one, least_strength=None) for kind, one in rules.kinds.known.items()}
    every = replace(rules, topics=(), kinds=replace(rules.kinds, known=known))
    horizon = Horizon(loads=tuple((int(pk), rows) for pk, rows in run.loads.items()), sift_hash=run.sift_hash)
    owners: defaultdict[str, list[int]] = defaultdict(list)
    for pk, domain in signal_parts.domain_rows():
        owners[domain].append(pk)
    engine = signal_parts.connect()
    try:
        signals = counted.counted(engine, horizon, every)
        rows = signals.filter(signals.kind.isin(sorted(kinds_with_topics())))
        found = engine.to_pyarrow(rows.select("domain", "kind", "at", "strength", "topic")).to_pylist()
    finally:
        engine.disconnect()
    least = {kind: rules.kinds.known[kind].least_strength or 0.0 for kind in kinds_with_topics() & set(known)}
    return [
        (pk, one["at"].date(), (one["topic"] or "").strip(), one["strength"] >= least.get(one["kind"], 0.0))
        for one in found
        for pk in owners.get(one["domain"], ())
    ]


def _lifts(told: Sequence[Told], *, now: datetime) -> tuple[TopicLift, ...]:
    if not told:
        return ()
    deals, living = openings_by_account(), set(living_account_ids())
    first = min(day for _, day, _, _ in told)
    rows: list[tuple[int, bool]] = []
    exposed: defaultdict[str, list[int]] = defaultdict(list)
    for moment in (one.date() for one in moments_before(now, first=now - timedelta(days=(now.date() - first).days))):
        for account, topics in _before(told, moment).items():
            outcome = outcome_after(deals.get(account, ()), moment) if account in living else None
            if outcome is not None:
                for topic in topics:
                    exposed[topic].append(len(rows))
                rows.append((account, outcome))
    return topic_lifts(
        np.asarray([account for account, _ in rows], dtype=np.int64),
        np.asarray([outcome for _, outcome in rows], dtype=float),
        {topic: _marks(places, len(rows)) for topic, places in exposed.items()},
    )


def _before(told: Iterable[Told], moment: date) -> Mapping[int, set[str]]:
    """Topics with a surge in the weeks up to a day, by account; an account that was told of without one has none."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for account, day, topic, is_surge in told:
        if moment - WINDOW < day <= moment:
            topics = found[account]
            if is_surge and topic:
                topics.add(topic)
    return found


def _marks(places: Sequence[int], size: int) -> np.ndarray:
    marks = np.zeros(size)
    marks[list(places)] = 1.0
    return marks
