"""`tandem import`: real exports in, with every refused row told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor, start_django
from tandem.core.errors import InvalidInput

if TYPE_CHECKING:
    from tandem.accounts.actions.imports import ImportReport
    from tandem.accounts.actions.landing import LoadReport

app = typer.Typer(add_completion=False)


@app.command()
def import_(
    path: Annotated[Path | None, typer.Argument(help="A file or a folder of exports.")] = None,
    source: Annotated[
        str, typer.Option(help="What it is: crm, marketing, product, mail, meetings, or a source's own name.")
    ] = "",
    mapping: Annotated[Path | None, typer.Option(help="TOML file that says what the columns mean.")] = None,
    propose: Annotated[bool, typer.Option(help="Print a mapping file for PATH, to edit; import nothing.")] = False,
    archive: Annotated[Path | None, typer.Option(help="Folder written by `tandem export`.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Load real exports; refused row by row, never silently."""
    if archive is not None:
        _import_archive(archive, json=json)
        return
    if path is None:
        raise InvalidInput("No file or folder was named.", hint="`tandem import PATH`.", code="usage")
    if not path.exists():
        raise InvalidInput(f"{path} does not exist.", hint="Check the spelling.", context={"file": str(path)})
    if propose:
        _propose(path)
        return
    require_database()
    from tandem.accounts.actions import imports

    with output.progress_bar("Importing", quiet=json) as bar:
        report = imports.import_path(
            path, actor=shell_actor(), source_key=source or None, mapping=mapping, progress=bar
        )
    if json:
        output.print_json(report.as_dict())
    else:
        _print_report(report)
    code = _exit_code(report)
    if code == output.EXIT_USAGE:
        raise _nothing_read(path, report)
    raise typer.Exit(code)


def _exit_code(report: ImportReport) -> int:
    """0 when every recognised file was read; 2 when nothing could be; 1 when only some of it could."""
    if not report.failed:
        return 0
    read = any(file.word in ("landed", "already landed") for file in report.files)
    return output.EXIT_FAILED if read else output.EXIT_USAGE


def _nothing_read(path: Path, report: ImportReport) -> InvalidInput:
    """What stands on standard error beside the report when no file could be read."""
    told = next((file.error for file in report.files if file.error), {"message": "There is no file to read there."})
    words = " ".join(str(told[part]) for part in ("message", "hint") if told.get(part))
    return InvalidInput(f"Nothing in {path} could be read.", hint=words, code="import.nothing_read")


def _propose(path: Path) -> None:
    """Print a mapping proposal as TOML."""
    start_django()
    from tandem.accounts.actions import imports

    typer.echo(imports.propose_mapping_for(path))


def _import_archive(folder: Path, *, json: bool) -> None:
    require_database()
    from tandem.core import archive

    with output.progress_bar("Restoring", quiet=json) as bar:
        report = archive.import_archive(folder, actor=shell_actor(), progress=bar)
    if json:
        output.print_json(report.as_dict())
    else:
        output.print_table("Restored", ["table", "rows"], [(table.name, table.rows) for table in report.tables])


def _print_report(report: ImportReport) -> None:
    rows = [
        (
            file.file_name,
            file.entity.replace("_", " "),
            file.rows_read,
            file.rows_landed,
            file.rows_unchanged,
            file.rows_refused,
            file.word,
        )
        for file in report.files
    ]
    columns = ["file", "holds", "rows", "landed", "unchanged", "refused", ""]
    output.print_table("Files", columns, rows)
    for file in report.files:
        _print_remarks(file)
    output.people.print(f"{report.rows_landed:,} rows landed, {report.rows_refused:,} refused.", highlight=False)


def _print_remarks(file: LoadReport) -> None:
    """What a reader should know of one file: notes, rejects, and why it failed."""
    for note in file.notes:
        output.people.print(f"{file.file_name}: {note}", style="dim", markup=False, highlight=False)
    if file.rejects_path:
        told = f"{file.file_name}: refused rows and emptied cells, with reasons, in {file.rejects_path}"
        output.people.print(told, markup=False, highlight=False)
    if file.error:
        words = " ".join(str(word) for word in (file.error.get("message"), file.error.get("hint")) if word)
        output.people.print(f"{file.file_name}: {words}", style="red", markup=False, highlight=False)
