"""Every address the room holds, so that those of erased people can be told by their hash after a restore."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tandem.accounts import warehouse
from tandem.accounts.actions.erasing.warehouse_rows import NAMING, SIGNALS
from tandem.accounts.connectors.meaning import columns_meaning
from tandem.accounts.contracts import Entity
from tandem.accounts.models import ActivityParticipant, Contact, ContactPoint, SourceRecord
from tandem.accounts.queries.whom import CALLED, MAILS, PHONES

ROWS_AT_ONCE = 5_000


def in_tables() -> Iterator[str]:
    """Mail addresses and numbers of contacts, source records and those who took part in anything."""
    points = ContactPoint.objects.filter(kind__in=[ContactPoint.Kind.EMAIL, *CALLED])
    yield from points.values_list("value", flat=True).distinct().iterator(chunk_size=ROWS_AT_ONCE)
    for row in Contact.objects.values_list("email", "phone").iterator(chunk_size=ROWS_AT_ONCE):
        yield from row
    records = SourceRecord.objects.filter(entity=Entity.CONTACT).values_list("data", flat=True)
    for data in records.iterator(chunk_size=ROWS_AT_ONCE):
        yield from (str(data[word]) for word in (*MAILS, *PHONES) if data.get(word))
    took_part = ActivityParticipant.objects.filter(person=None).values_list("address", flat=True).distinct()
    yield from took_part.iterator(chunk_size=ROWS_AT_ONCE)


def in_warehouse() -> Iterator[str]:
    """Mail addresses in the columns that say whose a row is."""
    for file in warehouse.part_files():
        parts = file.relative_to(warehouse.folder()).parts
        headers = pq.read_schema(file).names
        if parts[0] == SIGNALS:
            columns = ["contact_email"]
        else:
            columns = list(columns_meaning(headers, Entity(parts[2]), NAMING.get(parts[2], ())))
        for name in columns:
            cells = pc.unique(pq.read_table(file, columns=[name]).column(name)).to_pylist()
            yield from (cell for cell in cells if isinstance(cell, str) and "@" in cell)
