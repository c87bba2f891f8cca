"""Who is enrolled gets all touches of the plan; who may not be written to is refused with the reason."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from tandem.accounts.models import Contact
from tandem.compliance.actions.suppression import suppress
from tandem.compliance.contracts import SuppressionEntry, SuppressionReason
from tandem.compliance.models import LedgerEntry
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, NotAllowed, NotFound
from tandem.engagement.actions.enrolling import enroll, enroll_list
from tandem.engagement.models import CampaignTarget, Enrollment, GrowthStop, Touch
from tandem.engagement.tests.plans_setting import all_usable, people, running_campaign, usable_states
from tandem.prospecting.models import ListEntry, OpeningContact, ProspectList, Stakeholder
from tests.company import NOW

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")


@pytest.fixture(autouse=True)
def _usable(monkeypatch):
    all_usable(monkeypatch)


def test_enrolling_writes_every_touch_of_the_plan_with_its_due_time(company):
    campaign, chosen = running_campaign(company), people(company, 3)
    done = enroll(campaign.id, [one.id for one in chosen], actor=company.actor("revops"), now=NOW)
    assert (done.taken, done.refused) == (3, {})
    for one in Enrollment.objects.filter(campaign=campaign):
        touches = list(one.touches.order_by("step"))
        assert [touch.key for touch in touches] == [f"enrollment:{one.id}:step:{step}" for step in (1, 2, 3, 4)]
        assert [touch.channel for touch in touches] == ["email", "linkedin", "email", "email"]
        assert {(touch.state, touch.mode) for touch in touches} == {("planned", "every")}
        assert touches[2].variant in {"short", "long"}
        assert touches[0].variant == ""
        dues = [touch.due_at for touch in touches]
        assert dues == sorted(set(dues))
        assert dues[0] >= NOW
        assert one.seller_id == one.contact.account.owner_id
    assert LedgerEntry.objects.filter(action="engagement.enrolled").count() == 1
    assert done.first_at == Touch.objects.filter(step=1).order_by("due_at").first().due_at


def test_enrolling_again_takes_nobody_and_changes_nothing(company):
    campaign, chosen = running_campaign(company), people(company, 2)
    ids = [one.id for one in chosen]
    enroll(campaign.id, ids, actor=WORKER, now=NOW)
    before = list(Touch.objects.order_by("id").values_list("id", "due_at"))
    again = enroll(campaign.id, ids, actor=WORKER, now=NOW)
    assert (again.taken, set(again.refused.values())) == (0, {"Is in this campaign already."})
    other = enroll(running_campaign(company, name="Winter").id, ids, actor=WORKER, now=NOW)
    assert set(other.refused.values()) == {"Is in “Autumn” already; nobody gets two plans at once."}
    assert list(Touch.objects.order_by("id").values_list("id", "due_at")) == before


def test_people_who_may_not_be_written_to_are_refused_with_the_reason(company, monkeypatch):
    campaign = running_campaign(company)
    unverified, silent, objected, unknown = (one.id for one in people(company, 4))
    all_usable(monkeypatch, but={unverified: "The address was not checked yet."})
    entry = SuppressionEntry(address=Contact.objects.get(id=silent).email, reason=SuppressionReason.UNSUBSCRIBE)
    suppress(entry, source="test", actor=company.actor("compliance"), now=NOW)
    Enrollment.objects.create(
        campaign=running_campaign(company, name="Before", state="ended", ended_at=NOW), contact_id=objected,
        state="objected", enrolled_at=NOW, enrolled_by="person:1",
    )  # fmt: skip
    done = enroll(campaign.id, [unverified, silent, objected, unknown, 999_999], actor=WORKER, now=NOW)
    assert done.refused == {
        unverified: "The address was not checked yet.",
        silent: "Is in the suppression registry: nobody writes to them.",
        objected: "Asked to be left alone.",
        999_999: "There is no such person that you can see.",
    }
    assert done.taken == 1


def test_a_seller_enrolls_only_people_of_accounts_in_sight(company):
    campaign = running_campaign(company, owner=company.people["maya"])
    ids = [one.id for one in people(company, 50)]
    done = enroll(campaign.id, ids, actor=company.actor("maya"), now=NOW)
    owners = {one.seller_id for one in Enrollment.objects.all()}
    assert 0 < done.taken < len(ids)
    assert owners <= {company.people["maya"].id, None}
    with pytest.raises(NotFound):
        enroll(campaign.id, ids, actor=company.actor("liam"), now=NOW)
    with pytest.raises(NotAllowed):
        enroll(campaign.id, ids, actor=company.actor("executive"), now=NOW)


def test_colleagues_start_one_after_another_and_the_days_limit_holds(company):
    campaign, first = running_campaign(company, new_per_day=2), people(company, 1)[0]
    made = [
        Contact.objects.create(
            name=f"P {n}", account=first.account, email=f"p{n}@x.example", created_at=NOW, updated_at=NOW, country="DE"
        )
        for n in range(5)
    ]
    enroll(campaign.id, [one.id for one in [*made, *people(company, 8)]], actor=WORKER, now=NOW)
    starts = list(Touch.objects.filter(step=1).values_list("enrollment__account_id", "due_at"))
    by_day: dict[object, int] = {}
    for _, due in starts:
        by_day[due.date()] = by_day.get(due.date(), 0) + 1
    assert max(by_day.values()) <= 2
    days = sorted(due.date() for account, due in starts if account == first.account_id)
    assert len(days) >= 6
    assert all(later - earlier >= timedelta(days=2) for earlier, later in pairwise(days))


def test_the_person_to_open_with_is_written_to_first(company):
    account = people(company, 1)[0].account
    made = [
        Contact.objects.create(name=f"P {n}", account=account, email=f"q{n}@x.example", created_at=NOW, updated_at=NOW)
        for n in range(3)
    ]
    for one, role in zip(made, ("user", "economic_buyer", "champion"), strict=True):
        Stakeholder.objects.create(
            account=account, contact=one, role=role, confidence=0.8, roles={}, evidence=[], made_at=NOW
        )
    OpeningContact.objects.create(
        account=account, contact=made[1], plan=[], missing=[], threads=0, is_single_threaded=False, made_at=NOW
    )
    enroll(running_campaign(company).id, [one.id for one in made], actor=WORKER, now=NOW)
    order = Touch.objects.filter(step=1).order_by("due_at").values_list("contact__name", flat=True)
    assert list(order) == ["P 1", "P 2", "P 0"]


def test_where_a_person_picks_whom_nobody_else_is_enrolled(company):
    campaign = running_campaign(company, mode="targets", autonomy_since=NOW)
    chosen, other = people(company, 2)
    CampaignTarget.objects.create(campaign=campaign, contact=chosen, chosen_by=company.people["olga"], chosen_at=NOW)
    done = enroll(campaign.id, [chosen.id, other.id], actor=WORKER, now=NOW)
    assert done.taken == 1
    assert done.refused == {other.id: "Nobody chose them for this campaign, and in its mode people choose."}
    assert set(Touch.objects.values_list("mode", flat=True)) == {"targets"}


@pytest.mark.parametrize("state", ["draft", "paused", "ended"])
def test_only_a_running_campaign_that_may_grow_takes_people_in(company, state):
    campaign, one = running_campaign(company, state=state), people(company, 1)[0]
    with pytest.raises(Conflict, match="nobody can be enrolled"):
        enroll(campaign.id, [one.id], actor=WORKER, now=NOW)
    campaign.state = "running"
    campaign.save()
    GrowthStop.objects.create(campaign=campaign, rule="quality", why="Answers got worse.", since=NOW)
    with pytest.raises(Conflict, match="Answers got worse"):
        enroll(campaign.id, [one.id], actor=WORKER, now=NOW)
    assert not Enrollment.objects.exists()


def test_accounts_of_a_list_are_taken_only_when_somebody_of_them_is_enrolled(company, monkeypatch):
    first, second = people(company, 30)[0], people(company, 30)[-1]
    assert first.account_id != second.account_id
    all_usable(monkeypatch, but={second.id: "The address was not checked yet."})
    row = ProspectList.objects.create(
        name="Sites", origin="hand", owner=company.people["olga"], created_at=NOW, created_by="Olga"
    )
    for one in (first, second):
        ListEntry.objects.create(
            prospect_list=row, account=one.account, state="ready", contact_ids=[one.id], because="A new site",
            evidence_ids=[], added_by="Olga", added_at=NOW, added_in=1, ready_at=NOW,
        )  # fmt: skip
    campaign = running_campaign(company, state="draft")
    with pytest.raises(Conflict):
        enroll_list(campaign.id, row.id, actor=company.actor("revops"), now=NOW)
    assert not ListEntry.objects.exclude(taken_at=None).exists()
    campaign.state = "running"
    campaign.save()
    done = enroll_list(campaign.id, row.id, actor=company.actor("revops"), now=NOW)
    assert (done.taken, list(done.refused)) == (1, [second.id])
    assert [one.account_id for one in ListEntry.objects.exclude(taken_at=None)] == [first.account_id]


def test_people_of_an_account_are_enrolled_as_its_map_has_them(company, client_of, monkeypatch):
    account = people(company, 1)[0].account
    made = [
        Contact.objects.create(name=f"P {n}", account=account, email=f"r{n}@x.example", created_at=NOW, updated_at=NOW)
        for n in range(5)
    ]
    for one, role in zip(made, ("user", "champion", "blocker", "economic_buyer", "user"), strict=True):
        Stakeholder.objects.create(
            account=account, contact=one, role=role, confidence=0.8, roles={}, evidence=[], made_at=NOW
        )
    monkeypatch.setattr(
        "tandem.prospecting.queries.stakeholders.contact_states", lambda ids: usable_states(ids, now=NOW)
    )
    campaign = running_campaign(company)
    address = f"/outreach/campaigns/{campaign.id}/enroll"
    assert client_of("revops").post(address, {"account": str(account.id)}).status_code == 302
    order = Touch.objects.filter(step=1).order_by("due_at").values_list("contact__name", flat=True)
    assert list(order) == ["P 1", "P 3", "P 0"]
