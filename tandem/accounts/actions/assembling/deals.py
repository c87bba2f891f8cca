"""Golden deals: their fields, what changed since the last load, their products and main contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from tandem.access.queries import list_people
from tandem.accounts.actions.assembling.context import Context, Tally
from tandem.accounts.actions.assembling.deal_parts import write_deal_parts
from tandem.accounts.actions.assembling.parts import Row
from tandem.accounts.contracts import Entity
from tandem.accounts.domain import conversion
from tandem.accounts.models import Account, Competitor, GoldenLink, Opportunity, OpportunityChange, SourceRecord
from tandem.accounts.queries.choosing import deals as choosing
from tandem.accounts.queries.choosing.records import Choices, Record, created_at, value_of
from tandem.core import bulk

TEXTS = ("name", "stage", "currency", "forecast_category", "lost_reason", "next_step", "lead_source")
NULLABLE = ("account", "owner", "amount", "probability", "close_on", "closed_on", "competitor", "opened_on")
LINKED = frozenset({"account", "owner", "competitor"})
COLUMNS = (
    "id", *TEXTS, *(f"{field}_id" if field in LINKED else field for field in NULLABLE), "motion", "is_closed",
    "is_won", "stage_since", "created_at", "updated_at",
)  # fmt: skip
CHANGING = tuple(column for column in COLUMNS if column not in ("id", "updated_at"))
# What a deal's history is kept of; names, texts and fixed facts aside.
TRACKED = (
    "stage", "amount", "close_on", "forecast_category", "probability", "owner_id", "account_id", "next_step", "motion",
)  # fmt: skip
GOLDEN_AT_ONCE = 5_000
UNNAMED_STAGE = "Unknown"


def give_ids(limit: int = GOLDEN_AT_ONCE) -> int:
    """Give some deals that have none a golden id each, in the caller's transaction; returns how many."""
    rows = SourceRecord.objects.filter(entity=Entity.OPPORTUNITY, golden_id=None).order_by("id")
    waiting = list(rows.values_list("id", flat=True)[:limit])
    ids = bulk.reserve_ids(Opportunity, len(waiting))
    given = [(pk, golden_id, GoldenLink.ALONE.value) for pk, golden_id in zip(waiting, ids, strict=True)]
    bulk.update_many(SourceRecord, "id", ("golden_id", "link"), given)
    return len(waiting)


def write_deals(golden_ids: Sequence[int], context: Context) -> Tally:
    """Put these deals together in the caller's transaction, and write down what changed since the last time."""
    found = context.records(Entity.OPPORTUNITY, golden_ids)
    every = [one for records in found.values() for one in records]
    context.links.accounts.prepare(every, "account_key")
    _list_competitors(every, context)
    told = choosing.tellings(context.links)
    rules = context.rules(Entity.OPPORTUNITY)
    chosen = {pk: choosing.choose_deal(records, told, rules) for pk, records in found.items()}
    values = {pk: _values(found[pk], choices) for pk, choices in chosen.items()}
    before = _stored(list(found))
    changes = _changes(before, values, chosen, found, context)
    since = _stage_since(list(found), changes)
    rows = [(pk, *row, since.get(pk), created_at(found[pk]), context.now) for pk, row in values.items()]
    counts = bulk.upsert(Opportunity, COLUMNS, rows, conflict=("id",), update=CHANGING, stamp=("updated_at",))
    OpportunityChange.objects.bulk_create(changes, ignore_conflicts=True)
    write_deal_parts(found, context)
    return Tally(together=len(rows), created=counts.inserted, changed=counts.updated, history=len(changes))


def _values(records: Sequence[Record], choices: Choices) -> Row:
    """The deal's own columns, in the order of `COLUMNS` up to `is_won`."""
    texts = {field: value_of(choices, field, "") for field in TEXTS} | {
        "stage": value_of(choices, "stage", UNNAMED_STAGE),
        "name": value_of(choices, "name", f"Deal {records[0].key}"[:255]),
    }
    return (
        *(texts[field] for field in TEXTS),
        *(value_of(choices, field) for field in NULLABLE),
        choosing.motion_of(choices),
        bool(value_of(choices, "is_closed", False)),
        bool(value_of(choices, "is_won", False)),
    )


def _list_competitors(records: Iterable[Record], context: Context) -> None:
    """Competitors that only deals name get a row of their own."""
    known = context.links.competitors
    named = {str(record.data["competitor"])[:120] for record in records if record.data.get("competitor")}
    new = {name.casefold(): name for name in sorted(named, reverse=True) if not known.knows(name)}
    if new:
        Competitor.objects.bulk_create((Competitor(name=name) for name in new.values()), ignore_conflicts=True)
        context.links.forget_competitors()


def _stored(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = Opportunity.objects.filter(id__in=ids).values("id", *TRACKED)
    return {row.pop("id"): row for row in rows}


def _changes(
    before: Mapping[int, Mapping[str, Any]],
    after: Mapping[int, Row],
    chosen: Mapping[int, Choices],
    found: Mapping[int, Sequence[Record]],
    context: Context,
) -> list[OpportunityChange]:
    """A row for each tracked field that came out different from the last time, unless its source keeps history."""
    moved: list[tuple[int, str, Any, Any, Record]] = []
    for pk, old in before.items():
        new = dict(zip(COLUMNS[1:], after[pk], strict=False))
        for column in TRACKED:
            if old[column] != new[column]:
                record = _teller(column.removesuffix("_id"), chosen[pk], found[pk])
                if _is_news(column, old[column], record, context):
                    moved.append((pk, column, old[column], new[column], record))
    names = _names(moved)
    return [
        OpportunityChange(
            opportunity_id=pk,
            field=column.removesuffix("_id"),
            old=_text(column, old, names),
            new=_text(column, new, names),
            at=_moment(record, context.now),
            origin="correction" if record.is_correction else "snapshot",
            source_id=record.source_id,
        )
        for pk, column, old, new, record in moved
    ]


def _is_news(column: str, old: Any, record: Record, context: Context) -> bool:
    """Whether a difference is something that happened to the deal and is not told elsewhere.

    Our learning which account or person a source means happened to us, not to the deal.
    """
    if record.is_correction:
        return True
    if column == "account_id" or (column == "owner_id" and old is None):
        return False
    return (record.source_id, column.removesuffix("_id")) not in context.covered


def _teller(field: str, choices: Choices, records: Sequence[Record]) -> Record:
    """The record whose word it is; a field that nobody fills any more was emptied by the record heard last."""
    choice = choices.get(field)
    if choice is not None:
        return next(record for record in records if record.id == choice.record_id)
    return max(records, key=lambda record: (record.observed_at, record.id))


def _moment(record: Record, now: datetime) -> datetime:
    return min(record.observed_at, now)


def _names(moved: Iterable[tuple[int, str, Any, Any, Record]]) -> dict[str, dict[int, str]]:
    """Names of the people and accounts among the values."""
    ids: dict[str, set[int]] = {"owner_id": set(), "account_id": set()}
    for _, column, old, new, _ in moved:
        if column in ids:
            ids[column] |= {value for value in (old, new) if value is not None}
    people = {person.id: person.name for person in list_people()} if ids["owner_id"] else {}
    accounts = Account.objects.filter(id__in=ids["account_id"]).values_list("id", "name") if ids["account_id"] else ()
    return {"owner_id": people, "account_id": dict(accounts)}


def _text(column: str, value: Any, names: Mapping[str, Mapping[int, str]]) -> str | None:
    """A value in canonical text; None for nothing."""
    if value is None or value == "":
        return None
    if column in names:
        return names[column].get(value, str(value))[:255]
    return str(conversion.as_json(value))[:255]


def _stage_since(ids: Sequence[int], changes: Iterable[OpportunityChange]) -> dict[int, datetime]:
    """When each deal came into its stage: its last known change of stage."""
    rows = OpportunityChange.objects.filter(opportunity_id__in=ids, field="stage").order_by()
    since = dict(rows.values("opportunity_id").annotate(last=Max("at")).values_list("opportunity_id", "last"))
    for change in changes:
        if change.field == "stage":
            since[change.opportunity_id] = max(change.at, since.get(change.opportunity_id, change.at))
    return since
