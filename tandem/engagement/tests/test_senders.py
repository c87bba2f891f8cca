"""What a mailbox may send, which one a thread is sent from, and how a domain is slowed and stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tandem.compliance.models import LedgerEntry
from tandem.engagement.actions.senders import SenderEvent, count
from tandem.engagement.contracts import DomainPurpose, MailboxKind
from tandem.engagement.models import Mailbox, SenderDay, SendingDomain
from tandem.engagement.queries.senders import allowances

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()


def domain_with(mailboxes: int = 1, **changes: Any) -> tuple[SendingDomain, list[Mailbox]]:
    """A sound outreach domain on the first day of its ramp, with mailboxes."""
    said: dict[str, Any] = {
        "name": "outreach.example", "purpose": DomainPurpose.OUTREACH.value, "ramp_started_on": TODAY,
        "checked_at": NOW, "is_sound": True, "added_at": NOW, "added_by": "Ada",
    } | changes  # fmt: skip
    domain = SendingDomain.objects.create(**said)
    made = [
        Mailbox.objects.create(
            address=f"box{number}@{domain.name}", domain=domain, kind=MailboxKind.SMTP.value,
            added_at=NOW - timedelta(days=60), added_by="Ada",
        )
        for number in range(mailboxes)
    ]  # fmt: skip
    return domain, made


def warmed(domain: SendingDomain, boxes: list[Mailbox], *, days: int = 60, each: int = 40) -> None:
    """Weeks of full days behind a domain."""
    SendingDomain.objects.filter(id=domain.id).update(ramp_started_on=TODAY - timedelta(days=days))
    SenderDay.objects.bulk_create(
        SenderDay(mailbox=box, day=day, recipient_domain="acme.example", provider="google", sent=each)
        for box in boxes
        for day in (TODAY - timedelta(days=back) for back in range(1, days + 1))
        if day.weekday() < 5
    )


def test_a_first_day_gives_a_handful_and_mailboxes_share_what_the_domain_has() -> None:
    _, boxes = domain_with(4)
    left = allowances([box.id for box in boxes], now=NOW)
    assert [left[box.id].left_today for box in boxes] == [3, 3, 2, 2]
    assert allowances([boxes[0].id], now=NOW)[boxes[0].id].left_today == 5


def test_what_left_is_no_longer_left_and_the_next_start_is_told() -> None:
    _, (box,) = domain_with()
    for _ in range(5):
        count(box.id, SenderEvent.SENT, "Acme.example", now=NOW)
    told = allowances([box.id], now=NOW)[box.id]
    assert (told.left_today, told.why_not) == (0, "box0@outreach.example has sent its messages of today.")
    assert told.next_at is not None and told.next_at.date() == date(2026, 11, 26)
    row = SenderDay.objects.get()
    assert (row.recipient_domain, row.sent, row.day) == ("acme.example", 5, TODAY)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"is_sound": False}, "The last check of outreach.example found entries missing or wrong."),
        ({"checked_at": None}, "The DNS entries of outreach.example have not been checked yet."),
        ({"checked_at": NOW - timedelta(days=8)}, "The last check of outreach.example is older than 7 days."),
        ({"paused_at": NOW, "why": "holidays"}, "outreach.example is paused: holidays."),
        ({"ramp_started_on": None}, "The ramp has not been started."),
        (
            {"purpose": "primary"},
            "Mail that software writes does not leave from outreach.example: it is a primary domain.",
        ),
    ],
)
def test_nothing_leaves_from_a_domain_that_is_not_fit(changes: dict[str, Any], why: str) -> None:
    _, (box,) = domain_with(**changes)
    told = allowances([box.id], now=NOW)[box.id]
    assert (told.left_today, told.why_not, told.next_at) == (0, why, None)


def test_a_person_may_write_from_a_primary_domain() -> None:
    _, (box,) = domain_with(purpose="primary", ramp_started_on=None)
    assert allowances([box.id], now=NOW, is_ai=False)[box.id].left_today == 40


def test_complaints_slow_a_domain_and_then_stop_it_for_every_step_and_the_ledger_says_why() -> None:
    domain, boxes = domain_with(2)
    warmed(domain, boxes)
    standings = []
    for _ in range(4):
        count(boxes[0].id, SenderEvent.COMPLAINED, "acme.example", now=NOW)
        domain.refresh_from_db()
        standings.append((domain.throttle, domain.paused_at is not None))
    assert standings == [(1.0, False), (0.5, False), (0.5, False), (0.5, True)]
    assert [one.left_today for one in allowances([box.id for box in boxes], now=NOW).values()] == [0, 0]
    told = LedgerEntry.objects.filter(action__startswith="engagement.domain_").order_by("id")
    assert [one.action for one in told] == ["engagement.domain_slowed", "engagement.domain_stopped"]
    assert domain.why == "4 complaints of 400 sent in 7 days (1.00%)"
