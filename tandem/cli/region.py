"""`tandem region list | check | key | handover | receive`: where personal data may lie and go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor
from tandem.core import clock
from tandem.core.errors import InvalidInput

app = typer.Typer(add_completion=False, no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command(name="list")
def list_(json: Json = False) -> None:
    """Regions with people or policies, destinations, and whose data each may see."""
    require_database()
    from tandem.compliance.queries import region_picture

    told = region_picture.picture(today=clock.now().date())
    if json:
        output.print_json(told.as_dict())
        return
    rows = [
        (one.region.value, one.people, "yes" if one.stores_here else "no", one.put_aside, one.waiting)
        for one in told.regions
    ]
    output.print_table("Regions", ["region", "people here", "kept here", "rows put aside", "not handed over"], rows)
    flows = [
        (
            flow.destination.key, flow.region.value, "yes" if flow.decision.allowed else "NO", flow.decision.mechanism,
            flow.decision.expires_on or "", "; ".join(flow.decision.missing),
        )
        for flow in told.flows
    ]  # fmt: skip
    output.print_table("Flows", ["destination", "from", "may see", "mechanism", "until", "missing"], flows)


@app.command()
def check(
    destination: Annotated[str, typer.Argument(help="Key of a destination, see `tandem region list`.")],
    from_: Annotated[str, typer.Option("--from", help="Regions or countries by comma: EU, eea, us, DE.")],
    json: Json = False,
) -> None:
    """Whether a destination may see data of people of these regions; 1 when it may not."""
    require_database()
    from tandem.compliance.queries import residency

    regions = residency.read_regions(from_)
    if not regions:
        raise InvalidInput("No region was named.", hint="`tandem region check DESTINATION --from EU`.", code="usage")
    answer = residency.may_see(destination, regions, today=clock.now().date())
    if json:
        output.print_json({"destination": destination, "allowed": answer.allowed, "missing": answer.missing,
                           "decisions": [residency.decision_as_dict(one) for one in answer.decisions]})  # fmt: skip
    else:
        word = "It may see it." if answer.allowed else "It may not see it."
        output.people.print(f"{word} {answer.why}", markup=False, highlight=False)
    raise typer.Exit(0 if answer.allowed else output.EXIT_FAILED)


@app.command()
def key(json: Json = False) -> None:
    """This installation's public key, for partners to enter."""
    require_database()
    from tandem.compliance.queries import installation_key, residency

    told = {
        "name": residency.own_name(),
        "public_key": installation_key.public_key(),
        "fingerprint": installation_key.public_fingerprint(),
    }
    if json:
        output.print_json(told)
    else:
        output.people.print(told["public_key"], markup=False, highlight=False, soft_wrap=True)
        output.people.print(f"Compare by telephone: {told['fingerprint']}", markup=False, highlight=False)


@app.command()
def handover(
    to: Annotated[str, typer.Option(help="Name of the partner installation.")],
    source: Annotated[Path, typer.Option(help="The file or folder that was imported here.")],
    out: Annotated[Path, typer.Option(help="The sealed file to write.")],
    source_key: Annotated[str, typer.Option(help="As given to `tandem import --source`.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="As given to `tandem import --mapping`.")] = None,
    json: Json = False,
) -> None:
    """Seal rows that were put aside for a partner's regions, for that partner alone."""
    require_database()
    from tandem.accounts.actions import handing_over

    report = handing_over.hand_over(
        source, to=to, out=out, actor=shell_actor(), now=clock.now(), source_key=source_key or None, mapping=mapping
    )
    if json:
        output.print_json(report.as_dict())
        return
    told = f"{report.rows:,} rows of {report.files} files for {report.partner}, sealed in {out}."
    lost = (
        f" {report.refused:,} rows can't be read, or are of somebody erased since, and are not in it."
        if report.refused
        else ""
    )
    output.people.print(told + lost, markup=False, highlight=False)


@app.command()
def receive(
    file: Annotated[Path, typer.Argument(help="A sealed file from a partner installation.")], json: Json = False
) -> None:
    """Open a partner's file and bring in its rows."""
    require_database()
    if not file.is_file():
        raise InvalidInput(f"{file} is no file.", hint="Check the spelling.", context={"file": str(file)})
    from tandem.accounts.actions import handing_over

    with output.progress_bar("Receiving", quiet=json) as bar:
        report = handing_over.receive(file, actor=shell_actor(), now=clock.now(), progress=bar)
    if json:
        output.print_json(report.as_dict())
    else:
        rows = [
            (one.entity.replace("_", " "), one.rows_read, one.rows_landed, one.rows_refused) for one in report.files
        ]
        output.print_table("Received", ["holds", "rows", "landed", "refused"], rows)
    raise typer.Exit(output.EXIT_FAILED if report.failed else 0)
