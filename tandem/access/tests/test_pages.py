"""Pages of people and agents: seen by those who may, changed by RevOps, told to the ledger."""

from __future__ import annotations

import re

import pytest

from tandem.access.models import AgentIdentity, AgentToken
from tandem.compliance.queries import list_entries

pytestmark = pytest.mark.django_db


def test_everybody_sees_the_people_and_the_table_of_rights(company, client_of):
    client = client_of("seller")
    assert company.people["lena"].name in client.get("/people").content.decode()
    assert "Who may do what" in client.get("/people/rights").content.decode()


def test_a_role_changes_with_a_reason_and_the_ledger_knows(company, client_of):
    priya = company.people["priya"]
    answer = client_of("revops").post(f"/people/{priya.id}/role", {"role-role": "seller", "role-reason": "Promoted"})
    assert answer.status_code == 302
    priya.refresh_from_db()
    assert priya.role == "seller"
    assert list_entries(subject=f"person:{priya.id}")[0].action == "access.role_set"


def test_a_role_without_a_reason_is_refused_and_nothing_changes(company, client_of):
    priya = company.people["priya"]
    answer = client_of("revops").post(f"/people/{priya.id}/role", {"role-role": "seller"})
    assert answer.status_code == 422
    priya.refresh_from_db()
    assert priya.role == "sdr"


def test_a_seller_can_change_nobody(company, client_of):
    answer = client_of("seller").post(f"/people/{company.people['priya'].id}/active", {"is_active": "0"})
    assert answer.status_code == 403
    company.people["priya"].refresh_from_db()
    assert company.people["priya"].is_active


def test_somebody_shut_out_is_out_of_open_pages_too(company, client_of):
    liam = client_of("liam")
    assert liam.get("/accounts").status_code == 200
    client_of("revops").post(f"/people/{company.people['liam'].id}/active", {"is_active": "0", "active-reason": "Left"})
    assert liam.get("/accounts").status_code == 302


def test_a_new_person_gets_a_link_to_choose_a_password(company, client_of):
    client = client_of("revops")
    client.post("/people/new", {"name": "Nora New", "email": "nora@aislewright.example", "role": "seller"})
    person = type(company.people["maya"]).objects.get(email="nora@aislewright.example")
    page = client.post(f"/people/{person.id}/password-link").content.decode()
    assert re.search(r"http://testserver/sign-in/password/\S+/", page)


def test_an_agent_is_created_gets_a_token_once_and_is_stopped(company, client_of):
    client = client_of("revops")
    answer = client.post(
        "/agents/new",
        {
            "name": "research-eu",
            "purpose": "Reads accounts.",
            "answerable": str(company.people["olga"].id),
            "scopes": ["accounts.read"],
        },
    )
    agent = AgentIdentity.objects.get(name="research-eu")
    assert answer["Location"] == f"/agents/{agent.id}"
    token = re.search(r"tdm_[\w-]+", client.post(f"/agents/{agent.id}/tokens").content.decode())
    assert token is not None
    assert token[0] not in client.get(f"/agents/{agent.id}").content.decode()
    header = {"HTTP_AUTHORIZATION": f"Bearer {token[0]}"}
    stranger = type(client)()
    assert stranger.get("/api/v1/accounts", **header).status_code == 200
    client.post(f"/agents/{agent.id}/revoke", {"reason": "Test over"})
    assert stranger.get("/api/v1/accounts", **header).status_code == 401
    assert not AgentToken.objects.filter(agent=agent, revoked_at=None).exists()


def test_an_agent_can_not_be_a_person(company, client_of):
    name = company.people["maya"].name.lower().replace(" ", "-")
    answer = client_of("revops").post(
        "/agents/new",
        {"name": name, "purpose": "x", "answerable": str(company.people["olga"].id), "scopes": ["accounts.read"]},
    )
    assert answer.status_code == 422
    assert not AgentIdentity.objects.filter(name=name).exists()


def test_the_team_form_shows_the_present_team(company, client_of):
    maya = company.people["maya"]
    page = client_of("revops").get(f"/people/{maya.id}").content.decode()
    assert f'<option value="{maya.team_id}" selected>' in page


def test_what_was_shown_to_somebody_signed_in_stays_in_no_cache(company, client_of):
    client = client_of("seller")
    assert client.get("/people")["Cache-Control"] == "no-store"
    assert client.get("/nowhere")["Cache-Control"] == "no-store"


def test_the_demo_signs_in_whoever_has_the_largest_book(company):
    from tandem.access.queries import find_demo_person
    from tandem.accounts.queries.books import busiest_owner

    sellers = [company.people["liam"].id, company.people["maya"].id]
    chosen = find_demo_person("seller")
    assert chosen is not None
    assert chosen.id == busiest_owner(sellers)
    assert find_demo_person("revops").name == company.people["olga"].name
    assert find_demo_person("emperor") is None
