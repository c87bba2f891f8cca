"""Signals: product events and intent, into the warehouse."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tandem.accounts import warehouse
from tandem.accounts.actions.facts.batch import FactBatch, FactResult, column, row_numbers, text_column
from tandem.accounts.actions.facts.keys import keys_of
from tandem.accounts.actions.facts.naming import NamedAccounts, linked
from tandem.accounts.connectors.shaping import as_json
from tandem.accounts.contracts import Entity, SourceKind

TEXTS = ("kind", "topic", "account_key", "account_name", "account_domain", "contact_key", "contact_email")


def load_signals(batch: FactBatch) -> FactResult:
    """Rows as they came, in one file a batch; readers count each source key once.

    A signal without a strength has 1: it happened. What the public world tells is linked to accounts by their names.
    """
    if not len(batch.typed):
        return FactResult(landed=0, unchanged=0, refused=[])
    numbers = row_numbers(batch)
    columns: dict[str, list[Any]] = {name: list(text_column(batch, name)) for name in TEXTS}
    columns["load_id"] = [batch.load_id] * len(numbers)
    columns["row_number"] = list(numbers)
    columns["source"] = [batch.source.key] * len(numbers)
    columns["key"] = list(keys_of(batch, Entity.SIGNAL, most=255))
    columns["at"] = column(batch, "at")
    columns["strength"] = [1.0 if strength is None else float(strength) for strength in column(batch, "strength")]
    columns["payload"] = [
        payload if isinstance(payload, str) else as_json(payload or {}) for payload in column(batch, "payload")
    ]
    if batch.source.kind == SourceKind.PUBLIC:
        linked(columns, NamedAccounts())
    table = pa.table({field.name: pa.array(columns[field.name], field.type) for field in warehouse.SIGNALS})
    warehouse.append_signals(load_id=batch.load_id, first_row=numbers[0], table=table)
    return FactResult(landed=len(numbers), unchanged=0, refused=[])
