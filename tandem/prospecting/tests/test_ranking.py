"""The weekly ranking on the small company: who is ranked, why, who sees it, and that weeks stay as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tandem.access.actions import create_agent
from tandem.core import nightly
from tandem.core.actors import Actor, ActorKind
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tandem.prospecting.actions import icp as actions
from tandem.prospecting.actions.icp_judging import ask_judgement, judge
from tandem.prospecting.actions.ranking import rank_accounts
from tandem.prospecting.domain.icp import valid_until
from tandem.prospecting.models import AccountRank, IcpVersion, RankRun
from tandem.prospecting.queries import icp as icp_queries
from tandem.prospecting.queries import ranking as queries
from tandem.prospecting.queries.ranking import BookFilters
from tandem.prospecting.tests.test_icp import document
from tests.company import NOW

pytestmark = pytest.mark.django_db
OPEN_ONLY = [{"name": "Partner", "reason": "They sell.", "when": {"field": "type", "op": "eq", "value": "partner"}}]


@pytest.fixture
def live(company):
    """A profile in force that leaves nobody out for an open deal."""
    revops = company.actor("revops")
    number = actions.save_draft(document(exclusion=OPEN_ONLY), note="First.", actor=revops, now=NOW)
    actions.publish(number, actor=revops, now=NOW)
    return company


@pytest.fixture
def ranked(live):
    """The small company, ranked for week 48."""
    rank_accounts(actor=live.actor("revops"), now=NOW)
    return live


def book(company, who: str, **filters):
    rows = queries.ranked_book(company.actor(who), BookFilters(**filters), week="2026-W48")
    return [row.name for row in rows]


def test_accounts_are_ranked_and_every_figure_follows_from_its_parts(ranked):
    run = RankRun.objects.get()
    assert (run.week, run.accounts, run.excluded, run.icp.number) == ("2026-W48", 12, 0, 1)
    found = queries.rank_detail(ranked.actor("seller"), ranked.accounts["kroeger"].id, week="2026-W48")
    assert found.row.fit == 1.0
    assert found.value == Decimal(90000)
    assert [(part[0], part[2], part[3]) for part in found.parts["fit"]] == [
        ("Market", 1.0, "yes"), ("Makers", 2.0, "yes"), ("Size", 1.0, "yes"),
    ]  # fmt: skip
    expected = Decimal(90000) * Decimal(repr(found.chance * found.row.fit * found.row.intent * found.row.capacity))
    assert found.row.expected_value == expected.quantize(Decimal("0.01"))
    assert run.model["chance"]["is_prior"]
    rank = queries.latest_ranks([ranked.accounts["kroeger"].id])[ranked.accounts["kroeger"].id]
    assert (rank.place, rank.expected_value, rank.currency) == (1, found.row.expected_value, "EUR")


def test_ranking_again_the_same_week_replaces_it_and_weeks_before_stay(ranked):
    before = dict(AccountRank.objects.values_list("account_id", "expected_value"))
    revops = ranked.actor("revops")
    ranked.accounts["alpine"].industry = "Machinery"
    ranked.accounts["alpine"].save()
    rank_accounts(actor=revops, now=NOW + timedelta(days=7))
    assert dict(AccountRank.objects.filter(week="2026-W48").values_list("account_id", "expected_value")) == before
    rank_accounts(actor=revops, now=NOW + timedelta(days=8))
    assert AccountRank.objects.filter(week="2026-W49").count() == 12
    later = queries.rank_detail(revops, ranked.accounts["alpine"].id, week="2026-W49")
    assert later.row.expected_value > before[ranked.accounts["alpine"].id]
    assert [week for week, _, _ in queries.weeks_of(ranked.accounts["alpine"].id)] == ["2026-W48", "2026-W49"]


def test_an_account_that_is_gone_loses_its_place_this_week(ranked):
    gone, kept = ranked.accounts["quayside"], ranked.accounts["alpine"]
    gone.merged_into = kept
    gone.save()
    rank_accounts(actor=ranked.actor("revops"), now=NOW)
    assert not AccountRank.objects.filter(account=gone).exists()
    assert AccountRank.objects.count() == 11


def test_without_a_profile_nothing_is_ranked_and_the_reason_says_so(company):
    found = rank_accounts(actor=company.actor("revops"), now=NOW)
    assert (found.accounts, RankRun.objects.count()) == (0, 0)
    assert "No ideal customer profile is in force" in found.reason
    with pytest.raises(NotFound):
        icp_queries.current_icp()


def test_an_exclusion_leaves_out_whatever_else_is_true(live):
    revops = live.actor("revops")
    number = actions.save_draft(document(), note="", actor=revops, now=NOW)
    actions.publish(number, actor=revops, now=NOW)
    found = rank_accounts(actor=revops, now=NOW)
    kroeger = AccountRank.objects.get(account=live.accounts["kroeger"])
    assert (kroeger.excluded_by, kroeger.fit, kroeger.expected_value) == ("Open deal", 0.0, 0)
    assert found.excluded == AccountRank.objects.exclude(excluded_by="").count() > 0
    assert "Kröger Maschinenbau GmbH" not in book(live, "seller")
    assert "Kröger Maschinenbau GmbH" in book(live, "seller", excluded=True)


def test_sellers_see_their_own_book_and_what_nobody_owns_and_managers_the_teams(ranked):
    assert set(book(ranked, "maya")) == {"Kröger Maschinenbau GmbH", "Alpine Robotics AG", "Donau Logistik GmbH"}
    assert set(book(ranked, "maya", owner="none")) == {"Quayside Analytics", "Kroeger Maschinenbau"}
    assert "Cascade Health Systems" not in book(ranked, "maya", owner="all")
    assert set(book(ranked, "lena")) == {*book(ranked, "maya"), "Fjord Shipping AS", "Helios Energie SE"}
    assert len(book(ranked, "olga")) == 12
    with pytest.raises(NotFound):
        queries.rank_detail(ranked.actor("maya"), ranked.accounts["cascade"].id, week="2026-W48")


def test_what_nobody_owns_has_somebody_suggested_who_works_in_its_country(ranked):
    rows = queries.ranked_book(ranked.actor("olga"), BookFilters(owner="none"), week="2026-W48")
    assert {row.name: row.suggested_owner for row in rows} == {
        "Quayside Analytics": "Liam O'Connor", "Kroeger Maschinenbau": "Maya Okafor",
    }  # fmt: skip


def test_publishing_retires_what_was_in_force_and_the_same_words_are_refused(live):
    revops = live.actor("revops")
    second = actions.save_draft(document(name="Second"), note="New.", actor=revops, now=NOW)
    assert actions.save_draft(document(name="Third"), note="Newer.", actor=revops, now=NOW) == second == 2
    actions.publish(second, actor=revops, now=NOW)
    states = dict(IcpVersion.objects.values_list("number", "state"))
    assert states == {1: "retired", 2: "live"}
    assert icp_queries.current_icp().name == "Third"
    again = actions.save_draft(document(name="Third"), note="", actor=revops, now=NOW)
    with pytest.raises(Conflict):
        actions.publish(again, actor=revops, now=NOW)
    assert icp_queries.live_version().number == 2
    with pytest.raises(NotFound):
        actions.publish(1, actor=revops, now=NOW)


def test_a_broken_document_leaves_the_draft_as_it_was(live):
    revops = live.actor("revops")
    actions.save_draft(document(name="Good"), note="", actor=revops, now=NOW)
    with pytest.raises(InvalidInput):
        actions.save_draft(document(fit=[]), note="", actor=revops, now=NOW)
    assert icp_queries.draft().body["name"] == "Good"


@pytest.mark.parametrize("who", ["seller", "manager", "compliance", "executive"])
def test_only_revops_changes_the_profile(live, who):
    actor = live.actor(who)
    for refused in (
        lambda: actions.save_draft(document(), note="", actor=actor, now=NOW),
        lambda: actions.propose_icp(actor, NOW),
        lambda: actions.publish(1, actor=actor, now=NOW),
        lambda: rank_accounts(actor=actor, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert (IcpVersion.objects.count(), RankRun.objects.count()) == (1, 0)


def test_an_agent_may_not_publish(live):
    made = create_agent(
        name="writer", purpose="Writes", scopes=["prospects.write"], answerable_id=live.people["olga"].id,
        actor=live.actor("revops"), now=NOW,
    )  # fmt: skip
    agent = Actor(
        kind=ActorKind.AGENT, id=getattr(made, "id", made), name="writer", scopes=frozenset({"prospects.write"})
    )
    with pytest.raises(NotAllowed):
        actions.publish(1, actor=agent, now=NOW)


def test_a_quarter_later_the_profile_is_overdue_until_somebody_confirms_it(live):
    later = NOW + timedelta(days=100)
    row = icp_queries.live_version(timezone.localtime(later).date())
    assert row.is_overdue
    assert row.valid_until == valid_until(NOW.date())
    revops = live.actor("revops")
    number = actions.confirm(actor=revops, now=later, note="Still true.")
    fresh = icp_queries.live_version(timezone.localtime(later).date())
    assert (fresh.number, fresh.is_overdue, fresh.note, fresh.hash) == (number, False, "Still true.", row.hash)


def test_a_proposal_is_a_draft_that_counts_for_nothing(company):
    number = actions.propose_icp(company.actor("revops"), NOW)
    row = icp_queries.draft()
    assert (row.number, row.state) == (number, "draft")
    assert row.body["summary"].startswith("Only 1 won deals")
    assert icp_queries.live_version() is None


def test_a_version_is_judged_by_deals_that_ended(live):
    class Told:
        def __call__(self, *_): ...

        def final_write(self):
            from django.db import transaction

            return transaction.atomic()

    ask_judgement(1, actor=live.actor("seller"), now=NOW)
    judge(1, now=NOW, progress=Told())
    from tandem.prospecting.queries.reports import stored

    found = stored("icp-1")
    assert found["bands"][0] | {"unseen": 0} == {
        "band": "all", "deals": 2, "won": 1, "unseen": 0, "rate": None, "low": None, "high": None, "lift": None,
    }  # fmt: skip
    assert found["effect"]["reason"].endswith("30 each are needed")


def test_the_night_ranks_after_intent(live):
    names = [step.name for step in nightly.steps()]
    assert names.index("prospecting.rank") > names.index("intent.score")


def test_pages_of_the_ranking_open_with_few_queries(ranked, client_of, django_assert_max_num_queries):
    kroeger = ranked.accounts["kroeger"].id
    seller, revops = client_of("seller"), client_of("revops")
    seller.get("/prospecting"), revops.get("/prospecting")
    for client, address, words in (
        (seller, "/prospecting", "Kröger Maschinenbau GmbH"),
        (seller, "/prospecting?owner=all&show=all&week=2026-W48&sort=name", "Quayside Analytics"),
        (seller, f"/prospecting/accounts/{kroeger}/rank", "At full marks"),
        (seller, "/prospecting/today", "Look at its signals"),
        (seller, "/prospecting/accuracy", "Not judged yet"),
        (revops, "/prospecting/icp", "Makers in the north"),
        (revops, "/prospecting/icp/1", "Whom we leave alone"),
        (revops, "/prospecting/icp/edit", "Profile as JSON"),
        (revops, "/prospecting/icp/1/against/1", "They say the same"),
        (revops, "/prospecting/alarms", "What needs RevOps"),
    ):
        with django_assert_max_num_queries(25):
            page = client.get(address)
        assert page.status_code == 200, address
        assert words in page.content.decode(), address


def test_the_book_leaves_as_a_file_with_the_rows_that_one_sees(ranked, client_of):
    answer = client_of("seller").get("/prospecting.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].lstrip("\ufeff").startswith("Place,Account,Expected value,Fit,Intent,Capacity,Owner,Reason")
    assert len(lines) == 4


def test_the_editor_counts_live_and_refuses_with_every_place(live, client_of):
    revops = client_of("revops")
    counted = revops.post("/prospecting/icp/count", {"body": json.dumps(document())}).content.decode()
    assert "left out: Open deal" in counted
    broken = document(value={"currency": "euro", "otherwise": "x"})
    page = revops.post("/prospecting/icp/edit", {"body": json.dumps(broken), "note": ""})
    assert page.status_code == 422
    assert "value.currency" in page.content.decode()
    assert "value.otherwise" in page.content.decode()
    assert icp_queries.draft() is None
    assert client_of("seller").post("/prospecting/icp/count", {"body": "{}"}).status_code == 403


def test_machines_read_the_profile_its_schema_and_ranks(ranked, client_of):
    seller = client_of("seller")
    assert seller.get("/prospecting/icp/1.json").json() == document(exclusion=OPEN_ONLY)
    assert seller.get("/prospecting/icp/schema.json").json()["title"] == "Ideal customer profile"
    assert seller.get("/prospecting/icp/1.md").content.decode().startswith("# Makers in the north, version 1")
    ranks = seller.get("/api/v1/ranks").json()["items"]
    assert len(ranks) == 5
    one = seller.get(f"/api/v1/ranks/{ranked.accounts['kroeger'].id}").json()
    assert (one["place"], one["icp_version"], one["week"]) == (1, 1, "2026-W48")
    assert seller.get(f"/api/v1/ranks/{ranked.accounts['cascade'].id}").status_code == 404
    assert seller.get("/api/v1/icp").json()["items"][0]["state"] == "live"
    assert seller.get("/api/v1/ranks?week=nonsense").status_code == 404
    assert seller.get("/prospecting?week=nonsense").status_code == 200


def test_revops_drafts_and_publishes_over_the_api(live, client_of):
    revops = client_of("revops")
    put = revops.put(
        "/api/v1/icp/draft", json.dumps({"body": document(name="By API"), "note": "n"}), "application/json"
    )
    assert (put.status_code, put.json()["number"]) == (200, 2)
    done = revops.post("/api/v1/icp/2/publish", json.dumps({"note": ""}), "application/json")
    assert (done.status_code, done.json()["state"]) == (200, "live")
    bad = revops.put("/api/v1/icp/draft", json.dumps({"body": {"name": 1}}), "application/json")
    assert bad.status_code == 422


def test_moves_since_the_week_before_are_told(ranked):
    revops = ranked.actor("revops")
    rank_accounts(actor=revops, now=NOW + timedelta(days=7))
    rows = queries.ranked_book(revops, BookFilters(), week="2026-W49")
    assert all(row.moved == 0 and not row.is_new for row in rows)
    assert replace(rows[0], before=5, place=2).moved == 3
    assert replace(rows[0], before=2, place=5).lost == 3
