"""The API shows each caller their own part, pages without gaps, says refusals in one form, and writes once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tandem.access import actions
from tandem.access.models import AgentIdentity
from tandem.compliance.models import LedgerEntry
from tandem.core import clock
from tandem.core.models import KeptAnswer
from tests.company import Company

ClientOf = Callable[..., Client]
NEW_AGENT = {"name": "research", "purpose": "Finds facts", "scopes": ["accounts.read"]}


@pytest.fixture
def token(company: Company, now: datetime) -> str:
    olga = company.actor("revops")
    agent = actions.create_agent(
        name="reader", purpose="Reads", scopes=["accounts.read"], answerable_id=olga.id, actor=olga, now=now
    )
    return actions.create_token(agent_id=agent, actor=olga, now=now)


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def all_pages(client: Client, path: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(path, {"limit": 3, "cursor": cursor}, **more).json()
        assert len(page["items"]) <= 3
        found += page["items"]
        cursor = page["next"]
        if not cursor:
            return found


def test_pages_follow_one_another_without_gap_or_repeat(company: Company, client_of: ClientOf, token: str) -> None:
    by_person = [row["id"] for row in all_pages(client_of("revops"), "/api/v1/accounts")]
    assert by_person == sorted(account.id for account in company.accounts.values())
    assert [row["id"] for row in all_pages(Client(), "/api/v1/accounts", **bearer(token))] == by_person
    assert len(all_pages(client_of("revops"), "/api/v1/contacts")) == 20
    assert len(all_pages(client_of("revops"), "/api/v1/deals")) == 11


def test_money_is_text_and_the_parts_are_there(company: Company, client_of: ClientOf) -> None:
    body = client_of("seller").get(f"/api/v1/accounts/{company.accounts['kroeger'].id}").json()
    assert body["account"]["name"] == "Kröger Maschinenbau GmbH"
    assert body["figures"]["pipeline"]["amount"] == "330000.00"
    assert {piece["amount"] for piece in body["figures"]["pipeline_deals"]} == {"240000.00", "90000.00"}


def test_an_unchanged_answer_is_not_sent_again(company: Company, client_of: ClientOf) -> None:
    client = client_of("seller")
    path = f"/api/v1/deals/{company.deals['kroeger_line'].id}"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    company.deals["kroeger_line"].next_step = "Signed"
    company.deals["kroeger_line"].save()
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed.json()["row"]["next_step"]) == (200, "Signed")


def test_an_id_that_was_merged_away_leads_to_the_living_account(company: Company, client_of: ClientOf) -> None:
    body = client_of("seller").get(f"/api/v1/accounts/{company.absorbed.id}").json()
    assert body["account"]["id"] == company.accounts["alpine"].id


def test_a_timeline_can_be_narrowed_and_paged(company: Company, client_of: ClientOf) -> None:
    path = f"/api/v1/accounts/{company.accounts['alpine'].id}/timeline"
    client = client_of("seller")
    assert {item["strand"] for item in client.get(path, {"strand": "chat"}).json()["items"]} == {"chat"}
    assert client.get(path, {"strand": "gossip"}).status_code == 422
    assert client.get(path, {"cursor": "yesterday"}).status_code == 422


@pytest.mark.parametrize("path", ["accounts/999999", "contacts/999999", "deals/999999", "ledger/999999", "nowhere"])
def test_what_is_not_there_is_told_in_the_common_form(client_of: ClientOf, path: str) -> None:
    answer = client_of("revops").get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert {"type", "title", "status", "detail", "code", "hint"} <= set(answer.json())


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "many"}, {"cursor": "x"}, {"cursor": "-1"}])
def test_parameters_that_do_not_fit_are_refused_by_name(client_of: ClientOf, query: dict[str, Any]) -> None:
    answer = client_of("revops").get("/api/v1/accounts", query)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert next(iter(query)) in answer.json()["detail"]


def test_a_stranger_is_told_how_to_come_in(company: Company) -> None:
    answer = Client().get("/api/v1/accounts")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="Tandem"'


def test_credentials_of_people_are_refused_as_tokens(company: Company, client_of: ClientOf, token: str) -> None:
    session = client_of("revops").session.session_key
    for wrong in ("tdm_unknown", session, "password", ""):
        assert Client().get("/api/v1/accounts", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401
    assert Client().get("/api/v1/accounts", headers={"Authorization": "Basic b2xnYTpwdw=="}).status_code == 401
    mixed = client_of("revops").get("/api/v1/accounts", **bearer(token))
    assert (mixed.status_code, mixed.json()["code"]) == (401, "access.mixed_credentials")


def test_an_agent_reaches_what_its_scopes_open_until_it_is_stopped(company: Company, token: str, now: datetime) -> None:
    client = Client()
    assert client.get("/api/v1/deals", **bearer(token)).status_code == 200
    assert client.get("/api/v1/people", **bearer(token)).status_code == 403
    assert client.get("/", **bearer(token)).status_code == 401
    agent = AgentIdentity.objects.get(name="reader")
    actions.revoke_agent(agent_id=agent.id, reason="test", actor=company.actor("compliance"), now=now)
    assert client.get("/api/v1/deals", **bearer(token)).status_code == 401


def test_a_write_needs_the_sessions_csrf_token(company: Company, client_of: ClientOf) -> None:
    client = client_of("revops", checks_csrf=True)
    body = json.dumps(NEW_AGENT | {"answerable_id": company.people["olga"].id})
    refused = client.post("/api/v1/agents", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf.failed")
    assert not AgentIdentity.objects.exists()
    client.cookies["csrftoken"] = "a" * 32
    allowed = client.post("/api/v1/agents", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert allowed.status_code == 200


def post(client: Client, company: Company, key: str, **changes: Any) -> Any:
    body = json.dumps(NEW_AGENT | {"answerable_id": company.people["olga"].id} | changes)
    return client.post("/api/v1/agents", body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_repeated_write_happens_once_and_gets_the_same_answer(company: Company, client_of: ClientOf) -> None:
    client = client_of("revops")
    first, second = post(client, company, "k1"), post(client, company, "k1")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert AgentIdentity.objects.count() == 1
    assert LedgerEntry.objects.filter(action="access.agent_created").count() == 1


def test_another_request_under_the_same_key_is_refused(company: Company, client_of: ClientOf) -> None:
    client = client_of("revops")
    post(client, company, "k1")
    other = post(client, company, "k1", name="someone-else")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.conflict")
    assert AgentIdentity.objects.count() == 1


def test_a_refused_write_leaves_its_key_free(company: Company, client_of: ClientOf) -> None:
    client = client_of("revops")
    assert post(client, company, "k1", scopes=["no.such"]).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert post(client, company, "k1").status_code == 200


@pytest.mark.parametrize("key", ["x" * 101, "schlüssel"])
def test_a_key_that_is_none_is_refused(company: Company, client_of: ClientOf, key: str) -> None:
    assert post(client_of("revops"), company, key).json()["code"] == "idempotency.key"
    assert not AgentIdentity.objects.exists()


def test_keys_are_forgotten_after_a_week(company: Company, client_of: ClientOf) -> None:
    client = client_of("revops")
    post(client, company, "k1")
    with clock.at(datetime.fromisoformat("2026-12-02T09:00:00+00:00")):
        assert post(client, company, "k2", name="later").status_code == 200
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["k2"]


@pytest.mark.django_db(transaction=True)
def test_the_same_write_at_the_same_time_happens_once() -> None:
    from tests.company import build

    company = build()

    def send(_: int) -> int:
        client = Client()
        client.force_login(company.people["olga"], backend="allauth.account.auth_backends.AuthenticationBackend")
        try:
            return post(client, company, "same").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [200] * 4
    assert AgentIdentity.objects.count() == 1


def test_a_correction_stands_until_it_is_withdrawn(company: Company, client_of: ClientOf) -> None:
    client, path = client_of("seller"), f"/api/v1/accounts/{company.accounts['kroeger'].id}"
    body = json.dumps({"field": "employees", "text": "900", "reason": "Told by Anna"})
    answers = [
        client.post(f"{path}/corrections", body, content_type="application/json", headers={"Idempotency-Key": "c1"})
        for _ in range(2)
    ]
    assert [answer.json()["value"] for answer in answers] == ["900", "900"]
    assert client.get(path).json()["account"]["employees"] == 900
    assert client.delete(f"{path}/corrections/employees").status_code == 204
    assert client.get(path).json()["account"]["employees"] != 900
    assert client.delete(f"{path}/corrections/employees").status_code == 404


def test_somebody_elses_account_is_not_corrected(company: Company, client_of: ClientOf) -> None:
    path = f"/api/v1/accounts/{company.accounts['cascade'].id}/corrections"
    body = json.dumps({"field": "employees", "text": "1"})
    assert client_of("seller").post(path, body, content_type="application/json").status_code == 404
    assert client_of("executive").post(path, body, content_type="application/json").status_code == 403
    company.accounts["cascade"].refresh_from_db()
    assert company.accounts["cascade"].employees == 15300


def test_a_pair_is_decided_once_and_can_be_taken_back(company: Company, client_of: ClientOf) -> None:
    client, pair = client_of("revops"), company.pairs["account"].id
    assert client_of("seller").post(f"/api/v1/matches/{pair}/merge").status_code == 403
    first = client.post(f"/api/v1/matches/{pair}/merge", headers={"Idempotency-Key": "m1"})
    again = client.post(f"/api/v1/matches/{pair}/merge", headers={"Idempotency-Key": "m1"})
    assert (first.status_code, first.json()) == (200, again.json())
    assert client.post(f"/api/v1/matches/{pair}/merge").status_code == 409
    twin = client.get(f"/api/v1/accounts/{company.accounts['twin'].id}").json()
    assert twin["account"]["id"] == company.accounts["kroeger"].id
    assert client.post(f"/api/v1/merges/{first.json()['event_id']}/undo").status_code == 200
    twin = client.get(f"/api/v1/accounts/{company.accounts['twin'].id}").json()
    assert twin["account"]["id"] == company.accounts["twin"].id


def test_a_body_that_is_no_json_is_told_so(client_of: ClientOf) -> None:
    answer = client_of("revops").post("/api/v1/agents", "{", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_the_ledger_can_be_read_and_checked(company: Company, client_of: ClientOf) -> None:
    client = client_of("compliance")
    post(client_of("revops"), company, "k1")
    newest = client.get("/api/v1/ledger", {"limit": 1}).json()
    assert newest["items"][0]["action"] == "access.agent_created"
    number = newest["items"][0]["number"]
    assert client.get(f"/api/v1/ledger/{number}").json() == newest["items"][0]
    found = client.get("/api/v1/ledger/verification", {"head": newest["items"][0]["hash"]}).json()
    assert (found["broken_at"], found["entries"]) == (None, number)
    assert client.get("/api/v1/ledger/verification", {"head": "0" * 64}).json()["broken_at"] == number + 1


def test_the_description_is_served_and_its_names_are_unambiguous() -> None:
    from tandem.config.api import api

    schema = json.loads(Client().get("/api/v1/openapi.json").content)
    assert schema["openapi"] == "3.1.0"
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] and operation["tags"] and operation["security"] for operation in operations)
    assert api.title == "Tandem"
