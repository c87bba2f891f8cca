"""What people do with replies: take, hand over, answer, correct, take back; and the clock while nobody does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tandem.compliance.contracts import Channel
from tandem.compliance.contracts.gate import Mode
from tandem.compliance.queries.suppression import is_suppressed
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.engagement.actions import reply_tasks, taking_back
from tandem.engagement.actions.answering import answer, draft_answers
from tandem.engagement.contracts import DraftState, EnrollmentState, MailKind, ReplyLabel, TouchState
from tandem.engagement.domain.reply_work import CloseReason
from tandem.engagement.models import (
    Cover,
    Draft,
    Enrollment,
    Inbound,
    InboundEffect,
    RedirectProposal,
    ReplyTask,
    Touch,
    WorkCalendar,
)
from tandem.engagement.queries.tasks import clocks, split
from tandem.engagement.tests.incoming import ARRIVED, WORKER, Post, mail, reading, sent
from tests.outreach import plant

if TYPE_CHECKING:
    from tests.company import Company

pytestmark = pytest.mark.django_db
QUESTION = "How do you keep our patient data inside the EU? Our last vendor could not say."
ANSWER = "Patient data stays on servers in Frankfurt and is never copied outside the EU.\n\nBest,\nMaya"


@pytest.fixture
def post(company: Company, monkeypatch: pytest.MonkeyPatch) -> Post:
    return Post(plant(company, "paula", "oscar", mode=Mode.POLICY), monkeypatch)


def reply(
    company: Company, post: Post, label: ReplyLabel | None = None, text: str = QUESTION, **more: object
) -> Inbound:
    touch = sent(post.outreach, "paula")
    post.outreach.touch("paula")
    raw = mail(str(company.contacts["paula"].email), text, answers=touch)
    return post.arrives(raw, reading(label, text=text, **more))  # type: ignore[arg-type]


def enrollment(post: Post) -> Enrollment:
    return Enrollment.objects.get(id=post.outreach.enrollments["paula"].id)


def test_the_clock_runs_in_the_teams_hours_and_stops_when_somebody_takes_it(company: Company, post: Post) -> None:
    WorkCalendar.objects.create(
        team_id=company.people["maya"].team_id, time_zone="America/New_York", country="US", changed_at=ARRIVED,
        changed_by="Olga", working_hours={"1": [["09:00", "12:00"], ["15:00", "16:40"]], "2": [["09:00", "17:00"]]},
    )  # fmt: skip
    inbound = reply(company, post)  # Tuesday 15:30 in New York
    task = ReplyTask.objects.get(inbound=inbound)
    assert (task.escalate_at, task.due_at) == (ARRIVED + timedelta(minutes=20), ARRIVED + timedelta(minutes=30))
    reply_tasks.take(inbound.id, actor=company.actor("maya"), now=ARRIVED + timedelta(minutes=12))
    task.refresh_from_db()
    assert (task.business_minutes, task.taken_by) == (12.0, company.people["maya"])
    assert reply_tasks.watch_clocks(actor=WORKER, now=ARRIVED + timedelta(days=1)) == (0, 0)


def test_a_manager_hears_of_it_before_it_is_late(company: Company, post: Post) -> None:
    task = ReplyTask.objects.get(inbound=reply(company, post))
    before = task.escalate_at - timedelta(seconds=1)
    assert reply_tasks.watch_clocks(actor=WORKER, now=before) == (0, 0)
    assert reply_tasks.watch_clocks(actor=WORKER, now=task.escalate_at) == (1, 0)
    assert reply_tasks.watch_clocks(actor=WORKER, now=task.due_at) == (0, 0)
    assert reply_tasks.watch_clocks(actor=WORKER, now=task.due_at + timedelta(seconds=1)) == (0, 1)
    task.refresh_from_db()
    assert task.escalated_to == company.people["lena"]
    measured = clocks(company.actor("olga"), since=ARRIVED, until=ARRIVED + timedelta(days=9))
    assert (measured.started, measured.stopped, measured.late, measured.escalated) == (1, 0, 1, 1)


def test_who_covers_for_an_absent_seller_gets_it(company: Company, post: Post) -> None:
    Cover.objects.create(
        person=company.people["maya"], by=company.people["liam"], first_day=ARRIVED.date(),
        last_day=ARRIVED.date() + timedelta(days=7), written_at=ARRIVED, written_by="Maya",
    )  # fmt: skip
    inbound = reply(company, post)
    assert ReplyTask.objects.get(inbound=inbound).owner == company.people["liam"]
    assert reply_tasks.take(inbound.id, actor=company.actor("liam"), now=ARRIVED).taken_by == company.people["liam"]


def test_a_colleague_gets_it_with_a_reason_and_the_clock_does_not_start_anew(company: Company, post: Post) -> None:
    inbound = reply(company, post)
    task = ReplyTask.objects.get(inbound=inbound)
    maya, priya = company.actor("maya"), company.actor("priya")
    with pytest.raises(NotFound):
        reply_tasks.take(inbound.id, actor=priya, now=ARRIVED)
    with pytest.raises(InvalidInput):
        reply_tasks.hand_over(inbound.id, to=priya.id, why=" ", actor=maya, now=ARRIVED)
    reply_tasks.hand_over(inbound.id, to=priya.id, why="Speaks Spanish", actor=maya, now=ARRIVED)
    again = ReplyTask.objects.get(inbound=inbound)
    assert (again.owner_id, again.due_at, again.taken_at) == (priya.id, task.due_at, None)
    reply_tasks.close(inbound.id, as_=CloseReason.DONE, actor=priya, now=ARRIVED + timedelta(minutes=5))
    assert ReplyTask.objects.get(inbound=inbound).closed_as == "done"


def test_an_interested_reply_finds_a_draft_and_nothing_leaves_without_a_person(company: Company, post: Post) -> None:
    inbound = reply(company, post, ReplyLabel.POSITIVE_MEETING, "Happy to talk next week.")
    assert draft_answers(actor=WORKER, now=ARRIVED) == 1
    assert draft_answers(actor=WORKER, now=ARRIVED) == 0
    touch = Touch.objects.get(answers=inbound)
    assert (touch.key, touch.mode, touch.state) == (f"reply:{inbound.id}", Mode.EVERY, TouchState.WRITTEN)
    said = answer(inbound.id, body=touch.drafts.get().body, actor=company.actor("maya"), now=ARRIVED)
    assert said.people_missing == 0
    touch.refresh_from_db()
    assert touch.state == TouchState.READY
    assert ReplyTask.objects.get(inbound=inbound).closed_as == CloseReason.ANSWERED


def test_an_answer_that_says_nothing_is_blocked_and_a_real_one_leaves(company: Company, post: Post) -> None:
    inbound, maya = reply(company, post), company.actor("maya")
    empty = "I hear you, and I will be in touch.\n\nBest,\nMaya"
    with pytest.raises(InvalidInput, match="This answers nothing they said"):
        answer(inbound.id, body=empty, actor=maya, now=ARRIVED)
    assert not Touch.objects.filter(answers=inbound).exists()
    assert ReplyTask.objects.get(inbound=inbound).closed_at is None
    answer(inbound.id, body=ANSWER, actor=maya, now=ARRIVED + timedelta(minutes=4))
    draft = Draft.objects.get(touch__answers=inbound)
    assert (draft.is_by_ai, draft.state, draft.touch.state) == (False, DraftState.APPROVED, TouchState.READY)
    assert ReplyTask.objects.get(inbound=inbound).business_minutes is not None
    with pytest.raises(Conflict, match="answered already"):
        answer(inbound.id, body=ANSWER + "!", actor=maya, now=ARRIVED + timedelta(minutes=5))


def test_an_agent_answers_nobody(company: Company, post: Post) -> None:
    inbound = reply(company, post)
    with pytest.raises(NotAllowed):
        answer(inbound.id, body=ANSWER, actor=WORKER, now=ARRIVED)


def test_software_answers_a_wrong_person_where_the_mode_lets_it(company: Company, post: Post) -> None:
    inbound = reply(company, post, ReplyLabel.WRONG_PERSON, "I am not the right person for this.")
    assert draft_answers(actor=WORKER, now=ARRIVED) == 1
    assert Touch.objects.get(answers=inbound).state == TouchState.READY
    effect = InboundEffect.objects.get(inbound=inbound, kind="answer")
    taking_back.undo(effect.id, actor=company.actor("maya"), now=ARRIVED)
    assert Touch.objects.get(answers=inbound).state == TouchState.CANCELLED
    told = split(company.actor("olga"), since=ARRIVED - timedelta(days=1), until=ARRIVED + timedelta(days=1))
    assert (told.by_software, told.by_people) == (1, 0)


def test_where_a_person_approves_every_message_software_answers_nobody(company: Company, post: Post) -> None:
    touch = sent(post.outreach, "paula", mode=Mode.EVERY.value)
    raw = mail(str(company.contacts["paula"].email), "Not me.", answers=touch)
    inbound = post.arrives(raw, reading(ReplyLabel.WRONG_PERSON, text="Not me."))
    draft_answers(actor=WORKER, now=ARRIVED)
    assert Touch.objects.get(answers=inbound).state == TouchState.WRITTEN


def test_a_corrected_label_takes_back_what_followed_and_does_what_follows_now(company: Company, post: Post) -> None:
    inbound = reply(company, post, ReplyLabel.POSITIVE_INFO, "I am away until 7 December.")
    assert enrollment(post).state == EnrollmentState.ANSWERED
    cancelled = Touch.objects.filter(enrollment=enrollment(post), state=TouchState.CANCELLED)
    assert cancelled.count() == 1
    taking_back.relabel(inbound.id, ReplyLabel.OOO, actor=company.actor("maya"), now=ARRIVED)
    assert enrollment(post).state == EnrollmentState.PAUSED
    assert cancelled.count() == 0
    assert ReplyTask.objects.get(inbound=inbound).closed_as == CloseReason.RELABELLED
    assert Inbound.objects.get(id=inbound.id).labelled_by == company.people["maya"].name


def test_a_wish_once_heard_stays_heard_whatever_the_label_becomes(company: Company, post: Post) -> None:
    inbound, maya = reply(company, post, ReplyLabel.UNSUBSCRIBE, "No more."), company.actor("maya")
    taking_back.relabel(inbound.id, ReplyLabel.POSITIVE_INFO, actor=maya, now=ARRIVED)
    assert is_suppressed([str(company.contacts["paula"].email)], Channel.EMAIL) is not None
    assert enrollment(post).state == EnrollmentState.OBJECTED
    effect = InboundEffect.objects.get(inbound=inbound, kind="suppress")
    with pytest.raises(InvalidInput, match="not undone here"):
        taking_back.undo(effect.id, actor=maya, now=ARRIVED)


def test_a_missed_unsubscribe_is_heard_when_a_person_says_so(company: Company, post: Post) -> None:
    inbound = reply(company, post, None, "Enough.")
    taking_back.relabel(inbound.id, ReplyLabel.UNSUBSCRIBE, actor=company.actor("maya"), now=ARRIVED)
    assert is_suppressed([str(company.contacts["paula"].email)], Channel.SMS) is not None
    assert enrollment(post).state == EnrollmentState.OBJECTED


def test_a_pause_is_taken_back_to_the_plan_as_it_was(company: Company, post: Post) -> None:
    due = datetime(2026, 12, 1, 10, 0, tzinfo=ARRIVED.tzinfo)
    inbound = reply(company, post, ReplyLabel.OOO, "Away.", kind=MailKind.AUTO_REPLY, returns_on=date(2026, 12, 20))
    effect = InboundEffect.objects.get(inbound=inbound, kind="pause")
    with pytest.raises(NotAllowed):
        taking_back.undo(effect.id, actor=WORKER, now=ARRIVED)
    taking_back.undo(effect.id, actor=company.actor("maya"), now=ARRIVED)
    assert enrollment(post).state == EnrollmentState.ACTIVE
    ahead = Touch.objects.filter(enrollment=enrollment(post), state=TouchState.READY).get()
    assert ahead.due_at < due


def test_a_named_person_is_kept_only_when_somebody_confirms(company: Company, post: Post) -> None:
    inbound = reply(
        company, post, ReplyLabel.WRONG_PERSON, "Ask Oscar.", redirect_email=str(company.contacts["oscar"].email),
        redirect_name="Oscar",
    )  # fmt: skip
    people = Enrollment.objects.count()
    assert RedirectProposal.objects.get(inbound=inbound).contact == company.contacts["oscar"]
    taking_back.decide_redirect(inbound.id, confirm=True, actor=company.actor("maya"), now=ARRIVED)
    with pytest.raises(Conflict):
        taking_back.decide_redirect(inbound.id, confirm=False, actor=company.actor("maya"), now=ARRIVED)
    assert RedirectProposal.objects.get(inbound=inbound).state == "confirmed"
    assert Enrollment.objects.count() == people
