"""`tandem demo`: a working company from exported files, opened in the browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import shell_actor, start_django
from tandem.core.errors import Conflict

app = typer.Typer(add_completion=False)

LOOPBACK = "127.0.0.1"
SEED = 20261124
START_SECONDS = 30


@app.command()
def demo(
    sellers: Annotated[int, typer.Option(help="Size of the sales team.", min=5, max=2000)] = 50,
    port: Annotated[int, typer.Option(help="Port of the web server.", min=1, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option("--dir", help="Where the company's files and data live.")] = Path("var/demo"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open it, or only build it.")] = True,
) -> None:
    """Build or reuse the demo company, start worker and web, print address and sign-ins."""
    folder = folder.resolve()
    _refuse_busy_port(port, serve=serve)
    os.environ |= {"TANDEM_DATA_DIR": str(folder / "data"), "TANDEM_DEMO": "on", "TANDEM_BIND": LOOPBACK}
    started = time.monotonic()
    start_django()
    from tandem.cli.running import prepare

    prepare()
    if _built_size(folder) == sellers:
        output.people.print(f"The company in {folder} is built; opening it.")
    else:
        build(folder, sellers)
        output.people.print(f"Built in {time.monotonic() - started:.0f} s.")
    if serve:
        _serve(port)


def build(folder: Path, sellers: int) -> None:
    """Write the company's files and bring them in as a customer would."""
    from tandem.accounts.actions import imports
    from tandem.simulation import CompanyConfig, simulate

    marker = folder / "built.json"
    if marker.exists():
        raise Conflict(
            f"{folder} holds a company of another size.",
            hint=f"Delete {folder}, or name another folder with --dir.",
            context={"folder": str(folder)},
        )
    files = folder / "files"
    with output.progress_bar("Writing the company's files") as bar:
        simulate(CompanyConfig(sellers=sellers, seed=SEED), files, folder / "truth", bar)
    with output.progress_bar("Importing them") as bar:
        report = imports.import_path(files, actor=shell_actor(), progress=bar)
    output.people.print(
        f"{len(report.files)} files: {report.rows_landed:,} rows landed, {report.rows_refused:,} refused with reasons.",
        highlight=False,
    )
    marker.write_text(json.dumps({"sellers": sellers, "seed": SEED}))


def _built_size(folder: Path) -> int | None:
    marker = folder / "built.json"
    return json.loads(marker.read_text())["sellers"] if marker.exists() else None


def _refuse_busy_port(port: int, *, serve: bool) -> None:
    with socket.socket() as probe:
        if serve and probe.connect_ex((LOOPBACK, port)) == 0:
            raise Conflict(f"Port {port} is taken.", hint="Name another with --port.", code="demo.port")


def _serve(port: int) -> None:
    """Worker and web as child processes; both end with this one."""
    tandem = [sys.executable, "-m", "tandem.cli.main"]
    children = [
        subprocess.Popen([*tandem, "worker"]),  # noqa: S603  our own interpreter, fixed arguments
        subprocess.Popen([*tandem, "serve", "--host", LOOPBACK, "--port", str(port)], stdout=subprocess.DEVNULL),  # noqa: S603
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _wait_until_open(port)
        output.people.print(f"\nOpen http://{LOOPBACK}:{port}/ and choose who you are: one click for each role.")
        output.people.print("Ctrl+C ends it.", style="dim")
        children[1].wait()
    except KeyboardInterrupt:
        pass
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=15)


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.1)
