"""API of search, lists and runs: the same rights and rules as the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tandem.accounts.models import AccountName
from tandem.prospecting.models import ListEntry, PipelineRun, ProspectList
from tests.company import Company

pytestmark = pytest.mark.django_db
GERMAN = {"field": "country", "op": "in", "value": ["DE"]}
BASE = "/api/v1/prospecting"


@pytest.fixture
def revops(company: Company, client_of: Callable[..., Client], settings: Any, tmp_path: Path) -> Client:
    settings.WAREHOUSE_DIR = tmp_path
    return client_of("revops")


def send(client: Client, method: str, address: str, body: Any = None) -> Any:
    answer = getattr(client, method)(f"{BASE}{address}", json.dumps(body or {}), content_type="application/json")
    return answer.status_code, json.loads(answer.content or b"{}")


def test_a_search_a_list_and_a_run_by_the_api(revops: Client, company: Company) -> None:
    kroeger, alpine = company.accounts["kroeger"].id, company.accounts["alpine"].id
    status, found = send(revops, "post", "/searches/run", {"condition": GERMAN})
    assert (status, kroeger in [hit["account_id"] for hit in found["hits"]]) == (200, True)
    assert found["count"] == len(found["hits"])
    status, read = send(revops, "post", "/searches/read", {"text": "in Germany and shiny"})
    assert (status, read["condition"], read["not_understood"]) == (200, GERMAN, ["shiny"])
    status, kept = send(revops, "post", "/searches", {"name": "German", "condition": GERMAN})
    assert (status, kept["version"]) == (200, 1)
    changed = {"name": "German", "condition": {"not": GERMAN}}
    assert send(revops, "put", f"/searches/{kept['id']}", changed)[1]["version"] == 2
    assert json.loads(revops.get(f"{BASE}/searches").content)["items"][0]["id"] == kept["id"]
    status, made = send(revops, "post", "/lists", {"name": "German", "condition": GERMAN})
    assert (status, made["version"], made["added"]) == (200, 1, found["count"])

    def on_it() -> set[int]:
        return set(ListEntry.objects.filter(removed_in=None).values_list("account_id", flat=True))

    status, moved = send(revops, "patch", f"/lists/{made['list_id']}", {"add": [alpine], "remove": [kroeger]})
    assert (status, moved["removed"], alpine in on_it()) == (200, 1, True)
    rows = json.loads(revops.get(f"{BASE}/lists/{made['list_id']}/accounts", {"limit": 1}).content)
    assert len(rows["items"]) == 1
    status, run = send(revops, "post", f"/lists/{made['list_id']}/runs")
    assert (status, run["phase"], len(run["stages"])) == (200, "running", 10)
    assert json.loads(revops.get(f"{BASE}/runs/{run['id']}/rows").content)["items"][0]["state"] == "moving"
    assert send(revops, "post", f"/runs/{run['id']}/stop")[1]["phase"] == "stopped"
    assert send(revops, "post", f"/runs/{run['id']}/stop")[0] == 409
    assert PipelineRun.objects.count() == 1


def test_broken_input_is_refused_with_its_place_and_nothing_is_kept(revops: Client) -> None:
    status, told = send(revops, "post", "/lists", {"name": "X", "condition": {"all": [GERMAN, {"field": "x"}]}})
    assert (status, "all[1].field" in json.dumps(told)) == (422, True)
    status, told = send(revops, "post", "/lists/file", {"name": "X", "csv": "a,b\n1,2\n", "file": "fair.csv"})
    assert (status, "fair.csv" in json.dumps(told)) == (422, True)
    assert send(revops, "post", "/searches/run", {"condition": GERMAN, "as_of": "2026-11-01T00:00:00"})[0] == 422
    assert not ProspectList.objects.exists()
    assert not ListEntry.objects.exists()


def test_a_file_by_the_api_tells_the_rows_it_leaves_out(revops: Client, company: Company) -> None:
    AccountName.objects.get_or_create(
        account=company.accounts["alpine"], core="alpine robotics", source=company.sources["crm"]
    )
    status, told = send(
        revops, "post", "/lists/file", {"name": "Fair", "csv": "company\nAlpine Robotics AG\nNobody Ltd\n"}
    )
    assert (status, told["added"]) == (200, 1)
    assert [row["number"] for row in told["refused"]] == [2]


def test_a_seller_reaches_no_list_of_others(revops: Client, company: Company, client_of: Callable[..., Client]) -> None:
    list_id = send(revops, "post", "/lists", {"name": "Mine", "account_ids": []})[1]["list_id"]
    seller = client_of("seller")
    assert seller.get(f"{BASE}/lists/{list_id}").status_code == 404
    assert send(seller, "patch", f"/lists/{list_id}", {"add": [1]})[0] == 404
    assert send(client_of("executive"), "post", "/lists", {"name": "E"})[0] == 403
