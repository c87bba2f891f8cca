"""Speed of the main pages over a simulated company. `python -m benchmarks.bench_pages [--sellers N] [--full]`.

The company is simulated and imported, then each page is asked for by the people who use it, 24 times (every record
page for 24 records), one after the other and after one unmeasured call. Prints the median, the 95th percentile, the most queries of
one page, and the 95th percentile as ratio to the profile page of the same run, which shows the frame alone. 10 sellers
take about a minute; 300, in full, about ten. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.bench_core import fresh_database
from benchmarks.figures import chosen, print_table, read_sizes

QUICK, FULL = 10, 300
SEED = 20261124
MOMENT = datetime(2026, 11, 24, 8, tzinfo=UTC)
TIMES = 24
LIMIT_MS = 300.0
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BASELINE = "profile (the frame alone)"


def build(sellers: int, folder: Path) -> None:
    """The company's files, written and brought in."""
    from tandem.accounts.actions.imports import import_path
    from tandem.core.actors import built_in_agent
    from tandem.simulation import CompanyConfig, simulate

    simulate(CompanyConfig(sellers=sellers, seed=SEED), folder / "files", None, lambda done, total, note: None)
    import_path(folder / "files", actor=built_in_agent("shell", "shell"), now=MOMENT)


def pages() -> Iterator[tuple[str, str, list[str]]]:
    """What is measured: title, role of who asks, addresses asked for in turn."""
    from tandem.accounts.models import Account, Contact, Opportunity

    def busiest(model: Any, address: str) -> list[str]:
        """The records with the latest touches."""
        lately = model.objects.exclude(last_activity_at=None).order_by("-last_activity_at", "id")
        return [f"{address}/{pk}" for pk in lately.values_list("id", flat=True)[:TIMES]]

    yield BASELINE, "revops", ["/profile"]
    for role in ("seller", "manager", "executive", "revops"):
        yield f"Today, {role}", role, ["/"]
    yield "accounts", "revops", ["/accounts"]
    yield "accounts, searched and sorted", "revops", ["/accounts?text=log&sort=-pipeline"]
    yield "account", "revops", busiest(Account, "/accounts")
    yield "contacts", "revops", ["/contacts"]
    yield "contact", "revops", busiest(Contact, "/contacts")
    yield "deals", "revops", ["/deals"]
    yield "board", "revops", ["/deals/board"]
    yield "deal", "revops", busiest(Opportunity, "/deals")
    yield "search", "revops", ["/search?q=log", "/search?q=anna", "/search?q=pilot"]
    yield "matches", "revops", ["/matches"]
    yield "data health", "revops", ["/data"]


def milliseconds_of(role: str, addresses: Sequence[str]) -> tuple[list[float], int]:
    """How long each call took, sorted; and the most queries of one. Raises RuntimeError when a page does not answer."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tandem.access.models import Person

    client = Client()
    person = Person.objects.filter(role=role, is_active=True).order_by("id")[0]
    client.force_login(person, backend=BACKEND)
    client.get(addresses[0])
    spent: list[float] = []
    queries = 0
    for address in islice(cycle(addresses), TIMES):
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            status = client.get(address).status_code
            spent.append(1_000 * (time.perf_counter() - began))
        if status != 200:
            raise RuntimeError(f"{address} answers {status} to {role}")
        queries = max(queries, len(asked))
    return sorted(spent), queries


def measure() -> bool:
    """Print the table; whether every page keeps within the limit."""
    rows: list[tuple[str, ...]] = []
    base, slow = 0.0, 0
    for title, role, addresses in pages():
        spent, queries = milliseconds_of(role, addresses)
        high = spent[int(0.95 * len(spent))]
        base = base or high
        slow += high > LIMIT_MS
        rows.append((title, f"{statistics.median(spent):.0f}", f"{high:.0f}", f"{queries}", f"{high / base:.1f}"))
    print_table("Pages", ("page", "median ms", "p95 ms", "queries", "x the frame"), rows)
    print(f"{slow} of {len(rows)} pages are above {LIMIT_MS:.0f} ms at the 95th percentile")
    return not slow


def main() -> int:
    """Build, measure; 1 when a page is above the limit."""
    sizes = read_sizes(__doc__, sellers=QUICK)
    sellers = chosen(sizes.sellers, quick=QUICK, full=FULL, is_full=sizes.full)
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, fresh_database():
        began = time.perf_counter()
        build(sellers, Path(folder))
        print(f"{sellers:,} sellers' company simulated and imported in {time.perf_counter() - began:.0f} s")
        return 0 if measure() else 1


if __name__ == "__main__":
    sys.exit(main())
