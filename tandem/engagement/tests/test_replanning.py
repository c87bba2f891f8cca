"""One word on any channel changes the plan on all: stopped, rested, gone on, slowed, and put back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tandem.compliance.models import LedgerEntry
from tandem.core.actors import built_in_agent
from tandem.core.errors import InvalidInput, NotAllowed
from tandem.engagement.actions import replanning
from tandem.engagement.actions.enrolling import enroll
from tandem.engagement.contracts import EnrollmentState
from tandem.engagement.models import Enrollment, Touch
from tandem.engagement.tests.plans_setting import all_usable, people, running_campaign
from tests.company import NOW

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")


@pytest.fixture
def enrolled(company, monkeypatch) -> Enrollment:
    """Somebody in a campaign, and a colleague too."""
    all_usable(monkeypatch)
    campaign = running_campaign(company)
    enroll(campaign.id, [one.id for one in people(company, 3)], actor=WORKER, now=NOW)
    return Enrollment.objects.order_by("id").first()


def dues(one: Enrollment) -> list:
    return list(one.touches.order_by("step").values_list("due_at", flat=True))


def test_an_objection_ends_all_plans_of_a_person_and_leaves_what_left(company, enrolled):
    first = enrolled.touches.get(step=1)
    first.state, first.sent_at = "sent", NOW
    first.save()
    cancelled = replanning.stop(
        enrolled.contact_id, state=EnrollmentState.OBJECTED, why="Wrote: no thanks.", actor=WORKER, now=NOW
    )
    enrolled.refresh_from_db()
    assert (cancelled, enrolled.state, enrolled.why, enrolled.ended_at) == (3, "objected", "Wrote: no thanks.", NOW)
    assert list(enrolled.touches.order_by("step").values_list("state", flat=True)) == ["sent", *["cancelled"] * 3]
    others = Touch.objects.exclude(enrollment=enrolled).values_list("state", flat=True)
    assert set(others) == {"planned"}
    assert replanning.stop(enrolled.contact_id, state=EnrollmentState.OBJECTED, why="x", actor=WORKER, now=NOW) == 0


def test_an_account_can_be_stopped_but_for_the_person_who_talks(company, enrolled):
    Enrollment.objects.update(account=enrolled.account)
    cancelled = replanning.stop_account(
        enrolled.account_id, state=EnrollmentState.WITHDRAWN, why="A colleague talks to us.", actor=WORKER, now=NOW,
        except_contact_ids=[enrolled.contact_id],
    )  # fmt: skip
    enrolled.refresh_from_db()
    assert (enrolled.state, cancelled) == ("active", 8)


def test_a_pause_moves_touches_behind_it_and_a_longer_one_stays(company, enrolled):
    before, until = dues(enrolled), NOW + timedelta(days=12)
    assert replanning.pause(enrolled.contact_id, until=until, why="Out of office.", actor=WORKER, now=NOW) == 1
    enrolled.refresh_from_db()
    after = dues(enrolled)
    assert (enrolled.state, enrolled.paused_until) == ("paused", until)
    assert min(after) >= until
    assert all(new >= old for old, new in zip(before, after, strict=True))
    shorter = NOW + timedelta(days=3)
    assert replanning.pause(enrolled.contact_id, until=shorter, why="x", actor=WORKER, now=NOW) == 0
    assert replanning.resume(enrolled.contact_id, why="Back.", actor=WORKER, now=until) == 1
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.paused_until, dues(enrolled)) == ("active", None, after)


def test_a_pause_in_the_past_is_refused_and_changes_nothing(company, enrolled):
    before = dues(enrolled)
    with pytest.raises(InvalidInput):
        replanning.pause(enrolled.contact_id, until=NOW, why="x", actor=WORKER, now=NOW)
    with pytest.raises(NotAllowed):
        replanning.stop(
            enrolled.contact_id, state=EnrollmentState.ANSWERED, why="x", actor=company.actor("executive"), now=NOW
        )
    enrolled.refresh_from_db()
    assert (enrolled.state, dues(enrolled)) == ("active", before)


def test_slowing_down_rests_stretches_and_cuts_and_can_be_taken_back(company, enrolled):
    before = dues(enrolled)
    done = replanning.slow_down(
        enrolled.id, why="Silent after three.", actor=WORKER, now=NOW, rest_days=14, stretch=2.0, most_left=2
    )
    after = list(enrolled.touches.order_by("step").values_list("state", "due_at"))
    assert [state for state, _ in after] == ["planned", "planned", "cancelled", "cancelled"]
    assert after[0][1] >= NOW + timedelta(days=14)
    assert after[1][1] - after[0][1] >= timedelta(days=4)
    assert [one.state for one in done.after] == ["planned", "planned", "cancelled", "cancelled"]
    kept = [one.as_json() for one in done.before]
    replanning.put_back(enrolled.id, kept, why="Taken back.", actor=WORKER, now=NOW)
    assert dues(enrolled) == before
    assert set(enrolled.touches.values_list("state", flat=True)) == {"planned"}
    actions = list(LedgerEntry.objects.order_by("number").values_list("action", flat=True))
    assert actions[-2:] == ["engagement.slowed", "engagement.put_back"]


def test_what_left_since_is_not_planned_again_by_taking_back(company, enrolled):
    done = replanning.slow_down(enrolled.id, why="x", actor=WORKER, now=NOW, most_left=1)
    Touch.objects.filter(enrollment=enrolled, step=1).update(state="sent", sent_at=NOW)
    replanning.put_back(enrolled.id, [one.as_json() for one in done.before], why="y", actor=WORKER, now=NOW)
    assert list(enrolled.touches.order_by("step").values_list("state", flat=True)) == ["sent", *["planned"] * 3]
