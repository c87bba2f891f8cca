"""Speed of bulk writes against the ORM. `python -m benchmarks.bench_core [--rows N] [--full]`.

100,000 rows of ten columns, in full 1,000,000; each figure with its ratio to a baseline of the same run. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import tandem.config.testing  # noqa: F401  a throw-away data folder or server, before Django reads its settings
from benchmarks.figures import chosen, print_table, read_sizes

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUICK, FULL = 100_000, 1_000_000
BY_ORM = 20_000
COLUMNS = ("key", "name", "domain", "country", "city", "revenue", "employees", "is_customer", "updated_at")


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


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def company_rows(count: int, city: str = "Ulm") -> Iterator[tuple[object, ...]]:
    """Nine values a row (the tenth column is the id): text, number, decimal, yes or no, moment."""
    for at in range(count):
        seen = MOMENT + timedelta(seconds=at % 3600)
        yield f"crm:{at}", f"Company {at}", f"c{at}.example", "DE", city, Decimal(at % 1000), at, at % 2 == 0, seen


def company_model() -> type[Any]:
    """A ten-column table with a unique key, made for the measurement."""
    from django.db import connection, models

    class BenchCompany(models.Model):
        key = models.CharField(max_length=200, unique=True)
        name = models.CharField(max_length=255)
        domain = models.CharField(max_length=253)
        country = models.CharField(max_length=2)
        city = models.CharField(max_length=120)
        revenue = models.DecimalField(max_digits=20, decimal_places=2)
        employees = models.PositiveIntegerField()
        is_customer = models.BooleanField()
        updated_at = models.DateTimeField()

        class Meta:
            app_label = "core"

    with connection.schema_editor() as editor:
        editor.create_model(BenchCompany)
    return BenchCompany


def bench_bulk(rows: int) -> None:
    """Insert, repeat, change and update by key, against `bulk_create` of the ORM."""
    from django.db import connection

    from tandem.core import bulk

    model = company_model()

    def by_orm() -> None:
        made = company_rows(BY_ORM)
        model.objects.bulk_create([model(**dict(zip(COLUMNS, row, strict=True))) for row in made], batch_size=1_000)

    def put(given: list[tuple[object, ...]]) -> float:
        return seconds_of(lambda: bulk.upsert(model, COLUMNS, given, conflict=("key",), update=("city", "revenue")))

    baseline = BY_ORM / seconds_of(by_orm)
    model.objects.all().delete()
    first, second = list(company_rows(rows)), list(company_rows(rows, "Bonn"))
    rates = [("ORM bulk_create (baseline)", baseline)]
    for title, given in (("all new", first), ("all there and equal", first), ("all there and different", second)):
        rates.append((f"upsert, {title}", rows / put(given)))
    ids = list(model.objects.order_by("id").values_list("id", flat=True))
    changed = [(key, "Kiel", at) for at, key in enumerate(ids)]
    spent = seconds_of(lambda: bulk.update_many(model, "id", ("city", "employees"), changed))
    rates.append(("update_many by id, two columns", rows / spent))
    table = [(title, f"{rate:,.0f}", f"{rate / baseline:.1f}") for title, rate in rates]
    print_table(f"Bulk writes, {rows:,} rows, {connection.vendor}", ("way", "rows a second", "x the baseline"), table)
    with connection.schema_editor() as editor:
        editor.delete_model(model)


def main() -> None:
    """Run every measurement."""
    sizes = read_sizes(__doc__, rows=QUICK)
    with fresh_database():
        bench_bulk(chosen(sizes.rows, quick=QUICK, full=FULL, is_full=sizes.full))


if __name__ == "__main__":
    main()
