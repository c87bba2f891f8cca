"""Everything the room holds about a person, as it is handed out to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model

from tandem.accounts import warehouse
from tandem.accounts.actions.erasing.files import holds, other_files
from tandem.accounts.actions.erasing.warehouse_rows import keys_by_source, rows_in
from tandem.accounts.models import Contact, ContactPoint, Employment, OpportunityContact, SourceRecord
from tandem.accounts.queries.taking_part import parts_of
from tandem.accounts.queries.whom import Whom
from tandem.compliance.contracts.rights import StoredItem


def from_tables(whom: Whom, store: str) -> Iterator[StoredItem]:
    """Contacts with their points, employments and parts in deals; source records; what they took part in."""
    for contact in Contact.objects.filter(id__in=whom.contact_ids).order_by("id"):
        yield _item(store, "contact", f"contact:{contact.id}", contact.created_at, _fields(contact))
    of_them = {"contact_id__in": list(whom.contact_ids)}
    for model, what in (
        (ContactPoint, "way to reach them"),
        (Employment, "employment"),
        (OpportunityContact, "part in a deal"),
    ):
        for row in model._default_manager.filter(**of_them).order_by("id"):
            yield _item(store, what, f"{model._meta.model_name}:{row.pk}", None, _fields(row))
    records = SourceRecord.objects.filter(id__in=whom.record_ids).select_related("source", "load").order_by("id")
    for record in records:
        origin = record.load.file_name if record.load is not None else "typed in"
        yield _item(
            store, "source record", f"record:{record.id}", record.observed_at, dict(record.data),
            f"{record.source.name}: {origin}",
        )  # fmt: skip
    for part in parts_of(whom):
        touch = part.activity
        told = {"kind": touch.kind, "subject": touch.subject, "text": touch.body, "details": touch.details}
        yield _item(store, "touch", f"activity:{touch.id}", touch.at, told | {"own": part.is_own})


def from_warehouse(whom: Whom, store: str) -> Iterator[StoredItem]:
    """Rows of the warehouse that are theirs; those of others that only mention them are not handed out."""
    keys = keys_by_source(whom)
    for file in warehouse.part_files():
        table, places, look = rows_in(file, whom, keys)
        name = str(file.relative_to(warehouse.folder()))
        for row in table.take(places).to_pylist() if places else ():
            if look.is_own(row):
                told = {word: _open(cell) for word, cell in row.items() if cell not in (None, "")}
                key = f"{name}:{row.get('row_number')}"
                yield _item(store, "warehouse row", key, row.get("at"), told, name.split("/")[1])


def from_files(whom: Whom, store: str) -> Iterator[StoredItem]:
    """Files of the data folder that hold them, by name: they may hold others too and are not handed out."""
    for file in other_files():
        if holds(file, whom.sure):
            name = str(file.relative_to(settings.DATA_DIR))
            yield _item(store, "file", name, None, {"file": name})


def _item(
    store: str, what: str, key: str, at: datetime | None, data: Mapping[str, Any], origin: str = ""
) -> StoredItem:
    return StoredItem(store=store, what=what, key=key, at=at, data=data, origin=origin)


def _fields(row: Model) -> dict[str, Any]:
    """A row's filled fields in JSON types; pointers to other rows by id."""
    values = {field.attname: _open(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _open(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
