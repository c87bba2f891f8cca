"""Sending what is due, to a real SMTP server on this machine that also fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tandem.compliance.actions import gate, suppress
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.models import Clearance
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.engagement.actions import dispatch
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.actions.concluding import MOST_ATTEMPTS, follow
from tandem.engagement.actions.dispatch import Dispatched, dispatch_due
from tandem.engagement.contracts import CampaignState, TouchState
from tandem.engagement.models import Campaign, Mailbox, SenderDay, SendingDomain, Touch
from tandem.engagement.queries.messages import touch_named_by
from tests.outreach import OPEN_HOUR, SITE, Outreach, plant
from tests.smtp_sink import Fault, SmtpSink

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PUBLIC_URL = SITE


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.at(OPEN_HOUR) as moment:
        yield moment


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink(hang_seconds=0.3) as made:
        yield made


@pytest.fixture
def planted(company: Company, sink: SmtpSink, now: datetime) -> Outreach:
    sending = {"host": "127.0.0.1", "port": sink.port, "tls": "none", "seconds": 0.2, "answer_seconds": 0.2}
    return plant(company, "paula", "marcus", "quentin", sending=sending)


def sent(now: datetime) -> Dispatched:
    return dispatch_due(actor=WORKER, now=now)


def counted() -> dict[str, int]:
    rows = SenderDay.objects.all()
    return {name: sum(getattr(row, name) for row in rows) for name in ("sent", "bounced_hard", "bounced_soft")}


def test_what_is_due_leaves_once_over_one_connection_and_is_counted(
    planted: Outreach, sink: SmtpSink, now: datetime
) -> None:
    touches = [planted.touch(who) for who in ("paula", "marcus")]
    later = planted.touch("quentin", due_at=now + timedelta(minutes=1))
    assert sent(now) == Dispatched(taken=2, sent=2)
    assert sent(now) == Dispatched()
    assert sink.connections == 1
    for touch, taken in zip(touches, sink.taken, strict=True):
        touch.refresh_from_db()
        assert (touch.state, touch.sent_at, touch.claim) == (TouchState.SENT, now, "")
        assert taken.message_id == touch.message_id
        assert touch_named_by(taken.sender) == touch.id
    later.refresh_from_db()
    assert later.state == TouchState.READY
    assert counted() == {"sent": 2, "bounced_hard": 0, "bounced_soft": 0}


@pytest.mark.parametrize(
    ("fault", "state", "count"),
    [
        (Fault.RCPT_450, TouchState.READY, 0),
        (Fault.RCPT_HANG, TouchState.READY, 0),
        (Fault.DATA_421, TouchState.READY, 0),
        (Fault.DATA_DROP, TouchState.READY, 0),
        (Fault.END_451, TouchState.READY, 0),
        (Fault.RCPT_550, TouchState.REFUSED, 1),
        (Fault.END_554, TouchState.REFUSED, 0),
        (Fault.END_DROP_TAKEN, TouchState.UNCERTAIN, 0),
        (Fault.END_DROP_LOST, TouchState.UNCERTAIN, 0),
        (Fault.END_HANG_LOST, TouchState.UNCERTAIN, 0),
    ],
)
def test_a_refusal_that_may_pass_is_tried_again_and_what_nobody_knows_is_not(
    planted: Outreach, sink: SmtpSink, now: datetime, fault: Fault, state: TouchState, count: int
) -> None:
    touch, other = planted.touch("paula"), planted.touch("marcus", due_at=now + timedelta(hours=1))
    sink.plan = lambda recipient: fault if recipient.startswith("paula") else Fault.NONE
    sent(now)
    touch.refresh_from_db()
    assert touch.state == state, touch.why
    assert touch.why
    assert touch.claim == ""
    assert counted()["bounced_hard"] == count
    sink.plan = lambda recipient: Fault.NONE
    before = len(sink.taken)
    with clock.at(now + timedelta(hours=1)) as later:
        sent(later)
    touch.refresh_from_db()
    other.refresh_from_db()
    assert other.state == TouchState.SENT
    again = state == TouchState.READY
    assert touch.state == (TouchState.SENT if again else state)
    assert len(sink.taken) - before == 1 + again


def test_a_server_that_is_away_costs_no_try_and_no_clearance(planted: Outreach, sink: SmtpSink, now: datetime) -> None:
    touches = [planted.touch("paula"), planted.touch("marcus")]
    sink.plan = lambda recipient: Fault.NONE if recipient else Fault.GREETING_CLOSED
    assert sent(now) == Dispatched(taken=2, waiting=2)
    for touch in touches:
        touch.refresh_from_db()
        assert (touch.state, touch.attempts, touch.claim) == (TouchState.READY, 0, "")
        assert touch.due_at > now
    assert not Clearance.objects.exclude(state="issued").exists()


def test_nobody_tries_for_ever(planted: Outreach, sink: SmtpSink, now: datetime) -> None:
    touch = planted.touch("paula", attempts=MOST_ATTEMPTS - 1)
    sink.plan = lambda recipient: Fault.RCPT_450 if recipient else Fault.NONE
    assert sent(now) == Dispatched(taken=1, refused=1)
    touch.refresh_from_db()
    assert touch.why.startswith(f"Not taken in {MOST_ATTEMPTS} tries: ")


def test_a_worker_that_died_after_the_hand_off_is_followed_and_nothing_is_sent_twice(
    planted: Outreach, sink: SmtpSink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = planted.touch("paula")

    def die(*told: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("tandem.engagement.actions.concluding.ended", die)
        sent(now)
    touch.refresh_from_db()
    assert (touch.state, len(sink.taken)) == (TouchState.READY, 1)
    assert sent(now) == Dispatched(), "it is in a worker's hands until the lease runs out"
    with clock.at(now + timedelta(minutes=11)) as later:
        assert sent(later) == Dispatched()
    touch.refresh_from_db()
    assert (touch.state, touch.sent_at, len(sink.taken)) == (TouchState.SENT, now, 1)
    assert counted()["sent"] == 1


def test_a_worker_that_died_between_claim_and_answer_leaves_it_to_a_person(
    planted: Outreach, sink: SmtpSink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = planted.touch("paula")

    def die(*told: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(gate, "depart", die)
        sent(now)
    with clock.at(now + timedelta(minutes=11)) as later:
        assert sent(later) == Dispatched()
        assert gate.end_lost_claims(actor=WORKER, now=later) == 1
        follow(now=later)
    touch.refresh_from_db()
    assert (touch.state, len(sink.taken)) == (TouchState.UNCERTAIN, 1)


def test_somebody_taken_out_after_asking_gets_nothing(
    planted: Outreach, sink: SmtpSink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = planted.touch("paula")
    asked = ask_gate

    def ask_and_hear_no(*told: Any, **more: Any) -> Any:
        found = asked(*told, **more)
        entry = SuppressionEntry(address="paula.reyes@cascade-health.example", reason=SuppressionReason.UNSUBSCRIBE)
        suppress(entry, source="link", actor=WORKER, now=now)
        return found

    with monkeypatch.context() as patched:
        patched.setattr("tandem.engagement.actions.dispatch.ask_gate", ask_and_hear_no)
        assert sent(now) == Dispatched(taken=1, waiting=1)
    with clock.at(now + timedelta(minutes=1)) as later:
        assert sent(later) == Dispatched(taken=1, left_out=1)
    touch.refresh_from_db()
    assert (touch.state, sink.taken) == (TouchState.SKIPPED, [])


def test_a_touch_that_was_cancelled_while_it_was_held_is_not_sent(
    planted: Outreach, sink: SmtpSink, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = planted.touch("paula")
    asked = ask_gate

    def ask_and_cancel(*told: Any, **more: Any) -> Any:
        found = asked(*told, **more)
        Touch.objects.update(state=TouchState.CANCELLED.value)
        return found

    monkeypatch.setattr("tandem.engagement.actions.dispatch.ask_gate", ask_and_cancel)
    assert sent(now) == Dispatched(taken=1, left_out=1)
    touch.refresh_from_db()
    assert (touch.state, touch.claim, sink.taken) == (TouchState.CANCELLED, "", [])


def test_a_mailbox_sends_no_more_than_it_may_today(planted: Outreach, sink: SmtpSink, now: datetime) -> None:
    Mailbox.objects.update(daily_cap=1)
    touches = [planted.touch("paula"), planted.touch("marcus")]
    assert sent(now) == Dispatched(taken=2, sent=1, waiting=1)
    with clock.at(now + timedelta(minutes=2)) as later:
        assert sent(later) == Dispatched(taken=1, waiting=1)
    touches[1].refresh_from_db()
    assert touches[1].due_at.date() > now.date()
    SendingDomain.objects.update(paused_at=now, why="too many complaints")
    touches[0] = planted.touch("quentin")
    assert sent(now) == Dispatched(taken=1, waiting=1)
    touches[0].refresh_from_db()
    assert "too many complaints" in touches[0].why


def test_nothing_leaves_for_a_campaign_that_is_paused(planted: Outreach, sink: SmtpSink, now: datetime) -> None:
    planted.touch("paula")
    Campaign.objects.update(state=CampaignState.PAUSED.value)
    assert sent(now) == Dispatched()
    assert sink.taken == []


def test_two_workers_never_hold_the_same_touch(planted: Outreach, now: datetime) -> None:
    for who in ("paula", "marcus", "quentin"):
        planted.touch(who)
    first = dispatch._taken(now, 2, dispatch.LEASE)
    second = dispatch._taken(now, 2, dispatch.LEASE)
    assert len(first) == 2
    assert {touch.id for touch in first}.isdisjoint(touch.id for touch in second)
    assert dispatch._taken(now, 2, dispatch.LEASE) == []
    assert replace(Dispatched(), taken=1) + Dispatched(sent=1) == Dispatched(taken=1, sent=1)
