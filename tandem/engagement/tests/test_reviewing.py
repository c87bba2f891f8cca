"""What a person says to a draft, and what follows: bound to these words, by people alone, taken back until it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.models import Approval, LedgerEntry
from tandem.core import clock
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import drafting, reviewing, showing
from tandem.engagement.actions.asking import ask_gate
from tandem.engagement.actions.batch_review import approve_batch, undo_batch
from tandem.engagement.actions.learning_voice import propose_habits
from tandem.engagement.contracts import DraftState, TouchState, Violation
from tandem.engagement.domain.review import RejectReason, ReviewAction
from tandem.engagement.models import Draft, Review, Touch, VoiceProposal
from tandem.engagement.tests.review_desk import WORKER, Desk, lay_out
from tests.outreach import OPEN_HOUR, SITE, bought

if TYPE_CHECKING:
    from tests.company import Company

AGENT = Actor(
    kind=ActorKind.AGENT, id=7, name="writer",
    scopes=frozenset({"outreach.read", "outreach.write", "gate.send", "gate.read"}),
)  # fmt: skip


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PUBLIC_URL = SITE


@pytest.fixture
def now() -> Iterator[datetime]:
    with clock.at(OPEN_HOUR) as moment:
        yield moment


@pytest.fixture
def desk(company: Company, now: datetime) -> Desk:
    return lay_out(company)


@pytest.fixture
def liam(company: Company) -> Actor:
    return company.actor("liam")


def test_one_press_lets_exactly_these_words_leave(desk: Desk, liam: Actor, now: datetime) -> None:
    draft = desk.drafts["paula"]
    showing.show([draft.id], actor=liam, now=now)
    later = now + timedelta(seconds=41)
    said = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=later)
    found = desk.again("paula")
    assert (found.state, found.touch.state) == (DraftState.APPROVED, TouchState.READY)
    review = Review.objects.get(id=said.review_id or 0)
    assert (review.action, review.seconds, review.edit_distance) == (ReviewAction.AS_IS, 41.0, 0.0)
    assert Approval.objects.get(id=review.approval or 0).content_hash == draft.content_hash
    answer = ask_gate([draft.touch_id], actor=WORKER, now=later).answers[draft.touch_id]
    assert answer.outcome is Outcome.ALLOW, answer.decision.explanation


def test_a_changed_text_is_another_text(desk: Desk, liam: Actor, now: datetime) -> None:
    draft = desk.drafts["paula"]
    with pytest.raises(Conflict, match="changed since you saw it"):
        reviewing.approve(draft.id, content_hash="f" * 64, actor=liam, now=now)
    assert desk.again("paula").state == DraftState.PROPOSED
    reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    Draft.objects.filter(id=draft.id).update(body=draft.body + " One more thing.")
    answer = ask_gate([draft.touch_id], actor=WORKER, now=now).answers[draft.touch_id]
    assert answer.outcome is Outcome.REVIEW, "the approval was for the words before"
    assert answer.content_hash != draft.content_hash


def test_an_agent_can_not_approve_reject_or_take_back(desk: Desk, liam: Actor, now: datetime) -> None:
    draft = desk.drafts["paula"]
    before = LedgerEntry.objects.count()
    for attempt in (
        lambda: reviewing.approve(draft.id, content_hash=draft.content_hash, actor=AGENT, now=now),
        lambda: reviewing.approve_edited(draft.id, subject="Other", body="Words", actor=AGENT, now=now),
        lambda: reviewing.reject(draft.id, reason=RejectReason.TONE, actor=AGENT, now=now),
        lambda: reviewing.undo(1, actor=AGENT, now=now),
        lambda: approve_batch({draft.id: draft.content_hash}, actor=AGENT, now=now),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert not Review.objects.exists()
    assert LedgerEntry.objects.count() == before


BETTER = "Hi Paula,\n\nYour Portland site opens in May. Two clinics moved there in a weekend with us.\n\nBest,\nMaya"


def test_words_of_a_person_take_the_place_of_the_drafts_and_go_to_the_gate(
    desk: Desk, liam: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "_checked_again", lambda *told: ())
    draft = desk.drafts["paula"]
    showing.show([draft.id], actor=liam, now=now)
    later = now + timedelta(seconds=60)
    said = reviewing.approve_edited(draft.id, subject="Portland in May", body=BETTER, actor=liam, now=later)
    changed = Draft.objects.select_related("touch").get(id=said.draft_id)
    assert (changed.number, changed.is_by_ai, changed.body) == (2, False, BETTER)
    assert (changed.state, changed.touch.state) == (DraftState.APPROVED, TouchState.READY)
    assert desk.again("paula").state == DraftState.REPLACED
    assert changed.content_hash not in ("", draft.content_hash)
    review = Review.objects.get(id=said.review_id or 0)
    assert (review.action, review.written_id, review.seconds) == (ReviewAction.EDITED, draft.id, 60.0)
    assert 0.1 < (review.edit_distance or 0) < 0.5
    assert Approval.objects.get(id=review.approval or 0).content_hash == changed.content_hash
    assert reviewing.undo(review.id, actor=liam, now=later) == changed.id
    again = reviewing.approve_edited(changed.id, subject=changed.subject, body=BETTER, actor=liam, now=later)
    assert Review.objects.get(id=again.review_id or 0).action == ReviewAction.AS_IS, "nothing was changed this time"


def test_words_with_a_fault_are_kept_and_wait(
    desk: Desk, liam: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Violation(rule="hole", start=0, end=0, message="A hole is left.")
    monkeypatch.setattr(drafting, "_checked_again", lambda *told: (fault,))
    said = reviewing.approve_edited(desk.drafts["paula"].id, subject="A", body="Hi {{x}}", actor=liam, now=now)
    assert (said.review_id, said.why_not) == (None, "Your text is kept and waits: A hole is left.")
    changed = Draft.objects.select_related("touch").get(id=said.draft_id)
    assert (changed.state, changed.touch.state) == (DraftState.PROPOSED, TouchState.WRITTEN)
    assert not Review.objects.exists()
    assert not Approval.objects.exists()


def test_what_is_out_of_sight_does_not_wait(desk: Desk, company: Company, now: datetime) -> None:
    draft = desk.drafts["paula"]
    for who in ("priya", "maya"):  # Maya sends it, and may see it; the contact is Liam's, and he decides
        with pytest.raises(NotFound):
            reviewing.approve(draft.id, content_hash=draft.content_hash, actor=company.actor(who), now=now)
    with pytest.raises(NotAllowed):
        reviewing.approve(draft.id, content_hash=draft.content_hash, actor=company.actor("victor"), now=now)
    assert desk.again("paula").touch.state == TouchState.WRITTEN


def test_a_text_with_a_fault_is_not_approved(company: Company, now: datetime, liam: Actor) -> None:
    fault = {"rule": "hole", "start": 0, "end": 0, "message": "There is a hole in it.", "is_hard": True}
    desk = lay_out(company, "paula", is_asked=False, violations=[fault])
    with pytest.raises(InvalidInput, match="There is a hole in it"):
        reviewing.approve(desk.drafts["paula"].id, content_hash="", actor=liam, now=now)
    assert desk.again("paula").state == DraftState.PROPOSED


def test_the_gate_is_asked_where_nobody_has(company: Company, now: datetime, liam: Actor) -> None:
    desk = lay_out(company, "paula", is_asked=False)
    said = reviewing.approve(desk.drafts["paula"].id, content_hash="", actor=liam, now=now)
    found = desk.again("paula")
    assert (said.people_missing, found.touch.state) == (0, TouchState.READY)
    assert Review.objects.get().approval == Approval.objects.get(content_hash=found.content_hash).id


@pytest.mark.parametrize(
    ("reason", "after"), [(RejectReason.TONE, TouchState.PLANNED), (RejectReason.WRONG_PERSON, TouchState.CANCELLED)]
)
def test_a_no_sends_the_text_back_or_ends_the_touch(
    reason: RejectReason, after: TouchState, desk: Desk, liam: Actor, now: datetime
) -> None:
    draft = desk.drafts["paula"]
    said = reviewing.reject(draft.id, reason=reason, note="see the call of May", actor=liam, now=now)
    found = desk.again("paula")
    assert (found.state, found.touch.state) == (DraftState.REJECTED, after)
    assert (found.touch.decision is None) == (after is TouchState.PLANNED), "the next text is asked about anew"
    assert found.touch.why == f"Rejected by {liam.name}: {reason.value}: see the call of May"
    assert not Approval.objects.get(id=Review.objects.get(id=said.review_id or 0).approval or 0).is_yes
    assert reviewing.undo(said.review_id or 0, actor=liam, now=now) == draft.id
    found = desk.again("paula")
    assert (found.state, found.touch.state) == (DraftState.PROPOSED, TouchState.WRITTEN)
    reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    assert desk.again("paula").touch.state == TouchState.READY


def test_another_reason_is_told_in_words(desk: Desk, liam: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput):
        reviewing.reject(desk.drafts["paula"].id, reason=RejectReason.OTHER, note="  ", actor=liam, now=now)
    assert not Review.objects.exists()


def test_an_approval_is_taken_back_until_the_message_leaves(desk: Desk, liam: Actor, now: datetime) -> None:
    draft = desk.drafts["paula"]
    said = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    with pytest.raises(Conflict, match="answered this draft already"):
        reviewing._kept(draft, ReviewAction.AS_IS, actor=liam, now=now, seconds=0.0, edit_distance=0.0, approval=None)
    reviewing.undo(said.review_id or 0, actor=liam, now=now)
    found = desk.again("paula")
    assert (found.state, found.touch.state) == (DraftState.PROPOSED, TouchState.WRITTEN)
    answer = ask_gate([draft.touch_id], actor=WORKER, now=now).answers[draft.touch_id]
    assert answer.outcome is Outcome.REVIEW
    again = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    Touch.objects.filter(id=draft.touch_id).update(state=TouchState.SENT.value, sent_at=now)
    with pytest.raises(Conflict, match="has left"):
        reviewing.undo(again.review_id or 0, actor=liam, now=now)
    assert Review.objects.get(id=again.review_id or 0).taken_back_at is None
    assert Approval.objects.get(id=Review.objects.get(id=again.review_id or 0).approval or 0).withdrawn_at is None


def test_nobody_takes_back_another_persons_answer(desk: Desk, liam: Actor, company: Company, now: datetime) -> None:
    draft = desk.drafts["paula"]
    said = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    with pytest.raises(NotFound):
        reviewing.undo(said.review_id or 0, actor=company.actor("olga"), now=now)


def test_above_the_campaigns_value_a_second_person_must_approve(
    desk: Desk, liam: Actor, company: Company, now: datetime
) -> None:
    bought(company, "cascade", 900_000)
    desk.outreach.campaign.value_threshold = Decimal(500_000)
    desk.outreach.campaign.save()
    draft, olga = desk.drafts["paula"], company.actor("olga")
    first = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    assert (first.people_missing, desk.again("paula").touch.state) == (1, TouchState.WRITTEN)
    with pytest.raises(NotFound):  # it waits for somebody else now
        reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    second = reviewing.approve(draft.id, content_hash=draft.content_hash, actor=olga, now=now)
    assert (second.people_missing, desk.again("paula").touch.state) == (0, TouchState.READY)
    assert [one.is_last_word for one in Review.objects.order_by("id")] == [False, True]
    reviewing.undo(first.review_id or 0, actor=liam, now=now)
    assert desk.again("paula").touch.state == TouchState.WRITTEN, "one of two is not enough"


def test_several_are_approved_together_only_when_shown_and_harmless(desk: Desk, liam: Actor, now: datetime) -> None:
    Draft.objects.filter(id=desk.drafts["nora"].id).update(
        violations=[{"rule": "hole", "start": 0, "end": 0, "message": "A hole.", "is_hard": True}]
    )
    seen = {one.id: one.content_hash for one in desk.drafts.values()}
    showing.show([desk.drafts["paula"].id, desk.drafts["nora"].id], actor=liam, now=now)
    batch = approve_batch(seen, actor=liam, now=now + timedelta(seconds=30))
    assert [one.draft_id for one in batch.approved] == [desk.drafts["paula"].id]
    assert set(batch.refused) == {desk.drafts["oscar"].id, desk.drafts["nora"].id}
    assert batch.refused[desk.drafts["oscar"].id].startswith("It was not shown to you.")
    assert desk.again("oscar").touch.state == desk.again("nora").touch.state == TouchState.WRITTEN
    assert Review.objects.get().seconds == 15.0, "half a minute for two on one page"
    assert undo_batch(batch.key, actor=liam, now=now) == (1, 0)
    assert desk.again("paula").touch.state == TouchState.WRITTEN


def test_idle_time_does_not_count_and_pauses_are_left_out(desk: Desk, liam: Actor, now: datetime) -> None:
    paula, oscar = desk.drafts["paula"].id, desk.drafts["oscar"].id
    showing.show([paula], actor=liam, now=now)
    showing.show([oscar], actor=liam, now=now + timedelta(seconds=20))
    showing.show([paula], actor=liam, now=now + timedelta(hours=2))
    assert showing.seconds_looked(oscar, liam, now=now + timedelta(hours=2)) == 300.0
    assert showing.seconds_looked(paula, liam, now=now + timedelta(hours=2, seconds=5)) == 25.0
    assert showing.show([paula], actor=AGENT, now=now) == 0


def test_a_plan_that_changed_meanwhile_wins(desk: Desk, liam: Actor, now: datetime) -> None:
    draft = desk.drafts["paula"]
    Touch.objects.filter(id=draft.touch_id).update(state=TouchState.CANCELLED.value)
    with pytest.raises(NotFound):
        reviewing.approve(draft.id, content_hash=draft.content_hash, actor=liam, now=now)
    assert not Approval.objects.exists()


def test_edits_that_come_again_and_again_become_a_proposal_for_the_voice_guide(
    desk: Desk, liam: Actor, now: datetime
) -> None:
    for number, touch in enumerate(Touch.objects.order_by("id"), 1):
        written = Draft.objects.get(touch=touch)
        Draft.objects.filter(id=written.id).update(body=f"We leverage your data at site {number}.")
        changed = Draft.objects.create(
            touch=touch, number=2, body=f"We use your data at site {number}.", language="en-US", subject=written.subject,
            is_by_ai=False, written_at=now, written_by=liam.name,
        )  # fmt: skip
        Review.objects.create(
            draft=changed, written=written, reviewer_id=liam.id, action=ReviewAction.EDITED.value, seconds=9.0,
            edit_distance=0.2, reviewed_at=now,
        )  # fmt: skip
    assert propose_habits(actor=liam, now=now, fewest=4) == []
    made = propose_habits(actor=liam, now=now, fewest=3)
    found = VoiceProposal.objects.get(id__in=made)
    assert (found.field, found.entry, found.instead, len(found.drafts)) == ("forbidden", "leverage", "use", 3)
    assert found.because == 'People wrote "use" instead in 3 of 3 edited drafts that had it.'
    assert propose_habits(actor=liam, now=now, fewest=3) == made, "a known one is not made twice"
