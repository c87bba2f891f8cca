"""Writing files row by row, counted, and the truth file beside them."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tandem.simulation.config import Summary

BATCH = 2_000


class CsvFile:
    """A CSV file written row by row; every value quoted when `quoted`, as Salesforce and HubSpot export."""

    def __init__(
        self, path: Path, header: Sequence[str], summary: Summary, *, quoted: bool = True, delimiter: str = ","
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._summary, self.rows = path, summary, 0
        self._file = path.open("w", encoding="utf-8", newline="")
        quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        self._writer = csv.writer(self._file, quoting=quoting, delimiter=delimiter, lineterminator="\n")
        self._writer.writerow(header)

    def write(self, row: Sequence[object]) -> None:
        """One row; None is an empty cell."""
        self._writer.writerow(row)
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._summary.add(f"{self.path.parent.name}/{self.path.name}", self.rows)


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], summary: Summary, **options: object
) -> None:
    """A whole CSV file from an iterator."""
    with CsvFile(path, header, summary, **options) as file:  # type: ignore[arg-type]
        for row in rows:
            file.write(row)


def write_json(path: Path, document: object) -> None:
    """One JSON document, as tools export it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


TABLES = {
    "meta": "key TEXT PRIMARY KEY, value TEXT",
    "companies": "entity INTEGER PRIMARY KEY, name TEXT, domain TEXT, country TEXT, industry TEXT, employees INTEGER, "
    "segment TEXT, fit REAL, usage REAL, parent INTEGER, owner TEXT, customer_since TEXT, churned_on TEXT, sites INTEGER",
    "need_events": "entity INTEGER, kind TEXT, starts_on TEXT, weeks INTEGER, strength REAL",
    "need": "entity INTEGER, day TEXT, need REAL",
    "persons": "entity INTEGER PRIMARY KEY, name TEXT, part TEXT, title TEXT, language TEXT, style TEXT, consent TEXT, "
    "company INTEGER, email TEXT, moved_on TEXT, second_company INTEGER, second_email TEXT, opted_out INTEGER",
    "account_records": "source TEXT, source_id TEXT, entity INTEGER, PRIMARY KEY (source, source_id)",
    "contact_records": "source TEXT, source_id TEXT, entity INTEGER, employment INTEGER, PRIMARY KEY (source, source_id)",
    "vendor_errors": "source_id TEXT, kind TEXT",
    "staff": "email TEXT PRIMARY KEY, name TEXT, role TEXT, team TEXT, skill REAL, optimism REAL, hygiene REAL, "
    "gaming TEXT, started_on TEXT, ended_on TEXT",
    "deals": "deal INTEGER PRIMARY KEY, crm_id TEXT UNIQUE, company INTEGER, owner TEXT, motion TEXT, segment TEXT, pull REAL, "
    "fit REAL, skill REAL, competitor TEXT, price_pressure REAL, opened_on TEXT, outcome TEXT, ended_on TEXT, amount REAL, "
    "final_amount REAL, currency TEXT, discount REAL, cause TEXT, champion INTEGER, buyer INTEGER, champion_left TEXT",
    "deal_weeks": "deal INTEGER, day TEXT, stage TEXT, champion INTEGER, buyer INTEGER, frozen INTEGER, p_win REAL, "
    "p_win_quarter REAL",
    "gaming": "seller TEXT, kind TEXT, object TEXT, object_id TEXT",
    "planted": "file TEXT, source_id TEXT, kind TEXT",
    "public_items": "file TEXT, item TEXT, entity INTEGER, kind TEXT, cause TEXT, happened_on TEXT, person INTEGER",
    "messages": "message_id TEXT PRIMARY KEY, mailbox TEXT, kind TEXT, label TEXT, language TEXT, thread TEXT, deal INTEGER, "
    "new_text TEXT",
    "spans": "message_id TEXT, act TEXT, detail TEXT, quote TEXT",
    "meetings": "meeting_id TEXT PRIMARY KEY, deal INTEGER, kind TEXT, language TEXT, held_at TEXT, recorded INTEGER, objections INTEGER",
    "utterances": "meeting_id TEXT, utterance INTEGER, speaker TEXT, side TEXT, act TEXT, detail TEXT, quote TEXT, due TEXT",
    "absences": "meeting_id TEXT, name TEXT, part TEXT, utterance INTEGER",
    "facts": "deal INTEGER, source TEXT, utterance INTEGER, fact TEXT, value TEXT, quote TEXT",
    "contradictions": "deal INTEGER, fact TEXT, kind TEXT, source_a TEXT, utterance_a INTEGER, quote_a TEXT, value_a TEXT, "
    "source_b TEXT, utterance_b INTEGER, quote_b TEXT, value_b TEXT",
}  # fmt: skip


class Truth:
    """The truth as one SQLite file; with no path, nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._connection: sqlite3.Connection | None = None
        self._rows: dict[str, list[Sequence[object]]] = {table: [] for table in TABLES}
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        for table, columns in TABLES.items():
            self._connection.execute(f"CREATE TABLE {table} ({columns})")

    @property
    def kept(self) -> bool:
        """Whether a truth file is written."""
        return self._connection is not None

    def add(self, table: str, *row: object) -> None:
        """One row of a table, values in the table's column order."""
        if self._connection is None:
            return
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= BATCH:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._rows[table]
        if rows and self._connection is not None:
            marks = ", ".join("?" * len(rows[0]))
            self._connection.execute("BEGIN")
            self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  names are our own
            self._connection.execute("COMMIT")
            rows.clear()

    def close(self) -> None:
        """Write what is left."""
        if self._connection is not None:
            for table in TABLES:
                self._flush(table)
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
