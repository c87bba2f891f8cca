"""A soft no makes a plan rest and go on slower with something else to say, once, and a person can take it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.compliance.models import LedgerEntry
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, NotFound
from tandem.engagement.actions.enrolling import enroll
from tandem.engagement.actions.softening import soften_reply, soften_silent, take_back
from tandem.engagement.contracts import Angle
from tandem.engagement.domain.soft_no import SoftNo
from tandem.engagement.models import Enrollment, Inbound, SoftNoHeard
from tandem.engagement.queries.soft_noes import changed_angles
from tandem.engagement.tests.plans_setting import all_usable, people, running_campaign
from tests.company import NOW

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")


@pytest.fixture
def enrolled(company, monkeypatch) -> Enrollment:
    all_usable(monkeypatch)
    campaign = running_campaign(company)
    enroll(campaign.id, [one.id for one in people(company, 2)], actor=WORKER, now=NOW)
    return Enrollment.objects.order_by("id").first()


def ahead(one: Enrollment) -> list:
    return list(one.touches.filter(state="planned").order_by("step").values_list("id", "due_at"))


def reply(one: Enrollment, text: str, label: str = "") -> Inbound:
    return Inbound.objects.create(
        content_hash=text, content=b"", touch=one.touches.order_by("step").first(), contact=one.contact,
        account=one.account, kind="reply", label=label, new_text=text, language="en", received_at=NOW, read_at=NOW,
    )  # fmt: skip


def leave(one: Enrollment, number: int) -> None:
    for touch in one.touches.order_by("step")[:number]:
        touch.state, touch.sent_at = "sent", NOW - timedelta(days=1)
        touch.save()


def test_a_plea_for_fewer_mails_leaves_one_touch_weeks_later_as_a_last_word(enrolled):
    mail = reply(enrolled, "Too many mails, please slow down.")
    assert soften_reply(mail.id, actor=WORKER, now=NOW) is SoftNo.SLOWER
    left = ahead(enrolled)
    assert len(left) == 1
    assert left[0][1] >= NOW + timedelta(days=28)
    assert changed_angles([enrolled.id]) == {left[0][0]: Angle.LAST_WORD}
    heard = SoftNoHeard.objects.get()
    assert (heard.evidence, heard.inbound_id) == ("Too many mails", mail.id)
    assert LedgerEntry.objects.filter(action="engagement.softened").count() == 1


def test_hearing_the_same_again_changes_nothing(enrolled):
    for text in ("Noted, thanks.", "Noted."):
        soften_reply(reply(enrolled, text).id, actor=WORKER, now=NOW)
    assert SoftNoHeard.objects.count() == 1


def test_what_has_a_label_or_asks_something_is_no_soft_no(enrolled):
    before = ahead(enrolled)
    for mail in (reply(enrolled, "Noted, thanks.", label="negative_now"), reply(enrolled, "Noted. How much is it?")):
        assert soften_reply(mail.id, actor=WORKER, now=NOW) is None
    assert (ahead(enrolled), SoftNoHeard.objects.count()) == (before, 0)


def test_three_touches_without_an_answer_slow_a_plan_once(enrolled):
    leave(enrolled, 2)
    assert soften_silent(actor=WORKER, now=NOW) == 0
    leave(enrolled, 3)
    before = ahead(enrolled)
    assert soften_silent(actor=WORKER, now=NOW) == 1
    assert ahead(enrolled)[0][1] >= before[0][1]
    assert ahead(enrolled)[0][1] >= NOW + timedelta(days=7)
    assert soften_silent(actor=WORKER, now=NOW) == 0


def test_whoever_answered_is_not_silent(enrolled):
    leave(enrolled, 3)
    reply(enrolled, "Let me ask around.")
    assert soften_silent(actor=WORKER, now=NOW) == 0


def test_a_person_takes_it_back_and_the_plan_is_as_before(company, enrolled):
    before = ahead(enrolled)
    soften_reply(reply(enrolled, "Too many mails.").id, actor=WORKER, now=NOW)
    heard = SoftNoHeard.objects.get()
    take_back(heard.id, why="They meant the newsletter.", actor=company.actor("revops"), now=NOW)
    assert [one for one, _ in ahead(enrolled)] == [one for one, _ in before]
    assert changed_angles([enrolled.id]) == {}
    with pytest.raises(Conflict):
        take_back(heard.id, why="Again.", actor=company.actor("revops"), now=NOW)


def test_nobody_takes_back_what_they_do_not_see(company, enrolled):
    soften_reply(reply(enrolled, "Too many mails.").id, actor=WORKER, now=NOW)
    stranger = next(
        company.actor(who) for who in ("maya", "liam") if company.people[who].id not in (enrolled.seller_id, enrolled.account.owner_id)
    )  # fmt: skip
    with pytest.raises(NotFound):
        take_back(SoftNoHeard.objects.get().id, why="x", actor=stranger, now=NOW)
    assert SoftNoHeard.objects.get().taken_back_at is None
