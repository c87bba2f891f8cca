"""Stored values of changes as people read them: money, days and shares in words, names instead of a source's ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from tandem.accounts.contracts import Entity
from tandem.accounts.models import OpportunityChange, SourceRecord
from tandem.core import words

# In the order in which a seller wants to read them.
FIELDS = ("stage", "amount", "close_on", "forecast_category", "owner", "next_step", "probability", "account", "motion")
NAMED_FIELDS = ("owner", "account")  # their values are names, or keys of the source that told them
CODED_FIELDS = ("forecast_category", "motion", "type")
FIELD_LABELS = {"close_on": "close date", "closed_on": "closing day", "forecast_category": "category"}

Names = Mapping[tuple[int, str], str]


def names_of_keys(keys: Iterable[tuple[int, str]]) -> Names:
    """Names of people and accounts by source id and the source's key, in one statement; unknown keys are absent."""
    wanted = {(source_id, key) for source_id, key in keys if key}
    if not wanted:
        return {}
    rows = SourceRecord.objects.filter(
        source_id__in={source_id for source_id, _ in wanted},
        entity__in=(Entity.PERSON, Entity.ACCOUNT),
        key__in={key for _, key in wanted},
    )
    found = {(source_id, key): name for source_id, key, name in rows.values_list("source_id", "key", "data__name")}
    return {key: str(found[key]) for key in wanted if found.get(key)}


def name_of(names: Names, source_id: int, told: str) -> str:
    """The name behind a key, or what was told when it is a name already; empty for an id that nobody knows."""
    known = names.get((source_id, told))
    if known:
        return known
    return "" if _looks_like_an_id(told) else told


def named_in(row: OpportunityChange) -> tuple[str, ...]:
    """What a change tells that may be a key of a person or an account."""
    told = (row.by, row.old, row.new) if row.field in NAMED_FIELDS else (row.by,)
    return tuple(key for key in told if key)


def named_value(names: Names, row: OpportunityChange, value: str | None) -> str | None:
    """An old or new value of a change, by name where its field holds keys."""
    return names.get((row.source_id, value or ""), value) if row.field in NAMED_FIELDS else value


def moves_of(rows: Iterable[OpportunityChange], names: Names) -> list[tuple[str, str | None, str | None]]:
    """What changed on one deal, from its changes in their order: field, value before the first, value after the last.

    Most telling first. A value that came back is left out, and so is the probability where the stage moved, because
    the CRM's table of stages moves it.
    """
    moved: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        old, new = (named_value(names, row, value) for value in (row.old, row.new))
        moved[row.field] = (moved[row.field][0] if row.field in moved else old, new)
    order = {field: place for place, field in enumerate(FIELDS)}
    found = [(field, old, new) for field, (old, new) in moved.items() if old != new]
    if any(field == "stage" for field, _, _ in found):
        found = [move for move in found if move[0] != "probability"]
    return sorted(found, key=lambda move: (order.get(move[0], len(order)), move[0]))


def _looks_like_an_id(told: str) -> bool:
    return bool(told) and " " not in told and any(sign.isdigit() for sign in told)


def value_in_words(field: str, value: str | None, currency: str = "") -> str | None:
    """A value of a deal's field: "180000" is "€180k", "0.2" is "20%". None: empty. What can't be read stays."""
    if value is None or value == "":
        return None
    try:
        if field == "amount":
            return words.money(Decimal(value), currency)
        if field == "probability":
            return words.percent(Decimal(value))
        if field.endswith("_on"):
            return words.day(date.fromisoformat(value[:10]))
    except (InvalidOperation, ValueError):
        return value
    return value.replace("_", " ") if field in CODED_FIELDS else value


def field_in_words(field: str) -> str:
    """A field as people call it: "close_on" is "close date"."""
    return FIELD_LABELS.get(field, field.replace("_", " "))
