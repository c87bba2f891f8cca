"""What a night reckons, as expressions: from all signals, or from last night's sums and what is new since.

Both give the same: sums by domain and kind, the first signal of each domain, and what happened in each of the last
thirteen weeks. Accounts come in last, by their domains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from tandem.accounts.queries import signal_parts
from tandem.intent.contracts import KindRules
from tandem.intent.domain.surge import BASELINE_WEEKS, WEEK_DAYS
from tandem.intent.queries import counted, expressions, sifted
from tandem.intent.queries.counted import Horizon
from tandem.intent.queries.touches import touches

SUMS, FIRSTS = "sums.parquet", "firsts.parquet"
SURGE_REACH = timedelta(days=(BASELINE_WEEKS + 1) * WEEK_DAYS)
OWNED = pa.schema([("account_id", pa.int64()), ("domain", pa.string())])


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """By domain, which stands in the column account_id.

    sums : kind, points, saturation
    firsts : first_at
    weeks : week, activity
    """

    sums: ir.Table
    firsts: ir.Table
    weeks: ir.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """An earlier run whose sums are carried on."""

    run_id: int
    as_of: datetime
    horizon: Horizon


def folder_of(run_id: int) -> Path:
    """Where a run keeps its sums."""
    return signal_parts.derived_folder(sifted.FOLDER) / f"run-{run_id}"


def parts_of_all(engine: ibis.BaseBackend, horizon: Horizon, rules: KindRules, *, as_of: datetime) -> Parts:
    """From every signal of the horizon, in one reading."""
    signals = _by_domain(counted.counted(engine, horizon, rules))
    weeks = engine.create_table("by_week", expressions.by_week(signals, kinds=rules.kinds, as_of=as_of), overwrite=True)
    sums = weeks.group_by("account_id", "kind").aggregate(points=weeks.points.sum(), saturation=weeks.saturation.max())
    recent = weeks.filter(weeks.week <= float(BASELINE_WEEKS))
    return Parts(
        sums=sums,
        firsts=weeks.group_by("account_id").aggregate(first_at=weeks.first_at.min()),
        weeks=recent.group_by("account_id", "week").aggregate(activity=recent.activity.sum()),
    )


def parts_carried_on(
    engine: ibis.BaseBackend, base: Base, horizon: Horizon, rules: KindRules, *, as_of: datetime
) -> Parts:
    """From the base's sums; of older loads only what has come of age since, and what its visitors turned out to be."""
    place = folder_of(base.run_id)
    new = engine.create_table("new_signals", _by_domain(_new_signals(engine, base, horizon, rules)), overwrite=True)
    sums = engine.read_parquet(str(place / SUMS))
    carried = expressions.carried(sums, kinds=rules.kinds, since=base.as_of, as_of=as_of)
    counting = new.filter(new["at"] <= ibis.literal(as_of))
    firsts = ibis.union(
        engine.read_parquet(str(place / FIRSTS)), counting.select("account_id", first_at=counting["at"])
    )
    links = sifted.links(engine, horizon.sift_hash, horizon.loads)
    recent = counted.counted(engine, horizon, rules, links=links, after=as_of - SURGE_REACH)
    return Parts(
        sums=expressions.together(carried, expressions.kind_sums(new, kinds=rules.kinds, as_of=as_of)),
        firsts=firsts.group_by("account_id").aggregate(first_at=firsts.first_at.min()),
        weeks=expressions.weekly(_by_domain(recent), kinds=rules.kinds, as_of=as_of),
    )


def _new_signals(engine: ibis.BaseBackend, base: Base, horizon: Horizon, rules: KindRules) -> ir.Table:
    """What the base's sums do not hold: all of new loads; of older ones what lay in the future, and what a visitor did
    whose company nobody knew.
    """
    older = {load_id for load_id, _ in base.horizon.loads}
    fresh = Horizon(loads=tuple(one for one in horizon.loads if one[0] not in older), sift_hash=horizon.sift_hash)
    links = sifted.links(engine, horizon.sift_hash, horizon.loads)
    parts = [
        counted.counted(engine, fresh, rules, links=links),
        counted.counted(engine, base.horizon, rules, after=base.as_of),
    ]
    late = counted.new_links(engine, horizon, base.horizon)
    if fresh.loads and int(late.count().execute()):
        parts.append(counted.late_linked(engine, base.horizon, rules, late))
    return ibis.union(*parts)


def account_points(
    engine: ibis.BaseBackend, parts: Parts, rules: KindRules, *, as_of: datetime, upto_id: int
) -> tuple[ir.Table, ir.Table]:
    """(account_id, kind, points after saturation) and (account_id, surge), with the touches of CRM and mail."""
    told = ibis.memtable(touches(as_of=as_of, upto_id=upto_id))
    found = expressions.counting(told, kinds=rules.kinds).select(*told.columns)
    owned = ibis.memtable(pa.Table.from_pylist(
        [{"account_id": pk, "domain": domain} for pk, domain in signal_parts.domain_rows()], schema=OWNED
    ))  # fmt: skip
    sums = expressions.together(
        _of_accounts(parts.sums, owned), expressions.kind_sums(found, kinds=rules.kinds, as_of=as_of)
    )
    own_firsts = found.group_by("account_id").aggregate(first_at=found["at"].min())
    firsts = ibis.union(_of_accounts(parts.firsts, owned), own_firsts)
    firsts = firsts.group_by("account_id").aggregate(first_at=firsts.first_at.min())
    weeks = ibis.union(
        _of_accounts(parts.weeks, owned),
        expressions.weekly(found, kinds=rules.kinds, as_of=as_of),
        expressions.first_weeks(firsts, as_of=as_of),
    )
    return expressions.bounded(sums), expressions.surges(weeks)


def _by_domain(signals: ir.Table) -> ir.Table:
    return signals.select("kind", "at", "strength", account_id=signals.domain)


def _of_accounts(table: ir.Table, owned: ir.Table) -> ir.Table:
    """A domain of two accounts counts for both, as on their pages."""
    rows = table.rename(told="account_id").inner_join(owned, [("told", "domain")])
    return rows.select("account_id", *(name for name in table.columns if name != "account_id"))
