"""Bulk writes store what the ORM would have stored, on either database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from tandem.core import bulk
from tandem.core.models import ExchangeRate, Job

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 11, 24, 8, 40, 0, 123456, tzinfo=UTC)
JOB_COLUMNS = (
    "task", "payload", "state", "next_due_at", "claim", "claimed_at", "tries", "max_tries", "unique_key",
    "progress_done", "progress_total", "progress_note", "error", "created_at", "finished_at",
)  # fmt: skip


def job_row(key: str, **payload: object) -> tuple[object, ...]:
    return ("a.b", payload, "waiting", MOMENT, None, None, 0, 5, key, 0, None, "", "tab\there", MOMENT, None)


def test_a_bulk_row_equals_an_orm_row() -> None:
    bulk.upsert(Job, JOB_COLUMNS, [job_row("k", name="Kröger", n=[1, None])], conflict=("unique_key",), update=None)
    job = Job.objects.get()
    twin = Job.objects.create(
        task="a.b", payload={"name": "Kröger", "n": [1, None]}, next_due_at=MOMENT, created_at=MOMENT, error="tab\there"
    )
    twin.refresh_from_db()
    for field in ("task", "payload", "state", "next_due_at", "created_at", "error", "progress_total"):
        assert getattr(job, field) == getattr(twin, field)


def test_a_conflict_updates_only_the_named_columns() -> None:
    columns = ("base", "quote", "on", "rate", "source")
    day = date(2026, 11, 24)
    key = ("base", "quote", "on")
    bulk.upsert(ExchangeRate, columns, [("EUR", "USD", day, Decimal("1.08"), "a")], conflict=key, update=None)
    bulk.upsert(ExchangeRate, columns, [("EUR", "USD", day, Decimal("1.09"), "b")], conflict=key, update=("rate",))
    bulk.upsert(ExchangeRate, columns, [("EUR", "USD", day, Decimal("9.99"), "c")], conflict=key, update=None)
    rate = ExchangeRate.objects.get()
    assert (rate.rate, rate.source) == (Decimal("1.09"), "a")


def test_update_many_touches_the_rows_named_and_no_other() -> None:
    bulk.upsert(Job, JOB_COLUMNS, [job_row(str(n)) for n in range(3)], conflict=("unique_key",), update=None)
    first, second, third = Job.objects.order_by("unique_key")
    bulk.update_many(Job, "id", ("error", "payload"), [(first.id, "x", {"a": 1}), (third.id, "z", {})])
    assert [job.error for job in Job.objects.order_by("unique_key")] == ["x", "tab\there", "z"]
    assert Job.objects.get(id=first.id).payload == {"a": 1}
    assert Job.objects.get(id=second.id).payload == {}


def test_reserved_ids_are_free_and_never_given_again() -> None:
    with transaction.atomic():
        first = bulk.reserve_ids(ExchangeRate, 10)
        second = bulk.reserve_ids(ExchangeRate, 5)
        assert set(first).isdisjoint(second)
        row = ExchangeRate.objects.create(
            base="EUR", quote="CHF", on=date(2026, 1, 2), rate=Decimal("0.95"), source="test"
        )
    assert row.id not in {*first, *second}
    assert bulk.reserve_ids(ExchangeRate, 0) == range(0)
