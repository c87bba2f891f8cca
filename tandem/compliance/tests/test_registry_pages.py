"""Reviewers find, add and end entries on the pages; sellers write down what they hear and see only that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tandem.compliance import actions, queries
from tandem.compliance.contracts import Channel, SuppressionEntry, SuppressionReason
from tandem.compliance.models import (
    AiSystem,
    Assessment,
    Consent,
    DncScreening,
    LedgerEntry,
    ProcessingActivity,
    RecordingConsent,
    Relationship,
    Suppression,
    Vendor,
    VendorDocument,
)
from tests.company import Company

ClientOf = Callable[..., Client]
LISTS = (
    "suppression",
    "consent",
    "recording",
    "dnc",
    "relationships",
    "assessments",
    "processing",
    "ai-systems",
    "vendors",
)
SUPPRESS = {"address": "ann@acme.example", "reason": "objection", "channel": "all", "purpose": "any", "source": "call"}
FORMS: dict[str, tuple[Any, dict[str, str]]] = {
    "suppression": (Suppression, SUPPRESS),
    "consent": (Consent, {"address": "ann@acme.example", "kind": "express", "channel": "email", "purpose": "sales",
                          "given_at": "2026-11-20T10:00", "wording": "Yes", "proof": "form 7", "source": "web"}),
    "recording": (RecordingConsent, {"address": "ann@acme.example", "state": "granted", "scope": "analysis", "source": "web",
                                     "at": "2026-11-20T10:00", "wording": "We record", "proof": "meeting 3"}),
    "dnc": (DncScreening, {"number": "020 7946 0958", "country": "GB", "register": "uk_tps", "source": "scrub",
                           "screened_at": "2026-11-20T10:00"}),
    "relationships": (Relationship, {"address": "account:3", "fact": "purchase", "at": "2026-11-20T10:00", "source": "crm",
                                     "evidence": "order 9"}),
    "assessments": (Assessment, {"name": "Mail", "purpose": "a", "necessity": "b", "balancing": "c", "decision": "approved",
                                 "approver": "Cleo", "decided_on": "2026-11-01", "review_on": "2027-11-01"}),
    "processing": (ProcessingActivity, {"name": "Outreach", "purpose": "a", "basis": "contract", "people": "b",
                                        "kinds_of_data": "c", "recipients": "d", "retention": "e", "measures": "f",
                                        "review_on": "2027-11-01"}),
    "ai-systems": (AiSystem, {"name": "Drafts", "workflow": "outreach", "provider": "built in", "risk": "limited", "why": "a",
                              "is_in_use": "on", "review_on": "2027-11-01"}),
    "vendors": (Vendor, {"name": "Mailer", "service": "Sends", "regions": "EU", "sees_personal_data": "on",
                         "review_on": "2027-11-01"}),
}  # fmt: skip


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


@pytest.mark.parametrize("slug", LISTS)
def test_a_reviewer_adds_by_the_form_and_finds_it_in_list_and_file(slug: str, client_of: ClientOf) -> None:
    model, fields = FORMS[slug]
    client, home = client_of("compliance"), f"/compliance/{slug}"
    assert client.get(f"{home}/new").status_code == 200
    answer = client.post(f"{home}/new", {})
    assert answer.status_code == 422
    assert not model.objects.exists()
    assert client.post(f"{home}/new", fields)["Location"] == home
    assert model.objects.count() == 1
    shown = fields.get("address") or fields.get("name") or "+442079460958"
    assert shown in text_of(client.get(home))
    assert shown.lstrip("+") in text_of(client.get(f"{home}.csv"))
    assert LedgerEntry.objects.filter(action="compliance.registry_exported").count() == 1
    narrowed = client.get(f"{home}?text=nothing-like-it")
    assert "Nothing fits these filters" in text_of(narrowed)


def test_what_an_action_refuses_stands_above_the_form(client_of: ClientOf) -> None:
    client = client_of("compliance")
    answer = client.post("/compliance/suppression/new", {**SUPPRESS, "address": "nobody"})
    assert answer.status_code == 422
    assert "can&#x27;t be suppressed" in answer.content.decode()
    answer = client.post("/compliance/ai-systems/new", {**FORMS["ai-systems"][1], "risk": "high"})
    assert (answer.status_code, "needs human oversight" in answer.content.decode()) == (422, True)
    client.post("/compliance/vendors/new", FORMS["vendors"][1])
    again = client.post("/compliance/vendors/new", FORMS["vendors"][1])
    assert (again.status_code, "stands in the register already" in again.content.decode()) == (422, True)
    assert (Suppression.objects.count(), AiSystem.objects.count(), Vendor.objects.count()) == (0, 0, 1)


def test_a_seller_writes_down_a_no_and_sees_only_the_own_entries(company: Company, client_of: ClientOf) -> None:
    actions.suppress(SuppressionEntry(address="secret@other.example", reason=SuppressionReason.MANUAL), source="x",
                     actor=company.actor("compliance"), now=company_moment())  # fmt: skip
    client = client_of("seller")
    assert client.post("/compliance/suppression/new", SUPPRESS).status_code == 302
    page = client.get("/compliance/suppression").content.decode()
    assert "ann@acme.example" in page
    assert "secret@other.example" not in page
    hidden = Suppression.objects.get(address="secret@other.example").id
    assert client.get(f"/compliance/suppression/{hidden}").status_code == 404
    assert client.get("/compliance/suppression?text=secret").content.decode().count("secret@other") == 0
    overview = client.get("/compliance").content.decode()
    assert "/compliance/consent" in overview
    assert "/compliance/vendors" not in overview
    for path in ("suppression.csv", "suppression/import", "vendors", "dnc/new"):
        assert client.get(f"/compliance/{path}").status_code == 403


def company_moment() -> datetime:
    from tests.company import NOW

    return NOW


def test_an_entry_is_lifted_with_proof_and_stays_to_be_read(company: Company, client_of: ClientOf) -> None:
    client = client_of("compliance")
    entry = SuppressionEntry(
        address="ann@acme.example", reason=SuppressionReason.UNSUBSCRIBE, at=company_moment() - timedelta(days=9)
    )
    actions.suppress(entry, source="reply", actor=company.actor("seller"), now=company_moment())
    home = f"/compliance/suppression/{Suppression.objects.get().id}"
    assert "Lift the suppression" in client.get(home).content.decode()
    assert "Lift the suppression" not in client_of("seller").get(home).content.decode()
    early = {"permission": "form 7", "given_at": "2026-11-01T10:00"}
    assert client.post(f"{home}/lift", early).status_code == 422
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None
    assert client.post(f"{home}/lift", {**early, "given_at": "2026-11-20T10:00"})["Location"] == home
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is None
    page = client.get(home).content.decode()
    assert "Ended" in page
    assert "suppression lifted" in page
    assert client.post(f"{home}/lift", {**early, "given_at": "2026-11-20T10:00"}).status_code == 409


def test_a_file_comes_in_by_the_page_with_its_bad_rows(client_of: ClientOf) -> None:
    client = client_of("compliance")

    def send(content: bytes) -> Any:
        return client.post("/compliance/suppression/import", {"file": SimpleUploadedFile("optouts.csv", content)})

    page = send(b"email\nann@acme.example\nnobody\n")
    assert page.status_code == 200
    assert "1 added, 0 known already, 1 refused." in page.content.decode()
    assert Suppression.objects.get().source == "import: optouts.csv"
    for bad in (b"name\nann\n", b"email\n\xff\n"):
        assert send(bad).status_code == 422
    assert client.post("/compliance/suppression/import", {}).status_code == 422
    assert Suppression.objects.count() == 1


def test_consent_is_taken_back_on_one_page_everywhere(client_of: ClientOf) -> None:
    client = client_of("compliance")
    client.post("/compliance/consent/new", {**FORMS["consent"][1], "kind": "double_opt_in"})
    assert "not confirmed" in client.get("/compliance/consent").content.decode()
    number = Consent.objects.get().id
    assert client.post(f"/compliance/consent/{number}/confirm").status_code == 302
    assert "holds" in client.get("/compliance/consent").content.decode()
    taken = client.post("/compliance/consent/revoke", {"address": "Ann@acme.example", "how": "a call"})
    assert taken.status_code == 302
    assert Consent.objects.get().withdrawn_how == "a call"
    assert queries.is_suppressed(["ann@acme.example"], Channel.VOICE) is not None


def test_a_line_ends_with_a_reason_and_a_vendor_gets_its_proofs(client_of: ClientOf) -> None:
    client = client_of("compliance")
    client.post("/compliance/vendors/new", FORMS["vendors"][1])
    home = f"/compliance/vendors/{Vendor.objects.get().id}"
    proof = {"proof": "dpa", "reference": "drive/7", "issued_on": "2026-11-01"}
    assert client.post(f"{home}/documents", {**proof, "expires_on": "2026-10-01"}).status_code == 422
    assert client.post(f"{home}/documents", {**proof, "expires_on": "2027-10-01"}).status_code == 302
    assert VendorDocument.objects.get().expires_on == date(2027, 10, 1)
    assert "drive/7" in client.get(home).content.decode()
    assert client.post(f"{home}/end", {"reason": ""}).status_code == 422
    assert client.post(f"{home}/end", {"reason": "moved"}).status_code == 302
    assert "End it today" not in client.get(home).content.decode()


def test_the_overview_tells_what_needs_a_hand(client_of: ClientOf) -> None:
    client = client_of("compliance")
    assert "1 thing is late or missing" in client.get("/compliance/alarms").content.decode(), "a bought contact"
    client.post("/compliance/vendors/new", FORMS["vendors"][1])
    page = client.get("/compliance/alarms").content.decode()
    assert "DPA is missing" in page
    assert "6 things" in page
    few = client.get("/compliance/alarms?few=1", headers={"HX-Request": "true"}).content.decode()
    assert "DPA is missing" in few
    assert "<!doctype" not in few
    assert 'hx-get="/compliance/alarms?few=1"' in client.get("/compliance").content.decode()
    assert "Compliance" in client.get("/").content.decode()


@pytest.fixture
def many(company: Company) -> None:
    entries = [SuppressionEntry(address=f"p{n}@acme.example", reason=SuppressionReason.BOUNCE) for n in range(120)]
    actions.suppress_many(entries, source="x", actor=company.actor("compliance"), now=company_moment())


def test_no_page_asks_much_of_the_database(many: None, client_of: ClientOf, django_assert_max_num_queries: Any) -> None:
    client = client_of("compliance")
    for slug in LISTS:
        client.post(f"/compliance/{slug}/new", FORMS[slug][1])
    for slug in LISTS:
        with django_assert_max_num_queries(8):
            assert client.get(f"/compliance/{slug}").status_code == 200
    for address in ("/compliance", "/compliance/alarms"):
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200
    with django_assert_max_num_queries(8):
        assert client.get(f"/compliance/vendors/{Vendor.objects.get().id}").status_code == 200
    assert "121 suppressions" in client.get("/compliance/suppression").content.decode()
