"""`tandem rights list | open | run | explain | crawl | replay-erasures`: requests of people, carried out and proved."""

from __future__ import annotations

from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor

if TYPE_CHECKING:
    from tandem.compliance.contracts.rights import PersonKeys

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def crawl(
    addresses: Annotated[list[str], typer.Argument(help="Mail addresses and phone numbers of one person.")],
    name: Annotated[list[str] | None, typer.Option(help="A whole name to look for as well; may be repeated.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Look for a person in every table and file; exit 1 when more than the blocking hash is left. Reads only."""
    require_database()
    from tandem.compliance.queries.crawling import crawl as look

    person = _person(addresses, name or [])
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


@app.command(name="list")
def list_requests(
    address: Annotated[str, typer.Option(help="Only those of an address.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their last day.")] = False,
    over: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Requests of people with their last day, the overdue first."""
    require_database()
    from tandem.compliance.queries import rights as reads
    from tandem.core import clock

    filters = reads.RequestFilters(text=address, overdue=overdue, over=over)
    rows = reads.list_requests(shell_actor(), filters, now=clock.now(), limit=None)
    if json:
        output.print_json([asdict(row) for row in rows])
        return
    told = [
        (str(row.id), row.kind.value, row.state.replace("_", " "), row.told, row.due_on.isoformat(),
         "" if row.days_left is None else str(row.days_left))
        for row in rows
    ]  # fmt: skip
    output.print_table(f"{len(rows)} requests", ["no.", "asks for", "stands", "who", "due", "days left"], told)


@app.command(name="open")
def open_request(
    kind: Annotated[
        str,
        typer.Argument(
            help="access, portability, correction, deletion, objection, automation, restriction, explanation"
        ),
    ],
    addresses: Annotated[list[str], typer.Argument(help="Mail addresses and phone numbers of one person.")],
    place: Annotated[list[str] | None, typer.Option(help="Country or state, DE or US-CA; may be repeated.")] = None,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Take in a request; its clock runs from now. An objection is carried out at once."""
    require_database()
    from tandem.compliance.actions import carrying_out
    from tandem.compliance.contracts.requests import RequestKind, RequestRoad
    from tandem.core import clock
    from tandem.core.errors import InvalidInput

    if kind not in set(RequestKind):
        raise InvalidInput(f"{kind!r} is no kind of request.", hint=f"Known: {', '.join(RequestKind)}.")
    actor, now = shell_actor(), clock.now()
    number, is_new = carrying_out.take_in(
        RequestKind(kind), _person(addresses, [name] if name else []), road=RequestRoad.SHELL, places=place or [],
        actor=actor, now=now,
    )  # fmt: skip
    _print_request(number, json, is_new=is_new)


@app.command()
def run(
    number: Annotated[int, typer.Argument(help="Number of the request.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Carry out, here and now, a request whose identity a person has checked; goes on where a run broke off."""
    require_database()
    from tandem.compliance.actions import carrying_out
    from tandem.core import clock

    carrying_out.begin(number, actor=shell_actor(), now=clock.now(), is_inline=True)
    _print_request(number, json)


@app.command()
def explain(
    addresses: Annotated[list[str], typer.Argument(help="Mail addresses and phone numbers of one person.")],
    place: Annotated[list[str] | None, typer.Option(help="Where the person is, DE or US-CA.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Why was somebody, or was somebody not, contacted: decisions taken, and what one of today would be."""
    require_database()
    from tandem.compliance.domain.rights.packing import explanation_as_dict
    from tandem.compliance.queries.explaining import explain as told_of
    from tandem.compliance.queries.stores import widen
    from tandem.core import clock

    told = told_of(widen(_person(addresses, [])), now=clock.now(), places=place or [])
    if json:
        output.print_json(explanation_as_dict(told))
        return
    output.people.print(told.sentence, markup=False, highlight=False)
    for line in (*told.signals, *told.limits):
        output.people.print(f"- {line}", markup=False, highlight=False)
    rows = [
        (one.channel, one.outcome, "; ".join(f"{rule} v{version}" for rule, version, _ in one.blocked_by))
        for one in told.today
    ]
    output.print_table("A decision of today", ["channel", "would be", "in the way"], rows)
    past = [(f"{one.at:%Y-%m-%d %H:%M}", one.outcome, one.basis, one.text) for one in told.past]
    output.print_table(f"{len(past)} decisions taken", ["when", "ended", "basis", "what"], past)


def _person(addresses: list[str], names: list[str]) -> PersonKeys:
    """One person by addresses and numbers as they were typed."""
    from tandem.compliance.contracts.rights import PersonKeys

    return PersonKeys(
        emails=tuple(one for one in addresses if "@" in one),
        phones=tuple(one for one in addresses if "@" not in one),
        names=tuple(names),
    )


def _print_request(number: int, as_json: bool, **more: object) -> None:
    """Where a request stands; exit 1 when something of it failed."""
    from tandem.compliance.queries import rights as reads
    from tandem.core import clock

    row = reads.get_request(shell_actor(), number)
    work = reads.work_of(number)
    if as_json:
        told = [{"store": one.store, "deed": one.deed, "state": one.state, "count": one.count} for one in work]
        shown = asdict(reads.as_row(row, clock.now().date()))
        output.print_json({**shown, **more, "clock": row.clock, "work": told, "outcome": row.outcome})
    else:
        output.people.print(
            f"Request {number}: {row.kind}, {row.state.replace('_', ' ')}, to be answered by {row.due_on}.",
            markup=False, highlight=False,
        )  # fmt: skip
        rows = [(one.title, one.deed, one.state, str(one.count or ""), one.told) for one in work]
        if rows:
            output.print_table("In every store", ["place", "deed", "state", "rows", ""], rows)
    raise typer.Exit(output.EXIT_FAILED if any(one.state == "failed" for one in work) else 0)
