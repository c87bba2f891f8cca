"""Files of names and domains: reading one, and saying which rows can't be used and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from tandem.core.errors import InvalidInput

LARGEST_BYTES = 5_000_000
MOST_ROWS = 20_000
LONGEST_CELL = 300
NAME_HEADS = frozenset({"name", "company", "company name", "account", "account name", "organisation", "organization"})
DOMAIN_HEADS = frozenset({"domain", "website", "web", "url", "company domain", "web site", "homepage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRow:
    """One row. number : in the file, header not counted, from 1. Empty: not told."""

    number: int
    name: str
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that can't be used. value : as it stands in the file; rule : what it breaks; remedy : what to do"""

    number: int
    value: str
    rule: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFile:
    """What a file says."""

    rows: tuple[CompanyRow, ...]
    refused: tuple[RefusedRow, ...]


def read_companies(content: bytes, *, file: str) -> CompanyFile:
    """Companies out of a CSV file with a column of names, of domains, or both.

    Raises InvalidInput for a file that is none: too large, not UTF-8, no such column, no row.
    """
    if len(content) > LARGEST_BYTES:
        raise _refused(file, f"It has {len(content):,} bytes; {LARGEST_BYTES:,} are the most.", "Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file, f"Byte {error.start + 1:,} is not UTF-8.", "Save it as CSV UTF-8.") from error
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise _refused(file, f"It is no CSV: {error}.", "Save it as CSV again.") from error
    heads = [head.strip().casefold().replace("_", " ") for head in table[0]] if table else []
    columns = {
        "name": _column(heads, NAME_HEADS), "domain": _column(heads, DOMAIN_HEADS)
    }  # fmt: skip
    if not any(place is not None for place in columns.values()):
        shown = ", ".join(head for head in heads[:8] if head) or "nothing"
        raise _refused(file, f"Its header is {shown}.", "Name one column “name” or “domain”.")
    if not 1 <= len(table) - 1 <= MOST_ROWS:
        raise _refused(file, f"It has {len(table) - 1:,} rows.", f"Give 1 to {MOST_ROWS:,}.")
    return _sorted_out(table[1:], len(heads), columns)


def _delimiter(text: str) -> str:
    """The sign that stands most often in the header."""
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _column(heads: Sequence[str], known: frozenset[str]) -> int | None:
    return next((at for at, head in enumerate(heads) if head in known), None)


def _sorted_out(table: Sequence[Sequence[str]], width: int, columns: dict[str, int | None]) -> CompanyFile:
    rows, refused = [], []
    for number, cells in enumerate(table, start=1):
        if not any(cell.strip() for cell in cells):
            continue
        told = {key: _cell(cells, place) for key, place in columns.items()}
        shown = ", ".join(cells)[:LONGEST_CELL]
        if len(cells) != width:
            rule = f"It has {len(cells)} cells; the header has {width}."
            refused.append(RefusedRow(number=number, value=shown, rule=rule, remedy="Put texts with commas in quotes."))
        elif not any(told.values()):
            rule = "It names neither a company nor a domain."
            refused.append(RefusedRow(number=number, value=shown, rule=rule, remedy="Fill one of the two."))
        elif any(len(value) > LONGEST_CELL or not value.isprintable() for value in told.values()):
            rule = f"A name or domain has at most {LONGEST_CELL} characters that can be printed."
            refused.append(RefusedRow(number=number, value=shown, rule=rule, remedy="Shorten or retype it."))
        else:
            rows.append(CompanyRow(number=number, **told))
    return CompanyFile(rows=tuple(rows), refused=tuple(refused))


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _refused(file: str, what: str, remedy: str) -> InvalidInput:
    return InvalidInput(
        f"{file} can't be used as a list. {what}", hint=remedy, code="list.file", context={"file": file}
    )  # fmt: skip
