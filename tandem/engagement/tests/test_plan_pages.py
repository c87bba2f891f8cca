"""Pages of outreach, sequences, campaigns and policies, as people of each role use them."""

from __future__ import annotations

import pytest

from tandem.core.actors import built_in_agent
from tandem.engagement.actions.enrolling import enroll
from tandem.engagement.models import Campaign, Enrollment, GrowthStop, OutreachPolicy, Sequence, Touch
from tandem.engagement.tests.plans_setting import all_usable, people, running_campaign
from tests.company import NOW

pytestmark = pytest.mark.django_db
WORKER = built_in_agent("worker", "worker")


@pytest.fixture
def campaign(company, monkeypatch) -> Campaign:
    all_usable(monkeypatch)
    made = running_campaign(company, owner=company.people["maya"])
    enroll(made.id, [one.id for one in people(company, 4)], actor=WORKER, now=NOW)
    return made


def test_the_overview_shows_what_runs_what_warns_and_what_is_due(campaign, client_of, django_assert_max_num_queries):
    GrowthStop.objects.create(campaign=campaign, rule="quality", why="Answers got worse.", since=NOW)
    client = client_of("revops")
    client.get("/outreach")
    with django_assert_max_num_queries(25):
        page = client.get("/outreach")
    told = page.content.decode()
    for words in ("Autumn", "A person approves every message", "Answers got worse.", "No sponsor", "Due next"):
        assert words in told
    assert told.count("LinkedIn, step 2") + told.count("Email, step 1") > 0


def test_a_sequence_is_made_edited_without_script_and_published(company, client_of):
    client = client_of("maya")
    made = client.post("/outreach/sequences/new", {"name": "Spring", "purpose": "cold_outreach"})
    pk = Sequence.objects.get(name="Spring").id
    assert made["Location"] == f"/outreach/sequences/{pk}/edit"
    fields = {
        "channel": ["email", "linkedin", "email", "email"], "angle": ["opening", "new_reason", "case", "last_word"],
        "wait": ["0", "2", "3", "5"], "conditions": ["", "has_linkedin", "", "no_reply_yet"],
        "variants": ["", "", "short, long", ""], "words": ["", "", "80", ""], "note": "Shorter",
    }  # fmt: skip
    edit = f"/outreach/sequences/{pk}/edit"
    moved = client.post(edit, {**fields, "do": "up:3"}).content.decode()
    assert moved.index('value="short, long"') < moved.index('value="has_linkedin"')
    assert Sequence.objects.get(id=pk).versions.get().steps[0]["channel"] == "email"
    added = client.post(edit, {**fields, "do": "add:4"}).content.decode()
    assert "The last word has a touch after it." in added
    assert "fieldset" in client.post(edit, {**fields, "do": "remove:1"}).content.decode()
    wrong = client.post(edit, {**fields, "wait": ["0", "soon", "3", "5"], "do": "save"})
    assert wrong.status_code == 422
    assert "wait_days" in wrong.content.decode()
    assert client.post(edit, {**fields, "do": "save"}).status_code == 302
    assert [step["wait_days"] for step in Sequence.objects.get(id=pk).versions.get().steps] == [0, 2, 3, 5]
    assert client.post(f"/outreach/sequences/{pk}/publish").status_code == 302
    client.post(edit, {**fields, "channel": ["email", "email", "email", "email"], "do": "save"})
    told = client.get(f"/outreach/sequences/{pk}?compare=1-2").content.decode()
    assert "Step 2: changed" in told
    assert client_of("executive").post(edit, fields).status_code == 403


def test_a_campaign_shows_the_four_things_and_keeps_its_mode_until_they_stand(
    campaign, client_of, django_assert_max_num_queries
):
    client, address = client_of("maya"), f"/outreach/campaigns/{campaign.id}"
    client.get(address)
    Touch.objects.filter(step=1).update(state="sent", sent_at=NOW)
    with django_assert_max_num_queries(25):
        told = client.get(address).content.decode()
    for words in (
        "Ideal customer profile",
        "Voice guide",
        "Outreach domain",
        "Executive sponsor",
        "missing",
        "Not enough",
    ):
        assert words in told
    refused = client.post(f"{address}/mode", {"mode": "policy", "why": "We want it."})
    assert refused.status_code == 403
    campaign.refresh_from_db()
    assert campaign.mode == "every"
    assert client.get("/outreach/campaigns?mode=every").content.decode().count("Autumn") >= 1


def test_a_campaign_is_made_started_paused_filled_and_ended_by_forms(company, campaign, client_of):
    client = client_of("revops")
    version = campaign.version_id
    client.post(
        "/outreach/campaigns/new", {"name": "Winter", "version": version, "new_per_day": 10, "human": 50, "hybrid": 50}
    )
    made = Campaign.objects.get(name="Winter")
    assert (made.arms, made.state) == ({"human": 0.5, "hybrid": 0.5}, "draft")
    client.post(f"/outreach/campaigns/{made.id}/start")
    other = people(company, 6)[-1]
    taken = people(company, 1)[0]
    told = client.post(
        f"/outreach/campaigns/{made.id}/enroll", {"contacts": f"{other.id}, {taken.id}"}
    ).content.decode()
    assert "1 person enrolled, 1 not" in told
    assert "Is in “Autumn” already" in told
    assert client.post(f"/outreach/campaigns/{made.id}/enroll", {"contacts": "Anna"}).status_code == 422
    client.post(f"/outreach/campaigns/{made.id}/targets", {"contacts": str(other.id)})
    assert made.targets.get().chosen_by_id == company.people["olga"].id
    client.post(
        f"/outreach/campaigns/{made.id}/edit", {"name": "Winter 2", "new_per_day": 7, "human": 50, "hybrid": 50}
    )
    client.post(f"/outreach/campaigns/{made.id}/pause", {"why": "Fair"})
    made.refresh_from_db()
    assert (made.name, made.new_per_day, made.state, made.why) == ("Winter 2", 7, "paused", "Fair")
    client.post(f"/outreach/campaigns/{made.id}/end", {"why": "Over"})
    assert Enrollment.objects.get(campaign=made).state == "withdrawn"


def test_a_policy_is_written_tested_and_put_into_force_by_forms(company, campaign, client_of):
    client, address = client_of("maya"), f"/outreach/policies/{campaign.id}"
    rules = {
        "channels": ["email"], "countries": "DE, at", "max_words": 90, "least_facts": 0, "starts_at": "09:00",
        "ends_at": "17:00", "a_day": 30, "from_step": 1, "forbidden_topics": "price", "facts_younger_than_days": "",
    }  # fmt: skip
    assert client.post(f"{address}/save", {**rules, "countries": "Germany"}).status_code == 422
    assert client.post(f"{address}/save", rules).status_code == 302
    policy = OutreachPolicy.objects.get()
    assert (policy.rules["countries"], policy.rules["forbidden_topics"]) == (["DE", "AT"], ["price"])
    case = {"name": "home", "body": "Hello", "channel": "email", "country": "DE", "local_time": "10:00",
            "today": "2026-11-24", "step": 1, "sent_today": 0}  # fmt: skip
    assert client.post(f"{address}/versions/{policy.id}/force").status_code == 403
    client.post(f"{address}/cases", case)
    client.post(f"{address}/cases", {**case, "name": "price", "body": "The price is low", "breaches": ["topic"]})
    assert "fails" not in client.get(address).content.decode()
    assert client.post(f"{address}/versions/{policy.id}/force").status_code == 302
    policy.refresh_from_db()
    assert policy.state == "in_force"
    told = client.get("/outreach/policies").content.decode()
    assert "version 1" in told
    client.post(f"{address}/versions/{policy.id}/retire")
    policy.refresh_from_db()
    assert policy.state == "retired"


def test_a_foreign_campaign_is_not_there_for_a_seller(company, campaign, client_of):
    foreign = running_campaign(company, name="Winter", owner=company.people["liam"])
    client = client_of("priya")
    for address in (f"/outreach/campaigns/{foreign.id}", f"/outreach/policies/{foreign.id}"):
        assert client.get(address).status_code == 404
    assert client.post(f"/outreach/campaigns/{foreign.id}/pause").status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "running"
    assert "Winter" not in client.get("/outreach").content.decode()


def test_a_stop_is_lifted_with_a_reason(campaign, client_of):
    stop = GrowthStop.objects.create(campaign=campaign, rule="quality", why="Answers got worse.", since=NOW)
    address = f"/outreach/campaigns/{campaign.id}/stops/{stop.id}/lift"
    assert client_of("maya").post(address, {"why": ""}).status_code == 422
    assert client_of("maya").post(address, {"why": "Wrong list."}).status_code == 302
    stop.refresh_from_db()
    assert stop.lifted_why == "Wrong list."
