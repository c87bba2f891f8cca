"""A process of a proof, on a scratch database that its environment names: `python -m tandem.cli.proof.child WORK JSON`.

It says how far it is and what came out as JSON lines on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tandem.cli.proof.telling import say


def _migrate(_: Mapping[str, Any]) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    if connection.vendor == "sqlite":  # all of it into the one file that is copied
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _fuzz(told: Mapping[str, Any]) -> None:
    from tandem.cli.proof.fuzz import run_part

    found = run_part(told["part"], events=told["events"], seed=told["seed"], said=lambda done: say(done=done))
    say(report=found.as_dict())


def _machine(told: Mapping[str, Any]) -> None:
    from tandem.cli.proof.machine import run_machine

    try:
        run_machine(examples=told["examples"], steps=told["steps"], seed=told["seed"])
    except AssertionError as error:
        say(report={"leaks": [str(error)]})
    else:
        say(report={"leaks": []})


def _race(told: Mapping[str, Any]) -> None:
    from tandem.cli.proof import racing

    racing.ROLES[told["role"]](told)


WORK: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "migrate": _migrate,
    "fuzz": _fuzz,
    "machine": _machine,
    "race": _race,
}


def main() -> None:
    """Do one piece of work."""
    # A scratch database may be lost at any time, so it need not wait for the disk; locks and order are the same.
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    if "tandem-proof-" not in str(settings.DATA_DIR):
        raise SystemExit("This works on scratch databases alone; `tandem comply prove` makes them.")
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    WORK[sys.argv[1]](json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    main()
