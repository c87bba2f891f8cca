"""Mailboxes, tasks by hand, uncertain messages, and what providers post: pages and doors."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tandem.compliance.actions import suppress
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.gate import Mode, Road
from tandem.compliance.models import Clearance, Suppression
from tandem.core import clock, secrets
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import hand_tasks, mailboxes
from tandem.engagement.actions.dispatch import dispatch_due
from tandem.engagement.actions.mailboxes import MailboxFields
from tandem.engagement.actions.roads import secrets_of
from tandem.engagement.actions.settling import settle
from tandem.engagement.channels import twilio
from tandem.engagement.contracts import EnrollmentState, MailboxKind, TouchState
from tandem.engagement.models import Mailbox, SenderDay, TextSender, Touch
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
def planted(company: Company, now: datetime) -> Outreach:
    return plant(company, "paula", "oscar", mode=Mode.EVERY)


def fields(**changes: Any) -> MailboxFields:
    told = {
        "address": "liam@mail.aislewright.example", "display_name": "Liam", "kind": MailboxKind.SMTP, "seller_id": None,
        "daily_cap": 30, "sending": {"host": "mail.example.com"}, "secrets": {"password": "hunter2 of old"},
    }  # fmt: skip
    return MailboxFields(**{**told, **changes})


def test_a_mailbox_is_connected_with_its_secret_sealed_and_kept_when_nothing_new_is_said(
    planted: Outreach, company: Company, now: datetime
) -> None:
    olga = company.actor("revops")
    made = mailboxes.add_mailbox(fields(), actor=olga, now=now)
    row = Mailbox.objects.get(id=made)
    assert "hunter2" not in row.secrets
    mailboxes.change_mailbox(made, fields(daily_cap=50, secrets={}), actor=olga, now=now)
    row.refresh_from_db()
    assert (row.daily_cap, secrets_of(row)) == (50, {"password": "hunter2 of old"})
    with pytest.raises(Conflict):
        mailboxes.add_mailbox(fields(), actor=olga, now=now)
    with pytest.raises(NotAllowed):
        mailboxes.add_mailbox(fields(address="x@mail.aislewright.example"), actor=company.actor("seller"), now=now)
    for wrong in (
        {"address": "liam@elsewhere.example"}, {"daily_cap": 0}, {"secrets": {"pin": "1"}},
        {"sending": {"host": "mail.example.com", "tls": "none"}}, {"kind": MailboxKind.ESP, "sending": {}},
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            mailboxes.add_mailbox(fields(**wrong), actor=olga, now=now)
    assert Mailbox.objects.count() == 2


def test_trying_a_mailbox_signs_in_and_sends_nothing(planted: Outreach, company: Company, now: datetime) -> None:
    olga = company.actor("revops")
    with SmtpSink() as sink:
        Mailbox.objects.update(sending={"host": "127.0.0.1", "port": sink.port, "tls": "none"})
        assert mailboxes.try_mailbox(planted.mailbox.id, actor=olga).startswith("It works.")
        assert sink.taken == []
    assert mailboxes.try_mailbox(planted.mailbox.id, actor=olga).startswith("It does not work")
    assert Mailbox.objects.get().why


def test_pages_open_and_a_form_connects_a_mailbox(
    planted: Outreach, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    client = client_of("revops")
    with django_assert_max_num_queries(25):
        assert "maya@mail.aislewright.example" in client.get("/outreach/mailboxes").content.decode()
    said = {"address": "x@mail.aislewright.example", "kind": "smtp", "daily_cap": "20", "host": "127.0.0.1", "port": "1",
            "tls": "none"}  # fmt: skip
    assert client.post("/outreach/mailboxes/new", said).status_code in (200, 302, 303)
    made = Mailbox.objects.get(address="x@mail.aislewright.example")
    assert made.sending == {"host": "127.0.0.1", "port": 1, "tls": "none"}
    assert client.get(f"/outreach/mailboxes/{made.id}").status_code == 200
    assert client_of("seller").get("/outreach/mailboxes/new").status_code == 403


def a_task(planted: Outreach, **changes: Any) -> Touch:
    told = {"channel": Road.PHONE_MANUAL.value, "state": TouchState.TO_DO.value, "body": "Ask for the plans of May."}
    return planted.touch("oscar", **told | changes)


def test_a_message_that_a_person_sent_is_written_down_as_any_message_and_only_once(
    planted: Outreach,
    company: Company,
    client_of: Callable[..., Client],
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    company.contacts["oscar"].points.create(kind="linkedin", value="oscar-lind", source=company.sources["crm"])
    touch = a_task(planted, channel=Road.LINKEDIN.value)
    client = client_of("liam")
    with django_assert_max_num_queries(25):
        shown = client.get("/outreach/tasks").content.decode()
    assert "Ask for the plans of May." in shown
    assert "https://www.linkedin.com/in/oscar-lind" in shown
    liam = company.actor("liam")
    hand_tasks.mark_done(touch.id, note="He knows us.", actor=liam, now=now)
    touch.refresh_from_db()
    assert (touch.state, touch.sent_at, touch.why) == (TouchState.SENT, now, "He knows us.")
    assert Clearance.objects.get(state="departed").reference == f"Done by {liam.name}. He knows us."
    with pytest.raises(NotFound):
        hand_tasks.mark_done(touch.id, note="", actor=liam, now=now)


def test_a_call_that_may_not_be_made_is_not_written_down_as_done(
    planted: Outreach, company: Company, now: datetime
) -> None:
    touch = a_task(planted)
    entry = SuppressionEntry(address="+15035550160", reason=SuppressionReason.OBJECTION)
    suppress(entry, source="call", actor=WORKER, now=now)
    with pytest.raises(Conflict, match="may not be done"):
        hand_tasks.mark_done(touch.id, note="", actor=company.actor("liam"), now=now)
    assert not Clearance.objects.filter(state="departed").exists()


def test_a_task_is_left_out_with_a_reason_or_comes_back_tomorrow(
    planted: Outreach, company: Company, now: datetime
) -> None:
    touch, liam = a_task(planted), company.actor("liam")
    due_at = hand_tasks.put_off(touch.id, actor=liam, now=now)
    assert (due_at - now).days == 1
    with pytest.raises(InvalidInput):
        hand_tasks.skip(touch.id, why=" ", actor=liam, now=now)
    hand_tasks.skip(touch.id, why="He left the company.", actor=liam, now=now)
    touch.refresh_from_db()
    assert (touch.state, touch.why) == (TouchState.SKIPPED, "He left the company.")


@pytest.mark.parametrize(("has_left", "state"), [(True, TouchState.SENT), (False, TouchState.READY)])
def test_a_person_settles_what_nobody_knows_and_the_touch_follows(
    company: Company, client_of: Callable[..., Client], now: datetime, has_left: bool, state: TouchState
) -> None:
    with SmtpSink(lambda recipient: Fault.END_DROP_LOST if recipient else Fault.NONE) as sink:
        planted = plant(company, "paula", sending={"host": "127.0.0.1", "port": sink.port, "tls": "none"})
        touch = planted.touch("paula")
        dispatch_due(actor=WORKER, now=now)
    with clock.at(datetime(2026, 11, 24, 18, 40, tzinfo=OPEN_HOUR.tzinfo)) as later:
        assert "Paula Reyes" in client_of("liam").get("/outreach/uncertain").content.decode()
        with pytest.raises(InvalidInput):
            settle(touch.id, has_left=has_left, why="", actor=company.actor("liam"), now=later)
        settle(touch.id, has_left=has_left, why="It is in the Sent folder.", actor=company.actor("liam"), now=later)
        with pytest.raises(Conflict):
            settle(touch.id, has_left=has_left, why="again", actor=company.actor("liam"), now=later)
    touch.refresh_from_db()
    assert touch.state == state


def mailgun(touch: Touch, secret: str = "k", **data: Any) -> dict[str, Any]:
    signature = hmac.new(secret.encode(), b"1764000000token", hashlib.sha256).hexdigest()
    told = {"timestamp": 1764000000.0, "recipient": "paula.reyes@cascade-health.example", "id": "e1",
            "user-variables": {"touch": touch.key}, "message": {"headers": {"message-id": "x"}}, "event": "failed"}  # fmt: skip
    return {
        "signature": {"timestamp": "1764000000", "token": "token", "signature": signature},
        "event-data": {**told, **data},
    }


@pytest.mark.parametrize(
    ("data", "state", "counted", "is_out"),
    [
        ({"severity": "permanent"}, EnrollmentState.UNREACHABLE, "bounced_hard", False),
        ({"severity": "temporary"}, EnrollmentState.ACTIVE, "", False),
        ({"event": "complained"}, EnrollmentState.OBJECTED, "complained", True),
        ({"event": "unsubscribed"}, EnrollmentState.OBJECTED, "unsubscribed", True),
        ({"event": "opened"}, EnrollmentState.ACTIVE, "", False),
    ],
)
def test_what_a_provider_tells_of_a_message_is_acted_on_once_and_opens_are_not_read(
    planted: Outreach, client: Client, data: dict[str, str], state: EnrollmentState, counted: str, is_out: bool
) -> None:
    touch = planted.touch("paula", mailbox=planted.mailbox, state=TouchState.SENT.value)
    Mailbox.objects.update(
        kind="esp", sending={"provider": "mailgun"}, secrets=secrets.seal(json.dumps({"webhook_secret": "k"}))
    )
    for _ in range(2):
        told = mailgun(touch, **data)
        answer = client.post(f"/hooks/mail/{planted.mailbox.id}/news", told, content_type="application/json")
        assert answer.status_code == 200
    planted.enrollments["paula"].refresh_from_db()
    assert planted.enrollments["paula"].state == state
    rows = {name: sum(getattr(one, name) for one in SenderDay.objects.all())
            for name in ("bounced_hard", "bounced_soft", "complained", "unsubscribed")}  # fmt: skip
    assert rows == {name: int(name == counted) for name in rows}
    assert Suppression.objects.exists() == is_out


def test_news_that_are_not_signed_change_nothing(planted: Outreach, client: Client) -> None:
    touch = planted.touch("paula", mailbox=planted.mailbox, state=TouchState.SENT.value)
    address = f"/hooks/mail/{planted.mailbox.id}/news"
    told = mailgun(touch, event="complained")
    assert client.post(address, told, content_type="application/json").status_code == 401
    Mailbox.objects.update(
        kind="esp", sending={"provider": "mailgun"}, secrets=secrets.seal(json.dumps({"webhook_secret": "other"}))
    )
    assert client.post(address, told, content_type="application/json").status_code == 401
    assert not Suppression.objects.exists()


def test_a_text_message_that_failed_says_so_on_its_touch(planted: Outreach, client: Client) -> None:
    touch = planted.touch("oscar", channel=Road.SMS.value, state=TouchState.SENT.value)
    number = TextSender.objects.create(
        channel="sms", number="+1", account="AC1", secret=secrets.seal("s"), added_at=OPEN_HOUR, added_by="Olga"
    )
    path = f"/hooks/text/{number.id}/status?touch={touch.key}"
    told = {"MessageStatus": "undelivered", "ErrorCode": "30005", "MessageSid": "SM1"}
    signed = "".join(name + told[name] for name in sorted(told))
    address = SITE + path
    assert client.post(path, told, headers={"X-Twilio-Signature": "no"}).status_code == 401
    signature = twilio._signature(address + signed, "s")
    assert client.post(path, told, headers={"X-Twilio-Signature": signature}).status_code == 200
    touch.refresh_from_db()
    assert touch.why == "The provider could not deliver it: undelivered 30005"
