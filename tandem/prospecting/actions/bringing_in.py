"""What was found outside becomes source records and signals of accounts, by the road that files take.

So provenance, matching, erasure, residency and the barring of erased people hold for it as for every export. The rows
of answers wait sealed at their question until they are in; a crash between loses nothing and lands nothing twice.
"""

from __future__ import annotations

import csv
import json
import secrets as tokens
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from tandem.accounts.actions.imports import import_path
from tandem.accounts.contracts import Entity, SourceKind
from tandem.core import secrets
from tandem.core.actors import built_in_agent
from tandem.core.errors import DataUnreadable
from tandem.prospecting.connectors.base import FoundRow
from tandem.prospecting.connectors.signals_found import FoundSignal
from tandem.prospecting.models import CallState, ProviderCall

ACTOR = built_in_agent("prospecting", "importer")
ANSWERS_AT_ONCE = 2_000
SIGNAL_COLUMNS = ("key", "kind", "at", "topic", "account_domain", "account_name", "payload")
Progress = Callable[[int, int | None, str], None]


def bring_in_answers(*, now: datetime, progress: Progress | None = None) -> int:
    """Bring in the rows of every answer that waits; returns how many rows. Safe to repeat, also after a kill.

    Raises DataUnreadable when a file could not be brought in; the answers then wait for the next time.
    """
    brought = 0
    while waiting := list(_waiting()[:ANSWERS_AT_ONCE]):
        by_kind: dict[tuple[str, str], list[FoundRow]] = defaultdict(list)
        for _, provider, sealed in waiting:
            for entity, key, fields in json.loads(secrets.unseal(sealed)):
                by_kind[provider, entity].append(FoundRow(entity=entity, key=key, fields=fields))
        for (provider, entity), rows in sorted(by_kind.items()):
            _land_rows(provider, Entity(entity), rows, now=now, progress=progress)
            brought += len(rows)
        ProviderCall.objects.filter(id__in=[one[0] for one in waiting]).update(answer="")
    return brought


def count_waiting() -> int:
    """Answers whose rows are not brought in yet."""
    return int(_waiting().count())


def _waiting() -> Any:
    rows = ProviderCall.objects.filter(state=CallState.ANSWERED).exclude(answer="").order_by("id")
    return rows.values_list("id", "provider__key", "answer")


def _land_rows(
    source_key: str, entity: Entity, rows: Sequence[FoundRow], *, now: datetime, progress: Progress | None
) -> None:
    """Rows as one file of the source. Of two rows with one key the later stands."""
    latest = {row.key: row for row in rows}
    columns = ["key", *sorted({name for row in latest.values() for name in row.fields})]
    lines = ({"key": row.key, **row.fields} for row in latest.values())
    _import(source_key, SourceKind.VENDOR, entity, columns, lines, now=now, progress=progress)


def bring_in_signals(
    source_key: str, found: Iterable[tuple[FoundSignal, str, str]], *, now: datetime, progress: Progress | None = None
) -> int:
    """Bring in signals of public places; returns how many. A key that is there already is counted once by readers.

    found : (signal, domain of the company, its name)
    """
    lines = [
        {
            "key": signal.key, "kind": signal.kind, "at": signal.at.isoformat(), "topic": signal.topic,
            "account_domain": domain, "account_name": name,
            "payload": json.dumps(dict(signal.payload), ensure_ascii=False, sort_keys=True),
        }
        for signal, domain, name in found
    ]  # fmt: skip
    if lines:
        _import(source_key, SourceKind.OTHER, Entity.SIGNAL, SIGNAL_COLUMNS, lines, now=now, progress=progress)
    return len(lines)


def _import(
    source_key: str,
    kind: SourceKind,
    entity: Entity,
    columns: Sequence[str],
    lines: Iterable[Mapping[str, str]],
    *,
    now: datetime,
    progress: Progress | None,
) -> None:
    """Write the rows as a table with a mapping beside it, have it imported, and remove both."""
    folder = Path(settings.DATA_DIR) / "uploads" / tokens.token_hex(8)
    folder.mkdir(parents=True)
    try:
        file = folder / f"{source_key}-{entity.value}.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, fieldnames=list(columns), restval="")
            table.writeheader()
            table.writerows(lines)
        mapping = folder / ".mapping.toml"
        mapping.write_text(_mapping(source_key, kind, entity, columns), encoding="utf-8")
        report = import_path(file, actor=ACTOR, now=now, mapping=mapping, progress=progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if report.failed:
        error = next((one.error for one in report.files if one.error), None) or {}
        raise DataUnreadable(
            f"Rows of {source_key} could not be brought in: {error.get('message', 'unknown reason')}",
            hint="They wait, and are brought in at the next run.",
        )


def _mapping(source_key: str, kind: SourceKind, entity: Entity, columns: Sequence[str]) -> str:
    """The meaning of the columns, as for any file of one's own: every title is a canonical word."""
    told = "".join(f'"{name}" = "{name}"\n' for name in columns)
    return (
        f'[source]\nkey = "{source_key}"\nkind = "{kind.value}"\n\n'
        f'[[files]]\nmatch = "{source_key}-{entity.value}.csv"\nentity = "{entity.value}"\n\n[files.columns]\n{told}'
    )
