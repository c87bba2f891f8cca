"""How the shell speaks: JSON to standard output alone, tables and progress for people, errors in one form."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tandem.core.errors import AppError, InvalidInput

EXIT_FAILED = 1
EXIT_USAGE = 2

people = Console()
errors = Console(stderr=True)


class Bar(Protocol):
    """What long work reports to: how far, out of how much, doing what."""

    def __call__(self, done: int, total: int | None, note: str) -> None: ...


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; numbers to the right."""
    table = Table(title=title, title_justify="left", box=None, header_style="dim", pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    people.print(table)


def print_error(error: AppError, *, as_json: bool) -> None:
    """What is wrong, where, the rule, the remedy; on standard error."""
    if as_json:
        sys.stderr.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False, default=str) + "\n")
        return
    where = _place(error.context)
    told = Text.assemble((error.message, "bold"), f" ({where})" if where else "")
    errors.print(told, highlight=False, soft_wrap=True)
    if error.hint:
        errors.print(error.hint, markup=False, highlight=False, soft_wrap=True)


def exit_code(error: AppError) -> int:
    """2 for wrong usage or unreadable input, 1 for work that failed."""
    return EXIT_USAGE if isinstance(error, InvalidInput) else EXIT_FAILED


def _place(context: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in context.items() if value not in (None, ""))


@contextmanager
def progress_bar(title: str, *, quiet: bool = False) -> Iterator[Bar]:
    """A progress bar on standard error; nothing with `quiet` or when nobody looks."""
    if quiet or not errors.is_terminal:
        yield lambda done, total, note: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(title, total=None, note="")

        def report(done: int, total: int | None, note: str) -> None:
            progress.update(task, completed=done, total=total, note=note)

        yield report
