"""What accounts scored at earlier moments and what came of it: what weights are learned from.

From the signals that are known today, as far as they had happened by then; runs that are kept are not asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np

from tandem.accounts.queries import signal_parts
from tandem.accounts.queries.openings import living_account_ids, openings_by_account
from tandem.intent.contracts import KindRules
from tandem.intent.domain.learning import OUTCOME_WEEKS, Moments
from tandem.intent.queries import counted, expressions
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.nightly import Parts, account_points
from tandem.intent.queries.touches import last_activity_id

STEP_WEEKS = 2
MOST_MOMENTS = 26
NEVER = 400.0  # days since the last signal, where there was none


def moments_before(now: datetime, *, first: datetime) -> list[datetime]:
    """Every second week, as far back as signals reach, to the last whose outcome can be known; oldest first."""
    last = now - timedelta(weeks=OUTCOME_WEEKS)
    found = [last - timedelta(weeks=STEP_WEEKS * number) for number in range(MOST_MOMENTS)]
    return [moment for moment in reversed(found) if moment >= first]


def past_points(rules: KindRules, horizon: Horizon, *, now: datetime) -> Moments:
    """Living accounts without an open opportunity at each moment: points by kind, and whether one was opened after."""
    engine = signal_parts.connect()
    try:
        signals = counted.counted(engine, horizon, rules)
        table = signals.select("kind", "at", "strength", account_id=signals.domain)
        stored = engine.create_table("past_signals", table, overwrite=True)
        first = stored["at"].min().execute() if horizon.loads else None
        if first is None or first is ibis.null or first != first:
            return _rows(rules, [], {})
        moments = moments_before(now, first=first.to_pydatetime() + timedelta(weeks=4))
        found = {moment: _at(engine, stored, rules, moment) for moment in moments}
    finally:
        engine.disconnect()
    return _rows(rules, moments, found)


def _at(
    engine: ibis.BaseBackend, signals: ir.Table, rules: KindRules, moment: datetime
) -> tuple[Mapping[int, Mapping[str, float]], Mapping[int, float]]:
    """(points by account and kind, days since the last signal by account)."""
    then = signals.filter(signals["at"] <= ibis.literal(moment))
    sums = expressions.kind_sums(then, kinds=rules.kinds, as_of=moment)
    # Surges are not asked here, so that weeks may be empty.
    firsts = then.group_by("account_id").aggregate(first_at=then["at"].max())
    weeks = expressions.first_weeks(firsts, as_of=moment).select("account_id", "week", "activity")
    parts = Parts(sums=sums, firsts=firsts, weeks=weeks)
    points, _ = account_points(engine, parts, rules, as_of=moment, upto_id=last_activity_id())
    by_account: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for one in engine.to_pyarrow(points).to_pylist():
        by_account[one["account_id"]][one["kind"]] = one["points"]
    owned = ibis.memtable(
        [{"owner": pk, "domain": domain} for pk, domain in signal_parts.domain_rows()],
        schema=ibis.schema({"owner": "int64", "domain": "string"}),
    )
    last = firsts.inner_join(owned, [("account_id", "domain")])
    days = {
        row["owner"]: (moment - row["first_at"]).total_seconds() / 86_400
        for row in engine.to_pyarrow(last.select("owner", "first_at")).to_pylist()
    }
    return by_account, days


def _rows(
    rules: KindRules,
    moments: Sequence[datetime],
    found: Mapping[datetime, tuple[Mapping[int, Mapping[str, float]], Mapping[int, float]]],
) -> Moments:
    kinds = tuple(sorted(rules.kinds.known))
    column = {kind: place for place, kind in enumerate(kinds)}
    accounts, deals = living_account_ids(), openings_by_account()
    rows: list[tuple[int, int, float, bool]] = []
    cells: list[tuple[int, int, float]] = []
    for number, moment in enumerate(moments):
        by_account, days = found[moment]
        for account in accounts:
            outcome = outcome_after(deals.get(account, ()), moment.date())
            if outcome is None:
                continue
            told = by_account.get(account, {}).items()
            cells += [(len(rows), column[kind], amount) for kind, amount in told]
            rows.append((account, number, min(days.get(account, NEVER), NEVER), outcome))
    points = np.zeros((len(rows), len(kinds)))
    if cells:
        row, place, amount = zip(*cells, strict=True)
        points[list(row), list(place)] = amount
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Moments(
        kinds=kinds,
        account=np.asarray(columns[0], dtype=np.int64),
        moment=np.asarray(columns[1], dtype=np.int64),
        points=points,
        recency=np.asarray(columns[2], dtype=float),
        outcome=np.asarray(columns[3], dtype=float),
    )


def outcome_after(deals: Sequence[tuple[date, date | None]], day: date) -> bool | None:
    """Whether an opportunity was opened within the outcome weeks after a day; None: one was open, so that there was
    nothing to find.
    """
    if any(opened <= day and (closed is None or closed > day) for opened, closed in deals):
        return None
    until = day + timedelta(weeks=OUTCOME_WEEKS)
    return any(day < opened <= until for opened, _ in deals)
