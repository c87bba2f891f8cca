"""`tandem doctor`: is this installation well, and what to do where it is not."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import NotSetUp, require_database, start_django

app = typer.Typer(add_completion=False)
LEAST_FREE_BYTES = 2 * 1024**3
LEAST_KEY_LETTERS = 50
KEY_FILES = ("secret_key", "registry_keys", "signing_key")
LONGEST_WITHOUT_NIGHT_DAYS = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `state` is ok, note (works, but read this) or problem."""

    name: str
    state: str
    message: str
    remedy: str = ""


def _settings() -> Check:
    from django.conf import settings

    known = {setting.name for setting in settings.DECLARED}
    strays = sorted(
        name for name in os.environ if name.startswith("TANDEM_") and name not in known | {"TANDEM_FIRST_PASSWORD"}
    )
    if strays:
        return Check(
            "settings",
            "note",
            f"Not known and without effect: {', '.join(strays)}.",
            "Check the spelling against docs/reference/settings.md.",
        )
    changed = [setting.name for setting in settings.DECLARED if setting.value != setting.default]
    return Check("settings", "ok", f"Set: {', '.join(changed)}." if changed else "All at their defaults.")


def _database() -> Check:
    try:
        require_database()
    except NotSetUp as error:
        return Check("database", "problem", error.message, error.hint or "")
    from django.db import connection

    return Check("database", "ok", f"{connection.display_name}, all migrations applied.")


def _disk() -> Check:
    from django.conf import settings

    folder = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.DATA_DIR.parent
    free = shutil.disk_usage(folder if folder.exists() else ".").free
    if free < LEAST_FREE_BYTES:
        return Check(
            "disk",
            "problem",
            f"{free / 1024**3:.1f} GiB free at {folder}; 2 GiB is the least.",
            "Make room, or move TANDEM_DATA_DIR.",
        )
    return Check("disk", "ok", f"{free / 1024**3:.0f} GiB free at {folder}.")


def _warehouse() -> Check:
    """Writes a Parquet file into the warehouse and reads it back through its engine."""
    from django.conf import settings

    from tandem.accounts import warehouse

    word = secrets.token_hex(8)
    try:
        rows = warehouse.write_and_read_back(word)
    except Exception as error:  # noqa: BLE001  whatever the engine says is the finding
        return Check(
            "warehouse",
            "problem",
            f"{warehouse.folder()} can't be written and read: {error}".splitlines()[0],
            "Give the user that runs Tandem the right to write there, or check TANDEM_WAREHOUSE_URL.",
        )
    if rows != [word]:
        return Check("warehouse", "problem", "What was written came back otherwise.", "Check the disk.")
    engine = "outside warehouse" if settings.WAREHOUSE_URL else "DuckDB"
    return Check("warehouse", "ok", f"Writes and reads {warehouse.folder()} ({engine}).")


def _keys() -> Check:
    """The key of sessions and signatures is long, and nobody else on the machine can read the files of keys."""
    from django.conf import settings

    if len(settings.SECRET_KEY) < LEAST_KEY_LETTERS:
        return Check(
            "keys",
            "problem",
            f"The secret key has {len(settings.SECRET_KEY)} characters; {LEAST_KEY_LETTERS} is the least.",
            "Give a longer TANDEM_SECRET_KEY, or leave it out: one is made.",
        )
    files = [file for name in KEY_FILES if (file := Path(settings.DATA_DIR) / name).exists()]
    for file in files:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            return Check(
                "keys", "problem", f"Others on this machine can read {file} ({mode:o}).", f"Run `chmod 600 {file}`."
            )
    if not files:
        return Check("keys", "ok", "All keys come from the environment.")
    names = ", ".join(file.name for file in files)
    return Check("keys", "ok", f"In {settings.DATA_DIR}, readable by their owner only: {names}.")


def _mail() -> Check:
    """Tandem sends nothing by itself yet; the check says so instead of staying silent."""
    return Check("mail", "note", "No way out for mail is configured: nothing is sent.", "Nothing to do.")


def _ledger() -> Check:
    from tandem.compliance import queries
    from tandem.core import clock

    result = queries.verify()
    if not result.holds:
        return Check("ledger", "problem", result.sentence, "Keep the checkpoints, and compare with a backup.")
    late = queries.proof_warnings(now=clock.now())
    if late:
        told = " ".join((result.sentence, *late))
        return Check("ledger", "note", told, "Let the night run; `tandem ledger anchor now` tries at once.")
    return Check("ledger", "ok", result.sentence)


def _worker() -> Check:
    """A worker is running as long as nothing that is due waits for more than five minutes, and nights happen."""
    from tandem.core import clock, jobs, nightly

    late = jobs.job_counts().late
    if late:
        told = "1 job is" if late == 1 else f"{late} jobs are"
        return Check(
            "worker", "problem", f"{told} more than five minutes late: no worker runs.", "Run `tandem worker`."
        )
    night = nightly.last_run()
    if night is None or night.day < nightly.today(clock.now()) - timedelta(days=LONGEST_WITHOUT_NIGHT_DAYS):
        told = "There has been no night yet." if night is None else f"The last night was that of {night.day}."
        return Check("worker", "note", f"No job is late. {told}", "Let `tandem worker` run, also at night.")
    return Check("worker", "ok", f"No job is late; the last night was that of {night.day}.")


def _jobs() -> Check:
    from tandem.core import jobs

    counts = jobs.job_counts()
    if counts.dead:
        return Check(
            "jobs",
            "problem",
            f"{counts.dead} jobs gave up.",
            "Open the Jobs page: read the error, then run them again.",
        )
    return Check("jobs", "ok", f"{counts.waiting} waiting, none dead.")


def _layers() -> list[Check]:
    from tandem.accounts.queries import health

    found = []
    for layer in health.list_layers():
        state = {"healthy": "ok", "degraded": "note"}.get(layer.state, "note")
        found.append(Check(f"layer: {layer.title}", state, layer.evidence, layer.risk or ""))
    return found


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Check settings, keys, database, warehouse, disk, mail, ledger, worker, jobs and the seven layers.

    Ends with 1 when something is a problem; a note is none.
    """
    start_django()
    checks = [_settings(), _keys(), _disk(), _warehouse(), _mail(), _database()]
    if checks[-1].state == "ok":
        later: tuple[Callable[[], Check], ...] = (_ledger, _worker, _jobs)
        checks += [check() for check in later] + _layers()
    if json:
        output.print_json([asdict(check) for check in checks])
    else:
        rows = [(check.name, check.state, check.message, check.remedy) for check in checks]
        output.print_table("Doctor", ["part", "state", "finding", "remedy"], rows)
    raise typer.Exit(output.EXIT_FAILED if any(check.state == "problem" for check in checks) else 0)
