"""Rationale, brief and fact sheet: every sentence rests on kept words, lies of models are caught, private life stays out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tandem.accounts.contracts import SourceKind
from tandem.accounts.models import Contact, Source
from tandem.agents.contracts import Claim, Tier
from tandem.agents.domain.guards import check
from tandem.agents.models import ModelEndpoint, RoutingRule
from tandem.agents.tests.connected import connect, open_gates
from tandem.compliance.contracts.rights import PersonKeys
from tandem.core.actors import built_in_agent
from tandem.core.errors import NotFound
from tandem.intent.domain.kind_rules import built_in_rules
from tandem.prospecting.actions.fact_sheets import make_fact_sheets
from tandem.prospecting.actions.person_store import ResearchStore
from tandem.prospecting.actions.research import research_accounts
from tandem.prospecting.ai import brief as brief_task
from tandem.prospecting.ai import rationale as rationale_task
from tandem.prospecting.ai.brief import BriefInput
from tandem.prospecting.ai.pieces import Piece
from tandem.prospecting.ai.privacy import private_claims, private_pieces
from tandem.prospecting.ai.rationale import MeasuredPart, RationaleInput, RationaleOutput
from tandem.prospecting.contracts import AccountProfile, Observation, Truth, Verdict
from tandem.prospecting.domain.commentary import comments_in
from tandem.prospecting.domain.research_terms import Section, expires_at, is_fresh
from tandem.prospecting.domain.statements import Told, cut, quotable, statement
from tandem.prospecting.domain.turns import turns
from tandem.prospecting.models import Brief, Fact, FactSheet, Rationale
from tandem.prospecting.queries.research import account_research, brief_of, fact_sheet_of, rationale_of
from tandem.prospecting.queries.research_inputs import materials
from tandem.prospecting.queries.research_pieces import signal_pieces
from tandem.prospecting.tests.test_profiles import land
from tests.company import NOW, Company
from tests.model_server import ModelServer, Way

ACTOR = built_in_agent("nightly", "worker")
SECRET = "We got married in May and the twins start school this autumn."


def told(key: str, kind: str, days: int, title: str, text: str = "", topic: str = "", **more: str) -> dict[str, Any]:
    payload = {"title": title, "text": text, "url": f"https://news.example/{key}", **more}
    return {
        "key": key, "kind": kind, "at": NOW - timedelta(days=days), "topic": topic or None,
        "payload": json.dumps(payload),
    }  # fmt: skip


@pytest.fixture
def world(company: Company, settings: Any, tmp_path: Path) -> Company:
    """The small company with published signals of one account, one of them private."""
    settings.WAREHOUSE_DIR = tmp_path
    news = Source.objects.create(key="news", name="News", kind=SourceKind.OTHER, created_at=NOW)
    land(
        company, news,
        told("F", "funding_round", 21, "Kröger raises €40 million in Series C", "A Series C.", round="Series C",
             amount="40000000", currency="EUR"),
        told("N", "news", 40, "Kröger opens a hall in Ulm",
             "“We want to cut the cost per order in the warehouse,” says Anna Weiss, Head of Production."),
        told("J", "job_post", 9, "Head of Intralogistics", location="Stuttgart", department="Operations"),
        told("T", "technology_seen", 50, "", topic="SAP EWM"),
        told("W", "talk", 30, "Anna Weiss on warehouse automation", "Our goal is to cut set-up times in the warehouse.",
             author="Anna Weiss"),
        told("P", "blog_post", 12, "A great summer", SECRET, author="Anna Weiss"),
        told("O", "job_post", 200, "Welder"),
    )  # fmt: skip
    return company


@pytest.fixture
def researched(world: Company) -> Company:
    research_accounts([world.accounts["kroeger"].id], actor=ACTOR, now=NOW)
    return world


def one_input(**changes: Any) -> RationaleInput:
    signal = Piece(
        id="signal:news/1", kind="news", text="About Acme: Acme opens a hall in Ulm. News; dated: 3 Nov 2026.",
        quote="Acme opens a hall in Ulm.", source="News", at=NOW - timedelta(days=21), title="Acme opens a hall in Ulm",
    )  # fmt: skip
    fit = Piece(
        id="account:1:fit", kind="fit", text="Acme earns 0.80 of 1 against version 2 of the profile. It fits: industry "
        "is Retail.", quote="", source="own reckoning", is_outside=False,
    )  # fmt: skip
    part = MeasuredPart(name="Ships", truth=Truth.YES, because="industry is Retail", weight=1, evidence_ids=[])
    given: dict[str, Any] = {
        "account_id": 1, "account": "Acme", "icp_version": 2, "fit": 0.8, "parts": [part], "pieces": [signal, fit],
    }  # fmt: skip
    return RationaleInput(**(given | changes))


def test_a_fitting_account_is_told_by_a_signal_and_its_fit() -> None:
    input = one_input()
    output = rationale_task.built_in(input)
    assert output.verdict is Verdict.FITS
    assert output.signal_ids == ["signal:news/1"]
    assert check(rationale_task.RATIONALE, input, output) == ()


def test_an_exclusion_always_wins_and_a_low_fit_passes() -> None:
    fit = Piece(
        id="account:1:fit", kind="fit", text="Acme earns 0.10 of 1 against the profile. Acme is excluded: In Japan.",
        quote="", source="own reckoning", is_outside=False,
    )  # fmt: skip
    pieces = [one_input().pieces[0], fit]
    for input in (one_input(excluded_by="In Japan", pieces=pieces), one_input(fit=0.1, pieces=pieces)):
        output = rationale_task.built_in(input)
        assert output.verdict is Verdict.PASS
        assert check(rationale_task.RATIONALE, input, output) == ()
        lie = RationaleOutput(verdict=Verdict.FITS, claims=output.claims, signal_ids=[])
        assert any("must be pass" in one.message for one in check(rationale_task.RATIONALE, input, lie))


def test_a_rationale_that_cites_no_signal_is_refused() -> None:
    input = one_input()
    output = rationale_task.built_in(input)
    bare = [one for one in output.claims if "signal:news/1" not in one.evidence_ids]
    refused = RationaleOutput(verdict=Verdict.FITS, claims=bare, signal_ids=[])
    assert [one.guard for one in check(rationale_task.RATIONALE, input, refused)] == ["rationale"]
    invented = output.model_copy(update={"signal_ids": ["signal:news/2"]})
    assert check(rationale_task.RATIONALE, input, invented) != ()


def test_a_name_that_begins_like_pass_is_no_pass() -> None:
    pieces = [one.model_copy(update={"text": one.text.replace("Acme", "PASSport")}) for one in one_input().pieces]
    pieces[0] = pieces[0].model_copy(update={"title": "PASSport opens a hall in Ulm"})
    input = one_input(account="PASSport", pieces=pieces)
    assert rationale_task.built_in(input).verdict is Verdict.FITS


def test_a_topic_that_counts_nothing_for_intent_is_no_reason_either() -> None:
    def surge(topic: str, strength: float) -> Observation:
        at = NOW - timedelta(days=3)
        return Observation(
            id=f"signal:b/{topic}", kind="topic_surge", at=at, source="b", strength=strength, topic=topic
        )

    seen = (surge("Slotting", 73.0), surge("Cloud Migration", 88.0), surge("Yard Management", 55.0))
    profile = AccountProfile(account_id=1, name="Acme", owner_id=None, at=NOW, fields={}, observations=seen)
    rules = built_in_rules()
    assert [one.topic for one in signal_pieces(profile, {}, at=NOW, rules=rules)] == ["Cloud Migration", "Slotting"]
    ours = replace(rules, topics=("slotting",))
    assert [one.topic for one in signal_pieces(profile, {}, at=NOW, rules=ours)] == ["Slotting"]


def test_sentences_say_nothing_that_a_source_does_not() -> None:
    bare = Told(id="signal:x/1", kind="funding_round", at=NOW, title="")
    assert statement(bare, name="Acme") == ""
    full = Told(id="signal:x/1", kind="funding_round", at=NOW, details={"round": "Series B", "amount": "2500000",
                "currency": "EUR"})  # fmt: skip
    text = statement(full, name="Acme")
    assert "€2.5 million" in text
    assert "24 Nov 2026" in text
    assert quotable("Nothing to quote") == "Nothing to quote"
    assert cut("One. Two.", 4) == "One."


def test_comments_and_turns_name_who_speaks() -> None:
    assert comments_in("„Wir wollen kürzere Wege“, sagt Ada Ek, Leiterin Logistik.")[0].person == "Ada Ek"
    assert comments_in("Nobody is quoted here.") == ()
    assert turns("Operator: Welcome.\nAda Ek: We grew 12%.") == (("Ada Ek", "We grew 12%."),)


def test_facts_expire_by_their_kind() -> None:
    assert expires_at("job_post", None) is None
    assert is_fresh("job_post", NOW - timedelta(days=74), NOW)
    assert not is_fresh("job_post", NOW - timedelta(days=75), NOW)
    assert is_fresh("customer_story", NOW - timedelta(days=700), NOW)


@pytest.mark.django_db
def test_a_brief_has_nine_sections_and_says_where_nothing_is_known(researched: Company) -> None:
    brief = brief_of(researched.accounts["kroeger"].id)
    assert brief is not None
    by = {one.section: one for one in brief.sections}
    assert list(by) == list(Section)
    assert any("€40 million" in one.text for one in by["communications"].claims)
    assert any("Anna Weiss, Head of Production" in one.text for one in by["leadership"].claims)
    assert [one.text for one in by["hiring"].claims if "Welder" in one.text] == []
    assert by["testimonials"].claims == ()
    assert by["testimonials"].nothing == "No story or review of their customers is known."
    for section in brief.sections:
        for claim in section.claims:
            assert claim.facts
            assert all(fact.quote and fact.source for fact in claim.facts)


@pytest.mark.django_db
def test_every_stored_claim_keeps_the_guards(world: Company) -> None:
    for one in materials([row.id for row in world.accounts.values()], at=NOW):
        judged = rationale_task.built_in(one.rationale)
        assert check(rationale_task.RATIONALE, one.rationale, judged) == ()
        assert check(brief_task.BRIEF, one.brief, brief_task.built_in(one.brief)) == ()


@pytest.mark.django_db
def test_a_company_without_public_signals_gets_an_honest_sparse_brief(world: Company) -> None:
    fjord = world.accounts["fjord"].id
    research_accounts([fjord], actor=ACTOR, now=NOW)
    brief, rationale = brief_of(fjord), rationale_of(fjord)
    assert brief is not None
    assert rationale is not None
    assert [one.section for one in brief.sections if one.claims] == ["glance"]
    assert all(one.startswith("activity:") for one in rationale.signal_ids)


@pytest.mark.django_db
def test_what_has_not_changed_is_kept_and_the_old_rationale_stays_when_it_has(researched: Company) -> None:
    kroeger = researched.accounts["kroeger"].id
    again = research_accounts([kroeger], actor=ACTOR, now=NOW + timedelta(hours=1))
    assert (again.kept, again.briefs) == (1, 0)
    anew = research_accounts([kroeger], actor=ACTOR, now=NOW + timedelta(hours=2), anew=True)
    assert anew.kept == 0
    assert Rationale.objects.filter(account=kroeger).count() == 2
    assert Rationale.objects.filter(account=kroeger, replaced_at=None).count() == 1
    assert Brief.objects.get(account=kroeger).first_made_at == NOW


@pytest.mark.django_db
def test_private_life_is_in_no_fact_no_brief_and_no_fact_sheet(researched: Company) -> None:
    anna = researched.contacts["anna"].id
    done = make_fact_sheets([anna], actor=ACTOR, now=NOW)
    assert (done.made, done.left_out) == (1, 1)
    sheet = FactSheet.objects.get(contact=anna)
    assert [one["evidence_id"] for one in sheet.left_out] == ["signal:news/P"]
    stored = json.dumps([*Fact.objects.values_list("quote", "statement"), sheet.sections, sheet.left_out], default=str)
    assert "married" not in stored
    assert "summer" not in stored


@pytest.mark.django_db
def test_a_fact_sheet_quotes_what_the_person_said_and_stated(researched: Company) -> None:
    anna = researched.contacts["anna"].id
    assert fact_sheet_of(anna) is None
    make_fact_sheets([anna], actor=ACTOR, now=NOW)
    sheet = fact_sheet_of(anna)
    assert sheet is not None
    by = {one.section: [claim.text for claim in one.claims] for one in sheet.sections}
    assert any("Anna Weiss on warehouse automation" in text for text in by["content"])
    assert any("Our goal is to cut set-up times" in text for text in by["priorities"])
    assert any("cut the cost per order" in text for text in by["priorities"])
    assert any("Kröger" in text for text in by["news"])


@pytest.mark.django_db
def test_an_erased_person_leaves_no_fact_sheet_and_no_part(researched: Company) -> None:
    anna = researched.contacts["anna"].id
    make_fact_sheets([anna], actor=ACTOR, now=NOW)
    person = PersonKeys(subjects=(f"contact:{anna}",))
    assert {one.what for one in ResearchStore().collect(person)} == {"fact", "fact sheet"}
    assert ResearchStore().erase(person, request="request:1", actor=researched.actor("cleo"), now=NOW) > 0
    assert not FactSheet.objects.filter(contact=anna).exists()
    assert not Fact.objects.filter(contact=anna).exists()
    assert ResearchStore().erase(person, request="request:1", actor=researched.actor("cleo"), now=NOW) == 0


@pytest.mark.django_db
def test_a_deleted_contact_takes_its_facts_along(researched: Company) -> None:
    anna = researched.contacts["anna"].id
    make_fact_sheets([anna], actor=ACTOR, now=NOW)
    Contact.objects.filter(id=anna).delete()
    assert not Fact.objects.filter(subject=f"contact:{anna}").exists()


@pytest.mark.django_db
def test_research_out_of_sight_is_not_there_and_hidden_deals_stay_hidden(researched: Company) -> None:
    kroeger = researched.accounts["kroeger"].id
    with pytest.raises(NotFound):
        account_research(researched.actor("liam"), kroeger)
    researched.deals["kroeger_line"].owner = researched.people["liam"]
    researched.deals["kroeger_line"].save()
    found = account_research(researched.actor("maya"), kroeger)
    assert found.brief is not None
    assert found.brief.hidden > 0
    shown = json.dumps([claim.text for section in found.brief.sections for claim in section.claims])
    assert "line 4:" not in shown


@pytest.mark.django_db
def test_pages_tell_claims_with_their_sources(researched: Company, client_of: Callable[..., Client]) -> None:
    kroeger, anna = researched.accounts["kroeger"].id, researched.contacts["anna"].id
    make_fact_sheets([anna], actor=ACTOR, now=NOW)
    client = client_of("maya")
    brief = client.get(f"/prospecting/accounts/{kroeger}/brief").content.decode()
    assert "Kröger raises €40 million in Series C" in brief
    assert "No story or review of their customers is known." in brief
    assert client.get(f"/prospecting/accounts/{kroeger}/people").status_code == 200
    assert "Our goal is to cut set-up times" in client.get(f"/prospecting/contacts/{anna}/facts").content.decode()
    told = client.get(f"/api/v1/prospecting/accounts/{kroeger}/research").json()
    assert [one["section"] for one in told["sections"]] == list(Section)
    assert client_of("liam").get(f"/prospecting/accounts/{kroeger}/brief").status_code == 404


def use_model(server: ModelServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    open_gates(monkeypatch)
    endpoint = connect(server, now=NOW, settings=settings, tier=Tier.STRONG, most_tokens=4_000, places="DE")
    assert ModelEndpoint.objects.filter(id=endpoint).exists()
    assert RoutingRule.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_falsehoods_that_a_model_plants_are_caught_every_time(
    world: Company, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ModelServer(otherwise=Way.LYING) as server:
        use_model(server, settings, monkeypatch)
        done = research_accounts([world.accounts["kroeger"].id], actor=ACTOR, now=NOW)
        assert server.requests
    assert done.refused == 0
    stored = json.dumps([*Rationale.objects.values_list("claims", flat=True), *Brief.objects.values_list("sections")])
    assert "Umbrella" not in stored
    assert set(Rationale.objects.values_list("engine", flat=True)) == {"built-in"}


@pytest.mark.django_db(transaction=True)
def test_research_survives_a_model_that_fails_half_the_time(
    world: Company, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    ids = [world.accounts[word].id for word in ("kroeger", "helios", "donau")]
    with ModelServer(fail=0.5, seed=3) as server:
        use_model(server, settings, monkeypatch)
        done = research_accounts(ids, actor=ACTOR, now=NOW)
        assert server.requests
    assert (done.accounts, done.refused, done.briefs) == (3, 0, 3)
    assert Rationale.objects.filter(replaced_at=None).count() == 3


QUOTED = "“We want to take 6 hours of planning out of each day,” says Louis Kok, Head of Logistics. The hall is in Ulm."


@pytest.mark.parametrize(
    ("name", "kind", "title", "body"),
    [
        ("Winwood & Sons Transport B.V.", "press_release", "Winwood & Sons Transport B.V supports a warehouse in Ulm",
         "The company opened a warehouse in Ulm."),
        ("Winwood Textiel B.V.", "press_release", "Record year for Winwood Textiel", "Warehouse volumes grew by 8%."),
        ("Winwood", "job_post", "Payroll Specialist", "You run the payroll of our warehouse and its shifts."),
        ("Winwood", "news", "Winwood opens a hall", QUOTED),
    ],
)  # fmt: skip
def test_what_its_source_may_say_a_claim_may_say(name: str, kind: str, title: str, body: str) -> None:
    piece = Piece(
        id="signal:news/1", kind=kind, text=f"About {name}: {title}. {body}", quote=body, source="News",
        at=NOW - timedelta(days=3), title=title, body=body,
    )  # fmt: skip
    assert private_pieces([(piece, name)]) == set()
    input = BriefInput(account_id=1, account=name, on=NOW, pieces=[piece])
    output = brief_task.built_in(input)
    assert any(part.claims for part in output.sections)
    assert check(brief_task.BRIEF, input, output) == ()


def test_a_private_sentence_is_found_in_our_words_in_a_quotation_and_beside_the_company() -> None:
    body = "The warehouse opens in May. My wife and our twins spend the summer at the lake."
    piece = Piece(
        id="signal:news/1", kind="blog_post", text=body, quote=body, source="News", title="Ulm", body=body,
    )  # fmt: skip
    told = [
        Claim(text="A post says: “My wife and our twins spend the summer at the lake”.", evidence_ids=[piece.id]),
        Claim(text="His wife and the twins spend the summer at the lake.", evidence_ids=[piece.id]),
        Claim(text="A post says: “The warehouse opens in May”.", evidence_ids=[piece.id]),
    ]
    assert [one.span for one in private_claims(told, [piece], name="Acme & Sons")] == [told[0].text, told[1].text]
    assert private_pieces([(piece, "Acme & Sons")]) == {piece.id}


def test_what_speaks_against_an_account_is_told_without_denying_the_evidence() -> None:
    fit = Piece(
        id="account:1:fit", kind="fit", text="Acme earns 0.80 of 1 against version 2 of the profile. It fits: industry "
        "is Retail. Against it: country is NO.", quote="", source="own reckoning", is_outside=False,
    )  # fmt: skip
    against = MeasuredPart(name="Near", truth=Truth.NO, because="country is NO", weight=2, evidence_ids=[])
    given = one_input()
    input = one_input(parts=[against, *given.parts], pieces=[given.pieces[0], fit])
    output = rationale_task.built_in(input)
    assert any("gainst it: country is NO" in one.text for one in output.claims)
    assert check(rationale_task.RATIONALE, input, output) == ()
