"""`tandem ledger verify | show | export | checkpoint`: proof, and the whole record of one thing."""

from __future__ import annotations

from dataclasses import asdict
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
        Path | None,
        typer.Argument(
            help="An exported ledger, a SQLite database or what COPY wrote; this installation's when left out."
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept outside; finds a cut tail. Several.", exists=True, dir_okay=False),
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="A public key that you trust, with FILE. Several.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Recompute the chain; names the first entry that does not hold."""
    seen = [_read(one) for one in checkpoint or []]
    result = _verify_file(file, seen, key or []) if file is not None else _verify_here(seen)
    if json:
        output.print_json(asdict(result) | {"holds": result.holds, "sentence": result.sentence})
    else:
        for line in (result.sentence, *getattr(result, "notes", ())):
            output.people.print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if result.holds else output.EXIT_FAILED)


def _verify_file(file: Path, checkpoints: list[Checkpoint], keys: list[str]) -> Finding:
    """Needs no database and no set-up: a stranger's machine will do."""
    from tandem.compliance import verifier

    start_django()
    try:
        return verifier.verify_file(file, checkpoints=[one.as_dict() for one in checkpoints], keys=keys)
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{file} can't be read as an exported ledger.",
            hint="Give a file written by `tandem ledger export`, or a copy of the database.",
            context={"file": str(file)},
        ) from error


def _verify_here(checkpoints: list[Checkpoint]) -> Verification:
    require_database()
    from tandem.compliance import queries

    return queries.verify(checkpoints=checkpoints)


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
    """Where the ledger stands, signed: keep it where nobody here can change it, and verify against it later."""
    require_database()
    from tandem.compliance import actions
    from tandem.core import clock

    taken = actions.sign_checkpoint(actor=shell_actor(), now=clock.now()).as_dict()
    if out is not None:
        out.write_text(dumps(taken) + "\n", encoding="utf-8")
    if out is None or json:
        output.print_json(taken)


def _read(file: Path) -> Checkpoint:
    start_django()
    from tandem.compliance import queries

    try:
        return queries.read_checkpoint(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnreadable(
            f"{file} can't be read as a checkpoint.", hint="Give a file written by `tandem ledger checkpoint`."
        ) from error
