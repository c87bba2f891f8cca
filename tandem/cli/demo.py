"""`tandem demo`: a working company from exported files, opened in the browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import shell_actor, start_django
from tandem.core import clock
from tandem.core.errors import AppError, Conflict

if TYPE_CHECKING:
    from tandem.cli.outreach.post import Post

app = typer.Typer(add_completion=False)

LOOPBACK = "127.0.0.1"
SEED = 20261124
TIME_ZONE = "Europe/Berlin"
START_SECONDS = 30
TANDEM = (sys.executable, "-m", "tandem.cli.main")
# How often each of the company's systems is expected to be heard, as RevOps would set it.
EXPECTED_HOURS = {"salesforce": 24, "hubspot": 24, "segment": 24, "bombora": 24 * 8, "mail": 24, "news": 24}


@app.command()
def demo(
    sellers: Annotated[int, typer.Option(help="Size of the sales team.", min=5, max=2000)] = 50,
    port: Annotated[int, typer.Option(help="Port of the web server.", min=1, max=65535)] = 8000,
    folder: Annotated[Path, typer.Option("--dir", help="Where the company's files and data live.")] = Path("var/demo"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open it, or only build it.")] = True,
    outreach: Annotated[
        bool, typer.Option("--outreach/--no-outreach", help="Let its last weeks of outreach happen.")
    ] = True,
) -> None:
    """Build or reuse the demo company, start worker and web, print address and sign-ins."""
    folder = folder.resolve()
    _refuse_busy_port(port, serve=serve)
    built = _read(folder / "built.json")
    if built not in (None, sellers) or _read(folder / "written.json") not in (None, sellers):
        raise Conflict(
            f"{folder} holds a company of another size.",
            hint=f"Delete {folder}, or name another folder with --dir.",
            context={"folder": str(folder)},
        )
    os.environ |= {"TANDEM_DATA_DIR": str(folder / "data"), "TANDEM_DEMO": "on", "TANDEM_BIND": LOOPBACK}
    os.environ.setdefault("TANDEM_TIME_ZONE", TIME_ZONE)
    from tandem.cli import outreach_morning

    # Before anything reads the settings: mail of the demo must never leave this machine.
    post = outreach_morning.open_post(folder)
    os.environ |= outreach_morning.settings_for(folder, post)
    with post, _stage(port if serve else None) as stage:
        if built is None:
            _build(folder, sellers, stage)
        else:
            output.people.print(f"The company in {folder} is built; opening it.")
            _set_up()
        stage.open()
        _live_through_the_first_night(folder)
        if outreach:
            _live_through_weeks_of_outreach(folder, post)
        with _postman(post):
            stage.stay()


class _Stage:
    """The web server and the worker as child processes. `port` None: nothing is served."""

    def __init__(self, port: int | None) -> None:
        self._port = port
        self._children: list[subprocess.Popen[bytes]] = []

    def open(self) -> None:
        """Start the web server, once, and say where it is."""
        if self._port is None or self._children:
            return
        serve = [*TANDEM, "serve", "--host", LOOPBACK, "--port", str(self._port)]
        self._children.append(subprocess.Popen(serve, stdout=subprocess.DEVNULL))  # noqa: S603  our own program
        _wait_until_open(self._port)
        output.people.print(f"\nOpen http://{LOOPBACK}:{self._port}/ and choose who you are: one click for each role.")

    def stay(self) -> None:
        """Let the worker work until the web server ends or somebody presses Ctrl+C."""
        if not self._children:
            return
        self._children.append(subprocess.Popen([*TANDEM, "worker"]))  # noqa: S603  our own program
        output.people.print("Ctrl+C ends it.", style="dim")
        self._children[0].wait()

    def close(self) -> None:
        """End both."""
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait(timeout=15)


@contextmanager
def _stage(port: int | None) -> Iterator[_Stage]:
    """Whatever happens, no child process outlives this one."""
    stage = _Stage(port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield stage
    except KeyboardInterrupt:
        pass
    finally:
        stage.close()


def _build(folder: Path, sellers: int, stage: _Stage) -> None:
    """Write the company's files and bring them in as a customer would; a broken-off build goes on where it stood."""
    started = time.monotonic()
    _write_files(folder, sellers)
    start_django()
    from tandem.accounts.actions import imports

    _introduce_the_company()
    with output.progress_bar("Importing them") as bar:
        report = imports.import_path(folder / "files", actor=shell_actor(), when_ready=stage.open, progress=bar)
    output.people.print(
        f"{len(report.files)} files: {report.rows_landed:,} rows landed, {report.rows_refused:,} refused with reasons.",
        highlight=False,
    )
    _finish()
    (folder / "built.json").write_text(json.dumps({"sellers": sellers, "seed": SEED}))
    output.people.print(f"Built in {time.monotonic() - started:.0f} s.")


def _write_files(folder: Path, sellers: int) -> None:
    """The files, while another process prepares the database."""
    from tandem.simulation import CompanyConfig, simulate

    setup = subprocess.Popen([*TANDEM, "setup"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
    if _read(folder / "written.json") is None:
        shutil.rmtree(folder / "files", ignore_errors=True)
        (folder / "truth.sqlite").unlink(missing_ok=True)
        with output.progress_bar("Writing the company's files") as bar:
            # Up to yesterday: nothing may have happened that the clock has not reached.
            config = CompanyConfig(sellers=sellers, seed=SEED, end=clock.now().date() - timedelta(days=1))
            simulate(config, folder / "files", folder / "truth.sqlite", bar)
        (folder / "written.json").write_text(json.dumps({"sellers": sellers, "seed": SEED}))
    _, told = setup.communicate()
    if setup.returncode:
        raise AppError("The database could not be prepared.", hint=told.decode().strip(), code="demo.setup")


def _set_up() -> None:
    start_django()
    from tandem.cli.running import prepare

    prepare()


def _introduce_the_company() -> None:
    """What RevOps types in on the first day: no export tells it."""
    from tandem.access.actions import update_organisation
    from tandem.simulation.lexicon import load

    own = load("own")["company"]
    update_organisation(
        actor=shell_actor(),
        name=own["name"],
        domains=(own["domain"],),
        currency="EUR",
        country="DE",
        region="NW",
        time_zone=TIME_ZONE,
    )


def _live_through_the_first_night(folder: Path) -> None:
    """Once: what a night does, so that every seller finds a ranked and researched book. Pages are open meanwhile."""
    marker = folder / "night.json"
    if marker.exists():
        return
    from django.utils import timezone

    from tandem.cli.first_night import live_through

    started, now = time.monotonic(), clock.now()
    output.people.print("Scoring, ranking and researching accounts as every night; pages fill as it goes.")
    with output.progress_bar("The first night") as bar:
        wrong = live_through(day=timezone.localtime(now).date(), actor=shell_actor(), now=now, progress=bar)
    for told in wrong:
        output.people.print(told, style="yellow", highlight=False)
    marker.write_text(json.dumps({"day": str(now.date()), "wrong": wrong}))
    output.people.print(f"The first night took {time.monotonic() - started:.0f} s.")


def _live_through_weeks_of_outreach(folder: Path, post: Post) -> None:
    """Once: the last weeks of outreach as they would have been, with real mail to the demo's own server."""
    marker = folder / "outreach.json"
    if marker.exists():
        return
    from tandem.cli.outreach_morning import live_through_weeks

    started, now = time.monotonic(), clock.now()
    output.people.print("Letting four weeks of outreach happen: texts, approvals, mail, replies.")
    try:
        with output.progress_bar("Outreach") as bar:
            happened = live_through_weeks(folder, post, actor=shell_actor(), now=now, progress=bar)
    except AppError as error:  # the company is there all the same
        happened = {}
        output.people.print(f"Outreach ended early: {error.message}", style="yellow", highlight=False)
    marker.write_text(json.dumps(happened, indent=1))
    if happened:
        output.people.print(
            f"{happened['enrolled']} people enrolled, {happened['sent']} mails sent, {happened['received']} came back; "
            f"it took {time.monotonic() - started:.0f} s.",
            highlight=False,
        )


@contextmanager
def _postman(post: Post) -> Iterator[None]:
    """While the demo is open, people outside go on answering, in real time."""
    from tandem.cli.outreach.weeks import carry_post

    stop = threading.Event()
    carrier = threading.Thread(target=carry_post, args=(post, stop), daemon=True)
    carrier.start()
    try:
        yield
    finally:
        stop.set()
        carrier.join(timeout=5)


def _finish() -> None:
    """What RevOps would do after the first import: say what is expected of the systems, and look at the data."""
    from tandem.accounts.actions.reports import refresh_sufficiency
    from tandem.accounts.actions.sources import expect_source

    actor, now = shell_actor(), clock.now()
    for key, hours in EXPECTED_HOURS.items():
        expect_source(key, hours, actor=actor, now=now)
    refresh_sufficiency(actor=actor, now=now)


def _read(marker: Path) -> int | None:
    """The size of the company that a marker tells of; None when it is not there."""
    return int(json.loads(marker.read_text())["sellers"]) if marker.exists() else None


def _refuse_busy_port(port: int, *, serve: bool) -> None:
    with socket.socket() as probe:
        if serve and probe.connect_ex((LOOPBACK, port)) == 0:
            raise Conflict(f"Port {port} is taken.", hint="Name another with --port.", code="demo.port")


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.1)
