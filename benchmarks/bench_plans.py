"""Seconds of planning due touches. `python -m benchmarks.bench_plans [--touches N] [--full]`.

100,000 touches of plans with five steps (in full 500,000) for people in twelve countries, checked, verified and apart
within their companies: enrolled with due times and rows written, and planned anew after a pause. The baseline of the same
run writes rows of the same table by the ORM, without planning anything. TANDEM_TEST_DATABASE=postgresql measures there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.bench_core import fresh_database
from benchmarks.figures import chosen, print_table, read_sizes

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
QUICK, FULL = 100_000, 500_000
BY_ORM = 10_000
PEOPLE_AT_ACCOUNT = 3
AT_ONCE = 50_000
HOMES = (
    ("DE", "Europe/Berlin"), ("US", "America/New_York"), ("US", ""), ("GB", "Europe/London"), ("FR", "Europe/Paris"),
    ("JP", "Asia/Tokyo"), ("AT", "Europe/Vienna"), ("CA", ""), ("NL", "Europe/Amsterdam"), ("IN", "Asia/Kolkata"),
    ("AU", "Australia/Sydney"), ("", ""),
)  # fmt: skip
PLAN = [
    {"channel": "email", "angle": "opening", "wait_days": 0},
    {"channel": "linkedin", "angle": "new_reason", "wait_days": 2},
    {"channel": "email", "angle": "case", "wait_days": 3, "variants": ["short", "long"]},
    {"channel": "phone_manual", "angle": "new_reason", "wait_days": 3},
    {"channel": "email", "angle": "last_word", "wait_days": 5},
]


def seconds_of(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of one call by the clock and of this process's processor, and what it gave."""
    started, worked = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - started, time.process_time() - worked, found


def make_people(count: int) -> list[int]:
    """Contacts with a company, two sources and a fresh check each; their ids."""
    from tandem.accounts.models import Account, Contact, Employment, Source
    from tandem.core import bulk
    from tandem.prospecting.models import AddressCheck
    from tandem.prospecting.queries.sources import address_hash

    sources = [
        Source.objects.create(key=key, name=key, kind="crm", system=key, created_at=NOW) for key in ("crm", "mail")
    ]
    accounts = bulk.reserve_ids(Account, count // PEOPLE_AT_ACCOUNT + 1)
    rows = ((pk, f"Company {pk}", f"c{pk}.example", NOW, NOW) for pk in accounts)
    bulk.upsert(Account, ("id", "name", "domain", "created_at", "updated_at"), rows, conflict=(), update=None)
    ids = bulk.reserve_ids(Contact, count)
    told = [(pk, accounts[at // PEOPLE_AT_ACCOUNT], *HOMES[at % len(HOMES)]) for at, pk in enumerate(ids)]
    people = ((pk, f"P {pk}", f"p{pk}@c{account}.example", account, country, zone, NOW, NOW)
              for pk, account, country, zone in told)  # fmt: skip
    columns = ("id", "name", "email", "account_id", "country", "time_zone", "created_at", "updated_at")
    bulk.upsert(Contact, columns, people, conflict=(), update=None)
    jobs = ((pk, account, source.id) for pk, account, _, _ in told for source in sources)
    bulk.upsert(Employment, ("contact_id", "account_id", "source_id"), jobs, conflict=(), update=None)
    checks = (
        (pk, address_hash(f"p{pk}@c{account}.example"), "asked", "ok", False, 0.99, NOW) for pk, account, _, _ in told
    )
    columns = ("contact_id", "address_hash", "verifier", "result", "is_weak", "chance", "checked_at")
    bulk.upsert(AddressCheck, columns, checks, conflict=(), update=None)
    return list(ids)


def make_campaign(people: int) -> Any:
    """A running campaign that opens all conversations within twenty days."""
    from tandem.engagement.models import Campaign, Sequence, SequenceVersion

    sequence = Sequence.objects.create(name="Bench", created_at=NOW, created_by="bench")
    version = SequenceVersion.objects.create(
        sequence=sequence, number=1, steps=PLAN, made_at=NOW, made_by="bench", published_at=NOW
    )
    return Campaign.objects.create(
        name="Bench", version=version, state="running", new_per_day=people // 20 + 1, created_at=NOW, created_by="bench"
    )


def rows_by_orm(count: int) -> tuple[float, float]:
    """Seconds by clock and processor in which the ORM's bulk_create writes touches, nothing planned."""
    from tandem.engagement.models import Touch

    rows = [Touch(key=f"bench:{at}", channel="email", due_at=NOW, made_at=NOW) for at in range(count)]
    spent, worked, _ = seconds_of(lambda: Touch.objects.bulk_create(rows, batch_size=1_000))
    Touch.objects.filter(key__startswith="bench:").delete()
    return spent, worked


def measure(touches: int) -> None:
    """Enroll, pause, plan anew; one table."""
    from django.db import connection

    from tandem.core.actors import built_in_agent
    from tandem.engagement.actions import campaigns
    from tandem.engagement.actions.enrolling import enroll
    from tandem.engagement.models import Touch

    worker = built_in_agent("bench", "worker")
    people = make_people(touches // len(PLAN))
    by_clock, by_processor = (one * touches / BY_ORM for one in rows_by_orm(BY_ORM))
    campaign = make_campaign(len(people))

    def enroll_all() -> int:
        some = (people[start : start + AT_ONCE] for start in range(0, len(people), AT_ONCE))
        return sum(enroll(campaign.id, ids, actor=worker, now=NOW).taken for ids in some)

    first, first_worked, taken = seconds_of(enroll_all)
    written = Touch.objects.count()
    campaigns.pause(campaign.id, why="measured", actor=worker, now=NOW)
    later = NOW + timedelta(days=45)
    again, again_worked, _ = seconds_of(lambda: campaigns.start(campaign.id, actor=worker, now=later))
    early = Touch.objects.filter(due_at__lt=later).count()
    rows = [
        (way, f"{spent:.1f}", f"{worked:.1f}", f"{written / spent:,.0f}", f"{spent / by_clock:.2f}")
        for way, spent, worked in (
            (f"{BY_ORM:,} rows by the ORM, times {touches // BY_ORM} (baseline)", by_clock, by_processor),
            ("enrolled, planned, written", first, first_worked),
            ("planned anew after a pause", again, again_worked),
        )
    ]
    print(f"{taken:,} of {len(people):,} people taken; {early} touches left before the day the pause ended.")
    head = ("way", "seconds", "of the processor", "touches a second", "x the baseline's time")
    print_table(f"Planning {written:,} touches on {connection.vendor}", head, rows)


def main() -> None:
    """Measure."""
    sizes = read_sizes(__doc__, touches=QUICK)
    with fresh_database():
        measure(chosen(sizes.touches, quick=QUICK, full=FULL, is_full=sizes.full))


if __name__ == "__main__":
    main()
