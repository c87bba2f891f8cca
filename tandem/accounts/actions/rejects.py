"""The rejects file: every refused row and every cell left empty, with the reason, ready to mend and import again.

Written in parts, one a batch, so that a killed load leaves neither a missing nor a doubled line; joined at the end.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
from django.conf import settings

from tandem.accounts.connectors.base import BrokenRow
from tandem.accounts.domain.conversion import Refusal
from tandem.core.spreadsheet import harmless

COLUMNS = ("row", "outcome", "column", "value", "reason", "as it came")
ERASED = "erased at their request"  # a refused row of which nothing else may be written
ROW_REFUSED, CELL_EMPTIED = "row refused", "cell left empty"
Line = tuple[int, str, str, str, str, str]


def lines_of(
    raw: pd.DataFrame, broken: Iterable[BrokenRow], refused: Iterable[Refusal], dropped: Iterable[Refusal]
) -> list[Line]:
    """Lines of one batch in order of rows."""
    lines: list[Line] = [(row.row_number, ROW_REFUSED, "", "", row.reason, row.raw) for row in broken]
    for outcome, refusals in ((ROW_REFUSED, refused), (CELL_EMPTIED, dropped)):
        for refusal in refusals:
            came = raw.loc[refusal.row_number] if outcome == ROW_REFUSED else None
            text = (
                " | ".join(f"{name}={cell}" for name, cell in came.items() if cell)[:10_000] if came is not None else ""
            )
            lines.append((refusal.row_number, outcome, refusal.field, refusal.value, refusal.reason, text))
    return sorted(lines)


def write_part(load_id: int, first_row: int, lines: list[Line]) -> None:
    """Keep one batch's lines; writing the batch again replaces them."""
    part = _parts(load_id) / f"part-{first_row:012d}.csv"
    if not lines:
        part.unlink(missing_ok=True)
        return
    part.parent.mkdir(parents=True, exist_ok=True)
    half = part.with_suffix(".half")
    with half.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([harmless(cell) for cell in line] for line in lines)
    half.replace(part)


def join(load_id: int) -> tuple[str, Counter[tuple[str, str]]]:
    """Make one file of the parts; returns its path below the data folder ("" when nothing was refused) and how often
    each (column, reason) left a cell empty."""
    emptied: Counter[tuple[str, str]] = Counter()
    parts = sorted(_parts(load_id).glob("part-*.csv"))
    if not parts:
        return "", emptied
    file = _folder() / f"load-{load_id}.csv"
    half = file.with_suffix(".half")
    with half.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for part in parts:
            with part.open(newline="", encoding="utf-8") as lines:
                for line in csv.reader(lines):
                    writer.writerow(line)
                    if line[1] == CELL_EMPTIED:
                        emptied[line[2], line[4]] += 1
    half.replace(file)
    shutil.rmtree(_parts(load_id), ignore_errors=True)
    return str(file.relative_to(settings.DATA_DIR)), emptied


def forget(load_id: int) -> None:
    """Remove what a failed load had written."""
    shutil.rmtree(_parts(load_id), ignore_errors=True)


def without_person(file: Path, mentions: Callable[[str], bool]) -> int:
    """Empty the lines of a rejects file, or of a part of one, that mention somebody; returns how many.

    Row and outcome stay, so that counts still agree with the load.
    """
    lines, changed = [], 0
    with file.open(newline="", encoding="utf-8") as stream:
        for line in csv.reader(stream):
            if any(map(mentions, line)):
                line, changed = [*line[:2], "", "", ERASED, ""], changed + 1
            lines.append(line)
    if changed:
        half = file.with_suffix(".half")
        with half.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(lines)
        half.replace(file)
    return changed


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _parts(load_id: int) -> Path:
    return _folder() / f"load-{load_id}"
