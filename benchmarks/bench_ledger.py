"""Proof and lookup of a long ledger. `python -m benchmarks.bench_ledger [--entries N] [--full]`.

200,000 entries, in full 10,000,000, chained as the product chains them. Prints the seconds of verifying the whole chain
by the product and by the stand-alone verifier, each as ratio to plain SHA-256 over the same bytes in the same run, and
the milliseconds of fetching the whole record of one message. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import hashlib
import random
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_core import fresh_database, seconds_of
from benchmarks.figures import chosen, print_table, read_sizes

QUICK, FULL = 200_000, 10_000_000
MOMENT = datetime(2024, 1, 1, tzinfo=UTC)
ENTRIES_OF_A_MESSAGE = 12
BUSY_SUBJECT, EVERY = "account:1", 10_000  # one subject with very many entries
SAMPLE, LOOKUPS = 200_000, 200
BATCH = 50_000
DEEDS = ("drafted", "model_called", "decided", "reviewed", "approved", "cleared", "claimed", "sent", "delivered",
         "opened", "replied", "closed")  # fmt: skip


def made(count: int) -> Iterator[tuple[Any, ...]]:
    """A good chain of `count` lines."""
    from tandem.compliance.domain import chain

    previous = chain.BEFORE_THE_FIRST
    for number in range(1, count + 1):
        message, step = divmod(number, ENTRIES_OF_A_MESSAGE)
        facts = (
            f'{{"decision":"allow","message":"<{message}.{number * 7919 % 10**9}@aislewright.example>","recipient":'
            f'"contact:{message % 90_000}","rules":["gdpr.b2b_mail@3","uwg.7@2"],"sequence":{message % 400}}}'
        )
        at = (MOMENT + timedelta(seconds=5 * number, microseconds=number % 3 * 1000)).isoformat(timespec="microseconds")
        subject = BUSY_SUBJECT if number % EVERY == 0 else f"message:{message}"
        by = ("person", 7, "Maya Okafor") if step == 4 else ("agent", 3, "writer")
        line = (number, at, *by, f"engagement.{DEEDS[step]}", subject, facts, previous, "")
        previous = chain.line_hash(line)
        yield (*line[:-1], previous)


def fill(count: int) -> None:
    """Store the chain with triggers and indexes aside, which come back afterwards."""
    from django.db import connection

    from tandem.compliance.models import LedgerEntry
    from tandem.compliance.queries.ledger import COLUMNS

    table = LedgerEntry._meta.db_table
    if connection.vendor == "sqlite":
        _fill_sqlite(connection, table, COLUMNS, count)
    else:
        _fill_postgresql(connection, table, COLUMNS, count)


def _fill_sqlite(connection: Any, table: str, columns: tuple[str, ...], count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL ORDER BY type DESC", [table]
        )
        kept = [row[0] for row in cursor.fetchall() if " TRIGGER " not in row[0].upper()]
        cursor.execute(f"DROP TABLE {table}")
        create = next(sql for sql in kept if sql.startswith("CREATE TABLE"))
        cursor.execute(create.replace(" UNIQUE", ""))
        raw = connection.connection
        raw.execute("PRAGMA cache_size=-1000000")
        marks = ", ".join("?" * len(columns))
        raw.execute("BEGIN")
        raw.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
            ((row[0], row[1][:-6].replace("T", " ").removesuffix(".000000"), *row[2:]) for row in made(count)),
        )
        raw.execute("COMMIT")
        for name in ("hash", "previous_hash"):
            cursor.execute(f"CREATE UNIQUE INDEX bench_{name} ON {table} ({name})")
        for sql in kept:
            if sql.startswith("CREATE INDEX"):
                cursor.execute(sql)
        raw.execute("PRAGMA cache_size=-65536")


def _fill_postgresql(connection: Any, table: str, columns: tuple[str, ...], count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u'", [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in made(count):
                copy.write_row(row)
        for name in ("hash", "previous_hash"):
            cursor.execute(f"ALTER TABLE {table} ADD UNIQUE ({name})")
        cursor.execute(f"ANALYZE {table}")


def plain_seconds(count: int) -> float:
    """What SHA-256 alone takes over the bytes that the chain hashes, from a sample of them."""
    from tandem.compliance.domain import chain

    hashed: list[bytes] = []
    real = hashlib.sha256

    def listen(words: bytes) -> Any:
        hashed.append(words)
        return real(words)

    chain.hashlib.sha256 = listen  # type: ignore[assignment]
    try:
        for _ in made(min(count, SAMPLE)):
            pass
    finally:
        chain.hashlib.sha256 = real  # type: ignore[assignment]
    started = time.perf_counter()
    for words in hashed:
        real(words).hexdigest()
    return (time.perf_counter() - started) * count / len(hashed)


def lookups(count: int) -> list[tuple[str, str, str]]:
    """Median and most milliseconds of whole records: messages drawn with a fixed seed, then one very busy subject."""
    from tandem.compliance import queries

    dice = random.Random(11)
    drawn = [f"message:{dice.randrange(1, count // ENTRIES_OF_A_MESSAGE)}" for _ in range(LOOKUPS)]
    rows = []
    for title, subjects in (
        (f"{LOOKUPS} messages", drawn),
        (f"{BUSY_SUBJECT}, {count // EVERY:,} entries", [BUSY_SUBJECT] * 5),
    ):
        spent = []
        for subject in subjects:
            started = time.perf_counter()
            queries.entries_about(subject)
            spent.append((time.perf_counter() - started) * 1000)
        rows.append((title, f"{median(spent):.2f}", f"{max(spent):.2f}"))
    return rows


def export(folder: Path) -> Path:
    """The ledger as JSON lines."""
    from tandem.compliance import queries

    file = folder / "ledger.jsonl"
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(queries.each_line())
    return file


def measure(count: int) -> None:
    """Fill a fresh database and time what proves and finds."""
    from django.conf import settings
    from django.db import connection

    from tandem.compliance import queries, verifier

    print(f"{'stored':<34}{seconds_of(lambda: fill(count)):>9.1f} s")
    plain = plain_seconds(count)
    rows: list[tuple[str, str, str, str]] = [("SHA-256 alone over the same bytes", f"{plain:.1f}", "1.0", "")]

    def timed(title: str, check: Callable[[], Any]) -> None:
        started = time.perf_counter()
        found = check()
        spent = time.perf_counter() - started
        if not found.holds or found.entries != count:
            raise SystemExit(f"{title}: {found.sentence}")
        rows.append((title, f"{spent:.1f}", f"{spent / plain:.1f}", f"{count / spent:,.0f}"))

    timed(f"the product, {connection.vendor}", queries.verify)
    if connection.vendor == "sqlite":
        timed("the stand-alone verifier, database", lambda: verifier.verify_file(connection.settings_dict["NAME"]))
    file = export(Path(settings.DATA_DIR))
    timed("the stand-alone verifier, export", lambda: verifier.verify_file(file))
    size = file.stat().st_size
    file.unlink()
    print_table(f"{count:,} entries ({size / 1e9:.2f} GB as text)", ("verified by", "s", "ratio", "entries/s"), rows)
    print_table("The whole record of one thing", ("read", "median ms", "most ms"), lookups(count))
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    """Measure."""
    sizes = read_sizes(__doc__, entries=QUICK)
    with fresh_database():
        measure(chosen(sizes.entries, quick=QUICK, full=FULL, is_full=sizes.full))


if __name__ == "__main__":
    main()
