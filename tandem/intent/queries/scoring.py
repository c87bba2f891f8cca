"""Scores of all accounts in a file of signals, without a database: DuckDB over what was read, best account first."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from tandem.intent.contracts import AccountScore, Contribution, KindTable
from tandem.intent.queries import expressions
from tandem.intent.queries.signal_files import SCHEMA, Reading, read_signals

MEMORY_LIMIT = "1GB"
ROWS_AT_ONCE = 50_000
COLUMNS = ("account_id", "score", "surge", "kind", "at", "strength", "weight", "decay", "points", "row")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileScores:
    """What a file of signals comes to.

    accounts : best first, read as they are asked for, while the block of `score_file` lasts
    count : accounts with a signal that counts, whatever `top` leaves of them
    later : signals after the moment, which do not count
    """

    accounts: Iterator[AccountScore]
    count: int
    later: int
    reading: Reading


@contextmanager
def score_file(path: Path, *, kinds: KindTable, as_of: datetime, top: int | None = None) -> Iterator[FileScores]:
    """Score the accounts of a file; `top` keeps the best so many, None all. Ties go by account id.

    Memory is bounded by DuckDB's limit; what does not fit spills into a folder that goes with the block.

    Raises what `read_signals` raises.
    """
    reading = Reading(path)
    with tempfile.TemporaryDirectory(prefix="tandem-intent-") as folder:
        read = Path(folder) / "signals.parquet"
        with pq.ParquetWriter(read, SCHEMA) as writer:
            for stretch in read_signals(path, kinds=kinds, reading=reading):
                writer.write_table(stretch)
        # One thread: several add up in an order of the moment, and the last digit of a score with it.
        engine = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, threads=1, temp_directory=folder)
        try:
            signals = engine.read_parquet(read)
            scores = engine.create_table("scores", expressions.account_scores(signals, kinds=kinds, as_of=as_of))
            later = int(signals.filter(signals["at"] > ibis.literal(as_of)).count().execute())
            best = scores.order_by([ibis.desc(scores.score), scores.account_id])
            if top is not None:
                best = best.limit(top)
            accounts = _accounts(engine, signals, best, kinds, as_of)
            yield FileScores(accounts=accounts, count=int(scores.count().execute()), later=later, reading=reading)
        finally:
            engine.disconnect()


def _accounts(
    engine: ibis.BaseBackend, signals: ir.Table, best: ir.Table, kinds: KindTable, as_of: datetime
) -> Iterator[AccountScore]:
    ranked = best.mutate(rank=ibis.row_number().over(order_by=[ibis.desc(best.score), best.account_id]))
    wanted = signals.semi_join(ranked, "account_id")
    rows = expressions.contributions(wanted, kinds=kinds, as_of=as_of).inner_join(ranked, "account_id")
    rows = rows.order_by([rows["rank"], ibis.desc(rows.points), ibis.desc(rows["at"]), rows["row"]])
    each = (row for batch in engine.to_pyarrow_batches(rows, chunk_size=ROWS_AT_ONCE) for row in _rows(batch))
    for (account_id, score, surge), group in groupby(each, key=itemgetter(0, 1, 2)):
        yield AccountScore(
            account_id=account_id, score=score, surge=surge, contributions=tuple(_contribution(row) for row in group)
        )


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Values in the order of `COLUMNS`; moments without their zone, which Arrow is slow to attach."""
    naive = batch.column("at").cast(pa.timestamp("us"))
    columns = [naive if name == "at" else batch.column(name) for name in COLUMNS]
    return zip(*(column.to_pylist() for column in columns), strict=True)


def _contribution(row: tuple[Any, ...]) -> Contribution:
    _, _, _, kind, at, strength, weight, decay, points, number = row
    return Contribution(
        kind=kind,
        at=at.replace(tzinfo=UTC),
        strength=strength,
        weight=weight,
        decay=decay,
        points=points,
        reference=f"row {number}",
    )
