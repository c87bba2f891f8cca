"""A batch of rows as they came, to canonical typed rows: which columns mean what, which rows are refused and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from tandem.accounts.contracts import Entity
from tandem.accounts.domain import parsing
from tandem.accounts.domain.fields import Field, FieldType, fields_of
from tandem.accounts.domain.headers import header_word
from tandem.accounts.domain.parsing import Evidence, Style

# A wrong amount or close date would be a wrong forecast: such a row is refused rather than landed without it.
REFUSING = {
    Entity.OPPORTUNITY: frozenset({"amount", "close_on"}),
    Entity.OPPORTUNITY_SNAPSHOT: frozenset({"amount", "close_on"}),
    Entity.OPPORTUNITY_PRODUCT: frozenset({"amount", "quantity"}),
    Entity.RENEWAL: frozenset({"amount"}),
}
NATURAL_KEYS: dict[Entity, tuple[str, ...]] = {
    Entity.ACCOUNT: ("name", "domain", "country", "city", "street"),
    Entity.CONTACT: ("email", "first_name", "last_name", "name", "account_key", "account_name", "birth_date", "city"),
    Entity.OPPORTUNITY: ("name", "account_key", "account_name", "owner_key", "created_at", "opened_on"),
    Entity.PRODUCT: ("name",),
    Entity.COMPETITOR: ("name",),
    Entity.PERSON: ("email", "name"),
}
REFUSE = "_refuse"  # a text column that refuses the rows where it is not empty, for the reason it holds
Prepare = Callable[[pd.DataFrame], pd.DataFrame]


class Refusal(NamedTuple):
    """A row or cell that could not land.

    row_number : in the file, header not counted, from 1
    field : canonical field at fault; "" when it is the row as a whole
    value : the offending value as text; "" when there is none
    reason : what is wrong, in words for the rejects file
    """

    row_number: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Converted:
    """Canonical typed rows (index: row number; missing is None), refused rows, and cells left empty."""

    rows: pd.DataFrame
    refused: list[Refusal] = field(default_factory=list)
    dropped: list[Refusal] = field(default_factory=list)


def canonical_texts(raw: pd.DataFrame, columns: Mapping[str, str], prepare: Prepare | None) -> pd.DataFrame:
    """The columns that mean something, under their canonical names; the first filled one of several wins."""
    texts: dict[str, pd.Series[Any]] = {}
    for header in raw.columns:
        name = columns.get(header_word(str(header)))
        if name is None:
            continue
        present = texts.get(name)
        texts[name] = raw[header] if present is None else present.where(present != "", raw[header])
    frame = pd.DataFrame(texts, index=raw.index, dtype=object)
    return prepare(frame) if prepare is not None else frame


def observe(texts: pd.DataFrame, entity: Entity, evidence: dict[str, Evidence]) -> None:
    """Add one batch to what is known of each column's style."""
    known = fields_of(entity)
    for name in texts.columns:
        if name in known and known[name].type in _STYLED:
            evidence.setdefault(name, Evidence()).observe(texts[name].unique(), known[name].type)


_STYLED = {FieldType.DATE, FieldType.DATETIME, FieldType.DECIMAL, FieldType.INTEGER, FieldType.PROBABILITY}


def convert(texts: pd.DataFrame, entity: Entity, styles: Mapping[str, Style]) -> Converted:
    """Read every canonical column as its type; refuse rows that lack what they must have.

    styles : per column, from the evidence of the whole file; columns without one are read plainly
    """
    known = fields_of(entity)
    refusing = REFUSING.get(entity, frozenset())
    typed: dict[str, pd.Series[Any]] = {}
    refused = _refused_before(texts)
    dropped: list[Refusal] = []
    for name in _in_order(texts, known):
        field_ = known[name]
        values, reasons = _read(texts, field_, styles.get(name, Style()), typed.get("country"))
        typed[name] = values
        for row, reason in reasons.items():
            refusal = Refusal(row, name, str(texts.at[row, name])[:200], reason)
            if field_.required or name in refusing:
                refused.setdefault(row, refusal)
            else:
                dropped.append(refusal)
    rows = pd.DataFrame(typed, index=texts.index, dtype=object)
    _refuse_incomplete(rows, entity, refused)
    rows = rows.drop(index=list(refused))
    dropped = [drop for drop in dropped if drop.row_number not in refused]
    return Converted(rows, sorted(refused.values(), key=lambda refusal: refusal.row_number), dropped)


def _refused_before(texts: pd.DataFrame) -> dict[int, Refusal]:
    """Rows that the connector has refused while preparing them."""
    if REFUSE not in texts.columns:
        return {}
    reasons = texts.loc[texts[REFUSE] != "", REFUSE]
    numbers = (int(row) for row in reasons.index.tolist())
    return {row: Refusal(row, "", "", str(reason)) for row, reason in zip(numbers, reasons, strict=True)}


def _in_order(texts: pd.DataFrame, known: Mapping[str, Field]) -> list[str]:
    """Country first: phones of the row are read with it."""
    names = [str(name) for name in texts.columns if name in known]
    return sorted(names, key=lambda name: name != "country")


def _read(
    texts: pd.DataFrame, field_: Field, style: Style, countries: pd.Series[Any] | None
) -> tuple[pd.Series[Any], dict[int, str]]:
    column = texts[field_.name]
    if field_.type is not FieldType.PHONE or countries is None:
        parsed = parsing.parse_column(column, field_.type, style=style)
        return parsed.values, parsed.reasons
    values = pd.Series(None, index=column.index, dtype=object)
    reasons: dict[int, str] = {}
    for region, rows in column.groupby(countries.fillna("").to_numpy()):
        parsed = parsing.parse_column(rows, field_.type, style=style, region=str(region))
        values.loc[rows.index] = parsed.values
        reasons |= parsed.reasons
    return values, reasons


def _refuse_incomplete(rows: pd.DataFrame, entity: Entity, refused: dict[int, Refusal]) -> None:
    for name, field_ in fields_of(entity).items():
        if not field_.required:
            continue
        empty = rows.index if name not in rows else rows.index[rows[name].isna()]
        for row in empty:
            refused.setdefault(int(row), Refusal(int(row), name, "", f"{field_.meaning} is missing"))
    if entity is Entity.CONTACT:
        naming = [name for name in ("name", "first_name", "last_name", "email") if name in rows]
        nameless = rows.index[rows[naming].isna().all(axis=1)] if naming else rows.index
        for row in nameless:
            refused.setdefault(int(row), Refusal(int(row), "name", "", "neither a name nor a mail address"))


def as_json(value: object) -> object:
    """A typed value as it is kept in a source record: money and times as text, the rest as it is."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def row_data(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row as canonical fields to JSON-ready values; missing fields are absent."""
    names = list(rows.columns)
    columns = [[as_json(value) for value in rows[name]] for name in names]
    return [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns, strict=True)
    ] or [{} for _ in rows.index]


def row_hash(data: Mapping[str, Any]) -> str:
    """BLAKE2b-128 of the canonical data, hex."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def natural_key(entity: Entity, data: Mapping[str, Any]) -> str:
    """A key for a row whose source gives none: the same after every export as long as what names it stays."""
    named = {name: str(data[name]).casefold() for name in NATURAL_KEYS.get(entity, ()) if data.get(name)}
    return "~" + row_hash(named or dict(data))
