"""Intent scores of all accounts by DuckDB. `python -m benchmarks.bench_intent [--signals N] [--accounts N] [--full]`.

2,000,000 signals of 20,000 accounts over 400 days, in full 50,000,000 of 100,000, are made with fixed arithmetic and lie in
a Parquet file. The time of a count by account and kind over the same file in the same run is the measure: what reading and
grouping costs by itself. A second run carries last night's sums on and reads one night's signals. 100 accounts are
reckoned by the engine for one account too; the greatest difference is printed.

Then the whole nightly job as an installation runs it, on a throw-away database and warehouse: as many signals of product
events lie there in 400 daily files; robots are looked for, scores reckoned and stored. Measured are the first night, the
next one with a day's new file, and a night under changed kinds.
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
    whole_nights(count, accounts)


def whole_nights(count: int, accounts: int) -> None:
    """The job itself: first night, next night, changed kinds."""
    from benchmarks.bench_core import fresh_database

    with tempfile.TemporaryDirectory() as folder, fresh_database():
        from django.test import override_settings

        with override_settings(WAREHOUSE_DIR=Path(folder) / "warehouse"):
            company_of(accounts)
            writer = ibis.duckdb.connect(threads=2)
            for day in range(DAYS):
                land_day(writer, day, per_day=count // DAYS, accounts=accounts)
            lines = [night_line("first night, all signals", LAST_NIGHT)]
            land_day(writer, DAYS, per_day=count // DAYS, accounts=accounts)
            lines.append(night_line("next night, a day's file is new", NOW))
            change_kinds()
            lines.append(night_line("night under changed kinds, all signals", NOW + timedelta(minutes=1)))
    heads = ("nightly job", "seconds", "CPU seconds", "accounts", "left out", "largest difference")
    print_table(f"{count:,} signals in {DAYS} files, the whole job", heads, lines)
    print(f"Peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def company_of(accounts: int) -> None:
    """So many accounts, each with a domain."""
    from tandem.accounts.models import Account, AccountDomain, Source
    from tandem.core import bulk

    source = Source.objects.create(key="crm", name="CRM", kind="crm", system="salesforce", created_at=NOW)

    rows = ((number, f"Company {number}", NOW, NOW) for number in range(1, accounts + 1))
    bulk.upsert(Account, ("id", "name", "created_at", "updated_at"), rows, conflict=(), update=None)
    domains = ((number, f"c{number}.example", source.id) for number in range(1, accounts + 1))
    bulk.upsert(AccountDomain, ("account_id", "domain", "source_id"), domains, conflict=(), update=None)


LAND = """
COPY (
  SELECT CAST({load} AS BIGINT) AS load_id, i + 1 AS row_number, 'shop' AS source, 'E' || {load} || '.' || i AS key,
         (['page', 'Signed In', 'Report Exported', 'Plan Compared', 'Trial Started', 'Invite Sent'])
             [CAST(1 + hash(i + {load} * 1000003) % 6 AS BIGINT)] AS kind,
         TIMESTAMPTZ '{day}' + to_microseconds(CAST(hash(i * 31 + {load}) % 86400000000 AS BIGINT)) AS at,
         CAST(1 AS DOUBLE) AS strength, 'pricing' AS topic, '' AS account_key, '' AS account_name,
         'c' || CAST(1 + floor(pow((hash(i + {load} * 7919) % 1000003) / 1000003.0, 2) * {accounts}) AS BIGINT)
             || '.example' AS account_domain,
         'v' || hash(i + {load}) % 5000000 AS contact_key, '' AS contact_email,
         CASE WHEN hash(i + {load} * 17) % 100 < 3 THEN '{{"userAgent": "Googlebot/2.1"}}' ELSE '{{}}' END AS payload
  FROM range({rows}) AS made(i)
) TO '{file}' (FORMAT parquet)
"""


def land_day(engine: ibis.BaseBackend, day: int, *, per_day: int, accounts: int) -> None:
    """One day's product events, landed."""
    from tandem.accounts import warehouse
    from tandem.accounts.models import Load, Source

    source, _ = Source.objects.get_or_create(
        key="shop", defaults={"name": "Shop", "kind": "product", "system": "segment", "created_at": NOW}
    )
    load = Load.objects.create(
        source=source, entity="signal", file_name=f"events-{day}.jsonl", file_sha256=f"{day:064}", state="landed",
        rows_read=per_day, rows_landed=per_day, started_at=NOW, finished_at=NOW,
    )  # fmt: skip
    place = warehouse.folder() / "signals" / f"load-{load.id}"
    place.mkdir(parents=True)
    moment = (NOW - timedelta(days=DAYS + 1 - day)).isoformat()
    made = LAND.format(
        load=load.id, day=moment, accounts=accounts, rows=per_day, file=place / "part-000000000001.parquet"
    )
    engine.raw_sql(made).fetchall()


def night_line(name: str, moment: datetime) -> tuple[object, ...]:
    """One night's job; its scores are compared with those of all signals at once, over a sample of accounts."""
    from tandem.core.actors import built_in_agent
    from tandem.intent.actions.scoring import score_accounts
    from tandem.intent.queries.latest import latest_scores
    from tandem.intent.queries.traces import open_score

    started, used = time.perf_counter(), time.process_time()
    run = score_accounts(day=moment.date(), actor=built_in_agent("nightly", "worker"), now=moment)
    took, cpu = time.perf_counter() - started, time.process_time() - used
    scores = latest_scores()
    sample = sorted(scores)[:: max(1, len(scores) // 5)][:5]
    worst = max(abs(open_score(account_id).off) for account_id in sample)
    left_out = sum(run.counts["left_out"].values())
    return name, f"{took:.1f}", f"{cpu:.1f}", f"{len(scores):,}", f"{left_out:,}", f"{worst:.1e}"


def change_kinds() -> None:
    """A version with another weight, adopted."""
    from tandem.core.actors import built_in_agent
    from tandem.intent.actions.kinds import save_rules
    from tandem.intent.domain.kind_rules import as_document, built_in_rules

    document = as_document(built_in_rules())
    document["kinds"]["page"]["weight"] = 2.0
    save_rules(document, reason="Measured", actor=built_in_agent("shell", "shell"), now=NOW, is_adopted=True)


if __name__ == "__main__":
    main()
