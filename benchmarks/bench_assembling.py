"""Speed of putting golden records together. `python -m benchmarks.bench_assembling [--contacts N] [--full]`.

100,000 contacts, in full 1,000,000; a tenth as many accounts, three in ten contacts known by two sources. The second
run finds every record unchanged. Memory is the highest of the process so far.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.bench_core import MOMENT, fresh_database, seconds_of
from benchmarks.figures import chosen, print_table, read_sizes

QUICK, FULL = 100_000, 1_000_000
TITLES = ("VP Sales", "Head of IT", "Buyer", "CFO", "Software Engineer", "Marketing Manager", "Plant Director")
COLUMNS = ("source_id", "entity", "key", "data", "row_hash", "observed_at", "golden_id", "link", "is_dirty")


def account_rows(count: int, source: int) -> Iterator[tuple[Any, ...]]:
    """One account record each, as a CRM tells it."""
    for at in range(1, count + 1):
        data = {
            "name": f"Company {at} GmbH", "domain": f"company{at}.example.com", "country": "DE", "city": "Ulm",
            "industry": "Software", "employees": at % 5_000, "annual_revenue": str(at * 10), "currency": "EUR",
        }  # fmt: skip
        yield source, "account", f"A{at}", data, "", MOMENT, at, "alone", True


def contact_rows(count: int, accounts: int, crm: int, vendor: int) -> Iterator[tuple[Any, ...]]:
    """A CRM record for each contact, and for three in ten a vendor's."""
    for at in range(1, count + 1):
        account = at % accounts + 1
        data = {
            "first_name": f"Ann{at % 997}", "last_name": f"Lee{at % 7_919}", "email": f"p{at}@company{account}.example.com",
            "title": TITLES[at % len(TITLES)], "account_key": f"A{account}", "country": "DE",
            "phone": f"+4973{at:08d}", "opted_out": at % 50 == 0, "created_at": "2025-01-01T00:00:00+00:00",
        }  # fmt: skip
        yield crm, "contact", f"C{at}", data, "", MOMENT, at, "alone", True
        if at % 10 < 3:
            told = data | {"account_name": f"Company {account}", "title": TITLES[at % 5], "email_status": "valid"}
            del told["account_key"]
            yield vendor, "contact", f"V{at}", told, "", MOMENT + timedelta(days=1), at, "automatic", True


def measure(contacts: int) -> None:
    """Fill, put together, mark all changed, put together again."""
    from tandem.accounts.actions import assembling
    from tandem.accounts.models import Source, SourceRecord
    from tandem.core import bulk
    from tandem.core.actors import built_in_agent

    crm, vendor = (
        Source.objects.create(key=key, name=key, kind=key, created_at=MOMENT).id for key in ("crm", "vendor")
    )
    accounts = max(contacts // 10, 1)
    bulk.upsert(SourceRecord, COLUMNS, account_rows(accounts, crm), conflict=(), update=None)
    bulk.upsert(SourceRecord, COLUMNS, contact_rows(contacts, accounts, crm, vendor), conflict=(), update=None)
    actor = built_in_agent("shell", "shell")

    def run() -> None:
        assembling.assemble(actor=actor, now=MOMENT)

    golden, rows = contacts + accounts, []
    for title in ("first time", "again, nothing changed"):
        SourceRecord.objects.update(is_dirty=True)
        spent = seconds_of(run)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rows.append((title, f"{golden:,}", f"{spent:,.1f}", f"{golden / spent:,.0f}", f"{memory:.2f}"))
    print_table("Putting together", ("run", "golden records", "seconds", "a second", "GB"), rows)


if __name__ == "__main__":
    sizes = read_sizes(__doc__, contacts=QUICK)
    with fresh_database():
        measure(chosen(sizes.contacts, quick=QUICK, full=FULL, is_full=sizes.full))
