"""The score as one expression for the warehouse: what `domain.scoring` says of one account, for all at once.

Signals come as a table of account_id, kind, at (timestamp with zone), strength, each once; columns besides are carried
along by `contributions`. It runs wherever Ibis does; powers and exponentials are kept from underflowing, which
PostgreSQL would refuse, at sizes that no score can show.

Nightly, sums of kinds are carried on instead of being reckoned again: a sum of decayed points a day later is the same
sum times one more day's decay (`carried`), so that only new signals are read; surges need the last 91 days alone
(`weekly`, `first_weeks`).
"""

from __future__ import annotations

from datetime import datetime

import ibis
import ibis.expr.types as ir

from tandem.intent.contracts import KindTable, SignalKind
from tandem.intent.domain.scoring import MICROSECONDS_A_DAY
from tandem.intent.domain.surge import BASELINE_WEEKS, FLOOR, LEAST_WEEKS, WEEK_DAYS

SMALLEST_POWER = -200.0  # of two: 6e-61
LARGEST_RATIO = 500.0  # e^-500 is 7e-218
NUMBERS = ("weight", "half_life_days", "saturation", "least_strength")
NONE = -1.0  # of saturation and least strength, as a number so that every backend types the column alike


def kind_rows(kinds: KindTable) -> ir.Table:
    """The known kinds as a table: kind, weight, half_life_days, saturation, least_strength (below 0: none)."""
    rows = [(one.kind, *_numbers(one)) for one in kinds.known.values()]
    schema = ibis.schema({"kind": "string"} | dict.fromkeys(NUMBERS, "float64"))
    return ibis.memtable([dict(zip(("kind", *NUMBERS), row, strict=True)) for row in rows], schema=schema)


def decayed(signals: ir.Table, *, kinds: KindTable, as_of: datetime) -> ir.Table:
    """The signals that count, with weight, half_life_days, saturation, age_days, decay, activity and raw points."""
    rows = counting(signals, kinds=kinds)
    rows = rows.filter(rows["at"] <= ibis.literal(as_of))
    rows = rows.mutate(age_days=_age_days(rows["at"], as_of))
    power = ibis.greatest(-rows.age_days / rows.half_life_days, ibis.literal(SMALLEST_POWER))
    rows = rows.mutate(decay=ibis.literal(2.0) ** power, activity=rows.strength * rows.weight)
    return rows.mutate(raw=rows.activity * rows.decay)


def counting(signals: ir.Table, *, kinds: KindTable) -> ir.Table:
    """Signals of kinds that count, as strong as their kind asks, with the numbers of their kind; of any moment."""
    known = kind_rows(kinds)
    if kinds.other is None:
        rows = signals.inner_join(known, "kind")
    else:
        others = dict(zip(NUMBERS, _numbers(kinds.other), strict=True))
        rows = signals.left_join(known, "kind").drop("kind_right")
        rows = rows.mutate(**{name: rows[name].fill_null(number) for name, number in others.items()})
    return rows.filter(rows.strength >= rows.least_strength)


def contributions(signals: ir.Table, *, kinds: KindTable, as_of: datetime) -> ir.Table:
    """One row a signal that counts: its own columns, weight, decay, points; points of an account sum to its score."""
    rows = decayed(signals, kinds=kinds, as_of=as_of)
    total = rows.raw.sum().over(group_by=[rows.account_id, rows.kind])
    rows = rows.mutate(total=total)
    left = ibis.cases((rows.total > 0, _saturated(rows.total, rows.saturation) / rows.total), else_=1.0)
    return rows.mutate(points=rows.raw * left).select(*signals.columns, "weight", "decay", "points")


def by_week(signals: ir.Table, *, kinds: KindTable, as_of: datetime) -> ir.Table:
    """account_id, kind, week (13 and above as 13), points, activity, saturation, first_at: all that a night needs, in
    one reading; `kind_sums`, `weekly` and the first moments are sums of it.
    """
    rows = _with_week(decayed(signals, kinds=kinds, as_of=as_of))
    return rows.group_by("account_id", "kind", "week").aggregate(
        points=rows.raw.sum(), activity=rows.activity.sum(), saturation=rows.saturation.max(), first_at=rows["at"].min()
    )


def account_scores(signals: ir.Table, *, kinds: KindTable, as_of: datetime) -> ir.Table:
    """One row an account that has a signal which counts: account_id, score, surge (null: not enough history)."""
    rows = _with_week(decayed(signals, kinds=kinds, as_of=as_of))
    by_week = rows.group_by("account_id", "kind", "week").aggregate(
        points=rows.raw.sum(), activity=rows.activity.sum(), saturation=rows.saturation.max()
    )
    by_kind = by_week.group_by("account_id", "kind").aggregate(
        points=by_week.points.sum(), saturation=by_week.saturation.max()
    )
    scores = scores_of_sums(by_kind)
    return scores.inner_join(surges(by_week), "account_id").select("account_id", "score", "surge")


def kind_sums(signals: ir.Table, *, kinds: KindTable, as_of: datetime) -> ir.Table:
    """Sums before saturation: account_id, kind, points, saturation (below 0: none). They add up over parts."""
    rows = decayed(signals, kinds=kinds, as_of=as_of)
    return rows.group_by("account_id", "kind").aggregate(points=rows.raw.sum(), saturation=rows.saturation.max())


def carried(sums: ir.Table, *, kinds: KindTable, since: datetime, as_of: datetime) -> ir.Table:
    """Sums of an earlier moment as they stand at a later one, under the same kinds; `since` is not after `as_of`."""
    days = (as_of - since).total_seconds() / 86_400
    known = kind_rows(kinds).select("kind", "half_life_days")
    rows = sums.left_join(known, "kind").drop("kind_right")
    other = kinds.other.half_life_days if kinds.other is not None else 1.0  # others have no sums then
    power = ibis.greatest(-days / rows.half_life_days.fill_null(other), ibis.literal(SMALLEST_POWER))
    return rows.mutate(points=rows.points * ibis.literal(2.0) ** power).drop("half_life_days")


def together(*parts: ir.Table) -> ir.Table:
    """Sums of several parts (carried ones, new signals, late ones) as one."""
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.group_by("account_id", "kind").aggregate(points=rows.points.sum(), saturation=rows.saturation.max())


def scores_of_sums(sums: ir.Table) -> ir.Table:
    """account_id and score, from sums with one row an account and kind."""
    rows = bounded(sums)
    return rows.group_by("account_id").aggregate(score=rows.points.sum())


def bounded(sums: ir.Table) -> ir.Table:
    """account_id, kind and points after saturation, from sums with one row an account and kind."""
    return sums.select("account_id", "kind", points=_saturated(sums.points, sums.saturation))


def weekly(signals: ir.Table, *, kinds: KindTable, as_of: datetime) -> ir.Table:
    """account_id, week (0 the last, 13 and above as 13), activity: what `surges` asks; parts may be put together.

    The last 91 days of signals are enough beside `first_weeks` of all accounts.
    """
    rows = _with_week(decayed(signals, kinds=kinds, as_of=as_of))
    return rows.group_by("account_id", "week").aggregate(activity=rows.activity.sum())


def first_weeks(firsts: ir.Table, *, as_of: datetime) -> ir.Table:
    """Of account_id and first_at (the first signal that counts, not after `as_of`): the week it lies in, no activity.

    Put together with `weekly`, it tells how long an account is known, without its old signals.
    """
    rows = firsts.mutate(age_days=_age_days(firsts.first_at, as_of))
    return _with_week(rows).select("account_id", "week", activity=ibis.literal(0.0))


def surges(by_week: ir.Table) -> ir.Table:
    """account_id and surge (null: not enough history), from what `weekly` gives; see `domain.surge`."""
    totals = by_week.group_by("account_id", "week").aggregate(activity=by_week.activity.sum())
    weeks = totals.week.max().over(group_by=totals.account_id) - 1.0
    totals = totals.mutate(weeks=weeks)
    usual = (totals.week >= 1.0) & (totals.week <= totals.weeks)
    totals = totals.mutate(usual=usual)
    sum_of_usual = ibis.cases((totals.usual, totals.activity), else_=0.0).sum().over(group_by=totals.account_id)
    totals = totals.mutate(mean=sum_of_usual / ibis.greatest(totals.weeks, ibis.literal(1.0)))
    off = totals.activity - totals.mean
    per_account = totals.group_by("account_id").aggregate(
        last=ibis.cases((totals.week == 0.0, totals.activity), else_=0.0).sum(),
        seen=ibis.cases((totals.usual, 1.0), else_=0.0).sum(),
        squares=ibis.cases((totals.usual, off * off), else_=0.0).sum(),
        mean=totals["mean"].max(),
        weeks=totals.weeks.max(),
    )
    silent = (per_account.weeks - per_account.seen) * per_account["mean"] * per_account["mean"]
    variance = (per_account.squares + silent) / ibis.greatest(per_account.weeks, ibis.literal(1.0))
    surge = (per_account.last - per_account["mean"]) / (variance + FLOOR).sqrt()
    enough = per_account.weeks >= float(LEAST_WEEKS)
    return per_account.select("account_id", surge=ibis.cases((enough, surge), else_=ibis.null("float64")))


def _age_days(at: ir.Value, as_of: datetime) -> ir.Value:
    """As `domain.scoring.age_in_days`."""
    return ibis.literal(as_of).delta(at, unit="microsecond").cast("float64") / float(MICROSECONDS_A_DAY)


def _with_week(rows: ir.Table) -> ir.Table:
    """Whole weeks before the moment; those beyond the baseline as one, to say that there are some."""
    beyond = ibis.literal(BASELINE_WEEKS + 1.0)
    return rows.mutate(week=ibis.least((rows.age_days / WEEK_DAYS).floor().cast("float64"), beyond))


def _saturated(total: ir.Value, bound: ir.Value) -> ir.Value:
    """As `domain.scoring.saturated`, where a bound below 0 is none."""
    ratio = ibis.least(total / bound, ibis.literal(LARGEST_RATIO))
    return ibis.cases((bound > 0, bound * (1.0 - (-ratio).exp())), else_=total)


def _numbers(kind: SignalKind) -> tuple[float, float, float, float]:
    """In the order of `NUMBERS`."""
    bound = NONE if kind.saturation is None else float(kind.saturation)
    least = NONE if kind.least_strength is None else float(kind.least_strength)
    return float(kind.weight), float(kind.half_life_days), bound, least
