"""Asking the gate about touches, and what follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest

from tandem.accounts.models import Contact
from tandem.compliance.actions import suppress
from tandem.compliance.actions.approving import approve
from tandem.compliance.actions.gate import NotCleared, claim
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import Mode, Road
from tandem.compliance.models import GateDecision
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.contracts import DomainPurpose, DraftState, TouchState
from tandem.engagement.models import CampaignTarget, Draft, Touch
from tandem.engagement.queries.messages import message_of, messages_of, touch_named_by
from tandem.prospecting.models import AddressCheck
from tests.outreach import OPEN_HOUR, POSTAL, SITE, bought, plant, verify

if TYPE_CHECKING:
    from tests.company import Company
    from tests.outreach import Outreach

WORKER = built_in_agent("worker", "worker")


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PUBLIC_URL = SITE


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.at(OPEN_HOUR) as moment:
        yield moment


def test_a_text_inside_a_policy_is_ready_and_its_very_bytes_were_asked_about(company: Company, now: datetime) -> None:
    touch = plant(company, "paula").touch("paula", state=TouchState.PLANNED.value)
    found = ask_gate([touch.id], actor=WORKER, now=now)
    answer = found.answers[touch.id]
    assert answer.outcome is Outcome.ALLOW, answer.decision.explanation
    assert answer.clearance is not None
    assert answer.clearance.message_hash == hashlib.sha256(message_of(touch.id)).hexdigest()
    touch.refresh_from_db()
    draft = touch.drafts.get()
    assert (touch.state, touch.decision, draft.decision) == (TouchState.READY, answer.id, answer.id)
    assert draft.content_hash == answer.content_hash
    assert touch.message_id == found.messages[touch.id].message_id
    assert touch_named_by(found.messages[touch.id].return_path) == touch.id


def test_a_mail_holds_what_laws_want_and_nothing_that_counts_readers(company: Company, now: datetime) -> None:
    touch = plant(company, "paula").touch("paula")
    mail = message_from_bytes(message_of(touch.id), policy=policy.default)
    body, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert html is not None
    assert POSTAL in body.get_content()
    assert str(mail["List-Unsubscribe"]).startswith(f"<{SITE}/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(mail["List-Unsubscribe"]).strip("<>") in body.get_content()
    assert body.get_content().startswith("This message was written and sent by an AI system")
    assert "<img" not in html.get_content()
    assert mail["From"] == "Maya Lindqvist <maya@mail.aislewright.example>"


def test_a_text_that_a_person_reads_goes_to_them_and_leaves_as_they_approved_it(
    company: Company, now: datetime
) -> None:
    touch = plant(company, "paula", mode=Mode.EVERY).touch("paula", state=TouchState.PLANNED.value)
    asked = ask_gate([touch.id], actor=WORKER, now=now).answers[touch.id]
    touch.refresh_from_db()
    assert asked.outcome is Outcome.REVIEW, asked.decision.explanation
    assert (touch.state, asked.approvals_needed) == (TouchState.WRITTEN, 1)
    approve(asked.id, content_hash=asked.content_hash, actor=company.actor("liam"), now=now)
    again = ask_gate([touch.id], actor=WORKER, now=now + timedelta(minutes=20), is_leaving=True).answers[touch.id]
    assert again.outcome is Outcome.ALLOW, again.decision.explanation
    assert again.content_hash == asked.content_hash


@pytest.mark.parametrize("mode", [Mode.POLICY, Mode.TARGETS])
def test_above_the_threshold_nothing_is_ready_before_two_people_said_yes_in_any_mode(
    company: Company, now: datetime, mode: Mode
) -> None:
    planted = plant(company, "paula", mode=mode)
    choose(planted)
    bought(company, "cascade", 900_000)
    planted.campaign.value_threshold = 500_000
    planted.campaign.save()
    touch = planted.touch("paula")
    for people_missing, who in ((2, "liam"), (1, "olga")):
        asked = ask_gate([touch.id], actor=WORKER, now=now, is_leaving=True).answers[touch.id]
        touch.refresh_from_db()
        assert asked.outcome is Outcome.REVIEW, asked.decision.explanation
        assert (touch.state, asked.approvals_needed, asked.clearance) == (TouchState.WRITTEN, people_missing, None)
        assert "worth 900,000; above 500,000 two people must approve" in touch.why
        approve(asked.id, content_hash=asked.content_hash, actor=company.actor(who), now=now)
    last = ask_gate([touch.id], actor=WORKER, now=now).answers[touch.id]
    touch.refresh_from_db()
    assert (last.outcome, touch.state) == (Outcome.ALLOW, TouchState.READY), last.decision.explanation


@pytest.mark.parametrize("mode", [Mode.POLICY, Mode.TARGETS])
@pytest.mark.parametrize("worth", [500_000, None])
def test_up_to_the_threshold_and_where_nobody_knows_software_goes_on_by_itself(
    company: Company, now: datetime, mode: Mode, worth: int | None
) -> None:
    planted = plant(company, "paula", mode=mode)
    choose(planted)
    if worth is not None:
        bought(company, "cascade", worth)
    planted.campaign.value_threshold = 500_000
    planted.campaign.save()
    touch = planted.touch("paula", state=TouchState.PLANNED.value)
    answer = ask_gate([touch.id], actor=WORKER, now=now).answers[touch.id]
    touch.refresh_from_db()
    assert (answer.outcome, touch.state) == (Outcome.ALLOW, TouchState.READY), answer.decision.explanation


def test_an_account_that_grew_above_the_threshold_after_the_yes_is_neither_sent_nor_lost(
    company: Company, now: datetime
) -> None:
    planted = plant(company, "paula")
    planted.campaign.value_threshold = 500_000
    planted.campaign.save()
    touch = planted.touch("paula")
    Draft.objects.filter(touch=touch).update(state=DraftState.APPROVED.value)
    clearance = ask_gate([touch.id], actor=WORKER, now=now, is_leaving=True).answers[touch.id].clearance
    assert clearance is not None
    bought(company, "cascade", 900_000)
    with pytest.raises(NotCleared, match="two people must approve"):
        claim(clearance, message_of(touch.id, at=now), actor=WORKER, now=now)
    ask_gate([touch.id], actor=WORKER, now=now, is_leaving=True)
    touch.refresh_from_db()
    assert (touch.state, touch.drafts.get().state) == (TouchState.WRITTEN, DraftState.PROPOSED), "it waits for people"


def choose(planted: Outreach) -> None:
    """Let a person have chosen everybody in the campaign."""
    CampaignTarget.objects.bulk_create(
        [
            CampaignTarget(
                campaign=planted.campaign, contact=one.contact, chosen_at=OPEN_HOUR, chosen_by_id=one.seller_id
            )
            for one in planted.enrollments.values()
        ]
    )


def test_mail_to_an_address_that_died_since_is_left_out_and_says_why(company: Company, now: datetime) -> None:
    planted = plant(company, "paula", "oscar")
    bounced, left = planted.touch("paula"), planted.touch("oscar")
    AddressCheck.objects.filter(contact=bounced.contact).update(result="bad", reasons=["no such mailbox"])
    Contact.objects.filter(id=left.contact_id).update(has_left=True)
    found = ask_gate([bounced.id, left.id], actor=WORKER, now=now)
    assert (found.answers, GateDecision.objects.count()) == ({}, 0)
    for touch, why in ((bounced, "The address takes no mail (no such mailbox)."), (left, "Has left the company.")):
        touch.refresh_from_db()
        assert (touch.state, touch.why, found.not_asked[touch.id]) == (TouchState.SKIPPED, why, why)


def test_mail_waits_for_a_new_check_of_an_address_whose_last_one_ran_out(company: Company, now: datetime) -> None:
    planted = plant(company, "paula", "oscar", "nora")
    old, never, other = (planted.touch(who) for who in ("paula", "oscar", "nora"))
    AddressCheck.objects.filter(contact=old.contact).update(checked_at=now - timedelta(days=400))
    AddressCheck.objects.filter(contact=never.contact).delete()
    assert set(ask_gate([old.id, never.id, other.id], actor=WORKER, now=now).answers) == {old.id, never.id, other.id}
    leaving = ask_gate([old.id, never.id, other.id], actor=WORKER, now=now, is_leaving=True)
    assert leaving.not_asked == {
        old.id: "The last check is too old; it is made again.", never.id: "The address was not checked yet.",
    }  # fmt: skip
    assert set(leaving.answers) == {other.id}
    AddressCheck.objects.filter(contact=old.contact).delete()
    verify([company.contacts["paula"]], at=now)
    assert set(ask_gate([old.id], actor=WORKER, now=now, is_leaving=True).answers) == {old.id}


def test_somebody_who_was_taken_out_is_left_out_with_the_rule_that_says_so(company: Company, now: datetime) -> None:
    planted = plant(company, "paula")
    touch = planted.touch("paula")
    entry = SuppressionEntry(address="paula.reyes@cascade-health.example", reason=SuppressionReason.UNSUBSCRIBE)
    suppress(entry, source="link", actor=WORKER, now=now)
    assert ask_gate([touch.id], actor=WORKER, now=now).answers[touch.id].outcome is Outcome.BLOCK
    touch.refresh_from_db()
    assert touch.state == TouchState.SKIPPED
    assert touch.why.startswith("XX-SUPP-001: Forbidden: one refusal stops every channel")


def test_what_may_not_leave_yet_comes_back_when_it_may(company: Company, now: datetime) -> None:
    touch = plant(company, "paula").touch("paula", due_at=OPEN_HOUR - timedelta(hours=3))
    early = OPEN_HOUR - timedelta(hours=2)  # 08:30 in Portland
    assert ask_gate([touch.id], actor=WORKER, now=early).answers[touch.id].outcome is Outcome.HOLD
    touch.refresh_from_db()
    assert (touch.state, touch.due_at) == (TouchState.READY, datetime(2026, 11, 24, 18, 0, tzinfo=UTC))
    assert touch.why


def test_mail_that_software_wrote_never_leaves_from_a_primary_domain(company: Company, now: datetime) -> None:
    planted = plant(company, "paula", purpose=DomainPurpose.PRIMARY)
    touch, own = planted.touch("paula"), planted.touch("paula", is_by_ai=False)
    found = ask_gate([touch.id, own.id], actor=WORKER, now=now)
    assert list(found.answers) == [own.id]
    assert "primary domain" in found.not_asked[touch.id]
    touch.refresh_from_db()
    assert (touch.state, touch.decision) == (TouchState.READY, None)


def test_a_text_that_breaks_a_rule_and_one_without_text_are_not_asked_about(company: Company, now: datetime) -> None:
    planted = plant(company, "paula")
    broken = planted.touch("paula", violations=[{"rule": "emoji", "message": "no", "is_hard": True}])
    empty = planted.touch("paula")
    empty.drafts.all().delete()
    found = ask_gate([broken.id, empty.id], actor=WORKER, now=now)
    assert not found.answers
    assert "rewritten" in found.not_asked[broken.id]
    assert "no text" in found.not_asked[empty.id]


def test_later_touches_follow_the_thread_without_pretending_to_answer(company: Company, now: datetime) -> None:
    planted = plant(company, "paula")
    first = planted.touch("paula")
    ask_gate([first.id], actor=WORKER, now=now)
    Touch.objects.filter(id=first.id).update(state=TouchState.SENT.value, sent_at=now)
    second = planted.touch("paula", subject="")
    mail = message_from_bytes(message_of(second.id), policy=policy.default)
    first.refresh_from_db()
    assert mail["In-Reply-To"] == mail["References"] == f"<{first.message_id}>"
    assert mail["Subject"] == "Your Portland site"


def test_a_text_message_ends_with_the_way_out(company: Company, now: datetime) -> None:
    touch = plant(company, "anna").touch("anna", channel=Road.SMS.value, body="Hi, is May still the date?")
    found = messages_of([touch.id])[touch.id]
    assert found.request is not None, found.why_not
    assert found.request.message.decode().endswith("Reply STOP to end messages.")
    assert found.request.address.startswith("+")


def test_any_number_of_touches_is_read_in_as_many_queries_as_one(
    company: Company, now: datetime, django_assert_max_num_queries: Any
) -> None:
    planted = plant(company, "paula", "anna")
    touches = [planted.touch(who) for who in ("paula", "anna") for _ in range(3)]
    with django_assert_max_num_queries(32):
        assert len(messages_of([touch.id for touch in touches])) == 6
