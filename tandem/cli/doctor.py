"""`tandem doctor`: is this installation well, and what to do where it is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from tandem.cli import output
from tandem.cli.ready import NotSetUp, require_database, start_django

app = typer.Typer(add_completion=False)
LEAST_FREE_BYTES = 2 * 1024**3


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


def _ledger() -> Check:
    from tandem.compliance import queries

    result = queries.verify()
    return Check("ledger", "ok" if result.holds else "problem", result.sentence)


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
    """Check settings, database, disk, ledger, jobs and the seven layers."""
    start_django()
    checks = [_settings(), _disk(), _database()]
    if checks[-1].state == "ok":
        later: tuple[Callable[[], Check], ...] = (_ledger, _jobs)
        checks += [check() for check in later] + _layers()
    if json:
        output.print_json([asdict(check) for check in checks])
    else:
        rows = [(check.name, check.state, check.message, check.remedy) for check in checks]
        output.print_table("Doctor", ["part", "state", "finding", "remedy"], rows)
    raise typer.Exit(output.EXIT_FAILED if any(check.state == "problem" for check in checks) else 0)
