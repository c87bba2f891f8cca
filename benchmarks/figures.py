"""What every benchmark shares: one switch for its size, and the table it ends with."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def read_sizes(about: str | None, **options: int) -> argparse.Namespace:
    """The command line: `--full`, and a number for each option (its default is the quick size, None is not said)."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="the large sizes of the documentation")
    for name, quick in options.items():
        parser.add_argument(f"--{name}", type=int, help=f"{quick:,} unless said")
    return parser.parse_args()


def chosen(said: int | None, *, quick: int, full: int, is_full: bool) -> int:
    """A size: what was said, else by the switch."""
    if said is not None:
        return said
    return full if is_full else quick


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """First column to the left, figures to the right, one blank line before."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    print(f"\n{title}")
    for place, line in enumerate(lines):
        cells = [
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
        if place == 0:
            print("  ".join("-" * width for width in widths))
