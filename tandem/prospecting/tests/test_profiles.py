"""Profiles: golden fields, deals and signals of many accounts as of a moment, in a handful of reads."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.accounts import warehouse
from tandem.accounts.contracts import SourceKind
from tandem.accounts.models import AccountDomain, Load, Source
from tandem.prospecting.contracts import AccountProfile
from tandem.prospecting.queries.profiles import profile_of, profiles
from tests.company import NOW, Company

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def land(company: Company, source: Source, *rows: dict[str, Any], landed_days_ago: int = 0) -> None:
    """Signals of one file, brought in so many days ago."""
    landed = NOW - timedelta(days=landed_days_ago)
    load = Load.objects.create(
        source=source, entity="signal", file_name="signals.jsonl", file_sha256=f"{Load.objects.count():064}",
        state="landed", started_at=landed, finished_at=landed,
    )  # fmt: skip
    given = {"load_id": load.id, "source": source.key, "account_domain": "kroeger.example"}
    table = pa.Table.from_pylist(
        [given | {"row_number": at} | row for at, row in enumerate(rows, start=1)], schema=warehouse.SIGNALS
    )
    warehouse.append_signals(load_id=load.id, first_row=1, table=table)


@pytest.fixture
def told(company: Company, settings: Any, tmp_path: Path) -> Company:
    settings.WAREHOUSE_DIR = tmp_path
    news = Source.objects.create(key="news", name="News", kind=SourceKind.OTHER, created_at=NOW)
    product = Source.objects.create(key="app", name="App", kind=SourceKind.PRODUCT, created_at=NOW)
    raised = {
        "title": "Kröger raises 40 million",
        "text": "A Series C.",
        "url": "https://n.example/1",
        "round": "Series C",
    }
    land(
        company, news,
        {"key": "F", "kind": "funding_round", "at": NOW - timedelta(days=21), "payload": json.dumps(raised)},
        {"key": "T", "kind": "technology_seen", "at": NOW - timedelta(days=1_500), "topic": "SAP EWM"},
        {"key": "O", "kind": "news", "at": NOW - timedelta(days=900)},
        {"key": "B", "kind": "news", "at": NOW - timedelta(days=1), "payload": "{broken"},
        {"key": "L", "kind": "news", "at": NOW + timedelta(seconds=1)},
    )  # fmt: skip
    land(
        company, product,
        {"key": "P1", "kind": "Signed In", "at": NOW - timedelta(days=3)},
        {"key": "P2", "kind": "Signed In", "at": NOW - timedelta(days=89)},
        {"key": "P3", "kind": "Signed In", "at": NOW - timedelta(days=91)},
        {"key": "P4", "kind": "identify", "at": NOW},
        landed_days_ago=2,
    )  # fmt: skip
    return company


def kroeger(told: Company, **more: Any) -> AccountProfile:
    (found,) = profiles([told.accounts["kroeger"].id], at=more.pop("at", NOW), **more)
    return found


def test_a_profile_tells_what_sources_say_and_counts_what_people_do(told: Company) -> None:
    found = kroeger(told)
    assert [one.id for one in found.observations] == ["signal:news/B", "signal:news/F", "signal:news/T"]
    raised = found.observations[1]
    assert (raised.title, raised.text, raised.url) == ("Kröger raises 40 million", "A Series C.", "https://n.example/1")
    assert raised.details == {"round": "Series C"}
    assert found.technologies == {"sap ewm"}
    assert found.counts == {"funding_round": 1, "news": 1, "Signed In": 2}
    assert found.latest["Signed In"].id == "signal:app/P1"
    assert found.fields["name"] == found.name == told.accounts["kroeger"].name
    assert not {"", None} & set(found.fields.values())


def test_a_past_moment_knows_nothing_later_and_a_replay_nothing_that_landed_later(told: Company) -> None:
    then = kroeger(told, at=NOW - timedelta(days=30))
    assert [one.id for one in then.observations] == ["signal:news/T"]
    assert then.counts == {"Signed In": 2}  # 89 and 91 days ago both lie in the 90 days before that moment
    replayed = kroeger(told, landed_by=NOW - timedelta(days=1))
    assert replayed.observations == ()
    assert replayed.counts == {"Signed In": 2}


def test_all_accounts_come_in_order_with_their_own_signals_in_a_handful_of_queries(told: Company) -> None:
    AccountDomain.objects.filter(account=told.accounts["twin"]).delete()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        every = list(profiles(None, at=NOW))
    assert len(queries) <= MOST_QUERIES
    assert [one.account_id for one in every] == sorted(told.accounts[name].id for name in told.accounts)
    assert [one.account_id for one in every if one.observations] == [told.accounts["kroeger"].id]
    assert list(profiles([], at=NOW)) == []
    assert profile_of(10**9, at=NOW) is None


def test_a_customer_is_one_that_won_and_whose_contract_runs(told: Company) -> None:
    every = {one.account_id: one for one in profiles(None, at=NOW)}
    for name, row in told.accounts.items():
        deals = [deal for deal in told.deals.values() if deal.account_id == row.id]
        assert every[row.id].open_deals == sum(not deal.is_closed for deal in deals), name
