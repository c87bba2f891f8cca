"""`tandem stop`: the red button on the shell, its report, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor
from tandem.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from tandem.compliance.queries.switches import StopReport
    from tandem.core.actors import Actor

app = typer.Typer(add_completion=False)
SCOPES = "global, agent, domain, campaign, region, channel"


@app.callback(invoke_without_command=True)
def stop(
    context: typer.Context,
    scope: Annotated[str, typer.Option(help=f"What stops: {SCOPES}.")] = "global",
    key: Annotated[str, typer.Option(help="Which one: an agent's name, a domain, DE, email ...")] = "",
    reason: Annotated[str, typer.Option(help="Why; the ledger keeps it.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Stop everything that leaves, at once and in every process; or one agent, domain, campaign, region or channel."""
    if context.invoked_subcommand is not None:
        return
    require_database()
    from tandem.compliance.actions import switches as actions
    from tandem.compliance.contracts.switches import SwitchScope
    from tandem.core import clock

    if scope not in set(SwitchScope):
        raise InvalidInput(f"{scope!r} can't be stopped.", hint=f"--scope is one of {SCOPES}.", code="switch.scope")
    switch = actions.throw(SwitchScope(scope), key, reason=reason, actor=shell_actor(), now=clock.now())
    _tell(switch, json=json)


@app.command()
def report(
    switch: Annotated[int, typer.Argument(help="Number of the stop, as `tandem stop` printed it.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """What left around a stop, with the ledger's entries; exit 1 when it did not hold, or something is under way."""
    require_database()
    raise typer.Exit(0 if _tell(switch, json=json).holds else output.EXIT_FAILED)


@app.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """What is stopped now."""
    require_database()
    from tandem.compliance.queries import switches

    found = switches.list_switches(standing=True)
    if json:
        output.print_json([row.as_dict() for row in found])
        return
    rows = [(str(row.id), row.told, f"{row.thrown_at:%Y-%m-%d %H:%M} UTC", row.reason) for row in found]
    output.print_table("Stopped", ["number", "what", "since", "why"], rows)


@app.command()
def lift(
    switch: Annotated[int, typer.Argument(help="Number of the stop.")],
    reason: Annotated[str, typer.Option(help="Why it may go on; the ledger keeps it.")],
    person: Annotated[str, typer.Option("--as", help="Mail of the person of RevOps or compliance who decides it.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Let go again. Software never does: a person answers for it by name."""
    require_database()
    from tandem.compliance.actions import switches as actions
    from tandem.core import clock

    actions.lift(switch, reason=reason, actor=_person(person), now=clock.now())
    _tell(switch, json=json)


def _person(email: str) -> Actor:
    from tandem.access import queries

    found = queries.find_person_by_email(email)
    actor = queries.actor_of_person(found.id) if found is not None else None
    if actor is None:
        raise NotFound(f"Nobody active has the mail {email!r}.", hint="Give the mail of a person who may sign in.")
    return actor


def _tell(switch: int, *, json: bool) -> StopReport:
    from tandem.compliance.queries import switches
    from tandem.core import clock

    found = switches.stop_report(switch, now=clock.now())
    if json:
        output.print_json(found.as_dict())
        return found
    state = f"lifted {found.switch.lifted_at:%H:%M:%S} UTC" if found.switch.lifted_at else "stands"
    output.people.print(
        f"Stop {switch} of {found.switch.told}: {state}. {found.sentence}", markup=False, highlight=False
    )
    rows = [
        ("last taken before", f"entry {found.last_claim_entry}" if found.last_claim_entry else "nothing"),
        ("the stop", f"entry {found.entry}"),
        ("taken after it", str(found.claims_after)),
        ("left after it, under way before", f"{found.late_count}, the last {found.slowest_ms:,.0f} ms after"),
        ("still under way", str(found.under_way)),
        ("turned away since", str(found.refused + found.asked_and_blocked)),
        ("cleared and waiting", str(found.waiting)),
    ]
    output.print_table("Stop report", ["", "ledger"], rows)
    return found
