"""Today says what needs a person and what changed, within what one may see."""

from __future__ import annotations

import pytest

from tandem.access import actions
from tests.company import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["seller", "sdr", "manager", "revops", "executive", "compliance"])
def test_today_opens_for_every_role_with_few_queries(company, client_of, role, django_assert_max_num_queries):
    client = client_of(role)
    client.get("/")
    with django_assert_max_num_queries(25):
        assert client.get("/").status_code == 200


def test_a_seller_is_told_of_overdue_deals_and_not_of_other_peoples(company, client_of):
    page = client_of("seller").get("/").content.decode()
    overdue = company.deals["donau_fleet"]
    assert f'href="/deals/{overdue.id}"' in page
    assert "Good morning, Maya" in page
    assert "likely to be one record" not in page


def test_revops_is_told_of_pairs_to_decide(company, client_of):
    assert "2 pairs likely to be one record" in client_of("revops").get("/").content.decode()


def test_revops_alone_is_told_of_rights_that_agents_do_not_use(company, client_of):
    actions.create_agent(
        name="research", purpose="Reads", scopes=["accounts.read"], answerable_id=company.people["olga"].id,
        actor=company.actor("revops"), now=NOW,
    )  # fmt: skip
    told = "1 right that agents hold and have not used for 30 days"
    assert told in client_of("revops").get("/").content.decode()
    assert told not in client_of("seller").get("/").content.decode()


def test_the_day_is_the_readers_own(company, client_of):
    assert "09:40 in Berlin" in client_of("seller").get("/").content.decode()
