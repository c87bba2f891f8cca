"""Our own people, as HR and CRM files tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tandem.access import actions as access
from tandem.access import queries
from tandem.accounts.actions.facts.batch import FactBatch, FactResult, row_numbers
from tandem.accounts.actions.facts.keys import Colleagues, keys_of
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion
from tandem.accounts.domain.conversion import Refusal
from tandem.accounts.domain.job_titles import read_role
from tandem.accounts.domain.time_zones import known_zone
from tandem.accounts.models import GoldenLink, SourceRecord
from tandem.core import bulk
from tandem.core.errors import AppError

RECORD = (
    "source_id", "entity", "key", "data", "row_hash", "load_id", "row_number", "observed_at", "golden_id", "link",
    "match_probability", "is_dirty",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """One row: its number, its key, its fields and their hash."""

    number: int
    key: str
    data: dict[str, Any]
    digest: str


def load_people(batch: FactBatch) -> FactResult:
    """People with their source keys; managers in a second round, when everybody is known."""
    refused: list[Refusal] = []
    fresh = _fresh(batch)
    ids: dict[str, int] = {}
    for row in fresh.values():
        try:
            ids[row.key] = _upsert(row.data, batch)
        except AppError as error:
            refused.append(Refusal(row.number, "", str(row.data.get("name", ""))[:200], error.message))
    _keep(batch, fresh, ids)
    _set_managers(batch, fresh, ids)
    return FactResult(landed=len(ids), unchanged=len(batch.typed) - len(ids) - len(refused), refused=refused)


def _fresh(batch: FactBatch) -> dict[str, _Told]:
    """The last row of each key that is new or differs from what is kept."""
    known = SourceRecord.objects.filter(source=batch.source, entity=Entity.PERSON).values_list("key", "row_hash")
    hashes = dict(known)
    rows = conversion.row_data(batch.typed) if len(batch.typed) else []
    found: dict[str, _Told] = {}
    for number, key, data in zip(row_numbers(batch), keys_of(batch, Entity.PERSON), rows, strict=True):
        told = {name: value for name, value in data.items() if name != "key"}
        digest = conversion.row_hash(told)
        if hashes.get(key) != digest:
            found[key] = _Told(number, key, told, digest)
    return found


def _upsert(data: Mapping[str, Any], batch: FactBatch) -> int:
    ends_on = _day(data.get("ends_on"))
    return access.upsert_person(
        name=str(data["name"])[:200],
        email=str(data.get("email", "")),
        actor=batch.actor,
        role=read_role(str(data.get("role", ""))),
        team=str(data.get("team", ""))[:120],
        region=str(data.get("region", ""))[:80],
        time_zone=known_zone(str(data.get("time_zone", ""))),
        country=str(data.get("country", "")),
        starts_on=_day(data.get("starts_on")),
        ends_on=ends_on,
        is_active=bool(data.get("is_active", True)) and (ends_on is None or ends_on >= batch.now.date()),
    )


def _keep(batch: FactBatch, fresh: Mapping[str, _Told], ids: Mapping[str, int]) -> None:
    rows = [
        (batch.source.id, Entity.PERSON.value, row.key, row.data, row.digest, batch.load_id, row.number, batch.now,
         ids[row.key], GoldenLink.ALONE, None, False)
        for row in fresh.values() if row.key in ids
    ]  # fmt: skip
    bulk.upsert(SourceRecord, RECORD, rows, conflict=("source_id", "entity", "key"), update=RECORD[3:])


def _set_managers(batch: FactBatch, fresh: Mapping[str, _Told], ids: Mapping[str, int]) -> None:
    """Who reports to whom. A manager whom no row describes is added by name; one without a role of their own leads."""
    led = [row for row in fresh.values() if row.key in ids and _manager_words(row.data) != ("", "", "")]
    if not led:
        return
    people = Colleagues()
    mails = _mails()
    roles = {ids[row.key]: read_role(str(row.data.get("role", ""))) for row in fresh.values() if row.key in ids}
    managers: dict[tuple[str, str, str], int] = {}
    for row in led:
        words = _manager_words(row.data)
        if words not in managers:
            manager = people.find(batch.source.id, *words) or _add_manager(words[2], batch)
            if not manager:
                continue
            managers[words] = manager
            if manager in roles and roles[manager] is None:
                _raise_to_manager(manager, mails[manager], batch)
            mails = mails if manager in mails else _mails()
        person = ids[row.key]
        access.upsert_person(
            name=str(row.data["name"])[:200],
            email=mails[person],
            manager_email=mails[managers[words]],
            is_active=bool(row.data.get("is_active", True)),
            actor=batch.actor,
        )


def _mails() -> dict[int, str]:
    return {person: mail for mail, person in queries.person_ids_by_email().items()}


def _manager_words(data: Mapping[str, Any]) -> tuple[str, str, str]:
    return tuple(str(data.get(f"manager_{part}", "")) for part in ("key", "email", "name"))  # type: ignore[return-value]


def _add_manager(name: str, batch: FactBatch) -> int:
    """Somebody of whom only the name is told; 0 when not even that is."""
    return access.upsert_person(name=name[:200], role="manager", actor=batch.actor) if name else 0


def _raise_to_manager(person: int, mail: str, batch: FactBatch) -> None:
    name = queries.get_person(person).name
    access.upsert_person(name=name, email=mail, role="manager", actor=batch.actor)


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)) if text else None
