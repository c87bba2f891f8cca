"""The matching database: a DuckDB file that holds features and pairs, so that memory stays bounded."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from tandem.accounts.domain.matching.blocking import FEATURES_TABLE
from tandem.accounts.domain.matching.contracts import MatchedEntity
from tandem.accounts.domain.matching.features import FEATURES, build_features

CHUNK_ROWS = 100_000
MANY_COPIES = 20  # records that say the same: more than sources and their mistakes explain
IDENTIFYING: dict[MatchedEntity, tuple[str, ...]] = {
    "account": ("domain", "phone"),
    "contact": ("email", "phone", "linkedin", "national"),
}
MEMORY_LIMIT = "700MB"


@contextmanager
def matching_database(*, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private database in a temporary folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tandem-matching-") as folder:
        con = duckdb.connect(str(Path(folder) / "matching.duckdb"))
        try:
            con.execute(f"SET memory_limit = '{memory_limit}'")
            con.execute("SET temp_directory = ?", [folder])
            con.execute("SET preserve_insertion_order = false")
            con.execute("SET enable_progress_bar = false")
            yield con
        finally:
            con.close()


def load_features(
    con: duckdb.DuckDBPyConnection,
    records: pd.DataFrame | Iterable[pd.DataFrame],
    entity: MatchedEntity,
    *,
    table: str = FEATURES_TABLE,
) -> int:
    """Fill the features table, a stretch of rows at a time; returns the number of records."""
    names = FEATURES[entity]
    described = ", ".join(f"{name} VARCHAR" for name in names)
    con.execute(f"CREATE OR REPLACE TABLE {table} (record_id BIGINT, source VARCHAR, {described})")
    selected = ", ".join(f"nullif({name}, '') AS {name}" for name in names)
    total = 0
    for chunk in _chunks(records):
        features = build_features(chunk, entity)
        con.register("incoming_features", features)
        con.execute(f"INSERT INTO {table} SELECT record_id, source, {selected} FROM incoming_features")  # noqa: S608
        con.unregister("incoming_features")
        total += len(features)
    return total


def set_copies_aside(con: duckdb.DuckDBPyConnection, entity: MatchedEntity) -> tuple[tuple[int, int], ...]:
    """Take records that say word for word the same as many others out of the features table, but for the first.

    A row written hundreds of times is one thing told hundreds of times; left in, its values would look as frequent
    as chance. Only records that name something telling (`IDENTIFYING`) are taken out.

    Returns
    -------
    Couples of the record that stays and its copy, in order.
    """
    names = FEATURES[entity]
    same = f"hash({', '.join(names)})"
    telling = " OR ".join(f"{name} IS NOT NULL" for name in IDENTIFYING[entity])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE copies AS SELECT first_id, record_id FROM (SELECT record_id, "  # noqa: S608
        f"min(record_id) OVER same AS first_id, count(*) OVER same AS copies FROM {FEATURES_TABLE} WHERE {telling} "
        f"WINDOW same AS (PARTITION BY {same})) WHERE copies >= {MANY_COPIES} AND record_id > first_id"
    )
    con.execute(f"DELETE FROM {FEATURES_TABLE} WHERE record_id IN (SELECT record_id FROM copies)")  # noqa: S608
    rows = con.execute("SELECT first_id, record_id FROM copies ORDER BY 1, 2").fetchall()
    return tuple((int(first), int(copy)) for first, copy in rows)


def _chunks(records: pd.DataFrame | Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    if isinstance(records, pd.DataFrame):
        for start in range(0, len(records), CHUNK_ROWS):
            yield records.iloc[start : start + CHUNK_ROWS]
    else:
        for frame in records:
            yield from _chunks(frame)
