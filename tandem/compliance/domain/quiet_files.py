"""Quiet periods as files: CSV and iCalendar (RFC 5545), out and in again without loss. Pure.

Of iCalendar what whole days need is read: folded lines, escaped text, DATE and DATE-TIME, and a plain yearly RRULE.
Whom a period means stands in our own properties, so that a calendar of somebody else never silences other people than
the reader says at the import.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tandem.compliance.contracts.registries import Reject
from tandem.compliance.domain.quiet import QuietRow, checked
from tandem.core.errors import DataUnreadable, InvalidInput
from tandem.core.spreadsheet import DANGEROUS, csv_lines

MOST_BYTES, MOST_ROWS, LINE_OCTETS = 2_000_000, 5_000, 73
HEADS = ("name", "starts_on", "ends_on", "yearly", "industries", "places", "accounts", "source")
YES = frozenset({"yes", "true", "1", "y", "x"})
NO = frozenset({"", "no", "false", "0", "n"})
BETWEEN = re.compile(r"[;|,\n]")
LISTS: Mapping[str, str] = {
    "industries": "X-TANDEM-INDUSTRIES",
    "places": "X-TANDEM-PLACES",
    "accounts": "X-TANDEM-ACCOUNTS",
}
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietFile:
    """What a file holds: periods with the number of their row or event, and those that can't be used, with why."""

    rows: tuple[tuple[int, QuietRow], ...]
    rejects: tuple[Reject, ...]


def read(content: bytes, name: str) -> QuietFile:
    """Read a CSV or iCalendar file, told apart by its first words.

    Raises DataUnreadable for a file that is neither, too large, or not UTF-8.
    """
    if len(content) > MOST_BYTES:
        raise DataUnreadable(f"{name} has more than {MOST_BYTES // 1_000_000} MB.", hint="Split it into smaller files.")
    try:
        text = content.decode("utf-8-sig").replace("\0", "\ufffd")
    except UnicodeDecodeError as error:
        raise DataUnreadable(f"{name} is not UTF-8 at byte {error.start}.", hint="Save it with UTF-8.") from error
    is_calendar = text.lstrip().upper().startswith("BEGIN:VCALENDAR")
    rows: list[tuple[int, QuietRow]] = []
    rejects: list[Reject] = []
    for number, fields in enumerate(_events(text) if is_calendar else _table(text, name), 1):
        if number > MOST_ROWS:
            raise DataUnreadable(f"{name} has more than {MOST_ROWS} periods.", hint="Split it into smaller files.")
        try:
            row = _from_event(fields) if is_calendar else _from_table(fields)
            rows.append((number, checked(row)))
        except InvalidInput as error:
            told = fields.get("SUMMARY" if is_calendar else "name", "")
            rejects.append(Reject(number=number, value=told[:200], reason=error.message))
    return QuietFile(rows=tuple(rows), rejects=tuple(rejects))


# --- CSV ---


def as_csv(rows: Iterable[QuietRow]) -> Iterator[str]:
    """Lines of a CSV file; lists stand in one cell with semicolons."""
    lines = (
        (
            row.name, row.starts_on.isoformat(), row.ends_on.isoformat(), "yes" if row.is_yearly else "no",
            "; ".join(row.industries), "; ".join(row.places), "; ".join(row.accounts), row.source,
        )
        for row in rows
    )  # fmt: skip
    return csv_lines(HEADS, lines)


def _table(text: str, name: str) -> Iterator[dict[str, str]]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        heads = [head.strip().lower().replace(" ", "_") for head in next(reader, [])]
        if not {"name", "starts_on", "ends_on"} <= set(heads):
            raise DataUnreadable(
                f"{name} is neither a calendar nor a table of quiet periods.",
                hint=f"Its columns are {', '.join(HEADS)}; the first three are needed.",
            )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield {head: _bare(cell) for head, cell in zip(heads, cells, strict=False)}
    except csv.Error as error:
        raise DataUnreadable(f"{name} breaks off: {error}.", hint="Save it as CSV again.") from error


def _bare(cell: str) -> str:
    """A cell without blanks, and without the apostrophe that an export puts before what a spreadsheet would run."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


def _from_table(fields: Mapping[str, str]) -> QuietRow:
    yearly = fields.get("yearly", "").lower()
    if yearly not in YES | NO:
        raise InvalidInput(f"its yearly {yearly[:20]!r} is neither yes nor no")
    return QuietRow(
        name=fields["name"],
        starts_on=_day(fields["starts_on"]),
        ends_on=_day(fields.get("ends_on", "") or fields["starts_on"]),
        is_yearly=yearly in YES,
        source=fields.get("source", ""),
        industries=_words(fields.get("industries", "")),
        places=_words(fields.get("places", "")),
        accounts=_words(fields.get("accounts", "")),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(BETWEEN.split(text))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"its day {text[:20]!r} is no ISO date such as 2026-12-24") from error


# --- iCalendar ---


def as_calendar(rows: Iterable[QuietRow]) -> Iterator[str]:
    """Lines of an iCalendar file that calendar programs show as all-day events."""
    yield from ("BEGIN:VCALENDAR\r\n", "VERSION:2.0\r\n", "PRODID:-//Tandem//Quiet periods//EN\r\n")
    for row in rows:
        for line in _event(row):
            yield _folded(line)
    yield "END:VCALENDAR\r\n"


def _event(row: QuietRow) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:quiet-{row.id}@tandem"
    yield f"DTSTAMP:{row.starts_on:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{row.starts_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{row.ends_on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escape(row.name)}"
    if row.is_yearly:
        yield "RRULE:FREQ=YEARLY"
    for name, key in LISTS.items():
        if words := getattr(row, name):
            yield f"{key}:{_escape('; '.join(words))}"
    if row.source:
        yield f"DESCRIPTION:{_escape(row.source)}"
    yield "END:VEVENT"


def _escape(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, never within a letter."""
    pieces, piece = [], ""
    for letter in line:
        if len((piece + letter).encode()) > LINE_OCTETS:
            pieces.append(piece)
            piece = ""
        piece += letter
    return "\r\n ".join([*pieces, piece]) + "\r\n"


def _events(text: str) -> Iterator[dict[str, str]]:
    """The properties of each event by their names, parameters left out."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    event: dict[str, str] | None = None
    for line in unfolded.splitlines():
        key, _, value = line.partition(":")
        name = key.split(";", 1)[0].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            event = {}
        elif name == "END" and value.strip().upper() == "VEVENT" and event is not None:
            yield event
            event = None
        elif event is not None and name:
            event.setdefault(name, value)


def _from_event(event: Mapping[str, str]) -> QuietRow:
    if any(name in event for name in ("RDATE", "EXDATE", "DURATION")):
        raise InvalidInput("it has dates of its own kind (RDATE, EXDATE, DURATION), which are not read")
    starts_on, _ = _calendar_day(event.get("DTSTART", ""), "start")
    ends_on = starts_on
    if "DTEND" in event:
        ends_on, is_midnight = _calendar_day(event["DTEND"], "end")
        ends_on = ends_on - timedelta(days=1) if is_midnight and ends_on > starts_on else ends_on
    rule = {part.upper() for part in event.get("RRULE", "").strip().split(";") if part}
    if rule - {"FREQ=YEARLY", "INTERVAL=1"}:
        raise InvalidInput(f"its repetition {event['RRULE'][:40]!r} is not plainly yearly")
    return QuietRow(
        name=_unescape(event.get("SUMMARY", "")),
        starts_on=starts_on,
        ends_on=ends_on,
        is_yearly=bool(rule),
        source=_unescape(event.get("DESCRIPTION", "") or event.get("URL", "")),
        industries=_words(_unescape(event.get(LISTS["industries"], ""))),
        places=_words(_unescape(event.get(LISTS["places"], ""))),
        accounts=_words(_unescape(event.get(LISTS["accounts"], ""))),
    )


def _calendar_day(text: str, what: str) -> tuple[date, bool]:
    """The day, and whether an end there lies at its very beginning and so leaves the day out."""
    found = re.fullmatch(r"(\d{8})(?:T(\d{6})Z?)?", text.strip())
    try:
        if found is None:
            raise ValueError(text)
        return date.fromisoformat(found[1]), found[2] in (None, "000000")
    except ValueError as error:
        raise InvalidInput(f"its {what} {text[:20]!r} is no day of a calendar") from error


def for_whom(file: QuietFile, *, industries: tuple[str, ...], places: tuple[str, ...]) -> QuietFile:
    """The same file, its periods that name nobody meant for these.

    Raises InvalidInput for a place that is none.
    """
    rows = []
    for number, row in file.rows:
        if not (row.industries or row.places or row.accounts):
            row = checked(replace(row, industries=industries, places=places))
        rows.append((number, row))
    return QuietFile(rows=tuple(rows), rejects=file.rejects)
