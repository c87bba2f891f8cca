"""Speed and memory of importing. `python -m benchmarks.bench_import [--contacts N] [--signals N] [--full]`; 0: not at all.

Accounts and contacts of one CRM are landed, matched and put together; signals are landed into the warehouse. Prints
rows a second, seconds and the peak memory of the process. 100,000 contacts and 1,000,000 signals take about two minutes
on two cores. In full 1,000,000 contacts and 10,000,000 signals, the sizes of the budgets: accounts and contacts under
600 s, signals under 2 GB. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import hashlib
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from benchmarks.bench_core import fresh_database
from benchmarks.figures import chosen, print_table, read_sizes

MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
CONTACTS_PER_ACCOUNT = 10
QUICK_CONTACTS, QUICK_SIGNALS = 100_000, 1_000_000
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


LINES: list[tuple[str, ...]] = []


def peak_mb() -> int:
    """Most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measured(title: str, rows: int, work: Callable[[], object]) -> float:
    """Run it, keep a line for the table, return the seconds."""
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    LINES.append((title, f"{rows:,}", f"{seconds:,.1f}", f"{rows / seconds:,.0f}", f"{peak_mb():,}", ""))
    return seconds


def judged(is_within: bool, budget: str) -> None:
    """Whether the last line keeps its budget."""
    LINES[-1] = (*LINES[-1][:-1], f"{'within' if is_within else 'OVER'} {budget}")


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
    judged(peak_mb() <= SIGNALS_BUDGET_MB, f"{SIGNALS_BUDGET_MB:,} MB")
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
    judged(total <= CONTACTS_BUDGET_SECONDS, f"{CONTACTS_BUDGET_SECONDS} s")
    print(f"Of {total:.1f} s matching and putting together took {spent['refresh']:.1f} s.")
    print(f"{Account.objects.count():,} accounts and {Contact.objects.count():,} contacts stand.", flush=True)
    measured("the same folder again", accounts + contacts, lambda: imports.import_path(folder, actor=shell, now=MOMENT))


def main() -> None:
    """Measure and print."""
    sizes = read_sizes(__doc__, contacts=QUICK_CONTACTS, signals=QUICK_SIGNALS)
    contacts = chosen(sizes.contacts, quick=QUICK_CONTACTS, full=1_000_000, is_full=sizes.full)
    signals = chosen(sizes.signals, quick=QUICK_SIGNALS, full=10_000_000, is_full=sizes.full)
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, fresh_database():
        for name, work, count in (("signals", import_signals, signals), ("crm", import_company, contacts)):
            (Path(folder) / name).mkdir()
            if count:
                work(Path(folder) / name, count)
    print_table("Importing", ("what", "rows", "seconds", "rows a second", "peak MB", "budget"), LINES)


if __name__ == "__main__":
    main()
