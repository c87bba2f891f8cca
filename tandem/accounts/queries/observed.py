"""Signals of many accounts in one read: each signal that tells something, and of every kind how often it was seen.

What people do in the product, on the website or by mail is counted; what sources tell of a company (news, posts,
technologies, researched topics) comes whole, with its payload.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from tandem.accounts import warehouse
from tandem.accounts.contracts import Entity, SourceKind
from tandem.accounts.models import AccountDomain, Load, LoadState, Source
from tandem.accounts.queries.signals import DESCRIBING

COUNTED_DAYS = 90
TOLD_DAYS = 800  # eight quarters and a bit: what research looks back at
LASTING_KINDS = ("technology_seen", "technology_dropped")  # true until another word on it
COUNTED_SOURCES = (SourceKind.PRODUCT, SourceKind.MARKETING, SourceKind.MAIL, SourceKind.MEETINGS, SourceKind.CHAT)
MOST_DOMAINS_TO_LIST = 2_000
ROWS_AT_ONCE = 20_000
MOST_TOLD = 400
COLUMNS = ("account_id", "kind", "at", "source", "key", "strength", "topic", "payload", "count")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSignal:
    """One signal.

    strength : as its source counts it; None: not told
    payload : what its source says beside; {} for a signal that is only counted
    """

    kind: str
    at: datetime
    source: str
    key: str
    strength: float | None
    topic: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of one account by a moment.

    told : newest first, at most 400, from 800 days; technologies from ever
    counts : signals by kind in the last 90 days
    latest : of each kind counted the newest signal, without payload
    """

    account_id: int
    told: tuple[ToldSignal, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    latest: Mapping[str, ToldSignal] = field(default_factory=dict)


def observed(
    account_ids: Iterable[int] | None, *, until: datetime, landed_by: datetime | None = None
) -> Iterator[Observed]:
    """Accounts of which something was seen, in the order of their ids; None: all. The caller limits to sight.

    until : nothing later is told
    landed_by : only what had been brought in by then; None: whatever is here now
    """
    engine = warehouse.connect()
    rows = _wanted(engine, account_ids, landed_by)
    if rows is None:
        return
    found = _read(rows, until)
    batches = engine.to_pyarrow_batches(found, chunk_size=ROWS_AT_ONCE)
    each = (row for batch in batches for row in _tuples(batch))
    for account_id, group in groupby(each, key=itemgetter(0)):
        yield _of_account(account_id, group)


def _wanted(engine: ibis.BaseBackend, account_ids: Iterable[int] | None, landed_by: datetime | None) -> ir.Table | None:
    """Landed signals at the domains of these accounts; None when there can't be any."""
    loads = Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED)
    if landed_by is not None:
        loads = loads.filter(finished_at__lte=landed_by)
    ids = None if account_ids is None else set(account_ids)
    living = AccountDomain.objects.filter(account__merged_into=None).order_by("account_id", "domain")
    owned = [
        {"account_id": pk, "domain": domain}
        for pk, domain in living.values_list("account_id", "domain")
        if ids is None or pk in ids
    ]
    load_ids = list(loads.values_list("id", flat=True))
    if not owned or not load_ids:
        return None
    named = [str(row["domain"]) for row in owned] if len(owned) <= MOST_DOMAINS_TO_LIST else None
    signals = warehouse.signals(engine, load_ids, domains=named)
    domains = ibis.memtable(owned, schema=ibis.schema({"account_id": "int64", "domain": "string"}))
    told = signals.filter(signals.kind.notin(DESCRIBING))
    return told.inner_join(domains, told.account_domain == domains.domain)


def _read(rows: ir.Table, until: datetime) -> ir.Table:
    """Told signals and counts as one table in the order of accounts, newest first."""
    counted_sources = list(Source.objects.filter(kind__in=COUNTED_SOURCES).values_list("key", flat=True))
    past = rows.filter(rows["at"] <= ibis.literal(until))
    is_told = past.source.notin(counted_sources) if counted_sources else ibis.literal(value=True)
    is_near = (past["at"] >= ibis.literal(until - timedelta(days=TOLD_DAYS))) | past.kind.isin(LASTING_KINDS)
    told = past.filter([is_told, is_near]).mutate(count=ibis.null("int64")).select(*COLUMNS)
    recent = past.filter(past["at"] >= ibis.literal(until - timedelta(days=COUNTED_DAYS)))
    newest = recent["at"]
    counts = recent.group_by(["account_id", "kind"]).agg(
        at=newest.max(),
        source=recent.source.argmax(newest),
        key=recent.key.argmax(newest),
        strength=recent.strength.argmax(newest),
        topic=recent.topic.argmax(newest),
        payload=ibis.null("string"),
        count=recent.count(),
    )
    both = ibis.union(told, counts.select(*COLUMNS))
    return both.order_by([both.account_id, ibis.desc(both["at"]), both.source, both.key])


def _tuples(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Values in the order of `COLUMNS`; moments without their zone, which Arrow is slow to attach."""
    naive = batch.column("at").cast(pa.timestamp("us"))
    columns = [naive if name == "at" else batch.column(name) for name in COLUMNS]
    return zip(*(column.to_pylist() for column in columns), strict=True)


def _of_account(account_id: int, rows: Iterable[tuple[Any, ...]]) -> Observed:
    told: list[ToldSignal] = []
    counts: dict[str, int] = {}
    latest: dict[str, ToldSignal] = {}
    for row in rows:
        signal, count = _signal(row), row[-1]
        if count is not None:
            counts[signal.kind], latest[signal.kind] = count, signal
        elif len(told) < MOST_TOLD or signal.kind in LASTING_KINDS:
            told.append(signal)
    return Observed(account_id=account_id, told=tuple(told), counts=counts, latest=latest)


def _signal(row: tuple[Any, ...]) -> ToldSignal:
    _, kind, at, source, key, strength, topic, payload, _ = row
    return ToldSignal(
        kind=kind,
        at=at.replace(tzinfo=UTC),
        source=source,
        key=key,
        strength=strength,
        topic=topic or "",
        payload=_payload(payload),
    )


def _payload(text: str | None) -> dict[str, Any]:
    """What a source says beside, {} for what is no JSON object: a broken payload must not hide the signal."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSignal:
    """A kind of signal with one of its topics (empty: none), and how many of them there are."""

    kind: str
    topic: str
    count: int


def signal_names(*, most: int = 2_000) -> tuple[NamedSignal, ...]:
    """Kinds and topics that were ever seen at an account, the most frequent first. Kept until something else lands."""
    loads = Load.objects.filter(entity=Entity.SIGNAL, state=LoadState.LANDED)
    landed = tuple(loads.order_by("id").values_list("id", flat=True))
    product = tuple(Source.objects.filter(kind__in=COUNTED_SOURCES).order_by("key").values_list("key", flat=True))
    return _names(str(warehouse.folder()), landed, product, most) if landed else ()


@lru_cache(maxsize=4)
def _names(folder: str, landed: tuple[int, ...], product: tuple[str, ...], most: int) -> tuple[NamedSignal, ...]:
    """folder : only tells one installation's answer from another's. Topics of product events are of no use here."""
    engine = warehouse.connect()
    rows = warehouse.signals(engine, landed)
    told = rows.filter(rows.kind.notin(DESCRIBING))
    topic = told.source.isin(product).ifelse("", told.topic.fill_null("")) if product else told.topic.fill_null("")
    counted = told.mutate(named=topic).group_by(["kind", "named"]).agg(count=lambda group: group.count())
    best = counted.order_by([ibis.desc(counted["count"]), counted.kind, counted.named]).limit(most)
    return tuple(
        NamedSignal(kind=row["kind"], topic=row["named"], count=row["count"])
        for row in engine.to_pyarrow(best).to_pylist()
    )
