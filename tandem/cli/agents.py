"""`tandem agents list | revoke`: agent identities from the shell."""

from __future__ import annotations

from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Every agent identity, its scopes and whether it may act."""
    require_database()
    from tandem.access import queries

    agents = queries.list_agents()
    if json:
        output.print_json([agent.as_dict() for agent in agents])
    else:
        rows = [(agent.name, "revoked" if agent.revoked_at else "active", ", ".join(agent.scopes)) for agent in agents]
        output.print_table("Agents", ["name", "state", "scopes"], rows)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The agent's name.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Stop an agent at once, everywhere; all its tokens end with it."""
    require_database()
    from tandem.access import actions, queries
    from tandem.core import clock

    agent = queries.get_agent_by_name(name)
    actions.revoke_agent(agent_id=agent.id, reason="revoked from the shell", actor=shell_actor(), now=clock.now())
    if json:
        output.print_json(queries.get_agent(agent.id).as_dict())
    else:
        output.people.print(f"{name} is stopped. Its tokens no longer work.")
