"""The pack holds counts and no names, says what hurts first, and stays as it was once it was gone through."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed
from tandem.engagement.actions import rituals
from tandem.engagement.domain.huddle import Pack, Week, drift_of, to_talk_about
from tandem.engagement.models import HuddlePack, Inbound, OutreachDecision, TuningItem
from tandem.engagement.queries.huddle import pack_view, tuning_items
from tandem.engagement.tests.test_outcomes_followed import at_work, enrolled
from tandem.engagement.tests.test_outcomes_followed import campaign as campaign
from tests.company import NOW

WORKER = built_in_agent("nightly", "worker")
YESTERDAY = date(2026, 11, 23)


def test_what_hurts_people_is_talked_about_first_and_three_things_are_enough():
    pack = Pack(
        complaints=1, kills=(("Opted out.", 9),), replies={"positive_meeting": 2},
        edge_cases={"uncertain": [4], "late": [5, 6], "corrected": [7]},
    )  # fmt: skip
    told = to_talk_about(pack)
    assert [one.split()[0] + " " + one.split()[1] for one in told] == ["1 complaint", "1 hand-off", "2 replies"]


def test_a_quiet_day_gives_nothing_to_talk_about():
    assert to_talk_about(Pack(replies={"ooo": 3})) == ()


def test_drift_is_told_only_with_enough_and_called_large_only_beyond_chance():
    few = drift_of(Week(words=[60] * 10, written_to=20, answered=1), Week(words=[90] * 10, written_to=20, answered=9))
    assert few == ()
    found = drift_of(
        Week(words=[60] * 40, written_to=200, answered=10), Week(words=[80] * 40, written_to=200, answered=12)
    )
    assert {one.what: one.is_large for one in found} == {
        "length": True, "answered": False, "positive": False, "opted_out": False,
    }  # fmt: skip


@pytest.fixture
def yesterday_written(company, campaign):
    for contact in at_work(company)[:3]:
        one = enrolled(campaign, contact, sent=1)
        one.touches.update(sent_at=NOW - timedelta(days=1))
    first = at_work(company)[0]
    Inbound.objects.create(
        content_hash="a", content=b"", contact=first, account=first.account, kind="reply", label="", new_text="Hm.",
        received_at=NOW - timedelta(days=1), read_at=NOW,
    )  # fmt: skip
    return rituals.make_pack(YESTERDAY, actor=WORKER, now=NOW)


@pytest.mark.django_db
def test_a_pack_counts_what_left_and_came_and_holds_no_name(company, yesterday_written):
    row = HuddlePack.objects.get(id=yesterday_written)
    assert (row.content["messages"], row.content["replies"]) == ({"email/every": 3}, {"": 1})
    assert all(one.name not in str(row.content) for one in at_work(company))
    assert [one.new_text for one in pack_view(company.actor("revops"), row).cases[0][1]] == ["Hm."]


@pytest.mark.django_db
def test_whoever_does_not_see_a_person_sees_only_that_there_is_a_case(company, yesterday_written):
    row = HuddlePack.objects.get(id=yesterday_written)
    owner = at_work(company)[0].account.owner_id
    stranger = next(who for who in ("maya", "liam") if company.people[who].id != owner)
    view = pack_view(company.actor(stranger), row)
    assert (view.cases, view.hidden) == ([], 1)


@pytest.mark.django_db
def test_a_pack_that_was_gone_through_stays_as_it_was(company, yesterday_written):
    rituals.hold(yesterday_written, actor=company.actor("manager"), now=NOW)
    Inbound.objects.all().delete()
    rituals.make_pack(YESTERDAY, actor=WORKER, now=NOW)
    assert HuddlePack.objects.get().content["replies"] == {"": 1}
    with pytest.raises(Conflict):
        rituals.hold(yesterday_written, actor=company.actor("manager"), now=NOW)


@pytest.mark.django_db
def test_an_item_has_an_owner_and_its_effect_is_counted_once_it_is_done(company, campaign):
    manager = company.actor("manager")
    pk = rituals.open_item("Shorter openings", "replied", owner_id=manager.id or 0, actor=manager, now=NOW)
    assert [one.effect for one in tuning_items(manager, now=NOW)] == [None]
    for contact in at_work(company)[:2]:
        enrolled(campaign, contact, sent=1)
    rituals.close_item(pk, is_done=True, why="Done since Monday.", actor=manager, now=NOW - timedelta(days=30))
    effect = tuning_items(company.actor("revops"), now=NOW)[0].effect
    assert effect is not None
    assert (effect.difference.second.n, effect.difference.first.n, effect.is_over) == (2, 0, True)
    assert not effect.difference.is_enough


@pytest.mark.django_db
def test_a_decision_keeps_the_figures_of_its_day(company, campaign):
    for contact in at_work(company)[:2]:
        enrolled(campaign, contact, sent=1)
    rituals.decide("Fewer mails", "Meetings stay.", actor=company.actor("manager"), now=NOW, decided_on=NOW.date())
    assert OutreachDecision.objects.get().figures["replied"]["n"] <= 2


@pytest.mark.django_db
def test_what_is_empty_or_not_ones_own_business_changes_nothing(company):
    with pytest.raises(InvalidInput):
        rituals.open_item(" ", "replied", owner_id=1, actor=company.actor("manager"), now=NOW)
    with pytest.raises(InvalidInput):
        rituals.open_item("x", "opens", owner_id=1, actor=company.actor("manager"), now=NOW)
    with pytest.raises(NotAllowed):
        rituals.decide("a", "b", actor=company.actor("compliance"), now=NOW, decided_on=NOW.date())
    assert not TuningItem.objects.exists()
    assert not OutreachDecision.objects.exists()


@pytest.mark.django_db
def test_the_pages_open_and_write(client_of, yesterday_written, company):
    client = client_of("manager")
    text = client.get("/outreach/huddle").content.decode()
    assert "To talk about" in text
    assert client.post(f"/outreach/huddle/{yesterday_written}/hold").status_code in (200, 302)
    owner = company.actor("manager").id
    answer = client.post("/outreach/huddle/items", {"what": "Shorter", "measure": "replied", "owner_id": owner})
    assert answer.status_code in (200, 302)
    assert TuningItem.objects.get().what == "Shorter"
    assert client.post("/outreach/huddle/items", {"what": "", "measure": "x"}).status_code == 422
    told = {"what": "Fewer", "why": "Because.", "decided_on": "2026-11-24"}
    assert client.post("/outreach/decisions/write", told).status_code in (200, 302)
    assert "Fewer" in client.get("/outreach/decisions").content.decode()
