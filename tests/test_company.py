"""The shared company is what its tables say, and quick to store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tandem.accounts import models as rows
from tandem.accounts.contracts import ActivityKind
from tandem.accounts.queries.accounts import AccountFilters, list_accounts
from tests.company import NOW, Company, build


def test_the_company_is_stored_as_told(company: Company, now: datetime) -> None:
    assert now == NOW
    counts = {model.__name__: model.objects.count() for model in (rows.Account, rows.Contact, rows.Opportunity)}
    assert counts == {"Account": 13, "Contact": 20, "Opportunity": 11}
    assert set(rows.Activity.objects.values_list("kind", flat=True)) == {kind.value for kind in ActivityKind}
    assert {load.state for load in company.loads.values()} == {"landed", "failed"}
    assert {pair.state for pair in company.pairs.values()} == {"review"}


def test_each_role_sees_its_own_part(company: Company, now: datetime) -> None:
    def seen(who: str) -> set[str]:
        found = list_accounts(company.actor(who), AccountFilters(), today=now.date())
        return {row.name for row in found}

    assert "Brightwater Foods Inc" not in seen("seller")
    assert "Helios Energie SE" not in seen("seller")
    assert {"Helios Energie SE", "Kröger Maschinenbau GmbH", "Fjord Shipping AS"} <= seen("manager")
    assert len(seen("revops")) == 12


def test_storing_it_takes_few_statements(db: None, now: datetime) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        build()
    assert len(queries) < 60


def test_a_client_is_signed_in(client_of: Callable[..., Client]) -> None:
    assert "_auth_user_id" in client_of("liam").session
