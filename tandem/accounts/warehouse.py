"""The warehouse: rows as they came and signals, as Parquet files that DuckDB reads through Ibis.

A load writes files under its own id; readers name the loads whose rows they may see, so that a load becomes visible
by one row in the operational store and a killed one leaves nothing to see.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

MEMORY_LIMIT = "1GB"
SIGNALS = pa.schema(
    [
        ("load_id", pa.int64()),
        ("row_number", pa.int64()),
        ("source", pa.string()),
        ("key", pa.string()),
        ("kind", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("strength", pa.float64()),
        ("topic", pa.string()),
        ("account_key", pa.string()),
        ("account_name", pa.string()),
        ("account_domain", pa.string()),
        ("contact_key", pa.string()),
        ("contact_email", pa.string()),
        ("payload", pa.string()),
    ]
)


def folder() -> Path:
    """Where the warehouse's files lie."""
    return Path(settings.WAREHOUSE_DIR)


def write_raw(*, source: str, entity: str, load_id: int, first_row: int, table: pa.Table) -> Path:
    """Keep one batch exactly as it came. Writing the same batch again replaces it whole."""
    return _write(_raw_folder(source, entity, load_id) / f"part-{first_row:012d}.parquet", table)


def append_signals(*, load_id: int, first_row: int, table: pa.Table) -> Path:
    """Add signal rows of one batch (columns of `SIGNALS`); the same batch again replaces it whole."""
    return _write(_signal_folder(load_id) / f"part-{first_row:012d}.parquet", table.select(SIGNALS.names).cast(SIGNALS))


def part_files() -> list[Path]:
    """Every file of rows as they came and of signals, in a stable order."""
    return [file for kind in ("raw", "signals") for file in sorted((folder() / kind).rglob("part-*.parquet"))]


def rewrite(file: Path, table: pa.Table) -> None:
    """Put other rows in the place of a file's; a reader or a kill meets the old file or the new one."""
    _write(file, table)


def drop_load(*, source: str, entity: str, load_id: int) -> None:
    """Forget the files of a load that failed."""
    for place in (_raw_folder(source, entity, load_id), _signal_folder(load_id)):
        shutil.rmtree(place, ignore_errors=True)


def connect() -> ibis.BaseBackend:
    """The engine: DuckDB in memory over the files, or the outside warehouse that the settings name."""
    if settings.WAREHOUSE_URL:
        return ibis.connect(settings.WAREHOUSE_URL)
    spill = folder() / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    return ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, threads=2, temp_directory=str(spill))


def write_and_read_back(word: str) -> list[str]:
    """Write a word into the warehouse's folder, read it through the engine, remove it: what `tandem doctor` asks.

    Raises whatever the file system or the engine raises.
    """
    file = _write(folder() / "spill" / f"{word}.parquet", pa.table({"word": [word]}))
    try:
        rows = connect().read_parquet([str(file)])
        return [str(value) for value in rows.to_pyarrow().column("word").to_pylist()]
    finally:
        file.unlink()


def raw_rows(engine: ibis.BaseBackend, *, source: str, entity: str, load_id: int) -> ibis.Table | None:
    """The rows of one load as they came; None when it has none."""
    files = sorted(_raw_folder(source, entity, load_id).glob("part-*.parquet"))
    return engine.read_parquet([str(file) for file in files]) if files else None


def signals(engine: ibis.BaseBackend, load_ids: Iterable[int], *, domains: Sequence[str] | None = None) -> ibis.Table:
    """Signal rows of these loads, each source key once (overlapping exports repeat rows); `domains` None: of all."""
    files = signal_files(load_ids)
    if not files:
        return ibis.memtable(SIGNALS.empty_table().to_pandas(), schema=ibis.schema(SIGNALS))
    rows = engine.read_parquet(files)
    # Narrowed before repeated rows are dropped: a key repeats with its domain.
    return _once(rows if domains is None else rows.filter(rows.account_domain.isin(domains)))


def signal_files(load_ids: Iterable[int]) -> list[str]:
    """The files of signals of these loads, in a stable order."""
    return [
        str(file) for load_id in sorted(load_ids) for file in sorted(_signal_folder(load_id).glob("part-*.parquet"))
    ]


@lru_cache(maxsize=50_000)
def _latest(file: str, written_ns: int) -> datetime | None:
    """The greatest moment of a file; None when its footer does not say. A file written again is read again."""
    footer = pq.read_metadata(file)
    place = footer.schema.names.index("at")
    found = [footer.row_group(number).column(place).statistics for number in range(footer.num_row_groups)]
    if any(one is None or not one.has_min_max for one in found):
        return None
    return max((one.max for one in found), default=None)


def _once(rows: ibis.Table) -> ibis.Table:
    """Each source key once, the earliest load's row."""
    once = ibis.row_number().over(group_by=[rows.source, rows.key], order_by=[rows.load_id, rows.row_number])
    return rows.mutate(nth=once).filter(lambda row: row.nth == 0).drop("nth")


def account_signals(
    load_ids: Iterable[int], *, domains: Sequence[str], since: datetime, limit: int = 1_000
) -> pa.Table:
    """The latest signals of one account's domains since a moment, newest first."""
    written = [(file, Path(file).stat().st_mtime_ns) for file in signal_files(load_ids)]
    reaching = tuple((file, at) for file, at in written if (latest := _latest(file, at)) is None or latest >= since)
    return _signals_in(reaching, tuple(domains), since, limit) if reaching else SIGNALS.empty_table()


@lru_cache(maxsize=64)
def _signals_in(
    written: tuple[tuple[str, int], ...], domains: tuple[str, ...], since: datetime, limit: int
) -> pa.Table:
    """The signals in these files, each with the moment it was written; kept, because files don't change."""
    rows = connect().read_parquet([file for file, _ in written])
    # Narrowed before repeated rows are dropped: a key repeats with its domain and moment, and a page can't wait for
    # every signal to be numbered.
    wanted = rows.filter([rows.account_domain.isin(domains), rows["at"] >= since])
    return _once(wanted).order_by(ibis.desc("at")).limit(limit).to_pyarrow()


def _raw_folder(source: str, entity: str, load_id: int) -> Path:
    return folder() / "raw" / source / entity / f"load-{load_id}"


def _signal_folder(load_id: int) -> Path:
    return folder() / "signals" / f"load-{load_id}"


def _write(file: Path, table: pa.Table) -> Path:
    """Through a temporary name, so that a reader or a kill never meets half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".half")
    pq.write_table(table, half, compression="zstd")
    half.replace(file)
    return file
