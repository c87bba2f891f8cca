"""Speed and memory of importing. `python benchmarks/bench_import.py [--contacts 100000] [--signals 1000000]`.

Accounts and contacts of one CRM are landed, matched and put together; signals are landed into the warehouse. Prints
rows a second, seconds and the peak memory of the process. The default sizes take about two minutes on two cores;
`--contacts 1000000 --signals 10000000` are the sizes of the budget: accounts and contacts under 600 s, signals under
2 GB. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tandem.config.testing  # noqa: F401  a throw-away data folder or server, before Django reads its settings

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
CONTACTS_PER_ACCOUNT = 10
CONTACTS_BUDGET_SECONDS = 600
SIGNALS_BUDGET_MB = 2_000
FIRST = (
    "Ada",
    "Bo",
    "Cleo",
    "Dirk",
    "Eva",
    "Finn",
    "Gesa",
    "Hugo",
    "Ines",
    "Jan",
    "Kim",
    "Lars",
    "Mia",
    "Nils",
    "Olga",
    "Paul",
)
CONSONANTS, VOWELS = "bcdfghjklmnpqrstvwxz", "aeiou"
PARTS = (
    "ber",
    "dor",
    "fal",
    "gan",
    "hel",
    "kor",
    "lin",
    "mar",
    "nor",
    "pol",
    "quin",
    "ros",
    "sel",
    "tam",
    "vel",
    "wes",
)


def invented_name(number: int) -> str:
    """A word for a number; words of different numbers are unlike each other."""
    digest = hashlib.blake2b(str(number).encode(), digest_size=10).digest()
    return "".join(
        CONSONANTS[left % 20] + VOWELS[right % 5] for left, right in zip(digest[::2], digest[1::2], strict=True)
    ).capitalize()


def write_accounts(out: TextIO, count: int) -> None:
    """A Salesforce account export."""
    out.write('"Id","Name","Website","BillingCity","BillingCountry","NumberOfEmployees","OwnerId","LastModifiedDate"\n')
    for at in range(count):
        name = invented_name(at)
        out.write(
            f'"001{at:015d}","{name} GmbH","www.{name.lower()}.de","Ulm","Germany","{at % 900 + 5}","005{at % 50:015d}",'
            f'"2026-05-{at % 28 + 1:02d}T08:00:00Z"\n'
        )


def write_contacts(out: TextIO, count: int) -> None:
    """A Salesforce contact export, ten people an account."""
    out.write(
        '"Id","AccountId","FirstName","LastName","Email","Phone","Title","MailingCity","MailingCountry","LastModifiedDate"\n'
    )
    for at in range(count):
        account, first = at // CONTACTS_PER_ACCOUNT, FIRST[at % len(FIRST)]
        last = invented_name(at // 3)
        mail = f"{first}.{last}@{invented_name(account)}.de".lower()
        out.write(
            f'"003{at:015d}","001{account:015d}","{first}","{last}","{mail}","+49 731 {at:07d}","Head of {at % 40}","Ulm",'
            f'"Germany","2026-05-{at % 28 + 1:02d}T08:00:00Z"\n'
        )


def write_signals(out: TextIO, count: int) -> None:
    """A list of intent signals for a mapping file."""
    out.write("nr,what,when,how much,site\n")
    for at in range(count):
        out.write(
            f"{at},topic surge,2026-{at % 9 + 1:02d}-{at % 28 + 1:02d},{at % 100}.5,{PARTS[at % 16]}{at % 50_000}.de\n"
        )


MAPPING = """[source]
key = "surge"
kind = "intent"
[[files]]
match = "signals.csv"
entity = "signal"
[files.columns]
nr = "key"
what = "kind"
when = "at"
"how much" = "strength"
site = "account_domain"
"""


@contextmanager
def fresh_database() -> Iterator[None]:
    """A migrated test database for the length of the block."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tandem.config.settings")
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


def peak_mb() -> int:
    """Most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measured(title: str, rows: int, work: Callable[[], object]) -> float:
    """Run it, print a line, return the seconds."""
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(
        f"{title:<44}{rows:>12,} rows {seconds:>8.1f} s {rows / seconds:>10,.0f} /s   peak {peak_mb():>6,} MB",
        flush=True,
    )
    return seconds


def import_signals(folder: Path, count: int) -> None:
    """Land one large CSV."""
    from tandem.accounts.actions.imports import import_path
    from tandem.core.actors import built_in_agent

    file, mapping = folder / "signals.csv", folder / "signals.toml"
    with file.open("w") as out:
        write_signals(out, count)
    mapping.write_text(MAPPING)
    shell = built_in_agent("shell", "shell")
    measured(
        "one CSV of signals, into the warehouse",
        count,
        lambda: import_path(file, actor=shell, now=MOMENT, mapping=mapping),
    )
    print(f"{'':<44}{'within' if peak_mb() <= SIGNALS_BUDGET_MB else 'OVER'} the budget of {SIGNALS_BUDGET_MB:,} MB")
    file.unlink()


def import_company(folder: Path, contacts: int) -> None:
    """Land accounts and contacts, match them, put them together."""
    from tandem.accounts.actions import golden, imports
    from tandem.accounts.models import Account, Contact
    from tandem.core.actors import built_in_agent

    accounts = contacts // CONTACTS_PER_ACCOUNT
    for name, write, count in (("Account.csv", write_accounts, accounts), ("Contact.csv", write_contacts, contacts)):
        with (folder / name).open("w") as out:
            write(out, count)
    shell = built_in_agent("shell", "shell")
    spent: dict[str, float] = {}
    refresh = golden.refresh

    def timed_refresh(**more: object) -> object:
        """The refresh, with its share of the time noted."""
        started = time.perf_counter()
        report = refresh(**more)  # type: ignore[arg-type]
        spent["refresh"] = time.perf_counter() - started
        return report

    imports.golden.refresh = timed_refresh  # type: ignore[assignment]
    total = measured(
        f"{accounts:,} accounts and {contacts:,} contacts", accounts + contacts,
        lambda: imports.import_path(folder, actor=shell, now=MOMENT),
    )  # fmt: skip
    imports.golden.refresh = refresh
    print(
        f"{'':<44}of which matching and putting together {spent['refresh']:.1f} s, landing {total - spent['refresh']:.1f} s"
    )
    print(f"{'':<44}{Account.objects.count():,} accounts and {Contact.objects.count():,} contacts stand")
    print(
        f"{'':<44}{'within' if total <= CONTACTS_BUDGET_SECONDS else 'OVER'} the budget of {CONTACTS_BUDGET_SECONDS} s"
    )
    measured("the same folder again", accounts + contacts, lambda: imports.import_path(folder, actor=shell, now=MOMENT))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000, help="0: leave out")
    parser.add_argument("--signals", type=int, default=1_000_000, help="0: leave out")
    sizes = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, fresh_database():
        for name, work, count in (("signals", import_signals, sizes.signals), ("crm", import_company, sizes.contacts)):
            (Path(folder) / name).mkdir()
            if count:
                work(Path(folder) / name, count)


if __name__ == "__main__":
    main()
