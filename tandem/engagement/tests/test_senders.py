"""What a mailbox may send, which one a thread is sent from, and how a domain is slowed and stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tandem.access.contracts import Role
from tandem.compliance.models import LedgerEntry
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import recipients
from tandem.engagement.actions.guarding import guard_domain
from tandem.engagement.actions.senders import SenderEvent, count
from tandem.engagement.actions.sending_domains import (
    add_domain,
    check_all,
    check_domain,
    make_key,
    pause_domain,
    resume_domain,
    start_ramp,
)
from tandem.engagement.contracts import DomainPurpose, MailboxKind
from tandem.engagement.domain.domain_findings import Verdict
from tandem.engagement.models import DomainCheck, Mailbox, RecipientDomain, SenderDay, SendingDomain
from tandem.engagement.queries.recipients import recipient_room
from tandem.engagement.queries.senders import allowances
from tandem.engagement.queries.sending_domains import alarms, own_key_record

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()
REVOPS = Actor(kind=ActorKind.PERSON, id=1, name="Ada", role=Role.REVOPS.value)
SELLER = Actor(kind=ActorKind.PERSON, id=2, name="Sam", role=Role.SELLER.value)


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
    assert told.next_at is not None
    assert told.next_at.date() == date(2026, 11, 26)
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
    for _ in range(3):
        count(boxes[0].id, SenderEvent.COMPLAINED, "acme.example", now=NOW)
        domain.refresh_from_db()
        standings.append((domain.throttle, domain.paused_at is not None))
    assert standings == [(1.0, False), (0.5, False), (0.5, True)]
    assert [one.left_today for one in allowances([box.id for box in boxes], now=NOW).values()] == [0, 0]
    told = LedgerEntry.objects.filter(action__startswith="engagement.domain_").order_by("number")
    assert [one.action for one in told] == ["engagement.domain_slowed", "engagement.domain_stopped"]
    assert domain.why == "3 complaints of 320 sent in 7 days (0.94%)"


def test_a_stopped_domain_is_resumed_by_a_person_at_half_and_judged_anew() -> None:
    domain, boxes = domain_with(2)
    warmed(domain, boxes)
    for _ in range(3):
        count(boxes[0].id, SenderEvent.COMPLAINED, "acme.example", now=NOW)
    with pytest.raises(Conflict, match="stopped again at once"):
        resume_domain(domain.id, reason="it was a mistake", actor=REVOPS, now=NOW)
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(NotAllowed):
        resume_domain(domain.id, reason="please", actor=SELLER, now=tomorrow)
    with pytest.raises(InvalidInput):
        resume_domain(domain.id, reason=" ", actor=REVOPS, now=tomorrow)
    resume_domain(domain.id, reason="the list was thrown away", actor=REVOPS, now=tomorrow)
    guard_domain(domain.id, now=tomorrow)
    domain.refresh_from_db()
    assert (domain.paused_at, domain.throttle, domain.judged_from) == (None, 0.5, tomorrow.date())
    guard_domain(domain.id, now=tomorrow + timedelta(days=7))
    domain.refresh_from_db()
    assert domain.throttle == 1.0, "a week of its own without complaints frees it"


def test_a_ramp_starts_on_a_sound_outreach_domain_only_and_once() -> None:
    domain, _ = domain_with(ramp_started_on=None, is_sound=False)
    with pytest.raises(Conflict, match="not found sound"):
        start_ramp(domain.id, actor=REVOPS, now=NOW)
    SendingDomain.objects.update(is_sound=True)
    start_ramp(domain.id, actor=REVOPS, now=NOW)
    with pytest.raises(Conflict, match="has begun already"):
        start_ramp(domain.id, actor=REVOPS, now=NOW + timedelta(days=3))
    domain.refresh_from_db()
    assert domain.ramp_started_on == TODAY
    SendingDomain.objects.update(purpose="primary", ramp_started_on=None)
    with pytest.raises(InvalidInput, match="no ramp"):
        start_ramp(domain.id, actor=REVOPS, now=NOW)


def test_a_domain_is_added_once_and_by_its_name() -> None:
    made = add_domain("Müller.Example.", "outreach", actor=REVOPS, now=NOW)
    assert SendingDomain.objects.get(id=made).name == "xn--mller-kva.example"
    with pytest.raises(Conflict):
        add_domain("müller.example", "primary", actor=REVOPS, now=NOW)
    with pytest.raises(NotAllowed):
        add_domain("other.example", "outreach", actor=SELLER, now=NOW)
    assert SendingDomain.objects.count() == 1


def test_checks_are_kept_and_silence_of_name_servers_changes_nothing(tmp_path: Path, settings: Any) -> None:
    settings.DNS_ZONES_DIR = str(tmp_path)
    domain, _ = domain_with(is_sound=False, checked_at=None)
    selector = make_key(domain.id, actor=REVOPS, now=NOW)
    domain.refresh_from_db()
    own = own_key_record(domain)
    assert own is not None
    key = " ".join(f'"{own.value[at : at + 200]}"' for at in range(0, len(own.value), 200))
    zone = tmp_path / "outreach.example.zone"
    zone.write_text(
        '@ TXT "v=spf1 ip4:192.0.2.1 -all"\n@ MX 10 mail\nmail A 192.0.2.1\n'
        f'{selector}._domainkey TXT {key}\n_dmarc TXT "v=DMARC1; p=none; rua=mailto:d@outreach.example"\n'
    )
    report = check_domain(domain.id, actor=REVOPS, now=NOW)
    domain.refresh_from_db()
    assert (report.verdict, domain.is_sound, domain.checked_at) == (Verdict.SOUND, True, NOW)
    zone.write_text('@ TXT "v=spf1 +all"\n')
    check_domain(domain.id, actor=REVOPS, now=NOW + timedelta(days=1))
    domain.refresh_from_db()
    assert domain.is_sound is False
    zone.write_text("this is no zone\n")
    assert "can't be read" in check_all(actor=REVOPS, now=NOW)["outreach.example"]
    assert list(DomainCheck.objects.order_by("id").values_list("verdict", flat=True)) == ["sound", "unsound"]
    assert domain.dkim_key not in str(list(LedgerEntry.objects.values_list("facts", flat=True)))


def test_who_receives_is_told_by_its_own_domain_at_once_and_by_its_hosts_after_a_look(monkeypatch: Any) -> None:
    _, (box,) = domain_with()
    count(box.id, SenderEvent.SENT, "gmail.com", now=NOW)
    count(box.id, SenderEvent.SENT, "acme.example", now=NOW)
    monkeypatch.setattr(recipients, "look_up_providers", lambda names: dict.fromkeys(names, "microsoft"))
    assert recipients.look_at_recipients(now=NOW) == 1
    assert dict(SenderDay.objects.values_list("recipient_domain", "provider")) == {
        "gmail.com": "google", "acme.example": "microsoft"
    }  # fmt: skip
    count(box.id, SenderEvent.SENT, "acme.example", now=NOW + timedelta(days=1))
    assert SenderDay.objects.latest("day").provider == "microsoft"


def test_one_company_and_one_provider_get_no_more_than_their_share() -> None:
    domain, boxes = domain_with(4)
    warmed(domain, boxes)
    RecipientDomain.objects.create(name="acme.example", provider="microsoft", looked_at=NOW)
    pair = (boxes[0].id, "acme.example")
    assert recipient_room([pair], now=NOW)[pair].left_today == 8, "a twentieth of 160"
    count(boxes[1].id, SenderEvent.SENT, "acme.example", now=NOW, times=8)
    told = recipient_room([pair, (boxes[0].id, "other.example"), (boxes[0].id, "gmail.com")], now=NOW)
    assert told[pair].why_not == "acme.example had its share of outreach.example's mail of today."
    assert told[boxes[0].id, "other.example"].left_today == 8
    assert told[boxes[0].id, "gmail.com"].left_today == 96, "three fifths of 160"


def test_a_provider_that_bounces_our_mail_gets_none_while_others_go_on() -> None:
    domain, boxes = domain_with(4)
    warmed(domain, boxes)
    day = TODAY - timedelta(days=1)
    SenderDay.objects.create(
        mailbox=boxes[0], day=day, recipient_domain="outlook.com", provider="microsoft", sent=50, bounced_hard=20
    )
    told = recipient_room([(boxes[0].id, "outlook.com"), (boxes[0].id, "gmail.com")], now=NOW)
    assert told[boxes[0].id, "outlook.com"].left_today == 0
    assert told[boxes[0].id, "outlook.com"].why_not.startswith("Microsoft takes our mail badly: 20 hard bounces of 50")
    assert told[boxes[0].id, "gmail.com"].left_today == 96


def test_an_unknown_event_or_mailbox_counts_nothing() -> None:
    _, (box,) = domain_with()
    with pytest.raises(InvalidInput):
        count(box.id, "liked", "acme.example", now=NOW)
    with pytest.raises(NotFound):
        count(box.id + 1, SenderEvent.SENT, "acme.example", now=NOW)
    assert not SenderDay.objects.exists()
    assert allowances([box.id + 1], now=NOW)[box.id + 1].why_not == f"There is no mailbox {box.id + 1}."


def test_allowances_of_many_mailboxes_cost_no_more_queries(django_assert_max_num_queries: Any) -> None:
    _, boxes = domain_with(12)
    with django_assert_max_num_queries(4):
        left = allowances([box.id for box in boxes], now=NOW)
    assert sum(one.left_today for one in left.values()) == 10


def test_what_needs_a_person_is_an_alarm_and_an_unused_domain_is_none() -> None:
    domain, _ = domain_with(ramp_started_on=None, is_sound=False)
    assert alarms(NOW) == ()
    SendingDomain.objects.update(ramp_started_on=TODAY)
    assert [one.kind for one in alarms(NOW)] == ["domain_unsound"]
    pause_domain(domain.id, reason="moving", actor=REVOPS, now=NOW)
    assert [(one.kind, one.text) for one in alarms(NOW)] == [("domain_stopped", "moving. A person resumes it.")]
