"""The suppression registry as a file: in from other tools with every refused row told, out for them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from tandem.access.actions import require
from tandem.compliance.actions.ledger import append
from tandem.compliance.actions.suppression import suppress_many
from tandem.compliance.contracts import (
    AddressKind,
    Channel,
    Purpose,
    Reject,
    SuppressionEntry,
    SuppressionReason,
    SuppressReport,
)
from tandem.compliance.domain.registry_files import Row, first, moment, rows_of, word
from tandem.compliance.queries.suppression import FILE_COLUMNS, SuppressionFilters, list_suppressions
from tandem.core import exits
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput
from tandem.core.spreadsheet import csv_lines

LACKS = "Call one of its columns address, email, phone or domain."
ADDRESS_HEADS = ("address", "email", "e-mail", "email address", "phone", "domain")


def import_suppressions(content: bytes, *, name: str, actor: Actor, now: datetime, country: str = "") -> SuppressReport:
    """Take a CSV file into the registry: good rows at once and in one transaction, bad ones told with their reason.

    Columns, in any order: address (or email, phone, domain); and if they are there kind, channel, purpose, reason,
    country, at (ISO 8601), evidence, hash, key_id. What is not said: every channel and purpose, "manual", now.

    name : of the file, kept as the source
    country : for phone numbers without a country code, where a row names none

    Raises NotAllowed without "suppression.manage", DataUnreadable for what is no CSV with an address column.
    """
    require(actor, "suppression.manage")
    rejects: list[Reject] = []
    entries: list[SuppressionEntry] = []
    numbers: list[int] = []
    for number, row in rows_of(content, name, heads=(*ADDRESS_HEADS, "hash"), lacks=LACKS):
        try:
            entries.append(_entry(row, country, evidence=f"{name}, row {number}"))
            numbers.append(number)
        except InvalidInput as error:
            rejects.append(Reject(number=number, value=_address_of(row)[:200], reason=error.message))
    with transaction.atomic():
        report = suppress_many(entries, source=f"import: {name}", actor=actor, now=now)
        facts = {"added": report.added, "known": report.known, "refused": len(rejects) + len(report.rejects)}
        append(actor=actor, action="compliance.suppressions_imported", subject="suppression_registry:1", facts=facts)
    late = [Reject(number=numbers[one.number - 1], value=one.value, reason=one.reason) for one in report.rejects]
    told = sorted([*rejects, *late], key=lambda one: one.number)
    return SuppressReport(added=report.added, known=report.known, rejects=tuple(told))


def export_suppressions(file: Path, *, actor: Actor) -> int:
    """Write every entry that holds to a new CSV file, hashed ones among them; returns how many. It is in the ledger.

    Another installation takes it in whole, if it has the same registry keys.

    Raises NotAllowed without "suppression.export", Conflict when the file exists.
    """
    require(actor, "suppression.export")
    if file.exists():
        raise Conflict(f"{file} exists already.", hint="Name a new file.", context={"file": str(file)})
    rows = list_suppressions(actor, SuppressionFilters(), limit=None)
    body = ([getattr(row, name) for name, _ in FILE_COLUMNS] for row in rows)
    exits.leave(actor, what="registry:suppression", rows=len(rows))
    half = file.with_name(file.name + ".half")
    with half.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(csv_lines([head for _, head in FILE_COLUMNS], body))
    append(actor=actor, action="compliance.registry_exported", subject="registry:suppression",
           facts={"rows": len(rows)})  # fmt: skip
    half.replace(file)
    return len(rows)


def _address_of(row: Row) -> str:
    return first(row, ADDRESS_HEADS)


def _entry(row: Row, country: str, *, evidence: str) -> SuppressionEntry:
    address = _address_of(row)
    if not address and not row.get("hash"):
        raise InvalidInput("it has no address")
    kind = row.get("kind", "")
    return SuppressionEntry(
        address=address,
        kind=word(AddressKind, kind, "kind") if kind else None,
        channel=word(Channel, row.get("channel", "") or Channel.ALL.value, "channel"),
        purpose=word(Purpose, row.get("purpose", "") or Purpose.ANY.value, "purpose"),
        reason=word(SuppressionReason, row.get("reason", "") or SuppressionReason.MANUAL.value, "reason"),
        country=(row.get("country", "") or country)[:2],
        evidence=row.get("evidence", "") or evidence,
        at=moment(row.get("at", "")),
        key_hash=row.get("hash", "").lower(),
        key_id=row.get("key_id", "").lower(),
    )
