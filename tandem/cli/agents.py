"""`tandem agents list | revoke | eval | rollback | endpoints`: agent identities, AI tasks and models from the shell."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

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


@app.command("eval")
def eval_(
    task: Annotated[str, typer.Argument(help="Name of an AI task; none: all that have an eval set.")] = "",
    model: Annotated[
        str, typer.Option("--model", help="An endpoint's name or provider:model; none: the built-in engine.")
    ] = "",
    version: Annotated[
        int | None, typer.Option("--version", help="Version of the prompt; none: the one in force.", min=0)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Run AI tasks on their frozen sets and hold the figures against their gates; exit 1 when one stays shut."""
    require_database()
    from tandem.agents.contracts import BUILT_IN
    from tandem.agents.queries.evals import tasks_with_sets

    names = [task] if task else tasks_with_sets()
    runs = []
    with output.progress_bar("Evals", quiet=json) as bar:
        for name in names:
            runs.append(_evaluated(name, model or BUILT_IN, version, bar))
    if json:
        output.print_json({"runs": runs, "passed": all(run["is_passed"] for run in runs)})
    else:
        rows = [_in_words(run) for run in runs]
        output.print_table("Evals", ["task", "engine", "cases", "schema", "guards", "expected", "gate"], rows)
    if not all(run["is_passed"] for run in runs):
        raise typer.Exit(output.EXIT_FAILED)


def _evaluated(name: str, engine: str, version: int | None, bar: output.Bar) -> dict[str, Any]:
    """One task's run, with what did not hold."""
    from tandem.agents.actions.evals import evaluate
    from tandem.agents.queries.quality import cases_of, get_run
    from tandem.core import clock

    run_id = evaluate(
        name, engine=engine, version=version, actor=shell_actor(), now=clock.now(),
        progress=lambda done, total: bar(done, total, name),
    )  # fmt: skip
    failed = [
        {
            "case": case.number,
            "note": case.note,
            "wrong": [" ".join((guard, message)) for guard, _, message in case.wrong],
        }
        for case in cases_of(run_id)
        if case.wrong
    ]
    return {**asdict(get_run(run_id)), "failed": failed}


def _in_words(run: dict[str, Any]) -> tuple[object, ...]:
    shares = [f"{run[name]:.0%}" for name in ("schema_ok", "guards_ok", "expectations_ok")]
    return (run["task"], run["engine"], run["cases"], *shares, "open" if run["is_passed"] else "shut")


@app.command()
def rollback(
    task: Annotated[str, typer.Argument(help="Name of an AI task.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Ask models again with the prompt that was live before."""
    require_database()
    from tandem.agents.actions.prompts import roll_back
    from tandem.core import clock

    told = roll_back(task, actor=shell_actor(), now=clock.now())
    if json:
        output.print_json({"task": task, "version": told.version, "prompt_hash": told.hash})
    else:
        words = f"version {told.version}" if told.version else "the packaged text"
        output.people.print(f"{task} is asked with {words} again.")


@app.command()
def endpoints(
    try_: Annotated[str, typer.Option("--try", help="Name or provider:model: ask it one made-up question.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Connected models with tier, price and state; with --try, whether one of them answers (else exit 1)."""
    require_database()
    from tandem.agents.queries.endpoints import list_endpoints

    if try_:
        _try_endpoint(try_, as_json=json)
        return
    found = list_endpoints()
    if json:
        output.print_json({"endpoints": [one.as_dict() for one in found]})
        return
    rows = [
        (one.name, one.engine, one.tier, f"{one.price_in:f}", f"{one.price_out:f}", one.destination or "not on record",
         "on" if one.is_active else "off")
        for one in found
    ]  # fmt: skip
    output.print_table("Models", ["name", "engine", "tier", "$ in", "$ out", "where", "state"], rows)


def _try_endpoint(name: str, *, as_json: bool) -> None:
    from tandem.agents.actions.endpoints import try_endpoint
    from tandem.agents.queries.endpoints import find_by_name
    from tandem.core import clock

    found = try_endpoint(find_by_name(name).id, actor=shell_actor(), now=clock.now())
    if as_json:
        output.print_json({
            "run": found.run_id, "engine": found.engine, "answered": found.output is not None,
            "cost": str(found.cost), "because": found.because,
        })  # fmt: skip
    else:
        output.people.print(f"It answered, for ${found.cost:f}." if found.output else found.because, highlight=False)
    if found.output is None:
        raise typer.Exit(output.EXIT_FAILED)
