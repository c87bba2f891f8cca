"""A reviewer works a request off on its page; strangers ask on the public one and learn nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tandem.compliance import queries
from tandem.compliance.contracts import Channel, Purpose
from tandem.compliance.models import (
    DecisionRule,
    LedgerEntry,
    LegalHold,
    NoticeGiven,
    RetentionSchedule,
    RightsRequest,
    Suppression,
)
from tandem.compliance.web import privacy
from tandem.core.jobs import run_worker
from tests.company import Company

ClientOf = Callable[..., Client]
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
HOME = "/compliance/requests"
PUBLIC = "/privacy/request"
ASK = {"kind": "access", "email": "ann@acme.example", "places": "DE"}


@pytest.fixture(autouse=True)
def alone(rights_folder: Path) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def taken_in(client: Client, **said: str) -> int:
    answer = client.post(f"{HOME}/new", {**ASK, **said})
    assert answer.status_code == 302
    return int(answer["Location"].rpartition("/")[2])


def state_of(number: int) -> str:
    return RightsRequest.objects.values_list("state", flat=True).get(id=number)


# --- the desk ---


def test_a_reviewer_takes_a_request_in_checks_carries_out_and_fetches_the_package_once(client_of: ClientOf) -> None:
    client = client_of("compliance")
    number = taken_in(client)
    page = f"{HOME}/{number}"
    assert "24 Dec" in text_of(client.get(page))
    assert "EU-GDPR-006" in text_of(client.get(page))
    assert client.post(f"{page}/begin").status_code == 409
    assert client.post(f"{page}/identity", {"proof": "reply"})["Location"] == page
    assert client.post(f"{page}/begin").status_code == 302
    run_worker(once=True)
    shown = text_of(client.get(page))
    assert "Fetch the package" in shown
    assert "Consent, suppression and screenings" in shown
    package: Any = client.post(f"{page}/package")
    assert package["Content-Type"] == "application/zip"
    assert b"".join(package.streaming_content)[:2] == b"PK"
    assert client.post(f"{page}/package").status_code == 409
    assert "Fetched" in text_of(client.get(page))


def test_every_button_of_a_request_does_what_it_says(client_of: ClientOf) -> None:
    client = client_of("compliance")
    number = taken_in(client, places="US-CA")
    page = f"{HOME}/{number}"
    for deed, said in (
        ("confirm", {}), ("ask", {}), ("places", {"places": "DE, FR"}), ("extend", {"reason": "Many systems"}),
    ):  # fmt: skip
        assert client.post(f"{page}/{deed}", said)["Location"] == page, deed
    row = RightsRequest.objects.get(id=number)
    assert (row.places, str(row.due_on), row.extended_why) == ("DE,FR", "2027-02-24", "Many systems")
    assert row.confirmed_at == row.asked_at == NOW
    assert client.post(f"{page}/refuse", {"reason": "", "law": ""}).status_code == 422
    assert state_of(number) == "received"
    assert client.post(f"{page}/refuse", {"reason": "Excessive", "law": "GDPR Art. 12(5)(b)"}).status_code == 302
    assert state_of(number) == "refused"
    assert "Refused" in text_of(client.get(page))


def test_a_deletion_is_proved_on_its_page_and_can_be_proved_once_more(client_of: ClientOf) -> None:
    client = client_of("compliance")
    number = taken_in(client, kind="deletion", name="Ann Lee")
    page = f"{HOME}/{number}"
    client.post(f"{page}/identity", {"proof": "document"})
    client.post(f"{page}/begin")
    run_worker(once=True)
    shown = text_of(client.get(page))
    assert (state_of(number), "acme" in shown) == ("done", False)
    assert "hash only" in shown
    assert client.post(f"{page}/prove", {"email": "bob@acme.example"}).status_code == 422
    assert client.post(f"{page}/prove", {"email": "ann@acme.example"}).status_code == 302


def test_an_explanation_says_which_rule_stands_in_the_way(client_of: ClientOf) -> None:
    client = client_of("compliance")
    number = taken_in(client)
    assert "No decision to contact this person" in text_of(client.get(f"{HOME}/{number}/explanation"))
    taken_in(client, kind="objection")
    shown = text_of(client.get(f"{HOME}/{number}/explanation"))
    assert "Today no contact would be allowed" in shown
    assert "EU-GDPR-007" in shown
    assert "Suppressed on every channel" in shown


def test_the_list_is_filtered_found_by_address_and_taken_out_as_a_file(client_of: ClientOf) -> None:
    client = client_of("compliance")
    number = taken_in(client)
    taken_in(client, kind="correction", email="bob@acme.example", right_email="b@acme.example")
    assert "bob@acme.example" not in text_of(client.get(f"{HOME}?text=ann@acme.example"))
    assert "ann@acme.example" not in text_of(client.get(f"{HOME}?kind=correction"))
    assert "Nothing fits these filters" in text_of(client.get(f"{HOME}?overdue=1"))
    assert "ann@acme.example" in text_of(client.get(f"{HOME}.csv"))
    assert RightsRequest.objects.get(kind="correction").changes == {"email": "b@acme.example"}
    assert LedgerEntry.objects.filter(action="compliance.registry_exported").count() == 1
    assert str(number) in text_of(client.get("/compliance/requests"))


@pytest.mark.parametrize(
    "wrong",
    [{"email": ""}, {"email": "nobody"}, {"places": "Atlantis"}, {"kind": "love"}, {"received_on": "2027-01-01"}],
)
def test_a_form_that_can_not_be_read_says_why_and_keeps_nothing(wrong: dict[str, str], client_of: ClientOf) -> None:
    assert client_of("compliance").post(f"{HOME}/new", {**ASK, **wrong}).status_code == 422
    assert not RightsRequest.objects.exists()


def test_a_seller_takes_in_what_is_heard_and_sees_nobody_elses(client_of: ClientOf) -> None:
    maya, liam = client_of("maya"), client_of("liam")
    number = taken_in(maya)
    assert maya.get(f"{HOME}/{number}").status_code == 200
    assert "Check the identity" not in text_of(maya.get(f"{HOME}/{number}"))
    assert liam.get(f"{HOME}/{number}").status_code == 404
    assert maya.post(f"{HOME}/{number}/identity", {"proof": "reply"}).status_code == 403
    assert maya.get(f"{HOME}/{number}/explanation").status_code == 403
    assert state_of(number) == "received"


def test_overdue_requests_stand_on_the_page_of_compliance(client_of: ClientOf) -> None:
    client = client_of("compliance")
    number = taken_in(client, received_on="2026-10-01")
    assert f"/compliance/requests/{number}" in text_of(client.get("/compliance/alarms"))


# --- retention, holds, notices, logic ---


def test_a_schedule_is_saved_only_after_its_count_was_seen(client_of: ClientOf) -> None:
    client, page = client_of("compliance"), "/compliance/retention/compliance.consents"
    assert "Consents that no longer hold" in text_of(client.get("/compliance/retention"))
    counted = client.post(page, {"months": "60", "basis": "REC-KEEP-002"})
    assert "0 rows" in text_of(counted)
    assert not RetentionSchedule.objects.exists()
    assert client.post(page, {"months": "60", "basis": "REC-KEEP-002", "expected": "3"}).status_code == 422
    assert not RetentionSchedule.objects.exists()
    assert client.post(page, {"months": "60", "basis": "REC-KEEP-002", "expected": "0"}).status_code == 302
    assert RetentionSchedule.objects.get().months == 60
    assert client.post(f"{page}/end", {"reason": "Under review"}).status_code == 302
    assert not RetentionSchedule.objects.filter(ended_at=None).exists()
    assert client.get("/compliance/retention/no-such").status_code == 404


def test_a_hold_is_set_and_lifted_on_the_page(client_of: ClientOf) -> None:
    client = client_of("compliance")
    said = {"scope": "account", "whom": "account:3", "name": "Matter 7", "reason": "Court", "starts_on": "2026-11-24"}
    assert client.post("/compliance/retention/holds", {**said, "whom": "Acme"}).status_code == 422
    assert not LegalHold.objects.exists()
    assert client.post("/compliance/retention/holds", said).status_code == 302
    hold = LegalHold.objects.get()
    assert "Matter 7" in text_of(client.get("/compliance/retention"))
    assert client.post(f"/compliance/retention/holds/{hold.id}/lift", {"reason": ""}).status_code == 422
    assert client.post(f"/compliance/retention/holds/{hold.id}/lift", {"reason": "Settled"}).status_code == 302
    assert client.post(f"/compliance/retention/holds/{hold.id}/lift", {"reason": "Settled"}).status_code == 409


def test_notices_are_listed_and_written_down(client_of: ClientOf) -> None:
    client = client_of("compliance")
    assert client.get("/compliance/notices").status_code == 200
    said = {"subjects": "contact:1\ncontact:2\n", "at": "2026-11-20T10:00", "how": "Letter", "evidence": "L-7"}
    assert client.post("/compliance/notices/new", {**said, "subjects": "not an address at all"}).status_code == 422
    assert not NoticeGiven.objects.exists()
    assert client.post("/compliance/notices/new", said).status_code == 302
    assert sorted(NoticeGiven.objects.values_list("subject", flat=True)) == ["contact:1", "contact:2"]


def test_only_compliance_says_which_decisions_a_person_must_take(client_of: ClientOf) -> None:
    page = "/compliance/logic/contact.ranked"
    assert "How decisions are made" in text_of(client_of("compliance").get("/compliance/logic"))
    assert client_of("revops").post(page, {"is_material": "on", "reason": "Strict"}).status_code == 403
    assert not DecisionRule.objects.exists()
    assert client_of("compliance").post(page, {"is_material": "on", "reason": "Strict"}).status_code == 302
    assert DecisionRule.objects.get().is_material
    refused = client_of("compliance").post("/compliance/logic/request.refused", {"reason": "Fast"})
    assert refused.status_code == 409


# --- the public page ---


def stranger() -> Client:
    return Client()


def asked(**said: str) -> Any:
    return stranger().post(PUBLIC, {"kind": "access", "email": "ann@acme.example", **said})


def test_whoever_asks_gets_one_and_the_same_answer_known_or_not(company: Company) -> None:
    known = company.contacts["sofia"].email
    answers = {asked(email=email).content for email in (known, "nobody@nowhere.example", known)}
    assert len(answers) == 1
    assert RightsRequest.objects.count() == 2
    assert {row.state for row in RightsRequest.objects.all()} == {"received"}


def test_an_objection_of_a_stranger_holds_from_this_second(company: Company) -> None:
    assert asked(kind="objection").status_code == 200
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None
    assert RightsRequest.objects.get().state == "done"


def test_the_link_of_a_message_proves_who_asks(company: Company) -> None:
    path = queries.unsubscribe_path("ann@acme.example", purpose=Purpose.SALES, message_id="m-1")
    for link in (path, path.rpartition("/")[2], f"https://sales.example{path}"):
        RightsRequest.objects.all().delete()
        assert asked(link=link).status_code == 200
        assert RightsRequest.objects.get().state == "identity_checked", link
    RightsRequest.objects.all().delete()
    assert asked(link=path, email="bob@acme.example").status_code == 200
    assert RightsRequest.objects.get().state == "received"


@pytest.mark.parametrize("link", ["x", "x" * 5_000, "/u/" + "A" * 120, "/u/../../etc", "\x00", "%00%ff", "/u/"])
def test_a_forged_link_proves_nothing_and_does_no_harm(link: str, company: Company) -> None:
    assert asked(link=link).status_code == 200
    assert RightsRequest.objects.get().state == "received"
    assert stranger().get(PUBLIC, {"link": link}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": ""}, {"email": "ann"}, {"email": "a" * 300 + "@b.example"}, {"kind": "love"}, {"kind": ""},
        {"email": "", "phone": "12"}, {"note": "x" * 2_001}, {"email": "ann@acme.example\nBcc: all@acme.example"},
        {"name": "x" * 200}, {"country": "x" * 50},
    ],
)  # fmt: skip
def test_bad_input_from_outside_is_told_and_changes_nothing(wrong: dict[str, str], company: Company) -> None:
    answer = asked(**wrong)
    assert answer.status_code == 422
    assert not RightsRequest.objects.exists()
    assert not Suppression.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_body_too_large_is_turned_away_unread(company: Company) -> None:
    assert asked(note="x" * 30_000).status_code == 413
    assert not RightsRequest.objects.exists()


def test_who_asks_too_often_is_turned_away_and_nobody_else(company: Company) -> None:
    for number in range(privacy.ASKED_AN_HOUR):
        assert asked(email=f"a{number}@acme.example").status_code == 200
    turned_away = asked(email="one-more@acme.example")
    assert (turned_away.status_code, turned_away["Retry-After"]) == (429, "3600")
    assert RightsRequest.objects.count() == privacy.ASKED_AN_HOUR
    other = Client(REMOTE_ADDR="203.0.113.7").post(PUBLIC, {"kind": "access", "email": "bob@acme.example"})
    assert other.status_code == 200


def test_a_form_of_another_site_can_not_ask_in_somebodys_name(company: Company) -> None:
    answer = Client(enforce_csrf_checks=True).post(PUBLIC, {"kind": "deletion", "email": "ann@acme.example"})
    assert answer.status_code == 403
    assert not RightsRequest.objects.exists()


def test_looking_at_the_public_page_changes_nothing_and_is_kept_by_nobody(company: Company) -> None:
    answer = stranger().get(PUBLIC)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert not RightsRequest.objects.exists()


# --- API ---


def test_the_api_takes_requests_in_once_and_lists_them_by_cursor(client_of: ClientOf) -> None:
    client = client_of("compliance")
    body = {"kind": "access", "emails": ["ann@acme.example"], "places": ["DE"]}
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"Idempotency-Key": "k-1"}}
    first, second = (client.post("/api/v1/requests", body, **sent).json() for _ in range(2))
    assert first == second == {"id": first["id"], "is_new": True}
    client.post(
        "/api/v1/requests", {"kind": "portability", "emails": ["ann@acme.example"]}, content_type="application/json"
    )
    page = client.get("/api/v1/requests?limit=1").json()
    assert (page["items"][0]["id"], page["items"][0]["due_on"]) == (first["id"], "2026-12-24")
    assert client.get(f"/api/v1/requests?cursor={page['next']}").json()["items"][0]["kind"] == "portability"
    told = client.get(f"/api/v1/requests/{first['id']}").json()
    assert (told["state"], told["clock"][0]["rule"]) == ("received", "EU-GDPR-006")
    assert client.get("/api/v1/requests/987654321").status_code == 404


@pytest.mark.parametrize("body", [{}, {"kind": "love"}, {"kind": "access"}, {"kind": "access", "emails": ["x"]}, "x"])
def test_the_api_refuses_what_can_not_be_a_request(body: Any, client_of: ClientOf) -> None:
    answer = client_of("compliance").post("/api/v1/requests", body, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert not RightsRequest.objects.exists()
