"""Typed rows into source records: new and changed ones written, unchanged ones left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tandem.accounts.actions.facts import FactBatch, FactResult
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion
from tandem.accounts.models import GoldenLink, SourceRecord
from tandem.core import bulk

KEYS_AT_ONCE = 10_000
COLUMNS = (
    "source_id", "entity", "key", "data", "row_hash", "load_id", "row_number", "observed_at", "golden_id", "link",
    "match_probability", "is_dirty",
)  # fmt: skip
CHANGING = ("data", "row_hash", "load_id", "row_number", "observed_at", "is_dirty")
# Telling people apart may need them; keeping them would not be lawful everywhere, nor useful to a seller.
NEVER_KEPT = frozenset({"birth_date", "national_id"})


def land_records(batch: FactBatch, entity: Entity) -> FactResult:
    """Write the batch's rows as source records of `entity`, keyed by the source's id or a natural key."""
    landed = unchanged = 0
    latest: dict[str, tuple[Any, ...]] = {}
    rows = list(zip(batch.typed.index, conversion.row_data(batch.typed), strict=True)) if len(batch.typed) else []
    keyed = [
        (int(number), str(data.get("key") or conversion.natural_key(entity, data))[:200], data) for number, data in rows
    ]
    known = _known_hashes(batch.source.id, entity, [key for _, key, _ in keyed])
    for number, key, data in keyed:
        kept = {name: value for name, value in data.items() if name not in NEVER_KEPT and name != "key"}
        digest = conversion.row_hash(kept)
        if known.get(key) == digest:
            unchanged += 1
            continue
        known[key] = digest
        landed += 1
        observed = _observed_at(kept, batch.now)
        latest[key] = (
            batch.source.id, entity.value, key, kept, digest, batch.load_id, number, observed, None,
            GoldenLink.PENDING, None, True,
        )  # fmt: skip
    bulk.upsert(SourceRecord, COLUMNS, latest.values(), conflict=("source_id", "entity", "key"), update=CHANGING)
    return FactResult(landed=landed, unchanged=unchanged, refused=[])


def _observed_at(data: dict[str, Any], now: datetime) -> datetime:
    told = data.get("updated_at") or data.get("created_at")
    return min(datetime.fromisoformat(told).astimezone(UTC), now) if told else now


def _known_hashes(source_id: int, entity: Entity, keys: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for some in in_slices(sorted(set(keys))):
        rows = SourceRecord.objects.filter(source_id=source_id, entity=entity, key__in=some)
        known.update(rows.values_list("key", "row_hash"))
    return known


def in_slices(keys: Sequence[Any], size: int = KEYS_AT_ONCE) -> Iterator[Sequence[Any]]:
    """Lists short enough for one statement's parameters."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
