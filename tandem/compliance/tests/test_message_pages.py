"""Pages of messages: who sees what, the whole record, and the queue of texts that wait for a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from tandem.accounts.models import Opportunity
from tandem.compliance.actions import gate
from tandem.compliance.contracts.gate import ClearanceState, Mode
from tandem.compliance.models import Approval, GateDecision
from tandem.core import clock
from tandem.core.actors import built_in_agent
from tests.outbound import request, set_up_sender

if TYPE_CHECKING:
    from tests.company import Company

WORKER = built_in_agent("worker", "worker")
PAULA = "paula.reyes@cascade-health.example"
KEY = "enrollment-1-step-1@northwind.example"
ClientOf = Callable[..., Client]


@pytest.fixture
def now() -> Iterator[datetime]:
    """An hour at which mail may go to all of the United States."""
    with clock.at(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)) as moment:
        yield moment


@pytest.fixture
def waiting(company: Company, now: datetime) -> gate.GateAnswer:
    """A text to one of Liam's contacts that a person must approve."""
    set_up_sender()
    Opportunity.objects.filter(account=company.accounts["cascade"]).update(is_closed=True)
    return gate.decide(asked(company), actor=WORKER, now=now)


def asked(company: Company) -> gate.ContactRequest:
    return request(PAULA, subject=f"contact:{company.contacts['paula'].id}", mode=Mode.EVERY, campaign="autumn")


def test_the_owner_of_the_contact_approves_by_one_button(
    waiting: gate.GateAnswer, client_of: ClientOf, company: Company, now: datetime
) -> None:
    page = client_of("liam").get("/compliance/approvals")
    text = page.content.decode()
    assert "Your Hamburg warehouse" in text
    assert "Paula Reyes, Cascade Health Systems" in text
    assert "Northwind GmbH, Hafenstrasse 1" in text
    answer = client_of("liam").post(
        f"/compliance/approvals/{waiting.id}/approve", {"content_hash": waiting.content_hash}
    )
    assert answer.status_code == 302
    assert "Nothing waits for you" in client_of("liam").get("/compliance/approvals").content.decode()
    assert gate.decide(asked(company), actor=WORKER, now=now).clearance is not None


def test_another_seller_neither_sees_nor_decides(waiting: gate.GateAnswer, client_of: ClientOf) -> None:
    other = client_of("seller")
    assert "Hamburg warehouse" not in other.get("/compliance/approvals").content.decode()
    assert other.get(f"/compliance/messages/{KEY}").status_code == 404
    answer = other.post(f"/compliance/approvals/{waiting.id}/approve", {"content_hash": waiting.content_hash})
    assert answer.status_code == 404
    assert not Approval.objects.exists()


def test_a_text_that_changed_meanwhile_is_not_approved(waiting: gate.GateAnswer, client_of: ClientOf) -> None:
    client = client_of("liam")
    client.post(f"/compliance/approvals/{waiting.id}/approve", {"content_hash": "f" * 64})
    assert not Approval.objects.exists()
    client.post(f"/compliance/approvals/{waiting.id}/reject", {"content_hash": waiting.content_hash, "reason": " "})
    assert not Approval.objects.exists(), "a rejection has a reason"


def test_a_rejected_text_leaves_the_queue_and_comes_back_when_that_is_undone(
    waiting: gate.GateAnswer, client_of: ClientOf
) -> None:
    client = client_of("liam")
    seen = {"content_hash": waiting.content_hash, "reason": "Too pushy"}
    client.post(f"/compliance/approvals/{waiting.id}/reject", seen)
    assert "Nothing waits for you" in client.get("/compliance/approvals").content.decode()
    client.post(f"/compliance/approvals/{Approval.objects.get().id}/undo")
    assert "Hamburg warehouse" in client.get("/compliance/approvals").content.decode()


def test_a_reviewer_reads_the_whole_record_and_takes_the_proof_along(
    waiting: gate.GateAnswer, client_of: ClientOf, company: Company, now: datetime
) -> None:
    client_of("liam").post(f"/compliance/approvals/{waiting.id}/approve", {"content_hash": waiting.content_hash})
    allowed = gate.decide(asked(company), actor=WORKER, now=now)
    assert allowed.clearance is not None
    permit = gate.claim(allowed.clearance, asked(company).message, actor=WORKER, now=now)
    gate.depart(permit, outcome=ClearanceState.DEPARTED, reference="250 2.0.0 taken", actor=WORKER, now=now)

    reviewer = client_of("compliance")
    text = reviewer.get(f"/compliance/messages/{KEY}").content.decode()
    for told in ("Review", "Liam", "250 2.0.0 taken", "5 of 5 as written", "Your Hamburg warehouse", "opt out"):
        assert told in text, told
    proof = json.loads(reviewer.get(f"/compliance/message-proof/{KEY}").content)
    assert [one["action"].rpartition(".")[2] for one in proof["entries"]] == [
        "decided", "approved", "decided", "claimed", "departed",
    ]  # fmt: skip
    assert proof["copies"][0]["message_hash"] == GateDecision.objects.first().message_hash  # type: ignore[union-attr]
    assert client_of("liam").get(f"/compliance/message-proof/{KEY}").status_code == 403


def test_the_list_finds_messages_by_outcome_rule_and_key(waiting: gate.GateAnswer, client_of: ClientOf) -> None:
    client = client_of("compliance")
    for query, found in (
        ("", True), ("?outcome=review", True), ("?outcome=block", False), ("?rule=GATE-APPROVAL", True),
        ("?rule=EU-GDPR-001", False), (f"?text={KEY}", True), ("?text=nothing", False), ("?channel=sms", False),
    ):  # fmt: skip
        assert (KEY in client.get(f"/compliance/messages{query}").content.decode()) is found, query
    csv = b"".join(client.get("/compliance/messages.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Paula Reyes" in csv
    assert client.get("/compliance/messages/no/such@message").status_code == 404
