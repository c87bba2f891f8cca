"""Bulk writes store what the ORM would have stored, on the database at hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.core import bulk
from tandem.core.models import ExchangeRate, Job, JobState

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
COLUMNS = ("task", "payload", "state", "next_due_at", "tries", "unique_key", "progress_note", "error", "created_at")


def stored(table: str, columns: str, where: str = "1 = 1") -> list[tuple[object, ...]]:
    """Rows as the database holds them, without the ORM's conversion back."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} WHERE {where} ORDER BY id")
        return cursor.fetchall()


texts = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)).flatmap(
    lambda naive: st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=8))]).map(
        lambda zone: naive.replace(tzinfo=zone)
    )
)
job_rows = st.tuples(
    texts,
    json_values.filter(lambda value: value is not None),
    st.sampled_from([JobState.WAITING, "waiting"]),
    st.none() | moments,
    st.integers(0, 2**31 - 1),
    st.none(),
    texts,
    texts,
    moments,
)


@given(rows=st.lists(job_rows, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_stored_equals_what_the_orm_stores(rows):
    with transaction.atomic():
        Job.objects.all().delete()
        for row in rows:
            Job.objects.create(**dict(zip(COLUMNS, row, strict=True)))
        names = ", ".join(field.column for field in Job._meta.concrete_fields if field.name != "id")
        by_orm = stored("core_job", names)
        Job.objects.all().delete()
        counts = bulk.upsert(Job, COLUMNS, rows, conflict=(), update=None)
        assert stored("core_job", names) == by_orm
        assert counts == bulk.Counts(rows=len(rows), inserted=len(rows))


@given(amounts=st.lists(st.decimals("0.00000001", "9999999999", places=8), max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_decimals_and_days_are_stored_as_by_the_orm(amounts):
    rows = [("EUR", "USD", date(2026, 1, 1) + timedelta(days=at), value, "t") for at, value in enumerate(amounts)]
    names = ("base", "quote", "on", "rate", "source")
    with transaction.atomic():
        ExchangeRate.objects.all().delete()
        for row in rows:
            ExchangeRate.objects.create(**dict(zip(names, row, strict=True)))
        by_orm = stored("core_exchangerate", 'base, quote, "on", rate, source')
        ExchangeRate.objects.all().delete()
        bulk.upsert(ExchangeRate, names, iter(rows), conflict=("base", "quote", "on"), update=("rate",))
        assert stored("core_exchangerate", 'base, quote, "on", rate, source') == by_orm


def rate(day: int, value: str, source: str = "bank") -> tuple[object, ...]:
    return ("EUR", "USD", date(2026, 1, day), Decimal(value), source)


RATE_COLUMNS = ("base", "quote", "on", "rate", "source")
RATE_KEY = ("base", "quote", "on")


def put(rows, **options):
    options = {"conflict": RATE_KEY, "update": ("rate",), **options}
    return bulk.upsert(ExchangeRate, RATE_COLUMNS, rows, **options)


def test_the_same_rows_a_second_time_change_nothing():
    rows = [rate(day, "1.1") for day in range(1, 6)]
    assert put(rows) == bulk.Counts(rows=5, inserted=5)
    again = put(rows)
    assert again == bulk.Counts(rows=5)
    assert again.unchanged == 5


def test_only_rows_that_differ_are_counted_as_updated_and_keep_their_id():
    put([rate(1, "1.1"), rate(2, "1.2")])
    ids = list(ExchangeRate.objects.order_by("on").values_list("id", flat=True))
    assert put([rate(1, "1.1"), rate(2, "1.3"), rate(3, "1.4")]) == bulk.Counts(rows=3, inserted=1, updated=1)
    assert list(ExchangeRate.objects.order_by("on").values_list("id", flat=True))[:2] == ids
    assert [row.rate for row in ExchangeRate.objects.order_by("on")] == [Decimal("1.1"), Decimal("1.3"), Decimal("1.4")]


def test_a_stamp_is_written_with_a_change_and_alone_is_no_change():
    put([rate(1, "1.1", "old"), rate(2, "1.2", "old")])
    assert put([rate(1, "1.1", "new"), rate(2, "1.9", "new")], stamp=("source",)).updated == 1
    assert [row.source for row in ExchangeRate.objects.order_by("on")] == ["old", "new"]


def test_without_update_existing_rows_stay_as_they_are():
    put([rate(1, "1.1")])
    assert put([rate(1, "9.9"), rate(2, "1.2")], update=None) == bulk.Counts(rows=2, inserted=1)
    assert ExchangeRate.objects.get(on=date(2026, 1, 1)).rate == Decimal("1.1")


def test_a_key_given_twice_ends_as_its_last_row():
    put([rate(1, "1.1"), rate(2, "2.0"), rate(1, "1.3")])
    assert list(ExchangeRate.objects.order_by("on").values_list("rate", flat=True)) == [Decimal("1.3"), Decimal("2.0")]


def test_a_plain_insert_of_a_duplicate_is_refused_and_changes_nothing():
    put([rate(1, "1.1")])
    with pytest.raises(IntegrityError), transaction.atomic():
        put([rate(2, "1.2"), rate(1, "1.3")], conflict=(), update=None)
    assert ExchangeRate.objects.count() == 1


def test_a_row_of_the_wrong_width_is_refused():
    with pytest.raises(ValueError, match="4 values for 5 columns"), transaction.atomic():
        put([rate(1, "1.1")[:4]])
    with pytest.raises(ValueError, match="zip"), transaction.atomic():
        put([rate(1, "1.1"), rate(2, "1.1")[:4]])


def test_no_rows_is_no_work():
    assert put([]) == bulk.Counts()
    assert bulk.update_many(ExchangeRate, "id", ("source",), []) == 0


def test_counts_add_up_over_batches(monkeypatch):
    monkeypatch.setattr(bulk, "BATCH_ROWS", 2)
    put([rate(1, "1.1")])
    total = put([rate(day, "1.5") for day in range(1, 8)]) + bulk.Counts(rows=1)
    assert total == bulk.Counts(rows=8, inserted=6, updated=1)


def test_columns_of_existing_rows_are_set_by_key_and_only_changes_count():
    put([rate(1, "1.1"), rate(2, "1.2"), rate(3, "1.3")])
    one, two, three = ExchangeRate.objects.order_by("on").values_list("id", flat=True)
    rows = [(one, "bank", Decimal("1.1")), (two, "fed", Decimal("1.25")), (three, "x", Decimal("1")), (10**9, "x", 1)]
    assert bulk.update_many(ExchangeRate, "id", ("source", "rate"), rows) == 2
    found = ExchangeRate.objects.order_by("on").values_list("source", "rate")
    assert list(found) == [("bank", Decimal("1.1")), ("fed", Decimal("1.25")), ("x", Decimal("1"))]


def test_json_moments_and_null_can_be_set_on_existing_rows():
    job = Job.objects.create(task="a.b", created_at=MOMENT, next_due_at=MOMENT)
    later = MOMENT + timedelta(hours=1)
    bulk.update_many(Job, "id", ("payload", "created_at", "next_due_at"), [(job.id, {"a": [1, None]}, later, None)])
    job.refresh_from_db()
    assert (job.payload, job.created_at, job.next_due_at) == ({"a": [1, None]}, later, None)


@pytest.mark.django_db(transaction=True)
def test_reserved_ids_are_a_run_that_later_rows_never_get():
    first = ExchangeRate.objects.create(base="A", quote="B", on=MOMENT.date(), rate=1, source="").id
    ids = bulk.reserve_ids(ExchangeRate, 100)
    assert (ids.start, len(ids)) == (first + 1, 100)
    more = bulk.reserve_ids(ExchangeRate, 1)
    after = ExchangeRate.objects.create(base="A", quote="C", on=MOMENT.date(), rate=1, source="").id
    assert ids[-1] < more[0] < after
    assert bulk.reserve_ids(ExchangeRate, 0) == range(0)


def test_ids_are_reserved_in_an_empty_table_too():
    ids = bulk.reserve_ids(ExchangeRate, 3)
    bulk.upsert(
        ExchangeRate,
        ("id", *RATE_COLUMNS),
        [(key, *rate(day, "1")) for day, key in enumerate(ids, start=1)],
        conflict=("id",),
        update=None,
    )
    assert list(ExchangeRate.objects.order_by("id").values_list("id", flat=True)) == list(ids)
    assert ExchangeRate.objects.create(base="A", quote="B", on=MOMENT.date(), rate=1, source="").id > ids[-1]


def test_ids_are_one_run_also_when_others_keep_taking_numbers(monkeypatch):
    monkeypatch.setattr(bulk, "TRIES_WITHOUT_LOCK", 0)
    ids = bulk.reserve_ids(ExchangeRate, 50)
    assert len(ids) == 50
    assert ExchangeRate.objects.create(base="A", quote="B", on=MOMENT.date(), rate=1, source="").id == ids[-1] + 1


def test_rows_may_be_queried_while_they_are_written(monkeypatch):
    monkeypatch.setattr(bulk, "BATCH_ROWS", 2)
    days = [date(2026, 3, day) for day in range(1, 8)]
    bulk.upsert(
        ExchangeRate, RATE_COLUMNS, [("EUR", "USD", day, Decimal("1.1"), "bank") for day in days],
        conflict=("base", "quote", "on"), update=("rate",),
    )  # fmt: skip
    by_day = ExchangeRate.objects.filter(base="EUR").order_by("on").values_list("on", flat=True)
    each_asked = (
        ("USD", "EUR", day, ExchangeRate.objects.get(base="EUR", on=day).rate, "bank")
        for day in by_day.iterator(chunk_size=2)
    )
    counts = bulk.upsert(ExchangeRate, RATE_COLUMNS, each_asked, conflict=("base", "quote", "on"), update=("rate",))
    assert counts == bulk.Counts(rows=7, inserted=7)
    ids = ExchangeRate.objects.filter(base="USD").values_list("id", flat=True)
    assert bulk.update_many(ExchangeRate, "id", ("rate",), ((pk, Decimal(2)) for pk in ids.iterator(chunk_size=2))) == 7
