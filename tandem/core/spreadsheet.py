"""CSV for spreadsheets: cells that a spreadsheet would run as a formula are written as text.

Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def harmless(cell: object) -> object:
    """A cell as it is, or behind an apostrophe when a spreadsheet would take its text for a formula.

    >>> harmless("=1+1"), harmless(-5), harmless("-5"), harmless("a-b")
    ("'=1+1", -5, '-5', 'a-b')
    """
    if not isinstance(cell, str) or not cell.lstrip(" ").startswith(DANGEROUS):
        return cell
    return cell if _is_number(cell) else f"'{cell}"


def _is_number(text: str) -> bool:
    """Plain signed numbers stay numbers; "+49 203 ..." and "-1+1" don't pass."""
    body = text.strip().lstrip("+-")
    return body.replace(".", "", 1).isdigit() and not text.strip().startswith("+")


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a CSV file with a byte order mark (spreadsheets need it to read UTF-8), one at a time."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([harmless(header) for header in headers])
    for row in rows:
        yield writer.writerow([harmless(_cell(value)) for value in row])


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(value) if isinstance(value, Decimal) else value
