"""The contact with everything that hangs on it, gone; an id without data and keyed hashes stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from tandem.accounts.contracts import Entity
from tandem.accounts.models import Contact, ErasedContact, ErasedTrace, SourceRecord
from tandem.accounts.queries.choosing.records import in_slices
from tandem.accounts.queries.erased_people import TAIL, record_trace, tail_trace
from tandem.accounts.queries.whom import Whom
from tandem.compliance.queries.erased import trace_hash
from tandem.core import bulk
from tandem.core.mentions import rows_that_may_mention

TRACE = ("kind", "key_hash", "key_id", "words", "erased_at")
TOMBSTONE = ("contact_id", "request", "erased_at")


def erase_contact(whom: Whom, *, request: str, now: datetime) -> int:
    """Delete the person's contacts, points, employments, parts in deals, source records and pairs; returns how many.

    Call it inside the transaction of the erasure.
    """
    leave_traces(
        [record_trace(source, Entity.CONTACT, key) for source, keys in whom.record_keys.items() for key in keys],
        names=whom.own_names,
        numbers=whom.sure.phones,
        now=now,
    )
    bulk.upsert(
        ErasedContact, TOMBSTONE, [(pk, request, now) for pk in sorted(whom.contact_ids)],
        conflict=("contact_id",), update=None,
    )  # fmt: skip
    gone = 0
    for some in in_slices(sorted(whom.record_ids)):
        gone += SourceRecord.objects.filter(id__in=some).delete()[0]
    for some in in_slices(sorted(whom.contact_ids)):
        Contact.objects.filter(Q(merged_into__in=some)).update(merged_into=None)
        gone += Contact.objects.filter(id__in=some).delete()[0]
    return gone


def leave_traces(
    records: Iterable[str], *, names: Iterable[str] = (), numbers: Iterable[str] = (), now: datetime
) -> None:
    """Keep the hashes by which these records, names and numbers (see `core_digits`) are known when they come again."""
    rows = [(ErasedTrace.Kind.RECORD.value, *trace_hash(record), 0, now) for record in records]
    rows += [(ErasedTrace.Kind.NAME.value, *trace_hash(name), len(name.split()), now) for name in names]
    long = [text for number in numbers if len(number) >= TAIL for text in (number, tail_trace(number))]
    rows += [(ErasedTrace.Kind.NUMBER.value, *trace_hash(text), 0, now) for text in long]
    bulk.upsert(ErasedTrace, TRACE, rows, conflict=("kind", "key_hash", "key_id"), update=None)


def trace_sole_traders(whom: Whom, *, now: datetime) -> int:
    """Bar the companies that bear the person's name from telling it again; returns how many. Call it before sweeping.

    Such a company stays, with a mark in its name, as its deals do.
    """
    candidates = rows_that_may_mention(SourceRecord._meta.db_table, ("data",), whom.sure, key="id")
    ids = [row[0] for row in candidates]
    told: list[str] = []
    for some in in_slices(ids):
        rows = SourceRecord.objects.filter(id__in=some, entity=Entity.ACCOUNT).values_list("source__key", "key", "data")
        told += [
            record_trace(source, Entity.ACCOUNT, key)
            for source, key, data in rows
            if whom.sure.mentions(str(data.get("name") or ""))
        ]
    leave_traces(told, now=now)
    return len(told)
