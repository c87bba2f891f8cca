"""`tandem ledger verify | show | export | checkpoint`: proof, and the whole record of one thing."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor, start_django
from tandem.core.errors import DataUnreadable, NotFound

if TYPE_CHECKING:
    from tandem.compliance.contracts import Checkpoint, Verification
    from tandem.compliance.verifier import Finding

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported ledger (JSON lines); this installation's when left out.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint kept outside; finds a cut tail.", exists=True, dir_okay=False)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Recompute the chain; names the first entry that does not hold."""
    result = _verify_file(file, checkpoint) if file is not None else _verify_here(checkpoint)
    if json:
        output.print_json(result.as_dict())
    else:
        output.people.print(result.sentence, markup=False, highlight=False)
    raise typer.Exit(0 if result.holds else output.EXIT_FAILED)


def _verify_file(file: Path, checkpoint: Path | None) -> Finding:
    """Needs no database and no set-up: a stranger's machine will do."""
    from tandem.compliance import verifier

    start_django()
    seen = _read(checkpoint)
    try:
        return verifier.verify_file(file, checkpoint=seen.as_dict() if seen else None)
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{file} can't be read as an exported ledger.",
            hint="Give a file written by `tandem ledger export`.",
            context={"file": str(file)},
        ) from error


def _verify_here(checkpoint: Path | None) -> Verification:
    require_database()
    from tandem.compliance import queries

    return queries.verify(checkpoint=_read(checkpoint))


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help='A message id, or "kind:id" such as account:42.')],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The whole record of one thing, oldest entry first."""
    require_database()
    from tandem.compliance import queries

    entries = queries.entries_about(subject) or queries.entries_about(f"message:{subject}")
    if not entries:
        raise NotFound(
            f"The ledger has no entry about {subject!r}.", hint="Subjects read kind:id, for example account:42."
        )
    if json:
        output.print_json([entry.as_dict() for entry in entries])
    else:
        rows = [(entry.number, f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.actor_name, entry.action) for entry in entries]
        output.print_table(subject, ["no.", "at", "by", "action"], rows)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File to write, JSON lines; must not exist.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """The whole ledger as JSON lines; `python -m tandem.compliance.verifier FILE` checks it anywhere."""
    require_database()
    from tandem.compliance import actions

    checkpoint = actions.export_ledger(out, actor=shell_actor())
    if json:
        output.print_json({"file": str(out), "entries": checkpoint.number, "checkpoint": checkpoint.as_dict()})
    else:
        output.people.print(f"{checkpoint.number:,} entries written to {out}.", markup=False, highlight=False)


@app.command()
def checkpoint(
    out: Annotated[Path | None, typer.Option(help="File to write; printed when left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document, as without.")] = False,
) -> None:
    """Where the ledger stands: keep it where nobody here can change it, and verify against it later."""
    require_database()
    from tandem.compliance import queries
    from tandem.core import clock

    taken = queries.take_checkpoint(now=clock.now()).as_dict()
    if out is not None:
        out.write_text(dumps(taken) + "\n", encoding="utf-8")
    if out is None or json:
        output.print_json(taken)


def _read(file: Path | None) -> Checkpoint | None:
    if file is None:
        return None
    from tandem.compliance import queries

    try:
        return queries.read_checkpoint(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{file} can't be read as a checkpoint.", hint="Give a file written by `tandem ledger checkpoint`."
        ) from error
