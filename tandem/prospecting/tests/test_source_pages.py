"""The board of providers, their settings, the waterfall, the check of a contact, and the door for rows from Clay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tandem.accounts.contracts import Entity
from tandem.accounts.models import SourceRecord
from tandem.core.errors import Conflict
from tandem.core.jobs.worker import run_worker
from tandem.core.models import Job
from tandem.core.secrets import unseal
from tandem.prospecting.actions.bringing_in import bring_in_answers
from tandem.prospecting.actions.clay_rows import rows_left, send_rows
from tandem.prospecting.actions.lists import list_from_accounts
from tandem.prospecting.actions.ordering import carry_out
from tandem.prospecting.actions.provider_settings import new_token
from tandem.prospecting.connectors import clay
from tandem.prospecting.models import AddressCheck, ProviderAccount, SentRow, WaterfallRule
from tandem.prospecting.tests.outside_servers import Outside, Reply, outside
from tests.company import Company

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
SETTINGS = {
    "is_on": "on", "key": "live_very_secret_key", "base_address": "", "contact": "", "vendor_name": "",
    "currency": "USD", "monthly_budget": "50", "price_check_address": "0.01",
}  # fmt: skip


@pytest.fixture
def server(settings: Any) -> Iterator[Outside]:
    with outside() as found:
        settings.OUTSIDE_HOSTS = [found.host]
        yield found


@pytest.fixture
def table(server: Outside, now: datetime) -> ProviderAccount:
    return ProviderAccount.objects.create(
        key="clay", is_on=True, base_address=f"{server.url}/api/v1/webhooks/abc", updated_at=now
    )


def test_a_key_is_entered_and_never_shown_again(client_of: ClientOf, django_assert_max_num_queries: Any) -> None:
    revops = client_of("revops")
    assert "No provider is on" in revops.get("/prospecting/sources").content.decode()
    assert revops.post("/prospecting/sources/kickbox/save", SETTINGS).status_code == 302
    row = ProviderAccount.objects.get(key="kickbox")
    assert unseal(row.sealed_key) == "live_very_secret_key"
    with django_assert_max_num_queries(25):
        board = revops.get("/prospecting/sources").content.decode()
    page = revops.get("/prospecting/sources/kickbox").content.decode()
    assert "live_very_secret_key" not in page + board
    assert "_key" in page, "its last characters tell which one it is"
    assert "ready" in board
    revops.post("/prospecting/sources/kickbox/save", {**SETTINGS, "key": "", "monthly_budget": ""})
    row.refresh_from_db()
    assert unseal(row.sealed_key) == "live_very_secret_key", "an empty box leaves it"
    assert row.monthly_budget is None


def test_wrong_settings_are_told_and_nothing_is_kept(client_of: ClientOf) -> None:
    answer = client_of("revops").post("/prospecting/sources/kickbox/save", {**SETTINGS, "base_address": "kickbox"})
    assert answer.status_code == 422
    assert "no web address" in answer.content.decode()
    assert "live_very_secret_key" not in answer.content.decode()
    assert not ProviderAccount.objects.exists()


def test_sellers_see_the_board_and_set_nothing(client_of: ClientOf) -> None:
    seller = client_of("seller")
    assert 'name="key"' not in seller.get("/prospecting/sources/apollo").content.decode()
    assert seller.post("/prospecting/sources/kickbox/save", SETTINGS).status_code == 403
    assert seller.get("/prospecting/sources/nobody").status_code == 404


def test_the_test_call_says_what_is_wrong(server: Outside, client_of: ClientOf) -> None:
    revops = client_of("revops")
    revops.post("/prospecting/sources/kickbox/save", {**SETTINGS, "base_address": server.url})
    server.says(Reply(status=401, body={}))
    assert revops.get("/prospecting/sources/kickbox").content.decode().count("Test call") == 1
    ordered = revops.post("/prospecting/sources/kickbox/try")
    assert server.heard == [], "the worker makes the call, not the page"
    waiting = revops.get(ordered["Location"]).content.decode()
    assert ("on its way" in waiting, 'hx-trigger="every 2s"' in waiting) == (True, True)
    run_worker(once=True)
    page = revops.get(ordered["Location"]).content.decode()
    assert "It does not work: Kickbox does not accept the key." in page
    assert ("key refused" in page, 'hx-trigger="every 2s"' in page) == (True, False)
    assert "It does not work" not in revops.get(ordered["Location"].replace("kickbox", "apollo")).content.decode()
    assert revops.post("/prospecting/sources/edgar/try").status_code == 422


def test_the_waterfall_takes_an_order_and_gives_it_back(client_of: ClientOf) -> None:
    revops, address = client_of("revops"), "/prospecting/sources/waterfall/save"
    said = {"field": "address_check", "providers": "zerobounce, kickbox", "enough": "1"}
    assert revops.post(address, said).status_code == 302
    assert WaterfallRule.objects.get().providers == ["zerobounce", "kickbox"]
    assert "own order" in revops.get("/prospecting/sources/waterfall").content.decode()
    wrong = revops.post(address, {**said, "providers": "apollo"})
    assert (wrong.status_code, "can&#x27;t stand there" in wrong.content.decode()) == (422, True)
    revops.post(address, {**said, "providers": ""})
    assert not WaterfallRule.objects.exists()


def test_a_contact_is_checked_from_their_page(company: Company, client_of: ClientOf) -> None:
    anna, cole = company.contacts["anna"].id, company.contacts["cole"].id if "cole" in company.contacts else 0
    seller = client_of("seller")
    part = seller.get(f"/prospecting/contacts/{anna}/check", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    part = seller.post(f"/prospecting/contacts/{anna}/check/now", headers={"HX-Request": "true"}).content.decode()
    assert ("being checked" in part, "every 2s" in part, "<html" in part) == (True, True, False)
    page = seller.post(f"/prospecting/contacts/{anna}/check/now")["Location"]
    run_worker(once=True)
    assert "Checked; a check that still counts was not made again." in seller.get(page).content.decode()
    assert "being checked" not in seller.get(page.replace(f"={Job.objects.latest('id').id}", "=1")).content.decode()
    assert AddressCheck.objects.filter(contact=anna).count() <= 1
    assert client_of("liam").get(f"/prospecting/contacts/{anna}/check").status_code == 404
    assert seller.get(f"/prospecting/contacts/{cole or 10**9}/check").status_code == 404


def test_the_api_tells_costs_and_contacts_and_orders_work(company: Company, client_of: ClientOf, now: datetime) -> None:
    revops, account = client_of("revops"), company.accounts["kroeger"]
    assert revops.get("/api/v1/prospecting/costs?kind=enrich_person&count=5").json()["provider"] == ""
    told = revops.get(f"/api/v1/prospecting/accounts/{account.id}/contacts").json()
    assert {len(one["reasons"]) > 0 for one in told["others"]} == {True}
    assert client_of("liam").get(f"/api/v1/prospecting/accounts/{account.id}/contacts").status_code == 404
    body = {"contact_ids": [company.contacts["anna"].id]}
    answer = revops.post("/api/v1/prospecting/contacts/check", body, content_type="application/json")
    job = Job.objects.get(id=answer.json()["job_id"])
    carry_out(job.payload, now=now, progress=lambda *_: None)  # type: ignore[arg-type]
    search = {"provider": "clay", "domains": ["acme.com"]}
    refused = revops.post("/api/v1/prospecting/find/people", search, content_type="application/json")
    assert (refused.status_code, "have none" in refused.content.decode()) == (422, True)
    assert len(revops.get("/api/v1/prospecting/providers").json()["items"]) == 9


def test_rows_go_to_clay_once_and_its_life_is_counted(
    server: Outside, table: ProviderAccount, company: Company, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, actor = [company.accounts["kroeger"].id, company.accounts["alpine"].id], company.actor("revops")
    report = send_rows(Entity.ACCOUNT, ids, actor=actor, now=now)
    assert (report.sent, report.left) == (2, 49_998)
    assert send_rows(Entity.ACCOUNT, ids, actor=actor, now=now).before == 2
    assert len(server.heard) == 2
    sent = server.heard[0].json
    assert sent["company_domain"] == company.accounts["kroeger"].domain
    assert SentRow.objects.filter(key=sent[clay.ROW_KEY]).exists()
    monkeypatch.setattr(clay, "MOST_ROWS_OF_A_TABLE", 2)
    with pytest.raises(Conflict):
        send_rows(Entity.ACCOUNT, [company.accounts["fjord"].id], actor=actor, now=now)
    assert len(server.heard) == 2


def test_a_list_s_page_sends_its_rows_to_clay(
    server: Outside, table: ProviderAccount, company: Company, client_of: ClientOf, now: datetime
) -> None:
    ids = [company.accounts["kroeger"].id, company.accounts["alpine"].id]
    made = list_from_accounts("Two", ids, actor=company.actor("seller"), now=now)
    address, seller = f"/prospecting/lists/{made.list_id}", client_of("seller")
    assert "Send rows to Clay" in seller.get(address).content.decode()
    assert client_of("liam").post(f"{address}/clay").status_code == 404
    assert seller.post(f"{address}/clay").status_code == 302
    assert server.heard == []
    run_worker(once=True)
    assert sorted(SentRow.objects.values_list("subject", flat=True)) == sorted(f"account:{pk}" for pk in ids)
    assert len(server.heard) == 2
    ProviderAccount.objects.update(is_on=False)
    assert "Send rows to Clay" not in seller.get(address).content.decode()
    refused = seller.post(f"{address}/clay")
    assert (refused.status_code, Job.objects.filter(state="waiting", payload__work="send_rows").count()) == (409, 0)


@pytest.mark.parametrize("body", ['{"limit": "many"}', "no json", "{}"])
@pytest.mark.parametrize(("address", "role"), [("find/accounts", "seller"), ("rows", "compliance")])
def test_who_may_not_order_hears_so_before_anything_about_the_body(
    client_of: ClientOf, address: str, role: str, body: str
) -> None:
    answer = client_of(role).post(f"/api/v1/prospecting/{address}", body, content_type="application/json")
    assert answer.status_code == 403
    assert not Job.objects.filter(task="prospecting.ask_providers").exists()


def test_people_go_to_clay_only_where_the_register_allows_it(
    server: Outside, table: ProviderAccount, company: Company, now: datetime
) -> None:
    report = send_rows(Entity.CONTACT, [company.contacts["anna"].id], actor=company.actor("revops"), now=now)
    assert (report.sent, report.forbidden, server.heard) == (0, 1, [])


def test_a_table_that_fails_leaves_no_row_that_counts(
    server: Outside, table: ProviderAccount, company: Company, now: datetime
) -> None:
    server.says(Reply(status=500, body={}))
    ids = [company.accounts["kroeger"].id, company.accounts["alpine"].id]
    report = send_rows(Entity.ACCOUNT, ids, actor=company.actor("revops"), now=now)
    assert (report.sent, len(server.heard), rows_left(table)) == (0, 1, 50_000)
    assert "failed" in report.because


def test_a_row_comes_back_with_its_token_and_repeats_change_nothing(
    server: Outside, table: ProviderAccount, company: Company, now: datetime
) -> None:
    send_rows(Entity.ACCOUNT, [company.accounts["kroeger"].id], actor=company.actor("revops"), now=now)
    token, key = new_token("clay", actor=company.actor("revops"), now=now), SentRow.objects.get().key
    row = {clay.ROW_KEY: key, "company_name": "Kroeger", "industry": "Pumps", "ignore previous instructions": "yes"}

    def post(body: Any, header: str) -> tuple[int, str]:
        answer = Client().post(
            "/in/clay", json.dumps(body), content_type="application/json", headers={"Tandem-Token": header}
        )
        return answer.status_code, answer.json().get("state") or answer.json()["code"]

    good = token
    assert post(row, "wrong") == (401, "access.unauthenticated")
    assert post({**row, clay.ROW_KEY: "none"}, good) == (404, "clay.row")
    assert post(["x"], good) == (422, "clay.row")
    assert [post(row, good), post(row, good)] == [(200, "kept"), (200, "known")]
    assert bring_in_answers(now=now) == 1
    record = SourceRecord.objects.get(source__key="clay")
    assert (record.key, record.data["industry"]) == (key, "Pumps")
    assert "ignore previous instructions" not in record.data
    assert Client().get("/in/clay").status_code == 405
