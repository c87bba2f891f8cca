"""`tandem ledger verify | show`: proof, and the whole record of one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database
from tandem.core.errors import NotFound

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported ledger (JSON lines); this installation's when left out.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Recompute the chain; names the first entry that does not hold."""
    if file is not None:
        from tandem.compliance import verifier

        result = verifier.verify_file(file)
    else:
        require_database()
        from tandem.compliance import queries

        result = queries.verify()
    if json:
        output.print_json(result.as_dict())
    else:
        output.people.print(result.sentence, markup=False, highlight=False)
    raise typer.Exit(0 if result.holds else output.EXIT_FAILED)


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help='A message id, or "kind:id" such as account:42.')],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The whole record of one thing, oldest entry first."""
    require_database()
    from tandem.compliance import queries

    entries = queries.entries_about(subject)
    if not entries:
        raise NotFound(
            f"The ledger has no entry about {subject!r}.", hint="Subjects read kind:id, for example account:42."
        )
    if json:
        output.print_json([entry.as_dict() for entry in entries])
    else:
        rows = [(entry.number, f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.actor_name, entry.action) for entry in entries]
        output.print_table(subject, ["no.", "at", "by", "action"], rows)
