"""Merge review shows a pair with its evidence; a decision leads to the next pair and can be taken back."""

from __future__ import annotations

import pytest

from tandem.accounts.models import MatchPair, PairState, SourceRecord

pytestmark = pytest.mark.django_db


def test_the_queue_opens_at_its_first_pair_with_both_sides(company, client_of):
    page = client_of("revops").get("/matches").content.decode()
    assert "2 pairs" in page
    assert "Put together" in page
    assert company.accounts["twin"].name in page or company.contacts["anna"].name in page


def test_compliance_sees_pairs_and_can_not_decide(company, client_of):
    client, pair = client_of("compliance"), company.pairs["account"]
    assert "Put together" not in client.get(f"/matches?pair={pair.id}").content.decode()
    assert client.post(f"/matches/{pair.id}/merge").status_code == 403
    pair.refresh_from_db()
    assert pair.state == PairState.REVIEW


def test_two_that_are_one_are_put_together_and_taken_apart_again(company, client_of):
    client, pair = client_of("revops"), company.pairs["account"]
    before = dict(SourceRecord.objects.values_list("id", "golden_id"))
    answer = client.post(f"/matches/{pair.id}/merge", {"next": "/matches?entity=account"})
    assert answer["Location"] == "/matches?entity=account"
    left, right = SourceRecord.objects.filter(id__in=[pair.left_id, pair.right_id])
    assert left.golden_id == right.golden_id
    page = client.get("/matches").content.decode()
    undo = page.split("/matches/merges/")[1].split("/undo")[0]
    assert client.post(f"/matches/merges/{undo}/undo").status_code == 302
    assert dict(SourceRecord.objects.values_list("id", "golden_id")) == before


def test_two_that_are_two_stay_apart_and_the_decision_can_be_taken_back(company, client_of):
    client, pair = client_of("revops"), company.pairs["contact"]
    client.post(f"/matches/{pair.id}/apart")
    pair.refresh_from_db()
    assert pair.state == PairState.APART
    client.post(f"/matches/{pair.id}/reopen")
    pair.refresh_from_db()
    assert pair.state == PairState.REVIEW


def test_a_decided_queue_says_that_nothing_waits(company, client_of):
    MatchPair.objects.all().delete()
    assert "No pair waits" in client_of("revops").get("/matches?entity=nonsense&sort=x&pair=abc").content.decode()


def test_a_record_that_does_not_belong_is_split_off_from_the_page_of_sources(company, client_of):
    account = company.accounts["kroeger"]
    client = client_of("revops")
    page = client.get(f"/accounts/{account.id}/sources").content.decode()
    assert "Put together from" in page
    record = SourceRecord.objects.filter(entity="account", golden_id=account.id).order_by("-id").first()
    answer = client.post(f"/matches/records/{record.id}/split")
    record.refresh_from_db()
    assert record.golden_id != account.id
    assert answer["Location"] == f"/accounts/{record.golden_id}"


def test_a_seller_sees_no_source_records_and_splits_nothing(company, client_of):
    account = company.accounts["kroeger"]
    client = client_of("seller")
    assert "Put together from" not in client.get(f"/accounts/{account.id}/sources").content.decode()
    record = SourceRecord.objects.filter(entity="account", golden_id=account.id).first()
    assert client.post(f"/matches/records/{record.id}/split").status_code == 403
