"""`tandem rollup export | merge`: sums over all installations that carry nobody's data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor
from tandem.core import clock

app = typer.Typer(add_completion=False, no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    currency: Annotated[str, typer.Option(help="Of the amounts, such as EUR; the company's when left out.")] = "",
    threshold: Annotated[int, typer.Option(help="Companies that every number is about at least; 5 or more.")] = 5,
    json: Json = False,
) -> None:
    """Write this installation's sums by region, segment, stage and quarter, signed."""
    require_database()
    from tandem.compliance.actions import rollup

    told = rollup.export_rollup(out, actor=shell_actor(), now=clock.now(), currency=currency, threshold=threshold)
    if json:
        output.print_json(told)
    else:
        words = f"{told['tree']['deals']:,} deals in {out}; every number is about at least {threshold} companies."
        output.people.print(words, markup=False, highlight=False)


@app.command()
def merge(files: Annotated[list[Path], typer.Argument(help="Roll-ups of installations.")], json: Json = False) -> None:
    """Take roll-ups in; /compliance/regions/rollup shows them together."""
    require_database()
    from tandem.compliance.actions import rollup
    from tandem.compliance.queries.rollup import merged_rollups

    names = rollup.merge_rollups(files, actor=shell_actor(), now=clock.now())
    found = merged_rollups()
    if json:
        cells = [
            {"currency": one.currency, "path": list(cell.path), "deals": cell.deals, "amount": cell.amount}
            for one in found
            for cell in one.cells
        ]
        output.print_json({"merged": names, "cells": cells})
        return
    for one in found:
        rows = [(" / ".join(cell.path) or "all", cell.deals, cell.amount) for cell in one.cells if len(cell.path) <= 1]
        output.print_table(f"All installations, {one.currency}", ["cell", "deals", "amount"], rows)
