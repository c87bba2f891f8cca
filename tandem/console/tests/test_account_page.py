"""The page of one account: what it asks of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.company import Company

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
