"""The suppression registry as a file: in from other tools with every refused row told, out for them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

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
from tandem.core.actors import Actor
from tandem.core.errors import DataUnreadable, InvalidInput
from tandem.core.spreadsheet import DANGEROUS

MOST_BYTES = 20_000_000
ADDRESS_HEADS = ("address", "email", "e-mail", "email address", "phone", "domain")
Word = TypeVar("Word", bound=StrEnum)


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
    for number, row in _rows(content, name):
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


def _rows(content: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row under its lower-case heads with its number from 1. Raises DataUnreadable."""
    if len(content) > MOST_BYTES:
        raise DataUnreadable(f"{name} has more than {MOST_BYTES // 1_000_000} MB.", hint="Split it into smaller files.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataUnreadable(
            f"{name} is not UTF-8 at byte {error.start}.", hint="Save it as CSV with UTF-8, then import it again."
        ) from error
    sample = text.split("\n", 1)[0]
    delimiter = ";" if sample.count(";") > sample.count(",") else ","
    reader = csv.reader(io.StringIO(text.replace("\0", "\ufffd")), delimiter=delimiter, strict=True)
    try:
        heads = [head.strip().lower() for head in next(reader, [])]
        if not set(heads) & {*ADDRESS_HEADS, "hash"}:
            raise DataUnreadable(
                f"{name} has no column of addresses.", hint="Call one of its columns address, email, phone or domain."
            )
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, {head: _bare(cell) for head, cell in zip(heads, cells, strict=False)}
    except csv.Error as error:
        raise DataUnreadable(f"{name} breaks off: {error}.", hint="Save it as CSV again.") from error


def _bare(cell: str) -> str:
    """A cell without blanks, and without the apostrophe that an export puts before what a spreadsheet would run."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


def _address_of(row: Mapping[str, str]) -> str:
    return next((row[head] for head in ADDRESS_HEADS if row.get(head)), "")


def _entry(row: Mapping[str, str], country: str, *, evidence: str) -> SuppressionEntry:
    address = _address_of(row)
    if not address and not row.get("hash"):
        raise InvalidInput("it has no address")
    kind = row.get("kind", "")
    return SuppressionEntry(
        address=address,
        kind=_word(AddressKind, kind, "kind") if kind else None,
        channel=_word(Channel, row.get("channel", "") or Channel.ALL.value, "channel"),
        purpose=_word(Purpose, row.get("purpose", "") or Purpose.ANY.value, "purpose"),
        reason=_word(SuppressionReason, row.get("reason", "") or SuppressionReason.MANUAL.value, "reason"),
        country=(row.get("country", "") or country)[:2],
        evidence=row.get("evidence", "") or evidence,
        at=_moment(row.get("at", "")),
        key_hash=row.get("hash", "").lower(),
        key_id=row.get("key_id", "").lower(),
    )


def _word(words: type[Word], text: str, column: str) -> Word:
    try:
        return words(text.strip().lower())
    except ValueError as error:
        known = ", ".join(word.value for word in words)
        raise InvalidInput(f"its {column} {text[:40]!r} is none of {known}") from error


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"its time {text[:40]!r} is no ISO 8601 date") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)
