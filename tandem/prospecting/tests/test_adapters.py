"""Providers by their documented protocols, played on the loopback: also when they fail, lie, loop or return nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tandem.core.errors import ProviderFailed
from tandem.prospecting.connectors import base, clay
from tandem.prospecting.connectors.apollo import Apollo
from tandem.prospecting.connectors.base import AccountQuery, Door, PersonQuery, Subject
from tandem.prospecting.connectors.verifiers import Kickbox, NeverBounce, ZeroBounce
from tandem.prospecting.domain.verification import Result
from tandem.prospecting.tests.outside_servers import Outside, Reply, outside

ACME = {
    "id": "org1", "name": "Acme", "primary_domain": "acme.example", "industry": "machinery",
    "estimated_num_employees": 420, "annual_revenue": 12_500_000, "country": "Germany", "city": None,
}  # fmt: skip
ANN = {
    "id": "p1", "first_name": "Ann", "last_name": "Lee", "title": "Head of RevOps", "seniority": "head",
    "email": "ann.lee@acme.example", "email_status": "verified", "departments": ["sales"], "organization": ACME,
    "linkedin_url": "http://www.linkedin.com/in/annlee",
}  # fmt: skip
ASKED = Subject(domain="acme.example", first_name="Ann", last_name="Lee")


@pytest.fixture
def server(settings: Any) -> Iterator[Outside]:
    with outside() as found:
        settings.OUTSIDE_HOSTS = [found.host]
        yield found


def door(server: Outside, key: str = "apollo", secret: str = "secret-1") -> Door:
    return Door(key=key, name=key.capitalize(), base_address=server.url, secret=secret)


def code_of(call: Any) -> str:
    with pytest.raises(ProviderFailed) as caught:
        call()
    return caught.value.error_code


def test_apollo_searches_companies_page_by_page(server: Outside) -> None:
    server.says(Reply(body={"organizations": [ACME], "pagination": {"page": 1, "total_pages": 2}}))
    page = Apollo(door(server)).search(AccountQuery(countries=("Germany",), employees=(200, 1000)), "")
    assert server.heard[0].path == "/mixed_companies/search"
    assert server.heard[0].headers["x-api-key"] == "secret-1"
    assert server.heard[0].json == {
        "organization_locations": ["Germany"], "organization_num_employees_ranges": ["200,1000"], "page": 1,
        "per_page": 100,
    }  # fmt: skip
    assert page.next == "2"
    assert dict(page.rows[0].fields) == {
        "name": "Acme", "domain": "acme.example", "industry": "machinery", "employees": "420",
        "annual_revenue": "12500000", "country": "Germany", "currency": "USD",
    }  # fmt: skip


def test_apollo_finds_people_without_their_addresses(server: Outside) -> None:
    locked = {**ANN, "email": "email_not_unlocked@domain.com"}
    server.says(Reply(body={"people": [locked, {"id": "p2"}, None, "x"], "pagination": {"page": 1, "total_pages": 1}}))
    page = Apollo(door(server)).search_people(PersonQuery(domains=("acme.example",), titles=("revops",)), "")
    assert [row.key for row in page.rows] == ["p1"]
    assert "email" not in page.rows[0].fields
    assert "email_status" not in page.rows[0].fields
    assert page.next == ""


def test_apollo_matches_a_person_and_never_asks_for_private_addresses(server: Outside) -> None:
    server.says(Reply(body={"person": ANN}))
    told = Apollo(door(server)).enrich(ASKED)
    assert server.heard[0].json["reveal_personal_emails"] is False
    assert told.row is not None
    assert told.row.fields["email"] == "ann.lee@acme.example"
    assert told.row.fields["account_domain"] == "acme.example"


@pytest.mark.parametrize("nothing", [{"person": None}, {}, {"person": []}, {"person": {"id": None}}])
def test_an_answer_without_a_person_is_a_miss(server: Outside, nothing: object) -> None:
    server.says(Reply(body=nothing))
    assert Apollo(door(server)).enrich(ASKED).row is None


def test_another_persons_data_are_refused(server: Outside) -> None:
    server.says(Reply(body={"person": {**ANN, "first_name": "Bob", "last_name": "Stone"}}))
    assert code_of(lambda: Apollo(door(server)).enrich(ASKED)) == base.SOMEBODY_ELSE
    server.says(Reply(body={"organization": {**ACME, "primary_domain": "other.example"}}))
    assert code_of(lambda: Apollo(door(server)).enrich(Subject(domain="acme.example"))) == base.SOMEBODY_ELSE


def test_values_of_wrong_types_are_left_out(server: Outside) -> None:
    lies = {**ACME, "industry": {"a": 1}, "estimated_num_employees": True, "annual_revenue": "lots", "city": ["x"]}
    server.says(Reply(body={"organization": lies}))
    told = Apollo(door(server)).enrich(Subject(domain="acme.example"))
    assert told.row is not None
    assert dict(told.row.fields) == {"name": "Acme", "domain": "acme.example", "country": "Germany"}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=401, body={"error": "no"}), base.KEY_REFUSED),
        (Reply(status=403, body={}), base.KEY_REFUSED),
        (Reply(status=402, body={}), base.NO_CREDIT),
        (Reply(status=429, body={}, headers={"Retry-After": "120"}), base.THROTTLED),
        (Reply(status=429, body={}), base.THROTTLED),
        (Reply(status=500, body={}), base.FAILING),
        (Reply(status=400, body={}), base.REFUSED),
        (Reply(body=b"<html>oops"), base.UNREADABLE),
        (Reply(body=["a list"]), base.UNREADABLE),
        (Reply(body=b"[" * 100_000), base.UNREADABLE),
        (Reply(breaks_off=True), base.UNCERTAIN),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_failure_has_its_code_and_is_tried_once(server: Outside, reply: Reply, code: str, method: str) -> None:
    server.says(reply)
    subject = Subject(domain="acme.example") if method == "GET" else ASKED
    assert code_of(lambda: Apollo(door(server)).enrich(subject)) == code
    assert len(server.heard) == 1
    assert server.heard[0].method == method


def test_what_a_throttled_provider_asks_for_is_told(server: Outside) -> None:
    server.says(Reply(status=429, body={}, headers={"Retry-After": "120"}))
    for subject in (Subject(domain="acme.example"), ASKED):
        with pytest.raises(ProviderFailed) as caught:
            Apollo(door(server)).enrich(subject)
        assert caught.value.context["retry_after"] == 120


def test_a_server_that_is_not_there_was_not_asked(settings: Any) -> None:
    settings.OUTSIDE_HOSTS = ["127.0.0.1:9"]
    gone = Door(key="apollo", name="Apollo", base_address="http://127.0.0.1:9", secret="x")
    assert code_of(lambda: Apollo(gone).enrich(ASKED)) == base.FAILING


def test_a_key_never_stands_in_a_message(server: Outside) -> None:
    server.says(Reply(status=401, body={}))
    with pytest.raises(ProviderFailed) as caught:
        Kickbox(door(server, "kickbox", "live_geheim")).check("ann@acme.example")
    assert "geheim" not in f"{caught.value} {caught.value.as_dict()} {door(server, secret='live_geheim')!r}"


def test_a_search_whose_pages_never_end_is_stopped(server: Outside) -> None:
    server.says(Reply(body={"people": [ANN], "pagination": {"page": 1, "total_pages": 9}}))
    assert code_of(lambda: Apollo(door(server)).search_people(PersonQuery(), "2")) == base.LOOP


@pytest.mark.parametrize(
    ("word", "result"),
    [("valid", Result.OK), ("invalid", Result.BAD), ("disposable", Result.BAD), ("catchall", Result.RISKY),
     ("unknown", Result.UNKNOWN), ("brand-new", Result.UNKNOWN)],
)  # fmt: skip
def test_neverbounce_tells_its_results(server: Outside, word: str, result: Result) -> None:
    server.says(Reply(body={"status": "success", "result": word, "flags": ["has_dns"], "execution_time": 3}))
    told = NeverBounce(door(server, "neverbounce")).check("ann@acme.example")
    assert (told.result, told.raw, told.is_weak) == (result, word, False)
    assert b"ann%40acme.example" in server.heard[0].body
    assert server.heard[0].query == {}, "the key stands in no address"


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        ("auth_failure", "bad key", base.KEY_REFUSED),
        ("throttle_triggered", "slow", base.THROTTLED),
        ("temp_unavail", "later", base.FAILING),
        ("general_failure", "Insufficient credit balance", base.NO_CREDIT),
        ("something", "", base.UNREADABLE),
    ],
)
def test_neverbounces_status_is_read_before_its_result(server: Outside, status: str, message: str, code: str) -> None:
    server.says(Reply(body={"status": status, "message": message, "result": "valid"}))
    assert code_of(lambda: NeverBounce(door(server, "neverbounce")).check("ann@acme.example")) == code


def test_kickbox_tells_its_results_and_its_sandbox_counts_for_nothing(server: Outside) -> None:
    said = {"success": True, "result": "deliverable", "reason": "accepted_email", "role": False, "email": "a@b.example"}
    server.says(Reply(body=said))
    assert Kickbox(door(server, "kickbox", "live_1")).check("a@b.example").result is Result.OK
    assert server.heard[0].query["apikey"] == "live_1"
    assert Kickbox(door(server, "kickbox", "test_1")).check("a@b.example").result is Result.UNKNOWN
    server.says(Reply(body={**said, "email": "other@b.example"}))
    assert code_of(lambda: Kickbox(door(server, "kickbox", "live_1")).check("a@b.example")) == base.SOMEBODY_ELSE
    server.says(Reply(body={"success": False, "message": "Invalid timeout"}))
    assert code_of(lambda: Kickbox(door(server, "kickbox", "live_1")).check("a@b.example")) == base.REFUSED


@pytest.mark.parametrize(
    ("status", "result"),
    [("valid", Result.OK), ("invalid", Result.BAD), ("spamtrap", Result.BAD), ("abuse", Result.BAD),
     ("do_not_mail", Result.BAD), ("catch-all", Result.RISKY), ("unknown", Result.UNKNOWN)],
)  # fmt: skip
def test_zerobounce_tells_its_results(server: Outside, status: str, result: Result) -> None:
    server.says(Reply(body={"address": "a@b.example", "status": status, "sub_status": "greylisted"}))
    assert ZeroBounce(door(server, "zerobounce")).check("a@b.example").result is result


def test_zerobounces_error_in_a_good_answer_is_an_error(server: Outside) -> None:
    server.says(Reply(body={"error": "Invalid API Key or your account ran out of credits"}))
    assert code_of(lambda: ZeroBounce(door(server, "zerobounce")).check("a@b.example")) == base.KEY_REFUSED
    server.says(Reply(body={"error": "You ran out of credits"}))
    assert code_of(lambda: ZeroBounce(door(server, "zerobounce")).check("a@b.example")) == base.NO_CREDIT
    server.says(Reply(body={"address": "a@b.example", "status": None}))
    assert code_of(lambda: ZeroBounce(door(server, "zerobounce")).check("a@b.example")) == base.UNREADABLE


def test_a_row_goes_to_a_clay_table_with_its_token_and_comes_back_in_our_words(server: Outside) -> None:
    table = Door(key="clay", name="Clay", base_address=f"{server.url}/api/v1/webhooks/abc", secret="tok")
    clay.send_row(table, {clay.ROW_KEY: "r1", "company_domain": "acme.example"})
    assert server.heard[0].path == "/api/v1/webhooks/abc"
    assert server.heard[0].headers[clay.AUTH_HEADER] == "tok"
    row = clay.read_row("r1", "contact", {"Full Name": "Ann Lee", "work_email": "ann@acme.example", "x": {"y": 1}})
    assert row is not None
    assert dict(row.fields) == {"name": "Ann Lee", "email": "ann@acme.example"}
    assert clay.read_row("r1", "contact", {"full_name": None, "score": 3}) is None
