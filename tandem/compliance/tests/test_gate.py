"""The gate: nothing leaves without a decision, and nothing that was decided leaves changed, late, twice or unseen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from tandem.access.actions import create_agent, revoke_agent
from tandem.accounts.models import ContactPoint, Opportunity
from tandem.compliance import queries
from tandem.compliance.actions import add_assessment, approving, gate, lift_suppression, suppress
from tandem.compliance.actions import switches as switching
from tandem.compliance.actions.gate import NotCleared
from tandem.compliance.actions.notices import record_notice
from tandem.compliance.contracts import AssessmentDecision, SuppressionEntry, SuppressionReason
from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import ClearanceState, GateAnswer, Mode, Permit, Road
from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.models import Clearance, GateDecision, LedgerEntry, Suppression
from tandem.core import clock
from tandem.core.actors import Actor, ActorKind, built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.outbound import mail, request, set_up_sender

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")
PAULA = "paula.reyes@cascade-health.example"


@pytest.fixture
def now() -> Iterator[datetime]:
    """An hour at which mail may go to all of the United States."""
    with clock.at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)) as moment:
        yield moment


@pytest.fixture
def paula(company: Company) -> str:
    """The contact key of somebody in the United States whom a cold mail may reach."""
    set_up_sender()
    Opportunity.objects.filter(account=company.accounts["cascade"]).update(is_closed=True)
    return f"contact:{company.contacts['paula'].id}"


def cleared(subject: str, now: datetime, **changes: object) -> GateAnswer:
    answer = gate.decide(request(PAULA, subject=subject, **changes), actor=WORKER, now=now)
    assert answer.outcome is Outcome.ALLOW, answer.decision.explanation
    assert answer.clearance is not None
    return answer


def refused(answer: GateAnswer, message: bytes, now: datetime) -> str:
    assert answer.clearance is not None
    before = Clearance.objects.filter(state="claimed").count()
    with pytest.raises(NotCleared) as found:
        gate.claim(answer.clearance, message, actor=WORKER, now=now)
    assert Clearance.objects.filter(state="claimed").count() == before, "nothing was taken"
    return found.value.message


def test_an_allowed_mail_leaves_once_with_its_basis_on_record(paula: str, now: datetime) -> None:
    asked = request(PAULA, subject=paula)
    answer = cleared(paula, now)
    assert answer.decision.basis
    assert answer.clearance is not None
    permit = gate.claim(answer.clearance, asked.message, actor=WORKER, now=now)
    gate.check_hand_off(permit, actor=WORKER, now=now)
    gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250 ok", actor=WORKER, now=now)

    assert Clearance.objects.get().state == "departed"
    told = [entry.action for entry in queries.entries_about("message:enrollment-1-step-1@northwind.example")]
    assert told == ["compliance.decided", "compliance.claimed", "compliance.departed"]
    assert "clearance is departed already" in refused(answer, asked.message, now)


def test_a_touch_leaves_at_most_once_whatever_is_asked(paula: str, now: datetime) -> None:
    first, second = cleared(paula, now), cleared(paula, now)
    message = request(PAULA).message
    assert first.clearance is not None
    gate.claim(first.clearance, message, actor=WORKER, now=now)
    assert "left already" in refused(second, message, now)


def test_a_changed_byte_another_recipient_or_a_late_hour_is_refused(paula: str, now: datetime) -> None:
    message = request(PAULA).message
    answer = cleared(paula, now)
    assert "not the one that was cleared" in refused(answer, message.replace(b"Hello", b"Hallo"), now)
    answer = cleared(paula, now)
    assert answer.clearance is not None
    other = replace(answer, clearance=replace(answer.clearance, channel=Road.SMS))
    assert "another channel" in refused(other, message, now)
    assert "ran out" in refused(cleared(paula, now), message, now + gate.CLEARED_FOR)


def test_what_was_said_before_the_claim_is_seen(paula: str, now: datetime) -> None:
    answer = cleared(paula, now)
    suppress(
        SuppressionEntry(address=PAULA, reason=SuppressionReason.UNSUBSCRIBE), source="reply", actor=WORKER, now=now
    )
    assert "one refusal stops every channel" in refused(answer, request(PAULA).message, now)


def test_an_opt_out_by_text_stops_the_mail_minutes_later(paula: str, company: Company, now: datetime) -> None:
    ContactPoint.objects.create(
        contact=company.contacts["paula"], kind="mobile", value="+15035550199", source=company.sources["crm"]
    )
    answer = cleared(paula, now)
    suppress(
        SuppressionEntry(address="+15035550199", reason=SuppressionReason.UNSUBSCRIBE),
        source="STOP by text", actor=WORKER, now=now,
    )  # fmt: skip
    assert refused(answer, request(PAULA).message, now + timedelta(minutes=3))
    assert gate.decide(request(PAULA, subject=paula), actor=WORKER, now=now).outcome is Outcome.BLOCK


@pytest.mark.parametrize(
    ("scope", "key"),
    [
        (SwitchScope.GLOBAL, ""),
        (SwitchScope.CHANNEL, "email"),
        (SwitchScope.DOMAIN, "northwind.example"),
        (SwitchScope.CAMPAIGN, "autumn"),
        (SwitchScope.REGION, "US"),
    ],
)
def test_a_thrown_switch_stops_what_was_cleared(
    scope: SwitchScope, key: str, paula: str, company: Company, now: datetime
) -> None:
    answer = cleared(paula, now, campaign="autumn")
    switching.throw(scope, key, reason="Outage", actor=company.actor("revops"), now=now)
    assert "Outage" in refused(answer, request(PAULA).message, now)


def test_between_claim_and_wire_a_switch_an_opt_out_or_a_delay_still_stops_it(
    paula: str, company: Company, now: datetime
) -> None:
    message = request(PAULA).message

    def claimed() -> Permit:
        answer = cleared(paula, now)
        assert answer.clearance is not None
        return gate.claim(answer.clearance, message, actor=WORKER, now=now)

    late = replace(claimed(), hand_off_by=time.monotonic() - 0.001)
    with pytest.raises(NotCleared, match="too long"):
        gate.check_hand_off(late, actor=WORKER, now=now)
    stopped = claimed()
    switch = switching.throw(SwitchScope.GLOBAL, "", reason="Outage", actor=company.actor("revops"), now=now)
    with pytest.raises(NotCleared, match="Outage"):
        gate.check_hand_off(stopped, actor=WORKER, now=now)
    switching.lift(switch, reason="Over", actor=company.actor("revops"), now=now)
    taken_out = claimed()
    suppress(
        SuppressionEntry(address="cascade-health.example", reason=SuppressionReason.MANUAL),
        source="call", actor=WORKER, now=now,
    )  # fmt: skip
    with pytest.raises(NotCleared, match="Suppressed"):
        gate.check_hand_off(taken_out, actor=WORKER, now=now)
    assert set(Clearance.objects.values_list("state", flat=True)) == {"refused"}


def test_a_revoked_agents_clearance_is_worth_nothing(paula: str, company: Company, now: datetime) -> None:
    boss = company.actor("revops")
    number = create_agent(
        name="outreach", purpose="Writes", scopes=["gate.send"], answerable_id=boss.id, actor=boss, now=now
    )
    agent = Actor(kind=ActorKind.AGENT, id=number, name="outreach", scopes=frozenset({"gate.send"}))
    asked = request(PAULA, subject=paula, mode=Mode.EVERY)
    waiting = gate.decide(asked, actor=agent, now=now)
    approving.approve(waiting.id, content_hash=waiting.content_hash, actor=company.actor("liam"), now=now)
    answer = gate.decide(asked, actor=agent, now=now)
    assert answer.clearance is not None, answer.decision.explanation
    revoke_agent(agent_id=number, reason="Misbehaves", actor=boss, now=now)
    assert "revoked" in refused(answer, asked.message, now)
    with pytest.raises(NotAllowed):
        gate.decide(asked, actor=agent, now=now)


def test_a_person_approves_one_text_and_no_other(paula: str, company: Company, now: datetime) -> None:
    asked = request(PAULA, subject=paula, mode=Mode.EVERY)
    waiting = gate.decide(asked, actor=WORKER, now=now)
    assert (waiting.outcome, waiting.approvals_needed, waiting.clearance) == (Outcome.REVIEW, 1, None)
    with pytest.raises(NotAllowed):
        approving.approve(waiting.id, content_hash=waiting.content_hash, actor=WORKER, now=now)
    with pytest.raises(NotFound):
        approving.approve(waiting.id, content_hash=waiting.content_hash, actor=company.actor("seller"), now=now)
    with pytest.raises(Conflict):
        approving.approve(waiting.id, content_hash="0" * 64, actor=company.actor("liam"), now=now)
    approving.approve(waiting.id, content_hash=waiting.content_hash, actor=company.actor("liam"), now=now)
    assert gate.decide(asked, actor=WORKER, now=now).outcome is Outcome.ALLOW
    changed = replace(asked, message=mail(PAULA, body="Hello!", key="enrollment-1-step-1"))
    assert gate.decide(changed, actor=WORKER, now=now).outcome is Outcome.REVIEW


def test_a_withdrawn_approval_stops_the_claim_and_a_rejection_blocks(
    paula: str, company: Company, now: datetime
) -> None:
    seller, manager = company.actor("liam"), company.actor("revops")
    asked = request(PAULA, subject=paula, mode=Mode.EVERY)
    first = gate.decide(asked, actor=WORKER, now=now)
    said = approving.approve(first.id, content_hash=first.content_hash, actor=seller, now=now)
    answer = gate.decide(asked, actor=WORKER, now=now)
    approving.withdraw_approval(said, actor=seller, now=now)
    assert "approve" in refused(answer, asked.message, now)
    approving.reject(first.id, content_hash=first.content_hash, reason="Wrong tone", actor=manager, now=now)
    assert gate.decide(asked, actor=WORKER, now=now).outcome is Outcome.BLOCK


def test_a_mail_that_lacks_what_the_law_wants_does_not_leave(paula: str, now: datetime) -> None:
    bare = mail(PAULA, key="m2").replace(b"Hafenstrasse", b"Hafenstr")
    answer = gate.decide(request(PAULA, subject=paula, message=bare), actor=WORKER, now=now)
    assert answer.outcome is Outcome.BLOCK
    assert "content.has_postal_address" in answer.decision.missing
    foreign = mail("somebody@else.example", key="m3").replace(b"To: somebody@else.example", b"To: " + PAULA.encode())
    answer = gate.decide(request(PAULA, subject=paula, message=foreign), actor=WORKER, now=now)
    assert "content.has_unsubscribe" in answer.decision.missing, "the link must take out this very recipient"


def test_the_bytes_decide_who_gets_it_not_the_request(paula: str, now: datetime) -> None:
    for raw in (
        mail("victim@else.example"),
        mail(PAULA).replace(b"Subject:", b"Cc: victim@else.example\r\nSubject:"),
        mail(PAULA).replace(b"Subject:", b"To: victim@else.example\r\nSubject:"),
        mail(PAULA).replace(b"maya@northwind.example>", b"ceo@other.example>", 1),
        b"",
        mail(PAULA).replace(b"\r\n.", b"\n.").replace(b"Hello", b"Hello\n.\nMAIL FROM:<x@y.example>"),
        b"\xff\xfe no mail at all",
    ):
        with pytest.raises(InvalidInput):
            gate.decide(request(PAULA, subject=paula, message=raw or b" "), actor=WORKER, now=now)
    assert not GateDecision.objects.exists()


def test_a_caller_can_not_talk_the_gate_into_anything(paula: str, company: Company, now: datetime) -> None:
    suppress(SuppressionEntry(address=PAULA, reason=SuppressionReason.COMPLAINT), source="fbl", actor=WORKER, now=now)
    told = {
        "suppressed": False,
        "content": {"has_unsubscribe": True, "has_postal_address": True, "human_approved": True},
        "basis": {"lia_approved": True, "art14_notice_at": now.isoformat()},
        "consents": [{"kind": "express", "at": now.isoformat()}],
    }
    answer = gate.decide(request(PAULA, subject=paula, stated=told), actor=WORKER, now=now)
    assert answer.outcome is Outcome.BLOCK
    germany = f"contact:{company.contacts['katrin'].id}"
    to = company.contacts["katrin"].email
    answer = gate.decide(request(to, subject=germany, stated=told), actor=WORKER, now=now)
    assert answer.outcome is Outcome.BLOCK, "Germany wants consent that stands in our registry"


def test_nothing_but_the_hash_of_the_recipient_is_kept(paula: str, now: datetime) -> None:
    cleared(paula, now)
    row = GateDecision.objects.get()
    kept = f"{row.facts} {row.decision}" + "".join(LedgerEntry.objects.values_list("facts", flat=True))
    assert PAULA not in kept
    assert "Your Hamburg warehouse" not in kept


def test_a_worker_that_died_leaves_a_question_to_a_person_and_no_second_mail(
    paula: str, company: Company, now: datetime
) -> None:
    answer = cleared(paula, now)
    message = request(PAULA).message
    assert answer.clearance is not None
    gate.claim(answer.clearance, message, actor=WORKER, now=now)
    later = now + timedelta(minutes=6)
    assert gate.end_lost_claims(actor=WORKER, now=later) == 1
    assert "left already" in refused(cleared(paula, later), message, later)
    row = Clearance.objects.get(state="uncertain")
    with pytest.raises(NotAllowed):
        gate.settle(row.id, has_left=False, why="log", actor=WORKER, now=later)
    gate.settle(row.id, has_left=False, why="The provider's log", actor=company.actor("liam"), now=later)
    again = cleared(paula, later)
    assert again.clearance is not None
    assert gate.claim(again.clearance, message, actor=WORKER, now=later)


def test_an_unknown_person_in_an_unknown_place_gets_nothing(company: Company, now: datetime) -> None:
    set_up_sender()
    answer = gate.decide(request("someone@nowhere.example"), actor=WORKER, now=now)
    assert answer.outcome is Outcome.BLOCK
    assert {"recipient.country", "recipient.kind"} <= set(answer.decision.missing)


def test_between_claim_and_wire_every_address_and_name_of_a_person_counts(
    paula: str, company: Company, now: datetime
) -> None:
    ContactPoint.objects.create(
        contact=company.contacts["paula"], kind="mobile", value="+15035550199", source=company.sources["crm"]
    )
    message = request(PAULA).message
    for address, subject in (("+15035550199", ""), ("old@gone.example", paula), (paula, "")):
        answer = cleared(paula, now)
        assert answer.clearance is not None
        permit = gate.claim(answer.clearance, message, actor=WORKER, now=now)
        entry = SuppressionEntry(address=address, reason=SuppressionReason.UNSUBSCRIBE)
        before = now - timedelta(seconds=2)  # whoever took it down began before the claim and was done after it
        suppress(entry, source="reply", subject=subject, actor=WORKER, now=before)
        with pytest.raises(NotCleared, match="Suppressed"):
            gate.check_hand_off(permit, actor=WORKER, now=now)
        with transaction.atomic():
            Suppression.objects.filter(superseded_at=None).update(superseded_at=now, permission="Form 12")


def test_somebody_taken_out_by_their_key_alone_gets_nothing(paula: str, now: datetime) -> None:
    suppress(SuppressionEntry(address=paula, reason=SuppressionReason.MANUAL), source="import", actor=WORKER, now=now)
    assert gate.decide(request(PAULA, subject=paula), actor=WORKER, now=now).outcome is Outcome.BLOCK


def test_after_a_colleagues_objection_or_a_complaint_a_person_reads_first(
    paula: str, company: Company, now: datetime
) -> None:
    oscar = f"contact:{company.contacts['oscar'].id}"
    entry = SuppressionEntry(address=company.contacts["oscar"].email, reason=SuppressionReason.OBJECTION)
    suppress(entry, source="reply", actor=WORKER, now=now - timedelta(days=2), subject=oscar)
    found = gate.decide(request(PAULA, subject=paula), actor=WORKER, now=now)
    assert found.outcome is Outcome.REVIEW
    assert [rule.id for rule in found.decision.rules if rule.effect == "review"] == ["KILL-COLLEAGUE"]
    later = gate.decide(request(PAULA, subject=paula), actor=WORKER, now=now + timedelta(days=29))
    assert later.outcome is Outcome.ALLOW


def test_whoever_complained_and_allowed_it_later_is_still_read_by_a_person_first(
    paula: str, company: Company, now: datetime
) -> None:
    entry = SuppressionEntry(address=PAULA, reason=SuppressionReason.COMPLAINT)
    suppress(entry, source="feedback loop", actor=WORKER, now=now - timedelta(days=9), subject=paula)
    row = Suppression.objects.get()
    lift_suppression(
        row.id,
        permission="mail of 20 Nov",
        given_at=now - timedelta(days=4),
        actor=company.actor("compliance"),
        now=now,
    )
    found = gate.decide(request(PAULA, subject=paula), actor=WORKER, now=now)
    assert [rule.id for rule in found.decision.rules if rule.effect == "review"] == ["KILL-COMPLAINT"]


def test_the_notice_that_the_registry_knows_opens_a_british_mailbox(company: Company, now: datetime) -> None:
    set_up_sender()
    emma = company.contacts["emma"]
    Opportunity.objects.filter(account=emma.account).update(is_closed=True)
    asked = request(emma.email, subject=f"contact:{emma.id}", stated={"address": {"role_relevant": True}})
    at = now.replace(hour=10)
    assert "basis.lia_approved" in gate.decide(asked, actor=WORKER, now=at).decision.missing
    add_assessment(
        name="Outreach", purpose="Sell", necessity="No milder way", balancing="Work address only",
        decision=AssessmentDecision.APPROVED, approver="Cleo", decided_on=at.date(),
        review_on=at.date() + timedelta(days=365), actor=company.actor("compliance"), now=at,
    )  # fmt: skip
    assert "basis.art14_notice_at" in gate.decide(asked, actor=WORKER, now=at).decision.missing
    record_notice(
        f"contact:{emma.id}", at=at - timedelta(days=3), how="letter", evidence="post book 7",
        actor=company.actor("compliance"), now=at,
    )  # fmt: skip
    found = gate.decide(asked, actor=WORKER, now=at)
    assert found.outcome is Outcome.ALLOW, found.decision.explanation
