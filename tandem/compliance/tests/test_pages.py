"""The ledger's pages show every deed, prove the chain, and let it out as lines."""

from __future__ import annotations

import json

import pytest

from tandem.core import ledger
from tandem.core.actors import built_in_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def deeds(company):
    for number in range(3):
        ledger.append(built_in_agent("importer"), "accounts.file_landed", subject=f"load:{number}", read=number)
    return company


def test_compliance_reads_narrows_and_verifies_the_ledger(deeds, client_of):
    client = client_of("compliance")
    page = client.get("/ledger?action=accounts.&kind=agent").content.decode()
    assert "importer" in page
    assert "load:2" in page
    assert "holds" in client.post("/ledger/verify", headers={"HX-Request": "true"}).content.decode()
    assert "holds" in client.post("/ledger/verify").content.decode()


def test_one_entry_shows_its_hashes_and_the_record_of_its_thing(deeds, client_of):
    page = client_of("revops").get("/ledger?subject=load:1").content.decode()
    number = page.split('href="/ledger/')[1].split('"')[0]
    entry = client_of("revops").get(f"/ledger/{number}").content.decode()
    assert "Whole record of load:1" in entry


def test_the_export_is_lines_of_json_and_is_itself_written_down(deeds, client_of):
    answer = client_of("compliance").get("/ledger.jsonl")
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert lines[-1]["action"] == "compliance.ledger_exported"
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))


def test_a_seller_does_not_see_the_ledger(deeds, client_of):
    assert client_of("seller").get("/ledger").status_code == 403
    assert client_of("seller").get("/ledger.jsonl").status_code == 403
