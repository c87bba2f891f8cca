"""Typed rows into source records: new and changed ones written, unchanged ones left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tandem.accounts.actions.facts import FactBatch, FactResult
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion
from tandem.accounts.models import GoldenLink, SourceRecord
from tandem.accounts.queries.choosing.contacts import FORMER
from tandem.accounts.queries.choosing.records import in_slices
from tandem.core import bulk

COLUMNS = (
    "source_id", "entity", "key", "data", "row_hash", "load_id", "row_number", "observed_at", "golden_id", "link",
    "match_probability", "is_dirty",
)  # fmt: skip
DATA = COLUMNS.index("data")
EMPLOYER = ("account_key", "account_name", "account_domain", "title", "starts_on")
MOST_FORMER = 10
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
    if entity is Entity.CONTACT:
        _keep_former_employers(batch.source.id, {key: row[DATA] for key, row in latest.items()})
    bulk.upsert(SourceRecord, COLUMNS, latest.values(), conflict=("source_id", "entity", "key"), update=CHANGING)
    return FactResult(landed=landed, unchanged=unchanged, refused=[])


def _keep_former_employers(source_id: int, new: Mapping[str, dict[str, Any]]) -> None:
    """Note in each changed row who the employer was before: a source tells only the present one.

    The note stays out of the row's hash, so that the same export again changes nothing.
    """
    for some in in_slices(sorted(new)):
        rows = SourceRecord.objects.filter(source_id=source_id, entity=Entity.CONTACT, key__in=some)
        for key, before, seen_at in rows.values_list("key", "data", "observed_at"):
            former = list(before.get(FORMER, ()))
            if _has_moved(before, new[key]):
                job = {name: before[name] for name in EMPLOYER if name in before}
                until = new[key].get("starts_on") or new[key].get("updated_at") or seen_at.isoformat()
                former.append(job | {"until": str(until)[:10]})
            if former:
                new[key][FORMER] = former[-MOST_FORMER:]


def _has_moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the row names another employer now; the source's own id of it decides where both rows have one."""
    for field in ("account_key", "account_domain", "account_name"):
        if before.get(field) and after.get(field):
            return bool(before[field] != after[field])
    return False


def _observed_at(data: dict[str, Any], now: datetime) -> datetime:
    told = data.get("updated_at") or data.get("created_at")
    return min(datetime.fromisoformat(told).astimezone(UTC), now) if told else now


def _known_hashes(source_id: int, entity: Entity, keys: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for some in in_slices(sorted(set(keys))):
        rows = SourceRecord.objects.filter(source_id=source_id, entity=entity, key__in=some)
        known.update(rows.values_list("key", "row_hash"))
    return known
