"""Intent of all accounts as of moments in the past: signals and touches up to each, by the rules in force now.

From the same sums as the nightly reckoning, with the same signals left out (robots, own people, repeats). Before the
first night it is not known which those are, and nobody has an interest yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import ibis
import ibis.expr.types as ir

from tandem.accounts.queries import signal_parts
from tandem.intent.contracts import KindRules
from tandem.intent.queries import counted, expressions
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.kind_rules import rules_of
from tandem.intent.queries.latest import latest_run
from tandem.intent.queries.nightly import Parts, account_points
from tandem.intent.queries.touches import last_activity_id
from tandem.prospecting.queries.marking import Interest

InterestsAt = Callable[[datetime], Mapping[int, Interest]]


@contextmanager
def past_interests() -> Iterator[InterestsAt]:
    """Inside the block, a function from a moment to the interest of every account that had any by then.

    Signals are read once for all moments. Surges are not asked of the past.
    """
    run = latest_run()
    if run is None or not run.loads:
        yield lambda at: {}
        return
    rules = rules_of(run.kinds_id).rules
    horizon = Horizon(loads=tuple((int(key), int(rows)) for key, rows in run.loads.items()), sift_hash=run.sift_hash)
    engine = signal_parts.connect()
    try:
        signals = counted.counted(engine, horizon, rules)
        told = signals.select("kind", "at", "strength", account_id=signals.domain)
        kept = engine.create_table("signals_of_the_past", told, overwrite=True)
        yield lambda at: _interests(engine, kept, rules, at)
    finally:
        engine.disconnect()


def _interests(engine: ibis.BaseBackend, signals: ir.Table, rules: KindRules, at: datetime) -> Mapping[int, Interest]:
    then = signals.filter(signals["at"] <= ibis.literal(at))
    firsts = then.group_by("account_id").aggregate(first_at=then["at"].min())
    parts = Parts(
        sums=expressions.kind_sums(then, kinds=rules.kinds, as_of=at),
        firsts=firsts,
        weeks=expressions.first_weeks(firsts, as_of=at).select("account_id", "week", "activity"),
    )
    points, _ = account_points(engine, parts, rules, as_of=at, upto_id=last_activity_id())
    by_account: defaultdict[int, list[tuple[str, float]]] = defaultdict(list)
    for row in engine.to_pyarrow(points).to_pylist():
        by_account[row["account_id"]].append((row["kind"], row["points"]))
    return {
        key: Interest(
            score=sum(one for _, one in kinds), kinds=tuple(sorted(kinds, key=lambda pair: (-pair[1], pair[0])))
        )
        for key, kinds in by_account.items()
    }
