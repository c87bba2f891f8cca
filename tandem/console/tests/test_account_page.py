"""The page of one account: what it asks of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tandem.engagement.models import Enrollment
from tests.company import Company
from tests.outreach import OPEN_HOUR, plant

pytestmark = pytest.mark.django_db
MOST_QUERIES = 25


def test_the_page_of_an_account_asks_little_of_the_database(
    company: Company, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    address = f"/accounts/{company.accounts['kroeger'].id}"
    for reader in ("maya", "revops"):
        client = client_of(reader)
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(address).status_code == 200
    told = client_of("maya").get(f"{address}/research").content.decode()
    assert "Not researched yet" in told
    assert client_of("liam").get(f"{address}/research").status_code == 404


def test_the_account_says_who_is_in_which_plan_and_what_comes_next(
    company: Company, client_of: Callable[..., Client]
) -> None:
    planted = plant(company, "paula", "oscar")
    planted.touch("paula")
    Enrollment.objects.filter(contact=company.contacts["oscar"]).update(state="paused", paused_until=OPEN_HOUR)
    address = f"/accounts/{company.accounts['cascade'].id}/outreach"
    told = " ".join(client_of("liam").get(address).content.decode().split())
    assert "2 people in a plan" in told
    assert told.index("Paula Reyes</a><span>Email") < told.index("Oscar Lind</a><span>rests until")
    assert "New sites</a> · active · Maya Okafor" in told
    assert client_of("priya").get(address).status_code == 404
    Enrollment.objects.update(state="answered")
    assert "Nobody in your sight is in a plan." in client_of("liam").get(address).content.decode()
