"""Pages of accounts, contacts and deals show what is in sight, and say what is not known."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/accounts", "/contacts", "/deals", "/deals/board", "/accounts.csv", "/contacts.csv", "/deals.csv"],
)
@pytest.mark.parametrize("role", ["seller", "manager", "revops", "executive", "compliance"])
def test_lists_open_for_every_role(company, client_of, address, role):
    answer = client_of(role).get(address)
    assert answer.status_code == 200


def test_an_account_page_shows_deals_people_and_family(company, client_of):
    account = company.accounts["kroeger"]
    page = client_of("seller").get(f"/accounts/{account.id}").content.decode()
    assert account.name in page
    assert company.accounts["kroeger_uk"].name in page
    assert f'href="/accounts/{company.accounts["kroeger_uk"].id}"' not in page
    assert company.deals["kroeger_line"].name in page


def test_a_merged_account_leads_to_the_one_it_lives_on_in(company, client_of):
    answer = client_of("revops").get(f"/accounts/{company.absorbed.id}")
    assert answer.status_code == 301
    assert answer["Location"] == f"/accounts/{company.accounts['alpine'].id}"


def test_the_parts_of_the_pipeline_add_up(company, client_of):
    account = company.accounts["kroeger"]
    page = client_of("seller").get(f"/accounts/{account.id}/why/pipeline").content.decode()
    assert company.deals["kroeger_line"].name in page


def test_every_deal_and_contact_page_opens(company, client_of):
    client = client_of("revops")
    for deal in company.deals.values():
        assert client.get(f"/deals/{deal.id}").status_code == 200
        assert client.get(f"/deals/{deal.id}/why/stage-days").status_code == 200
    for contact in company.contacts.values():
        assert client.get(f"/contacts/{contact.id}").status_code == 200


@pytest.mark.parametrize("address", ["/accounts", "/contacts", "/deals", "/deals/board"])
def test_lists_take_few_queries(company, client_of, django_assert_max_num_queries, address):
    client = client_of("revops")
    client.get(address)
    with django_assert_max_num_queries(20):
        assert client.get(address).status_code == 200


def test_a_detail_page_takes_few_queries(company, client_of, django_assert_max_num_queries):
    client = client_of("revops")
    with django_assert_max_num_queries(25):
        assert client.get(f"/accounts/{company.accounts['kroeger'].id}").status_code == 200
    with django_assert_max_num_queries(25):
        assert client.get(f"/deals/{company.deals['kroeger_line'].id}").status_code == 200


def test_every_field_says_where_it_comes_from(company, client_of):
    account = company.accounts["kroeger"]
    client = client_of("revops")
    page = client.get(f"/accounts/{account.id}/sources").content.decode()
    assert "Where each field comes from" in page
    panel = client.get(f"/accounts/{account.id}/sources/why/name").content.decode()
    assert account.name in panel


def test_a_correction_wins_and_can_be_taken_back(company, client_of):
    account = company.accounts["kroeger"]
    client = client_of("seller")
    answer = client.post(f"/accounts/{account.id}/correct/industry", {"value": "Cold storage", "reason": "told me"})
    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.industry == "Cold storage"
    client.post(f"/accounts/{account.id}/withdraw/industry")
    account.refresh_from_db()
    assert account.industry != "Cold storage"


def test_a_wrong_correction_is_refused_in_place_and_changes_nothing(company, client_of):
    account = company.accounts["kroeger"]
    answer = client_of("seller").post(f"/accounts/{account.id}/correct/employees", {"value": "many"})
    assert answer.status_code == 422
    assert "many" in answer.content.decode()
    before = account.employees
    account.refresh_from_db()
    assert account.employees == before


def test_nobody_corrects_what_is_not_theirs(company, client_of):
    account = company.accounts["kroeger"]
    answer = client_of("liam").post(f"/accounts/{account.id}/correct/industry", {"value": "Mine"})
    assert answer.status_code == 404


def test_deals_by_close_date_begin_with_what_is_open(company, client_of):
    from tandem.accounts.queries.deals import DealFilters, list_deals

    rows = list_deals(company.actor("revops"), DealFilters(), sort="close", offset=0, limit=100)
    closed = [row.is_closed for row in rows]
    assert closed == sorted(closed)
    assert True in closed


def test_no_kind_crowds_the_others_out_of_a_search(company):
    from tandem.accounts.models import Account
    from tandem.accounts.queries.search import search
    from tests.company import NOW

    for number in range(12):
        Account.objects.create(name=f"Kroeger Branch {number:02}", created_at=NOW, updated_at=NOW)
    kinds = [hit.kind for hit in search(company.actor("revops"), "kroeger", limit=6)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"account": 4, "contact": 2}
    assert len(kinds) == 6
