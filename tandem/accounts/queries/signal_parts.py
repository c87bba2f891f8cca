"""Signals as loads brought them, for rooms that decide themselves which count: repeated ones, and whole calls, too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
from django.db.models import Max

from tandem.accounts import warehouse
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import AccountDomain, Load, LoadState
from tandem.accounts.queries.signals import DESCRIBING

CALL_COLUMN = "raw"  # in which connectors of product events keep the whole call
__all__ = [
    "DESCRIBING",
    "ExpectedSource",
    "SignalLoad",
    "calls_of",
    "connect",
    "derived_folder",
    "domain_rows",
    "expected_sources",
    "has_signals",
    "rows_of",
    "signal_loads",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLoad:
    """One landed file of signals.

    rows : landed; a load that is landed again has others
    is_product : its source is a product or a website
    """

    id: int
    source: str
    source_name: str
    is_product: bool
    rows: int
    file_name: str
    finished_at: datetime


def signal_loads() -> tuple[SignalLoad, ...]:
    """All landed loads of signals, in the order in which they were begun. One query."""
    found = Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED).select_related("source").order_by("id")
    return tuple(
        SignalLoad(
            id=load.id,
            source=load.source.key,
            source_name=load.source.name,
            is_product=load.source.kind == SourceKind.PRODUCT,
            rows=load.rows_landed,
            file_name=load.file_name,
            finished_at=load.finished_at or load.started_at,
        )
        for load in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSource:
    """A source of signals whose files are expected at intervals. last_at : when its last file was landed"""

    name: str
    every_hours: int
    last_at: datetime


def has_signals() -> bool:
    """Whether any file of signals was ever landed. One query."""
    return Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED).exists()


def expected_sources() -> tuple[ExpectedSource, ...]:
    """Sources that brought signals and are expected to bring more, by name. One query."""
    loads = Load.objects.filter(
        entity=Entity.SIGNAL, state=LoadState.LANDED, source__expected_every_hours__isnull=False,
        finished_at__isnull=False,
    )  # fmt: skip
    grouped = loads.values_list("source__name", "source__expected_every_hours").annotate(last=Max("finished_at"))
    return tuple(
        ExpectedSource(name=name, every_hours=int(hours or 0), last_at=last)
        for name, hours, last in grouped.order_by("source__name")
    )


def connect() -> ibis.BaseBackend:
    """The engine of the warehouse."""
    return warehouse.connect()


def derived_folder(name: str) -> Path:
    """Where a room keeps what it derives from signals: beside them, so that it goes into archives with them."""
    return warehouse.folder() / name


def rows_of(engine: ibis.BaseBackend, load_ids: Collection[int]) -> ir.Table:
    """Rows of these loads with the columns of `warehouse.SIGNALS`, each as often as it came."""
    files = warehouse.signal_files(load_ids)
    if not files:
        return ibis.memtable(warehouse.SIGNALS.empty_table().to_pandas(), schema=ibis.schema(warehouse.SIGNALS))
    return engine.read_parquet(files)


def calls_of(engine: ibis.BaseBackend, loads: Sequence[SignalLoad]) -> ir.Table | None:
    """load_id, row_number and call (JSON text) of loads whose connector keeps whole calls; None: none does."""
    parts = []
    for load in loads:
        found = warehouse.raw_rows(engine, source=load.source, entity=Entity.SIGNAL, load_id=load.id)
        if found is not None and CALL_COLUMN in found.columns:
            parts.append(found.select("load_id", "row_number", call=found[CALL_COLUMN].cast("string")))
    return ibis.union(*parts) if len(parts) > 1 else (parts[0] if parts else None)


def domain_rows() -> list[tuple[int, str]]:
    """(account id, domain) of living accounts; a domain of two accounts stands twice."""
    living = AccountDomain.objects.filter(account__merged_into=None)
    return list(living.order_by("account_id", "domain").values_list("account_id", "domain"))
