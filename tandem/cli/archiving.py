"""`tandem export`: everything out, in open formats, with a manifest that can be checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor
from tandem.core import clock

app = typer.Typer(add_completion=False)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder to write; must be empty or new.")],
    to: Annotated[
        str, typer.Option(help="Key of the destination it is taken to, see `tandem region list`.")
    ] = "export",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Everything out in open formats: Parquet tables, the raw rows, the ledger as JSON lines."""
    require_database()
    from tandem.accounts.actions.taking_out import require_everybody_may_leave
    from tandem.core import archive

    require_everybody_may_leave(shell_actor(), now=clock.now(), destination=to)
    with output.progress_bar("Exporting", quiet=json) as bar:
        report = archive.export_archive(out, actor=shell_actor(), progress=bar)
    if json:
        output.print_json(report.as_dict())
    else:
        output.print_table(
            f"Written to {out}", ["table", "rows"], [(table.name, table.rows) for table in report.tables]
        )
