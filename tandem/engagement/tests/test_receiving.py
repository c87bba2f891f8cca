"""What comes in: kept once, brought to the touch it answers, and acted on once, whatever dies in between."""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tandem.access.contracts import Role
from tandem.accounts.queries.contact_evidence import contact_evidence
from tandem.compliance.contracts import Channel
from tandem.compliance.queries.keys import registry_keys
from tandem.compliance.queries.suppression import is_suppressed
from tandem.core.actors import Actor, ActorKind
from tandem.engagement.actions import consequences, receiving, taking_back
from tandem.engagement.contracts import (
    BounceReading,
    EnrollmentState,
    MailKind,
    ReplyLabel,
    TouchState,
)
from tandem.engagement.domain.business_clock import UNHURRIED_MINUTES
from tandem.engagement.domain.composing import return_path
from tandem.engagement.domain.consequences import EffectKind
from tandem.engagement.models import (
    Enrollment,
    Inbound,
    InboundEffect,
    RedirectProposal,
    ReplyTask,
    SenderDay,
    SoftNoHeard,
    Touch,
)
from tandem.engagement.tests.incoming import ARRIVED, WORKER, Post, mail, reading, sent
from tests.outreach import plant

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db
PAULA = "paula@alpine.example"


@pytest.fixture
def post(company: Company, monkeypatch: pytest.MonkeyPatch) -> Post:
    return Post(plant(company, "paula", "oscar"), monkeypatch)


def address_of(company: Company, who: str) -> str:
    return str(company.contacts[who].email)


def state_of(post: Post, who: str = "paula") -> str:
    return Enrollment.objects.get(id=post.outreach.enrollments[who].id).state


def kinds(inbound: Inbound) -> set[str]:
    return set(InboundEffect.objects.filter(inbound=inbound).values_list("kind", flat=True))


def test_an_unsubscribe_suppresses_everywhere_and_stops_every_plan(company: Company, post: Post) -> None:
    touch, later = sent(post.outreach, "paula"), post.outreach.touch("paula")
    raw = mail(address_of(company, "paula"), "Take me off your list.", answers=touch)
    inbound = post.arrives(raw, reading(ReplyLabel.UNSUBSCRIBE, text="Take me off your list."))
    assert inbound.touch_id == touch.id
    assert inbound.contact_id == company.contacts["paula"].id
    assert zlib.decompress(inbound.content) == raw
    for channel in (Channel.EMAIL, Channel.SMS, Channel.VOICE):
        assert is_suppressed([address_of(company, "paula")], channel) is not None
    assert is_suppressed([f"contact:{inbound.contact_id}"], Channel.EMAIL) is not None
    assert state_of(post) == EnrollmentState.OBJECTED
    assert Touch.objects.get(id=later.id).state == TouchState.CANCELLED
    assert kinds(inbound) == {"suppress", "stop"}
    assert not ReplyTask.objects.exists()
    assert SenderDay.objects.get().unsubscribed == 1


def test_the_same_mail_comes_in_once(company: Company, post: Post) -> None:
    raw = mail(address_of(company, "paula"), "Who are you?", answers=sent(post.outreach, "paula"))
    post.arrives(raw, reading(text="Who are you?"))
    again = receiving.receive(
        raw, mailbox_id=post.outreach.mailbox.id, received_at=ARRIVED, actor=WORKER, now=ARRIVED + timedelta(hours=1)
    )
    assert again is None
    assert Inbound.objects.count() == ReplyTask.objects.count() == 1


def test_what_a_crash_left_undone_is_done_once_afterwards(
    company: Company, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = mail(address_of(company, "paula"), "No more, please.", answers=sent(post.outreach, "paula"))

    def dies(*_: object, **__: object) -> None:
        raise ConnectionError("the machine went away")

    monkeypatch.setattr(consequences, "_count", dies)
    with pytest.raises(ConnectionError):
        post.arrives(raw, reading(ReplyLabel.UNSUBSCRIBE))
    inbound = Inbound.objects.get()
    assert inbound.handled_at is None
    assert is_suppressed([address_of(company, "paula")], Channel.EMAIL) is not None
    assert state_of(post) == EnrollmentState.OBJECTED
    monkeypatch.undo()
    assert receiving.resume(actor=WORKER, now=ARRIVED + timedelta(minutes=1)) == 1
    assert receiving.resume(actor=WORKER, now=ARRIVED + timedelta(minutes=2)) == 0
    inbound.refresh_from_db()
    assert inbound.handled_at == ARRIVED + timedelta(minutes=1)
    assert InboundEffect.objects.filter(inbound=inbound).count() == 2
    assert SenderDay.objects.get().unsubscribed == 1


def test_an_absence_pauses_until_the_day_it_names_and_does_nothing_else(company: Company, post: Post) -> None:
    touch, later = sent(post.outreach, "paula"), post.outreach.touch("paula")
    away = reading(ReplyLabel.OOO, kind=MailKind.AUTO_REPLY, returns_on=date(2026, 12, 7))
    inbound = post.arrives(mail(address_of(company, "paula"), "I am away.", answers=touch), away)
    enrollment = Enrollment.objects.get(id=post.outreach.enrollments["paula"].id)
    assert enrollment.state == EnrollmentState.PAUSED
    assert enrollment.paused_until is not None
    assert enrollment.paused_until.date() == date(2026, 12, 7)
    assert Touch.objects.get(id=later.id).state == TouchState.READY
    assert kinds(inbound) == {"pause"}
    assert is_suppressed([address_of(company, "paula")], Channel.EMAIL) is None


def test_an_interested_answer_ends_the_plan_and_reaches_the_seller(company: Company, post: Post) -> None:
    touch = sent(post.outreach, "paula")
    inbound = post.arrives(
        mail(address_of(company, "paula"), "Happy to talk on Friday.", answers=touch),
        reading(ReplyLabel.POSITIVE_MEETING),
    )
    task = ReplyTask.objects.get(inbound=inbound)
    assert task.owner == company.people["maya"]
    assert task.started_at == ARRIVED
    assert state_of(post) == EnrollmentState.ANSWERED
    assert not Touch.objects.filter(answers=inbound, state=TouchState.SENT).exists()


def test_a_stranger_who_unsubscribes_takes_the_addressee_out_too(company: Company, post: Post) -> None:
    touch = sent(post.outreach, "paula")
    inbound = post.arrives(
        mail("assistant@elsewhere.test", "Remove us.", answers=touch), reading(ReplyLabel.UNSUBSCRIBE)
    )
    assert inbound.reading["sender"] == "stranger"
    assert is_suppressed([address_of(company, "paula")], Channel.EMAIL) is not None
    assert is_suppressed(["assistant@elsewhere.test"], Channel.EMAIL) is not None
    assert ReplyTask.objects.get().why == "It came from an address that nobody here knows."


def test_a_wrong_person_stops_and_proposes_without_enrolling_anybody(company: Company, post: Post) -> None:
    people = Enrollment.objects.count()
    inbound = post.arrives(
        mail(address_of(company, "paula"), "Ask Nora.", answers=sent(post.outreach, "paula")),
        reading(ReplyLabel.WRONG_PERSON, redirect_name="Nora Neu", redirect_email="nora.neu@elsewhere.test"),
    )
    proposal = RedirectProposal.objects.get(inbound=inbound)
    assert (proposal.name, proposal.email, proposal.state) == ("Nora Neu", "nora.neu@elsewhere.test", "open")
    assert Enrollment.objects.count() == people
    assert kinds(inbound) == {"stop", "propose"}


def test_a_hard_bounce_is_found_by_its_envelope_and_ends_mail_to_the_address(company: Company, post: Post) -> None:
    touch = sent(post.outreach, "paula")
    envelope = return_path(touch.id, post.outreach.mailbox.address, secret=registry_keys()[0])
    failed = BounceReading(recipient=address_of(company, "paula"), type="hard", status="5.1.1", reason="user_unknown")
    inbound = post.arrives(
        mail("mailer-daemon@mx.test", "failed", subject="Undelivered", Delivered_To=envelope),
        reading(kind=MailKind.BOUNCE, bounce=failed),
    )
    assert (inbound.touch_id, inbound.reading["by"]) == (touch.id, "envelope")
    assert is_suppressed([address_of(company, "paula")], Channel.EMAIL) is not None
    assert is_suppressed([address_of(company, "paula")], Channel.SMS) is None
    assert state_of(post) == EnrollmentState.UNREACHABLE
    points = company.contacts["paula"].points.filter(kind="email", value=address_of(company, "paula"))
    assert set(points.values_list("verification", flat=True)) == {"bounced"}
    assert SenderDay.objects.get().bounced_hard == 1
    assert kinds(inbound) == {EffectKind.ADDRESS, EffectKind.STOP}


def test_the_third_soft_bounce_counts_as_one_for_good(company: Company, post: Post) -> None:
    touch = sent(post.outreach, "paula")
    full = BounceReading(recipient=address_of(company, "paula"), type="soft", status="4.2.2", reason="mailbox_full")
    for day in range(3):
        assert is_suppressed([address_of(company, "paula")], Channel.EMAIL) is None
        post.arrives(
            mail("mailer-daemon@mx.test", f"full {day}", answers=touch),
            reading(kind=MailKind.BOUNCE, bounce=full), at=ARRIVED + timedelta(days=3 * day),
        )  # fmt: skip
    assert is_suppressed([address_of(company, "paula")], Channel.EMAIL) is not None
    assert state_of(post) == EnrollmentState.UNREACHABLE


def test_a_complaint_suppresses_stops_counts_and_asks_a_person(company: Company, post: Post) -> None:
    inbound = post.arrives(
        mail("fbl@provider.test", "abuse report", answers=sent(post.outreach, "paula")),
        reading(kind=MailKind.COMPLAINT),
    )
    assert kinds(inbound) == {"suppress", "stop", "alarm", "ask"}
    assert SenderDay.objects.get().complained == 1
    assert is_suppressed(["fbl@provider.test"], Channel.EMAIL) is None


def test_without_headers_the_subject_of_the_same_person_decides(company: Company, post: Post) -> None:
    touch = sent(post.outreach, "paula")
    sent(post.outreach, "oscar")
    inbound = post.arrives(mail(address_of(company, "paula"), "Yes.", subject="AW: Your Portland site"), reading())
    assert (inbound.touch_id, inbound.reading["by"]) == (touch.id, "subject")


def test_a_mail_from_nobody_known_waits_for_a_person_and_changes_nothing(post: Post) -> None:
    inbound = post.arrives(mail("someone@nowhere.test", "Hello?", subject="Hello"), reading())
    assert (inbound.touch_id, inbound.contact_id) == (None, None)
    assert ReplyTask.objects.get().owner == post.outreach.mailbox.seller
    assert state_of(post) == EnrollmentState.ACTIVE


def test_a_bounce_counts_against_the_source_that_told_the_address(company: Company, post: Post) -> None:
    touch, address = sent(post.outreach, "paula"), address_of(company, "paula")
    failed = BounceReading(recipient=address, type="hard", status="5.1.1", reason="user_unknown")
    post.arrives(mail("mailer-daemon@mx.test", "failed", answers=touch), reading(kind=MailKind.BOUNCE, bounce=failed))
    # A source that tells the address anew does not bring it back to life.
    company.contacts["paula"].points.update(verification="valid")
    told = contact_evidence([company.contacts["paula"].id])[company.contacts["paula"].id]
    assert {one.value: one.is_dead for one in told.addresses}[address] is True


def test_a_soft_no_slows_the_plan_and_stands_in_the_inbox_without_haste(company: Company, post: Post) -> None:
    touch, later = sent(post.outreach, "paula"), post.outreach.touch("paula")
    raw = mail(address_of(company, "paula"), "Noted, thanks.", answers=touch)
    inbound = post.arrives(raw, reading(text="Noted, thanks."))
    assert state_of(post) == EnrollmentState.ACTIVE
    slowed = Touch.objects.get(id=later.id)
    assert slowed.state == later.state
    assert slowed.due_at >= ARRIVED + timedelta(days=21)
    assert set(InboundEffect.objects.values_list("kind", "rule")) == {("pause", "soft_no"), ("ask", "soft_no")}
    assert SoftNoHeard.objects.get().inbound_id == inbound.id
    assert ReplyTask.objects.get().minutes == UNHURRIED_MINUTES
    maya = Actor(kind=ActorKind.PERSON, id=company.people["maya"].id, name="Maya", role=Role.SELLER.value)
    taking_back.undo(inbound.effects.get(kind="pause").id, actor=maya, now=ARRIVED + timedelta(hours=1))
    assert Touch.objects.get(id=later.id).due_at < ARRIVED + timedelta(days=21)
    assert SoftNoHeard.objects.get().taken_back_at is not None
