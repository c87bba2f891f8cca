"""Intent scores of all accounts by DuckDB. `python -m benchmarks.bench_intent [--signals N] [--accounts N] [--full]`.

2,000,000 signals of 20,000 accounts over 400 days, in full 50,000,000 of 100,000, are made with fixed arithmetic and lie in
a Parquet file. The time of a count by account and kind over the same file in the same run is the measure: what reading and
grouping costs by itself. A second run carries last night's sums on and reads one night's signals. 100 accounts are
reckoned by the engine for one account too; the greatest difference is printed.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir

from benchmarks.figures import chosen, print_table, read_sizes
from tandem.intent.contracts import Signal
from tandem.intent.domain.kinds import built_in_kinds
from tandem.intent.domain.scoring import score_account
from tandem.intent.queries import expressions

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
LAST_NIGHT = NOW - timedelta(days=1)
QUICK_SIGNALS, QUICK_ACCOUNTS = 2_000_000, 20_000
FULL_SIGNALS, FULL_ACCOUNTS = 50_000_000, 100_000
DAYS, SAMPLE = 400, 100
# Few accounts have many signals: the account's number is the square of an even draw.
MAKE = """
COPY (
  SELECT 'account-' || CAST(floor(pow((hash(i) % 1000003) / 1000003.0, 2) * {accounts}) AS BIGINT) AS account_id,
         ({kinds})[CAST(1 + hash(i + 1000000007) % {number} AS BIGINT)] AS kind,
         TIMESTAMPTZ '{now}' - to_microseconds(CAST(hash(i + 2000000011) % {span} AS BIGINT)) AS at,
         (hash(i + 3000000019) % 1000) / 500.0 AS strength
  FROM range({signals}) AS made(i)
) TO '{file}' (FORMAT parquet)
"""


def make(engine: ibis.BaseBackend, file: Path, *, signals: int, accounts: int) -> None:
    """Write the signals."""
    kinds = sorted(built_in_kinds().known)
    sizes = {"signals": signals, "accounts": accounts, "number": len(kinds), "span": DAYS * 86_400_000_000}
    engine.raw_sql(MAKE.format(file=file, kinds=kinds, now=NOW.isoformat(), **sizes)).fetchall()


def timed(engine: ibis.BaseBackend, name: str, expression: ir.Table) -> tuple[ir.Table, float, float]:
    """Store an expression's rows as a table; returns it, with seconds by the clock and of the processor."""
    started, used = time.perf_counter(), time.process_time()
    table = engine.create_table(name, expression, overwrite=True)
    return table, time.perf_counter() - started, time.process_time() - used


def greatest_difference(engine: ibis.BaseBackend, signals: ir.Table, scores: ir.Table) -> float:
    """Over a sample of accounts, between the expression and the engine for one account; of score and of surge."""
    said = engine.to_pyarrow(scores.order_by(scores.account_id.hash(), scores.account_id).limit(SAMPLE)).to_pylist()
    names = [one["account_id"] for one in said]
    rows = engine.to_pyarrow(signals.filter(signals.account_id.isin(names))).to_pylist()
    worst = 0.0
    for one in said:
        own = [
            Signal(kind=row["kind"], at=row["at"], strength=row["strength"])
            for row in rows
            if row["account_id"] == one["account_id"]
        ]
        expected = score_account(one["account_id"], own, kinds=built_in_kinds(), as_of=NOW)
        worst = max(worst, abs(expected.score - one["score"]), abs((expected.surge or 0.0) - (one["surge"] or 0.0)))
    return worst


def nightly(engine: ibis.BaseBackend, signals: ir.Table) -> ir.Table:
    """Tonight's scores from last night's sums, which are reckoned outside the measure, and the signals since."""
    kinds = built_in_kinds()
    sums, _, _ = timed(engine, "sums", expressions.kind_sums(signals, kinds=kinds, as_of=LAST_NIGHT))
    since = signals.filter(signals["at"] > ibis.literal(LAST_NIGHT))
    return expressions.scores_of_sums(
        expressions.together(
            expressions.carried(sums, kinds=kinds, since=LAST_NIGHT, as_of=NOW),
            expressions.kind_sums(since, kinds=kinds, as_of=NOW),
        )
    )


def main() -> None:
    """Measure."""
    sizes = read_sizes(__doc__, signals=QUICK_SIGNALS, accounts=QUICK_ACCOUNTS)
    count = chosen(sizes.signals, quick=QUICK_SIGNALS, full=FULL_SIGNALS, is_full=sizes.full)
    accounts = chosen(sizes.accounts, quick=QUICK_ACCOUNTS, full=FULL_ACCOUNTS, is_full=sizes.full)
    kinds = built_in_kinds()
    with tempfile.TemporaryDirectory() as folder:
        engine = ibis.duckdb.connect(memory_limit="4GB", threads=2, temp_directory=folder)
        make(engine, Path(folder) / "signals.parquet", signals=count, accounts=accounts)
        signals = engine.read_parquet(Path(folder) / "signals.parquet")
        counted = signals.group_by("account_id", "kind").aggregate(number=signals.count())
        ways: dict[str, Callable[[], ir.Table]] = {
            "count by account and kind": lambda: counted,
            "score and surge, all signals": lambda: expressions.account_scores(signals, kinds=kinds, as_of=NOW),
            "score, last night's sums carried on": lambda: nightly(engine, signals),
        }
        measured = {name: timed(engine, f"way_{at}", way()) for at, (name, way) in enumerate(ways.items())}
        plain = measured["count by account and kind"][1]
        full, carried = (measured[name][0] for name in list(ways)[1:])
        apart = full.inner_join(carried, "account_id").mutate(apart=lambda row: (row.score - row.score_right).abs())
        difference = float(apart.apart.max().execute())
        sampled = greatest_difference(engine, signals, full)
        number = int(full.count().execute())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"Greatest difference from the engine for one account over {SAMPLE} accounts: {sampled:.1e}")
    print(f"Greatest difference of scores carried on from scores of all signals: {difference:.1e}")
    print(f"Peak memory of the process: {peak:.2f} GB")
    lines = [
        (name, f"{seconds:.2f}", f"{used:.2f}", f"{seconds / plain:.1f}")
        for name, (_, seconds, used) in measured.items()
    ]
    print_table(f"{count:,} signals of {number:,} accounts", ("way", "seconds", "CPU seconds", "ratio"), lines)


if __name__ == "__main__":
    main()
