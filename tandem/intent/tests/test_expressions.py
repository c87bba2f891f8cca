"""What the warehouse says is what the engine says, to the ninth decimal: on DuckDB; on PostgreSQL where it is asked for;
on Spark where it is asked for and installed (requirements/spark.txt, Java 17).
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from django.db import connection

from tandem.intent.contracts import KindTable, Signal
from tandem.intent.domain.kinds import built_in_kinds
from tandem.intent.domain.scoring import score_account
from tandem.intent.queries import expressions

NOW = datetime(2026, 11, 25, 3, 4, 5, 678_901, tzinfo=UTC)
DAY = 86_400 * 10**6
KNOWN_ONLY = KindTable(known=built_in_kinds().known)
Row = tuple[str, str, datetime, float]


def rows(count: int, seed: int = 20) -> list[Row]:
    luck = random.Random(seed)
    kinds = [*built_in_kinds().known, "odd", "Signed In"]
    made = [
        (
            f"account-{luck.randrange(count // 40)}",
            luck.choice(kinds),
            NOW - timedelta(microseconds=luck.randrange(-2 * DAY, 130 * DAY)),
            luck.choice([0.0, 1.0, luck.random(), luck.uniform(0, 100)]),
        )
        for _ in range(count)
    ]
    ancient = datetime(1990, 1, 1, tzinfo=UTC)
    corners = [
        ("old", "page", ancient, 1e9),
        ("now", "page", NOW, 1.0),
        ("zero", "page", NOW, 0.0),
        ("odd", "odd", NOW, 1e9),
    ]
    return [*made, *corners, ("later", "page", NOW + timedelta(microseconds=1), 1.0)]


def as_table(found: list[Row]) -> pa.Table:
    names = ("account_id", "kind", "at", "strength")
    types = (pa.string(), pa.string(), pa.timestamp("us", tz="UTC"), pa.float64())
    columns = list(zip(*found, strict=True)) if found else [(), (), (), ()]
    return pa.table(
        {name: pa.array(list(cells), kind) for name, cells, kind in zip(names, columns, types, strict=True)}
    )


def by_account(found: list[Row]) -> dict[str, list[Signal]]:
    grouped: defaultdict[str, list[Signal]] = defaultdict(list)
    for account, kind, at, strength in found:
        grouped[account].append(Signal(kind=kind, at=at, strength=strength))
    return grouped


def spark() -> ibis.BaseBackend:
    """A local session with one core, moments in UTC."""
    sql = pytest.importorskip("pyspark.sql", reason="Spark is an extra: requirements/spark.txt")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    return ibis.pyspark.connect(session)


@pytest.fixture(params=["duckdb", "postgresql", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[ibis.BaseBackend]:
    if request.param == "duckdb":
        backend = ibis.duckdb.connect(threads=1)
    elif os.environ.get("TANDEM_TEST_DATABASE") == "postgresql":
        pytest.importorskip("psycopg")
        said = connection.settings_dict
        backend = ibis.postgres.connect(
            host=said["HOST"], port=int(said["PORT"]), user=said["USER"], password=said["PASSWORD"], database="postgres"
        )
    elif request.param == "spark" and os.environ.get("TANDEM_TEST_SPARK"):
        backend = spark()
    else:
        pytest.skip("TANDEM_TEST_DATABASE=postgresql and TANDEM_TEST_SPARK=on compare there, too")
    yield backend
    backend.disconnect()


def keep(engine: ibis.BaseBackend, name: str, rows: pa.Table) -> ibis.Table:
    """A table for the length of the session; Spark has views for that."""
    if engine.name == "pyspark":
        return engine.create_view(name, ibis.memtable(rows.to_pandas()), overwrite=True)
    return engine.create_table(name, rows, temp=True)


@pytest.fixture
def stored(engine: ibis.BaseBackend) -> ibis.Table:
    return keep(engine, "tandem_intent_signals", as_table(rows(2_000)))


@pytest.mark.parametrize("kinds", [built_in_kinds(), KNOWN_ONLY], ids=["others count", "others do not"])
def test_scores_and_surges_are_those_of_the_engine(
    engine: ibis.BaseBackend, stored: ibis.Table, kinds: KindTable
) -> None:
    said = engine.to_pyarrow(expressions.account_scores(stored, kinds=kinds, as_of=NOW)).to_pylist()
    expected = {
        account: score_account(account, signals, kinds=kinds, as_of=NOW)
        for account, signals in by_account(rows(2_000)).items()
    }
    assert {one["account_id"] for one in said} == {one for one, found in expected.items() if found.contributions}
    for one in said:
        assert one["score"] == pytest.approx(expected[one["account_id"]].score, rel=1e-12, abs=1e-9)
        surge = expected[one["account_id"]].surge
        assert (one["surge"] is None) == (surge is None)
        assert (one["surge"] or 0.0) == pytest.approx(surge or 0.0, rel=1e-12, abs=1e-9)


def test_contributions_are_those_of_the_engine_and_sum_to_the_score(
    engine: ibis.BaseBackend, stored: ibis.Table
) -> None:
    kinds = KNOWN_ONLY
    said = engine.to_pyarrow(expressions.contributions(stored, kinds=kinds, as_of=NOW)).to_pylist()
    grouped: defaultdict[str, list[float]] = defaultdict(list)
    for one in said:
        grouped[one["account_id"]].append(one["points"])
    for account, signals in by_account(rows(2_000)).items():
        expected = score_account(account, signals, kinds=kinds, as_of=NOW)
        points = sorted(one.points for one in expected.contributions)
        assert sorted(grouped.get(account, [])) == pytest.approx(points, rel=1e-12, abs=1e-9)
        assert sum(grouped.get(account, [])) == pytest.approx(expected.score, abs=1e-9)


def test_last_nights_sums_and_the_new_signals_give_tonights_scores(engine: ibis.BaseBackend) -> None:
    kinds, last_night = built_in_kinds(), NOW - timedelta(days=1, microseconds=7)
    found = [one for one in rows(2_000) if one[3] <= 100]
    late = [one for one in found[::10] if one[2] <= last_night]  # came after last night's run, though older
    before = [one for one in found if one[2] <= last_night and one not in late]
    new = [one for one in found if one[2] > last_night]
    parts = [keep(engine, f"tandem_intent_{name}", as_table(part))
             for name, part in (("before", before), ("new", new), ("late", late))]  # fmt: skip
    sums = expressions.kind_sums(parts[0], kinds=kinds, as_of=last_night)
    tonight = expressions.together(
        expressions.carried(sums, kinds=kinds, since=last_night, as_of=NOW),
        *(expressions.kind_sums(part, kinds=kinds, as_of=NOW) for part in parts[1:]),
    )
    said = {
        one["account_id"]: one["score"] for one in engine.to_pyarrow(expressions.scores_of_sums(tonight)).to_pylist()
    }
    expected = {
        account: score_account(account, signals, kinds=kinds, as_of=NOW).score
        for account, signals in by_account(found).items()
    }
    assert said == pytest.approx({account: expected[account] for account in said}, abs=1e-9)
    assert {account for account, score in expected.items() if score} <= set(said)


def test_surges_need_the_last_thirteen_weeks_and_the_day_an_account_was_first_seen(engine: ibis.BaseBackend) -> None:
    kinds, found = built_in_kinds(), rows(2_000)
    whole = keep(engine, "tandem_intent_whole", as_table(found))
    recent = whole.filter(whole["at"] >= ibis.literal(NOW - timedelta(days=91)))
    counted = whole.filter(whole["at"] <= ibis.literal(NOW))
    firsts = counted.group_by("account_id").aggregate(first_at=counted["at"].min())
    parts = ibis.union(
        expressions.weekly(recent, kinds=kinds, as_of=NOW), expressions.first_weeks(firsts, as_of=NOW), distinct=False
    )
    said = engine.to_pyarrow(expressions.surges(parts)).to_pylist()
    expected = {
        account: score_account(account, signals, kinds=kinds, as_of=NOW).surge
        for account, signals in by_account(found).items()
    }
    assert len(said) == len(expected) - 1  # one account has signals after the moment only
    assert sum(one["surge"] is not None for one in said) > 40
    for one in said:
        surge = expected[one["account_id"]]
        assert (one["surge"] is None) == (surge is None)
        assert (one["surge"] or 0.0) == pytest.approx(surge or 0.0, rel=1e-12, abs=1e-9)


def test_no_signals_give_no_scores(engine: ibis.BaseBackend) -> None:
    nothing = keep(engine, "tandem_intent_nothing", as_table([]))
    assert engine.to_pyarrow(expressions.account_scores(nothing, kinds=KNOWN_ONLY, as_of=NOW)).num_rows == 0
