"""`tandem rights crawl | replay-erasures`: look for a person everywhere; erase again whom a restore brought back."""

from __future__ import annotations

from dataclasses import asdict
from time import monotonic
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def crawl(
    addresses: Annotated[list[str], typer.Argument(help="Mail addresses and phone numbers of one person.")],
    name: Annotated[list[str] | None, typer.Option(help="A whole name to look for as well; may be repeated.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Look for a person in every table and file; exit 1 when more than the blocking hash is left. Reads only."""
    require_database()
    from tandem.compliance.contracts.rights import PersonKeys
    from tandem.compliance.queries.crawling import crawl as look

    person = PersonKeys(
        emails=tuple(one for one in addresses if "@" in one),
        phones=tuple(one for one in addresses if "@" not in one),
        names=tuple(name or ()),
    )
    began = monotonic()
    report = look(person)
    if json:
        seconds = round(monotonic() - began, 1)
        output.print_json(asdict(report) | {"is_clean": report.is_clean, "seconds": seconds})
    else:
        rows = [(one.place, one.what, one.where, "has to stay" if one.is_expected else "") for one in report.findings]
        output.print_table(f"{len(rows)} findings", ["place", "what", "where", ""], rows)
        told = f"{report.places:,} tables and files, {report.bytes_read:,} bytes looked at."
        output.people.print(told, markup=False, highlight=False)
    raise typer.Exit(0 if report.is_clean else output.EXIT_FAILED)


@app.command(name="replay-erasures")
def replay_erasures(json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Block and erase again whoever was erased and is here again, as after bringing back files by hand.

    A restore by `tandem import --archive` does it by itself.
    """
    require_database()
    from tandem.compliance.actions import erasure_log
    from tandem.core import clock

    report = erasure_log.replay_erasures(actor=shell_actor(), now=clock.now())
    if json:
        output.print_json(asdict(report))
    else:
        told = (
            f"{report.noted} erasures noted, {report.suppressed} hashes brought back, "
            f"{report.found} people erased again, {report.changed} rows and files changed."
        )
        output.people.print(told, markup=False, highlight=False)
