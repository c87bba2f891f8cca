"""The registries by REST: the same rules and rights as the pages, writes that may be repeated, refusals in one form."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tandem.access.actions import create_agent, create_token
from tandem.compliance import queries
from tandem.compliance.contracts import Channel
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
from tests.company import NOW, Company
from tests.company_facts import FACES

EARLIER = (NOW - timedelta(days=4)).isoformat()
SUPPRESS = {"source": "crm", "entries": [{"address": "Ann+x@acme.example", "reason": "objection"}]}
CONSENT = {"address": "ann@acme.example", "kind": "express", "channel": "email", "purpose": "sales", "wording": "Yes",
           "proof": "form 7", "source": "web", "given_at": EARLIER}  # fmt: skip
RECORDING = {"address": "ann@acme.example", "state": "granted", "at": EARLIER, "wording": "We record",
             "proof": "meeting 3", "source": "web"}  # fmt: skip
SCREENING = {"number": "+442079460958", "register": "uk_tps", "is_listed": True, "screened_at": EARLIER, "source": "x"}
RELATIONSHIP = {"address": "account:3", "fact": "purchase", "at": EARLIER, "source": "crm", "evidence": "order 9"}
REVIEW = {"review_on": "2027-11-01"}
REGISTERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "assessments": (Assessment, {"name": "Mail", "purpose": "a", "necessity": "b", "balancing": "c",
                                 "decision": "approved", "approver": "Cleo", "decided_on": "2026-11-01", **REVIEW}),
    "processing": (ProcessingActivity, {"name": "Outreach", "purpose": "a", "basis": "contract", "people": "b",
                                        "data": "c", "recipients": "d", "retention": "e", "measures": "f", **REVIEW}),
    "ai-systems": (AiSystem, {"name": "Drafts", "workflow": "outreach", "provider": "own", "risk": "limited",
                              "why": "a", **REVIEW}),
    "vendors": (Vendor, {"name": "Mailer", "service": "Sends", "regions": "EU", **REVIEW}),
}  # fmt: skip

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def call(company: Company) -> Call:
    """`call("compliance", "POST", "/suppressions", {...})`: status and JSON. A dict in place of a role: headers."""

    def ask(who: str | dict[str, str], method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        client = Client()
        if isinstance(who, str):
            client.force_login(
                company.people[FACES.get(who, who)], backend="allauth.account.auth_backends.AuthenticationBackend"
            )
        else:
            headers |= who
        text = body if isinstance(body, str) else json.dumps(body)
        answer = client.generic(
            method, f"/api/v1{path}", "" if body is None else text, content_type="application/json", headers=headers
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return ask


@pytest.fixture
def agent(company: Company) -> Callable[..., dict[str, str]]:
    """Headers of a new agent with these scopes."""

    def make(*scopes: str) -> dict[str, str]:
        olga = company.actor("revops")
        made = create_agent(
            name="registry-bot", purpose="test", scopes=scopes, answerable_id=olga.id, actor=olga, now=NOW
        )
        return {"Authorization": f"Bearer {create_token(agent_id=made, actor=olga, now=NOW)}"}

    return make


def test_one_call_suppresses_many_and_tells_what_it_could_not(call: Call) -> None:
    body = {"source": "crm", "entries": [*SUPPRESS["entries"], {"address": "nobody", "reason": "manual"}]}
    status, told = call("compliance", "POST", "/suppressions", body)
    assert status == 200
    assert (told["added"], told["known"], told["rejects"][0]["number"]) == (1, 0, 2)
    status, told = call("compliance", "POST", "/suppressions/check", {"addresses": ["ann@acme.example"]})
    assert (status, told["is_suppressed"], told["entry"]["reason"]) == (200, True, "objection")
    status, told = call("compliance", "POST", "/suppressions/check", {"addresses": ["bo@acme.example"]})
    assert (status, told) == (200, {"is_suppressed": False, "entry": None})


def test_a_write_that_is_sent_again_happens_once(call: Call) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = call("compliance", "POST", "/consents", CONSENT, **key)
    assert call("compliance", "POST", "/consents", CONSENT, **key) == first
    assert Consent.objects.count() == 1
    assert call("compliance", "POST", "/consents", {**CONSENT, "proof": "other"}, **key)[0] == 409
    assert Consent.objects.count() == 1


def test_lists_go_on_by_cursor(call: Call) -> None:
    entries = [{"address": f"p{n}@acme.example", "reason": "bounce"} for n in range(5)]
    call("compliance", "POST", "/suppressions", {"source": "x", "entries": entries})
    seen, cursor = [], ""
    while True:
        status, told = call("compliance", "GET", f"/suppressions?limit=2&cursor={cursor}")
        assert status == 200
        seen += [row["address"] for row in told["items"]]
        cursor = told["next"]
        if not cursor:
            break
    assert seen == [f"p{n}@acme.example" for n in range(5)]
    assert call("compliance", "GET", "/suppressions?cursor=x")[1]["code"] == "api.cursor"


def test_lifting_needs_manage_proof_and_a_later_moment(call: Call) -> None:
    call("seller", "POST", "/suppressions", SUPPRESS)
    path = f"/suppressions/{Suppression.objects.get().id}/lift"
    body = {"permission": "form 9", "given_at": NOW.isoformat()}
    assert call("seller", "POST", path, body)[0] == 403
    assert call("compliance", "POST", path, body)[0] == 422
    assert queries.is_suppressed(["ann@acme.example"], Channel.EMAIL) is not None
    status, told = call("compliance", "POST", "/suppressions/999/lift", body)
    assert (status, told["code"]) == (404, "not_found")


def test_a_consent_is_recorded_asked_confirmed_and_taken_back(call: Call) -> None:
    status, kept = call("compliance", "POST", "/consents", {**CONSENT, "kind": "double_opt_in"})
    assert status == 200
    ask = {"addresses": ["ann@acme.example"], "channel": "email", "purpose": "sales"}
    assert call("compliance", "POST", "/consents/state", ask)[1]["missing"] == "not confirmed"
    assert call("compliance", "POST", f"/consents/{kept['id']}/confirm")[0] == 204
    assert call("compliance", "POST", "/consents/state", ask)[1]["holds"] is True
    taken = {"addresses": ["ann@acme.example"], "how": "a call"}
    assert call("compliance", "POST", "/consents/revoke", taken) == (200, {"ended": 1})
    row = call("compliance", "GET", "/consents")[1]["items"][0]
    assert (row["withdrawn_how"], row["proof"], row["wording"]) == ("a call", "form 7", "Yes")


def test_recording_consent_is_asked_for_all_participants(call: Call) -> None:
    assert call("seller", "POST", "/recording-consents", RECORDING)[0] == 200
    body = {"addresses": ["ann@acme.example", "bo@acme.example"]}
    status, told = call("compliance", "POST", "/recording-consents/ask", body)
    assert (status, told["state"], told["unknown"]) == (200, "unknown", ["bo@acme.example"])
    assert RecordingConsent.objects.count() == len(call("compliance", "GET", "/recording-consents")[1]["items"])


def test_screenings_and_facts_come_back_as_they_were_kept(call: Call) -> None:
    assert call("compliance", "POST", "/screenings", SCREENING)[0] == 200
    status, states = call("compliance", "POST", "/screenings/state", {"number": "020 7946 0958", "country": "GB"})
    assert (status, states[0]["register"], states[0]["is_listed"], states[0]["age_days"]) == (200, "uk_tps", True, 4)
    assert call("compliance", "POST", "/screenings/state", {"number": "12"})[0] == 422
    assert call("compliance", "POST", "/relationships", RELATIONSHIP)[0] == 200
    status, facts = call("compliance", "POST", "/relationships/facts", {"addresses": ["account:3"]})
    assert (status, facts[0]["kind"], facts[0]["evidence"]) == (200, "purchase", "order 9")
    assert call("compliance", "GET", "/screenings")[1]["items"][0]["register"] == "uk_tps"
    assert len(call("compliance", "GET", "/screenings")[1]["items"]) == DncScreening.objects.count() == 1
    assert len(call("compliance", "GET", "/relationships")[1]["items"]) == Relationship.objects.count() == 1


@pytest.mark.parametrize("slug", REGISTERS)
def test_a_register_is_added_to_listed_and_ended(call: Call, slug: str) -> None:
    model, body = REGISTERS[slug]
    status, kept = call("compliance", "POST", f"/registers/{slug}", body)
    assert status == 200
    assert call("compliance", "POST", f"/registers/{slug}", body)[0] == 409
    assert [row["name"] for row in call("revops", "GET", f"/registers/{slug}")[1]["items"]] == [body["name"]]
    assert call("compliance", "POST", f"/registers/{slug}/{kept['id']}/end", {"reason": " "})[0] == 422
    assert call("compliance", "POST", f"/registers/{slug}/{kept['id']}/end", {"reason": "moved"})[0] == 204
    assert call("revops", "GET", f"/registers/{slug}")[1]["items"] == []
    assert len(call("revops", "GET", f"/registers/{slug}?ended=true")[1]["items"]) == model.objects.count() == 1


def test_a_vendors_proofs_close_gaps_of_its_checklist(call: Call) -> None:
    vendor = call("compliance", "POST", "/registers/vendors", REGISTERS["vendors"][1])[1]["id"]
    place = f"/registers/vendors/{vendor}"
    assert {line["state"] for line in call("revops", "GET", f"{place}/checklist")[1]} == {"missing"}
    proof = {"proof": "portability", "reference": "contract 9", "issued_on": "2026-11-01"}
    assert call("compliance", "POST", f"{place}/documents", {**proof, "expires_on": "2026-10-01"})[0] == 422
    assert call("compliance", "POST", f"{place}/documents", proof)[0] == 200
    assert VendorDocument.objects.count() == len(call("revops", "GET", f"{place}/documents")[1]) == 1
    lines = call("revops", "GET", f"{place}/checklist")[1]
    assert [line["title"] for line in lines if line["state"] == "shown"] == ["Portability"]
    assert call("revops", "GET", "/registers/vendors/99/checklist")[0] == 404
    assert call("compliance", "POST", "/registers/mood/1/end", {"reason": "x"})[0] == 404


def test_an_agent_does_what_its_scopes_open_and_no_more(call: Call, agent: Any) -> None:
    reader = agent("registries.read")
    assert call(reader, "GET", "/suppressions")[0] == 200
    assert call(reader, "POST", "/suppressions", SUPPRESS)[0] == 403
    assert not Suppression.objects.exists()


def test_an_agent_that_writes_can_not_lift(call: Call, agent: Any) -> None:
    writer = agent("registries.write")
    assert call(writer, "POST", "/suppressions", SUPPRESS)[1]["added"] == 1
    path = f"/suppressions/{Suppression.objects.get().id}/lift"
    assert call(writer, "POST", path, {"permission": "x", "given_at": NOW.isoformat()})[0] == 403
    assert call(writer, "POST", "/registers/vendors", REGISTERS["vendors"][1])[0] == 403
    assert LedgerEntry.objects.get(action="compliance.suppressed").actor_kind == "agent"


def test_a_seller_sees_what_they_wrote_down(call: Call) -> None:
    call("compliance", "POST", "/suppressions", SUPPRESS)
    call(
        "seller",
        "POST",
        "/suppressions",
        {"source": "call", "entries": [{"address": "bo@acme.example", "reason": "manual"}]},
    )
    rows = call("seller", "GET", "/suppressions")[1]["items"]
    assert [row["address"] for row in rows] == ["bo@acme.example"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/suppressions", {"source": " ", "entries": SUPPRESS["entries"]}),
        ("/suppressions", {"source": "x", "entries": [{"address": "a@b.example", "reason": "mood"}]}),
        ("/suppressions", {"source": "x", "entries": [{"address": "a@b.example", "reason": "erased"}]}),
        ("/suppressions", {"source": "x", "entries": [{"address": "a@b.example", "reason": "manual"}] * 1_001}),
        ("/suppressions", "{"), ("/suppressions/check", {"addresses": []}), ("/suppressions/check", {"addresses": ["?"]}),
        ("/suppressions/check", {"addresses": ["a@b.example"] * 51}), ("/consents", {**CONSENT, "wording": ""}),
        ("/consents", {**CONSENT, "channel": "all"}), ("/consents", {**CONSENT, "given_at": "2030-01-01T00:00:00Z"}),
        ("/consents", {**CONSENT, "address": "x" * 1_001}), ("/consents/state", {"addresses": ["a@b.example"]}),
        ("/consents/revoke", {"addresses": ["a@b.example", "?"], "how": "x"}),
        ("/recording-consents", {**RECORDING, "state": "unknown"}), ("/recording-consents/ask", {"addresses": []}),
        ("/screenings", {**SCREENING, "number": "12"}), ("/relationships", {**RELATIONSHIP, "evidence": " "}),
        ("/registers/vendors", {**REGISTERS["vendors"][1], "name": " "}),
        ("/registers/ai-systems", {**REGISTERS["ai-systems"][1], "risk": "high"}),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_form_and_changes_nothing(call: Call, path: str, body: Any) -> None:
    before = LedgerEntry.objects.count()
    status, told = call("compliance", "POST", path, body)
    assert status in {400, 422}
    assert {"title", "status", "detail", "code"} <= set(told)
    assert LedgerEntry.objects.count() == before
    assert not Suppression.objects.exists()
    assert not Consent.objects.exists()


def test_a_list_asks_little_of_the_database(call: Call, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        call("compliance", "POST", "/relationships", {**RELATIONSHIP, "address": f"account:{number}"})
    with django_assert_max_num_queries(20):
        assert len(call("compliance", "GET", "/relationships")[1]["items"]) == 30
