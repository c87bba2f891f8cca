"""Kill importing processes at random points, let a last one finish, and compare with an import nobody disturbed.

`python -m tandem.accounts.tests.kill_imports --runs 200` prints a report; `TANDEM_TEST_DATABASE=postgresql` runs it there.
Importing processes are forked from this one, which itself never opens a database connection of Django's. Before each
round the tables are emptied; a round ends when an import has come through.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
ROWS_AT_ONCE = 40  # many small batches: many places to die
ACCOUNTS, DEALS, TOUCHES, SIGNALS = 30, 120, 240, 120
KILLS_PER_ROUND = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened. `rounds_wrong` must be zero; `kills` counts processes that died while importing."""

    database: str
    kills: int
    rounds: int
    rounds_wrong: int
    seconds: float

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing doubled, in any round."""
        return self.rounds_wrong == 0


def write_export(folder: Path) -> None:
    """A small company: people, products, accounts, contacts, deals, history, lines, touches, and signals."""

    def table(name: str, header: str, rows: list[str]) -> None:
        (folder / name).write_text("\n".join([header, *rows]) + "\n")

    table(
        "User.csv",
        "Id,Username,Name,Email,IsActive,UserType",
        [f"005{n},u{n},Seller {n},s{n}@ours.example,1,Standard" for n in range(5)],
    )
    table("Product2.csv", "Id,Name,ProductCode,Family", [f"01t{n},Pump {n},P{n},Pumps" for n in range(6)])
    table(
        "Account.csv",
        "Id,Name,Website,BillingCountry,OwnerId",
        [f"001{n},Firm{n} GmbH,firm{n}.de,Germany,005{n % 5}" for n in range(ACCOUNTS)],
    )
    table(
        "Contact.csv",
        "Id,AccountId,FirstName,LastName,Email,MailingCity",
        [f"003{n},001{n % ACCOUNTS},Ada{n},Vogel{n},a{n}@firm{n % ACCOUNTS}.de,Ulm" for n in range(ACCOUNTS * 2)],
    )
    # Every twentieth amount can't be read: rejects must survive a kill as well.
    table(
        "Opportunity.csv",
        "Id,Name,AccountId,StageName,Amount,CloseDate,OwnerId",
        [
            f"006{n},Deal {n},001{n % ACCOUNTS},Proposal,{'lots' if n % 20 == 7 else n},2026-12-31,005{n % 5}"
            for n in range(DEALS)
        ],
    )
    table(
        "OpportunityHistory.csv",
        "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate",
        [
            f"008{n},006{n % DEALS},{'Proposal' if n >= DEALS else 'Qualify'},{n},2026-12-31,2026-0{1 + n // DEALS}-15T08:00:00Z"
            for n in range(DEALS * 2)
        ],
    )
    table(
        "OpportunityLineItem.csv",
        "Id,OpportunityId,Product2Id,Quantity,UnitPrice,TotalPrice",
        [f"00k{n},006{n},01t{n % 6},1,5,5" for n in range(DEALS)],
    )
    table(
        "Task.csv",
        "Id,WhoId,WhatId,Subject,TaskSubtype,ActivityDate,OwnerId,CreatedDate",
        [
            f"00T{n},003{n % ACCOUNTS},006{n % DEALS},Call {n},Call,2026-10-{1 + n % 28:02d},005{n % 5},2026-10-01T08:00:00Z"
            for n in range(TOUCHES)
        ],
    )
    table(
        "surge.csv",
        "nr,what,when,site",
        [f"{n},topic,2026-10-{1 + n % 28:02d},firm{n % ACCOUNTS}.de" for n in range(SIGNALS)],
    )
    (folder.parent / "surge.toml").write_text(
        '[source]\nkey = "surge"\nkind = "intent"\n[[files]]\nmatch = "surge.csv"\nentity = "signal"\n'
        '[files.columns]\nnr = "key"\nwhat = "kind"\nwhen = "at"\nsite = "account_domain"\n'
    )


def _in_child(work: Callable[[], None]) -> int:
    """Fork; the child does the work and never returns."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _wait(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _import(folder: Path) -> None:
    from tandem.accounts.actions import imports, landing
    from tandem.core.actors import built_in_agent

    landing.ROWS_AT_ONCE = ROWS_AT_ONCE
    report = imports.import_path(
        folder, actor=built_in_agent("shell", "shell"), now=NOW, mapping=folder.parent / "surge.toml"
    )
    if report.failed:
        sys.stderr.write(f"{[file.error for file in report.files if file.error]}\n")
        os._exit(3)


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _empty() -> None:
    """Take all rows of the room away, and the files it keeps."""
    from django.apps import apps
    from django.conf import settings
    from django.db import connection

    tables = [model._meta.db_table for model in apps.get_app_config("accounts").get_models() if model._meta.managed]
    tables += [model._meta.db_table for model in apps.get_app_config("access").get_models()]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        else:
            cursor.execute("PRAGMA foreign_keys = OFF")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")
    _make_corrections_source()
    for place in (Path(settings.WAREHOUSE_DIR), Path(settings.DATA_DIR) / "rejects"):
        shutil.rmtree(place, ignore_errors=True)


def _make_corrections_source() -> None:
    """The source of people's corrections, which the migrations make."""
    from tandem.accounts.models import Source

    Source.objects.get_or_create(
        key="corrections", defaults={"name": "Corrections", "kind": "correction", "created_at": NOW}
    )


def _state() -> dict[str, object]:
    """What an import leaves behind, told without ids."""
    from django.conf import settings
    from django.db.models import F

    from tandem.access.models import Person
    from tandem.accounts import models as rows
    from tandem.accounts import warehouse

    loads = list(
        rows.Load.objects.order_by("file_name").values_list(
            "file_name",
            "state",
            "position",
            "rows_read",
            "rows_landed",
            "rows_unchanged",
            "rows_refused",
            "rejects_path",
        )
    )
    rejects = {
        name: sorted((Path(settings.DATA_DIR) / path).read_text().splitlines()) for name, *_, path in loads if path
    }
    owner = F("owner__email")
    signals = warehouse.signals(warehouse.connect(), rows.Load.objects.values_list("id", flat=True))
    return {
        "loads": [load[:-1] for load in loads],
        "rejects": rejects,
        "people": sorted(Person.objects.values_list("email", "name")),
        "records": sorted(rows.SourceRecord.objects.values_list("entity", "key", "row_hash", "is_dirty")),
        "accounts": sorted(rows.Account.objects.values_list("name", "domain", owner, "last_activity_at")),
        "contacts": sorted(rows.Contact.objects.values_list("name", "email", "account__name", "last_activity_at")),
        "deals": sorted(rows.Opportunity.objects.values_list("name", "account__name", "amount", owner, "stage_since", "last_activity_at")),
        "changes": sorted(rows.OpportunityChange.objects.values_list("opportunity__name", "field", "old", "new", "at")),
        "lines": sorted(rows.OpportunityProduct.objects.values_list("opportunity__name", "key", "product__name", "amount")),
        "touches": sorted(rows.Activity.objects.values_list("key", "opportunity__name", "contact__name", "account__name", owner)),
        "signals": sorted(signals.to_pandas()["key"].tolist()),
    }  # fmt: skip


def _digest(out: Path) -> Callable[[], None]:
    def write() -> None:
        out.write_text(json.dumps(_state(), default=str, indent=1))

    return write


def _undisturbed(folder: Path, out: Path) -> tuple[str, float]:
    """State and seconds of an import that nobody kills."""
    began = time.monotonic()
    if _wait(_in_child(lambda: _import(folder))):
        raise RuntimeError("The undisturbed import failed")
    seconds = time.monotonic() - began
    _wait(_in_child(_digest(out)))
    return out.read_text(), seconds


def run(runs: int, *, seed: int) -> Report:
    """Kill importing processes `runs` times; after every few, let one finish and compare what stands there."""
    from django.db import connection

    began = time.monotonic()
    chance = random.Random(seed)
    place = Path(tempfile.mkdtemp(prefix="tandem-kill-"))
    folder, out = place / "export", place / "state.json"
    folder.mkdir()
    write_export(folder)
    _warm_up()
    _wait(_in_child(_migrate))
    _wait(_in_child(_empty))
    wanted, seconds = _undisturbed(folder, out)
    kills = rounds = wrong = 0
    while kills < runs:
        _wait(_in_child(_empty))
        for _ in range(min(KILLS_PER_ROUND, runs - kills)):
            child = _in_child(lambda: _import(folder))
            time.sleep(chance.uniform(0, seconds * 0.9))
            os.kill(child, signal.SIGKILL)
            kills += _wait(child) == -signal.SIGKILL
        rounds += 1
        found, _ = _undisturbed(folder, out)
        if found != wanted:
            wrong += 1
            (place / f"wrong-{rounds}.json").write_text(found)
    if not wrong:
        shutil.rmtree(place, ignore_errors=True)
    return Report(
        database=connection.vendor, kills=kills, rounds=rounds, rounds_wrong=wrong, seconds=time.monotonic() - began
    )


def _warm_up() -> None:
    """Import here what the children need, so that each of them dies at work and not while loading modules."""
    import duckdb  # noqa: F401
    import ibis  # noqa: F401
    import phonenumbers  # noqa: F401
    import tldextract  # noqa: F401

    from tandem.accounts.actions import imports  # noqa: F401


def main() -> int:
    """Run it and print the report; 1 when a round ended in another state."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="how many SIGKILLs")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    import tandem.config.testing  # noqa: F401

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    import django

    django.setup()
    report = run(given.runs, seed=given.seed)
    sys.stdout.write(f"{report}\n")
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
