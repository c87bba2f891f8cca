"""What may leave in one round: never more than any of the rooms it goes through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tandem.engagement.models import Touch
from tandem.engagement.queries.departures import Waiting, departures
from tandem.engagement.tests.test_senders import NOW, domain_with, warmed

pytestmark = pytest.mark.django_db


def wanting(mailboxes: list[int], count: int, *, to: str = "", is_answer: bool = False) -> list[Waiting]:
    """Touches that want to leave, by one mailbox after the other, each to a company of its own unless said."""
    return [
        Waiting(
            touch_id=number, mailbox_id=mailboxes[number % len(mailboxes)], is_ai=True, is_answer=is_answer,
            recipient_domain=to or f"company{number}.example",
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


def test_mailboxes_of_one_domain_together_never_exceed_its_ramp() -> None:
    _, boxes = domain_with(4)
    told = departures(wanting([box.id for box in boxes], 40), now=NOW)
    assert sum(one.left_today for one in told.values()) == 10
    assert {one.why_not for one in told.values() if not one.left_today} <= {
        f"What is left of today for {box.address} is on its way." for box in boxes
    }
    assert {one.next_at for one in told.values() if not one.left_today} == {NOW + timedelta(minutes=1)}


def test_what_other_workers_hold_counts_as_sent_and_ones_own_does_not() -> None:
    _, boxes = domain_with(4)
    rows = [
        Touch.objects.create(
            key=f"reply:{number}", channel="email", state="ready", due_at=NOW, made_at=NOW, mailbox=boxes[0],
            claim="other", lease_until=NOW + timedelta(minutes=5),
        )
        for number in range(4)
    ]  # fmt: skip
    wanted = wanting([box.id for box in boxes], 40)
    assert sum(one.left_today for one in departures(wanted, now=NOW).values()) == 6
    held = [row.id for row in rows]
    assert sum(one.left_today for one in departures(wanted, now=NOW, held=held).values()) == 10
    Touch.objects.update(lease_until=NOW - timedelta(seconds=1))
    assert sum(one.left_today for one in departures(wanted, now=NOW).values()) == 10


def test_a_crowd_at_one_company_and_at_one_provider_waits_until_tomorrow() -> None:
    domain, boxes = domain_with(4)
    warmed(domain, boxes)
    ids = [box.id for box in boxes]
    told = departures(wanting(ids, 20, to="acme.example"), now=NOW)
    assert sum(one.left_today for one in told.values()) == 8
    assert told[20].why_not == "acme.example had its share of outreach.example's mail of today."
    assert told[20].next_at is not None
    assert told[20].next_at.day == 26
    assert sum(one.left_today for one in departures(wanting(ids, 150, to="gmail.com"), now=NOW).values()) == 96


def test_an_answer_to_somebody_who_wrote_is_not_held_by_volume_but_by_a_pause() -> None:
    domain, boxes = domain_with(1)
    wanted = wanting([boxes[0].id], 30, is_answer=True)
    assert sum(one.left_today for one in departures(wanted, now=NOW).values()) == 30
    domain.paused_at, domain.why = NOW, "far too many bounces"
    domain.save()
    told = departures(wanted, now=NOW)
    assert {(one.left_today, one.why_not, one.next_at) for one in told.values()} == {
        (0, "outreach.example is paused: far too many bounces.", None)
    }


def test_a_round_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    _, boxes = domain_with(4)
    with django_assert_max_num_queries(9):
        found = departures(wanting([box.id for box in boxes], 50), now=NOW)
    assert len(found) == 50
