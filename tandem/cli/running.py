"""`tandem setup | serve | worker | nightly`: preparing and running the parts."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import require_database, shell_actor, start_django
from tandem.core.errors import InvalidInput

setup_app = typer.Typer(add_completion=False)
serve_app = typer.Typer(add_completion=False)
worker_app = typer.Typer(add_completion=False)
nightly_app = typer.Typer(add_completion=False)


def prepare(*, quiet: bool = False) -> None:
    """Create or update the database and the generated static files. Safe to repeat."""
    from django.conf import settings
    from django.core.management import call_command

    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with output.progress_bar("Preparing the database", quiet=quiet):
        call_command("migrate", verbosity=0, interactive=False)
    from tandem.core import charts

    with output.progress_bar("Preparing charts", quiet=quiet):
        charts.build_bundle()


@setup_app.command()
def setup(
    email: Annotated[str, typer.Option(help="Mail of the first person (RevOps).")] = "",
    name: Annotated[str, typer.Option(help="Name of the first person.")] = "",
    password: Annotated[str, typer.Option(help="Asked for when not given.", envvar="TANDEM_FIRST_PASSWORD")] = "",
) -> None:
    """Prepare database and static files; with --email, add the first person."""
    start_django()
    prepare()
    if email:
        from tandem.access import actions

        actions.add_first_person(
            email=email,
            name=name or email.split("@")[0],
            password=password or typer.prompt("Password", hide_input=True, confirmation_prompt=True),
            actor=shell_actor(),
        )
    output.people.print("Ready. `tandem serve` opens the web server, `tandem worker` does the background work.")


def serve_here(host: str, port: int, *, workers: int = 1) -> None:
    """Replace this process by the web server."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", "4", "--log-level", "warning"]
    command += ["--no-ws", "tandem.config.wsgi:application"]
    os.execv(sys.executable, command)  # noqa: S606  our own interpreter, fixed arguments


@serve_app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; keep 1 on SQLite.", min=1, max=64)] = 1,
) -> None:
    """Run the web server."""
    require_database()
    from django.conf import settings

    host = host or settings.BIND_ADDRESS
    os.environ["TANDEM_BIND"] = host
    output.people.print(f"Tandem on http://{host}:{port}/")
    serve_here(host, port, workers=workers)


@worker_app.command()
def worker(once: Annotated[bool, typer.Option(help="Do what is due now, then stop.")] = False) -> None:
    """Run the background worker until it is told to stop."""
    require_database()
    from tandem.core import jobs

    jobs.run_worker(once=once)


@nightly_app.command()
def nightly(
    from_step: Annotated[str, typer.Option("--from", help="Begin at this step again.")] = "",
    only: Annotated[str, typer.Option(help="Run this step alone.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Run tonight's steps; what is done is not done again."""
    require_database()
    from tandem.core import clock
    from tandem.core import nightly as engine

    known = [step.name for step in engine.steps()]
    for asked in filter(None, (from_step, only)):
        if asked not in known:
            raise InvalidInput(f"There is no step {asked!r}.", hint=f"Steps: {', '.join(known)}.", code="nightly.step")
    with output.progress_bar("Nightly", quiet=json) as bar:
        run = engine.run(
            clock.now().date(), from_step=from_step or None, only=only or None, actor=shell_actor(), progress=bar
        )
    if json:
        output.print_json(run.as_dict())
    else:
        rows = [(step.name, step.state, f"{step.seconds:.1f} s", step.error) for step in run.steps]
        output.print_table("Nightly", ["step", "state", "took", ""], rows)
    raise typer.Exit(0 if run.succeeded else output.EXIT_FAILED)
