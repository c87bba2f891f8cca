"""Files of the registries as other tools write them: CSV under heads, and the do-not-call lists of their keepers.

Do-not-call files come in three forms, told apart by their first lines:
* the FTC's national download and its change list: "201,5550100" or "2015550100" a line, the latter with a date and A
  (added) or D (taken off); every number in it stands in the register;
* answers of the UK's TPS and CTPS screening: a number and a column for each register with Y or N;
* what a scrubbing vendor gives back, and our own export: a number and a word on how it came out; a column register
  names the register of a row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from tandem.core.errors import DataUnreadable, InvalidInput
from tandem.core.spreadsheet import DANGEROUS

MOST_BYTES = 20_000_000
NUMBER_HEADS = ("number", "phone", "telephone", "phone number", "telephone number", "phonenumber", "address", "msisdn")
RESULT_HEADS = ("status", "result", "dnc", "listed", "is_listed", "dnc status", "scrub result", "match")
MOMENT_HEADS = ("screened_at", "checked_at", "date", "screened", "checked", "scrub date")
TPS_COLUMNS = {"tps": "uk_tps", "ctps": "uk_ctps"}
LISTED = frozenset(
    {"dnc", "listed", "yes", "y", "true", "1", "x", "on list", "match", "matched", "hit", "blocked", "do not call",
     "national dnc", "state dnc", "registered", "suppress"}
)  # fmt: skip
CLEAR = frozenset(
    {"clean", "clear", "no", "n", "false", "0", "ok", "callable", "not listed", "no match", "not registered", "good",
     "safe"}
)  # fmt: skip
_FTC = re.compile(r"\s*\(?(\d{3})\)?[\s,;-]*(\d{3})-?(\d{4})\s*(?:,\s*([^,]*?)\s*,\s*([AaDd])\s*)?")
Word = TypeVar("Word", bound=StrEnum)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """One number's answer from one register. fault : why the line can't be taken; empty: it can

    at : when it was looked up, as the file says; None: it does not say
    is_of_whole_list : from a list that is whole for its area codes: who is not in it is not listed
    """

    line: int
    number: str
    register: str
    is_listed: bool = False
    at: datetime | None = None
    fault: str = ""
    is_of_whole_list: bool = False


def decoded(content: bytes, name: str) -> str:
    """The file's text. Raises DataUnreadable for what is too large or no UTF-8."""
    if len(content) > MOST_BYTES:
        raise DataUnreadable(f"{name} has more than {MOST_BYTES // 1_000_000} MB.", hint="Split it into smaller files.")
    try:
        return content.decode("utf-8-sig").replace("\0", "\ufffd")
    except UnicodeDecodeError as error:
        raise DataUnreadable(
            f"{name} is not UTF-8 at byte {error.start}.", hint="Save it as CSV with UTF-8, then import it again."
        ) from error


def rows_of(content: bytes, name: str, *, heads: Sequence[str], lacks: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row of a CSV file under its lower-case heads, with its number from 1.

    heads : one of these must be there; lacks : the remedy when none is

    Raises DataUnreadable.
    """
    text = decoded(content, name)
    sample = text.split("\n", 1)[0]
    delimiter = ";" if sample.count(";") > sample.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        found = [head.strip().lower() for head in next(reader, [])]
        if not set(found) & set(heads):
            raise DataUnreadable(f"{name} has no column that is needed.", hint=lacks)
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, {head: _bare(cell) for head, cell in zip(found, cells, strict=False)}
    except csv.Error as error:
        raise DataUnreadable(f"{name} breaks off: {error}.", hint="Save it as CSV again.") from error


def _bare(cell: str) -> str:
    """A cell without blanks, and without the apostrophe that an export puts before what a spreadsheet would run."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


def first(row: Row, heads: Sequence[str]) -> str:
    """The first of these columns that is filled; "" when none is."""
    return next((row[head] for head in heads if row.get(head)), "")


def word(words: type[Word], text: str, column: str) -> Word:
    """A word of an enum. Raises InvalidInput that names the column and the known words."""
    try:
        return words(text.strip().lower().replace(" ", "_"))
    except ValueError as error:
        known = ", ".join(one.value for one in words)
        raise InvalidInput(f"its {column} {text[:40]!r} is none of {known}") from error


def moment(text: str) -> datetime | None:
    """An ISO 8601 date or time, in UTC where it names no zone; None for an empty cell. Raises InvalidInput."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"its time {text[:40]!r} is no ISO 8601 date") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def scrubbed(content: bytes, name: str, *, register: str) -> Iterator[Scrubbed]:
    """Every answer of a do-not-call file, in any of the three forms; bad lines come with their fault.

    register : of the list or the scrub; a TPS answer names its own

    Raises DataUnreadable for what is none of them.
    """
    text = decoded(content, name)
    lines = text.splitlines()
    start = next((line for line in lines if line.strip()), "")
    if _FTC.fullmatch(start):
        yield from _listed(lines, register or "us_national")
        return
    heads = {head.strip().strip('"').lower() for head in re.split("[,;]", start)}
    asked = "Name a column number and one with the result: status, listed, tps or ctps; or give the FTC's download."
    if not heads & set(NUMBER_HEADS) or not heads & {*RESULT_HEADS, *TPS_COLUMNS}:
        raise DataUnreadable(f"{name} is no do-not-call file that is known.", hint=asked)
    for number, row in rows_of(content, name, heads=NUMBER_HEADS, lacks=asked):
        yield from _answers(number, row, register)


def _listed(lines: Sequence[str], register: str) -> Iterator[Scrubbed]:
    """The FTC's list: each number stands in the register, unless the change list says that it was taken off."""
    for number, line in enumerate(lines, 1):
        found = _FTC.fullmatch(line)
        if found is not None:
            area, exchange, rest, _, change = found.groups()
            yield Scrubbed(
                line=number, number=f"+1{area}{exchange}{rest}", register=register,
                is_listed=(change or "A").upper() == "A", is_of_whole_list=change is None,
            )  # fmt: skip
        elif line.strip():
            yield Scrubbed(line=number, number=line.strip()[:40], register=register,
                           fault="it is no area code with a number of seven digits")  # fmt: skip


def _answers(line: int, row: Row, register: str) -> Iterator[Scrubbed]:
    number = first(row, NUMBER_HEADS)
    columns = {of: head for head, of in TPS_COLUMNS.items() if row.get(head)}
    if not columns:
        columns = {
            row.get("register", "").strip().lower() or register: next(
                (head for head in RESULT_HEADS if row.get(head)), ""
            )
        }
    for of, head in columns.items():
        said = row.get(head, "").strip().lower()
        try:
            at, fault = moment(first(row, MOMENT_HEADS)), _fault(number, of, said)
        except InvalidInput as error:
            at, fault = None, error.message
        yield Scrubbed(line=line, number=number[:40], register=of, is_listed=said in LISTED, at=at, fault=fault)


def _fault(number: str, register: str, said: str) -> str:
    if not number:
        return "it has no number"
    if not register:
        return "nobody says of which register it is"
    return "" if said in LISTED | CLEAR else f"its result {said[:40]!r} is neither listed nor clear"
