"""The registers hold what an authority asks for, and say by themselves what is late, missing or soon due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tandem.compliance import actions, queries
from tandem.compliance.contracts import AssessmentDecision, LegalBasis, RiskClass, VendorProof
from tandem.compliance.models import AiSystem, Assessment, LedgerEntry, ProcessingActivity, Vendor
from tandem.core.actors import built_in_agent
from tandem.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
TODAY = NOW.date()
YEAR = TODAY + timedelta(days=365)
BY: dict[str, Any] = {"actor": WORKER, "now": NOW}

pytestmark = pytest.mark.django_db


def assess(**changed: Any) -> int:
    said = {"name": "Mail to managers", "purpose": "Sales", "necessity": "None milder", "balancing": "Expected",
            "decision": AssessmentDecision.APPROVED, "approver": "Cleo", "decided_on": TODAY, "review_on": YEAR}  # fmt: skip
    return actions.add_assessment(**{**said, **changed}, **BY)


def process(**changed: Any) -> int:
    said = {"name": "Outreach", "purpose": "Sales", "basis": LegalBasis.CONTRACT, "people": "Buyers", "data": "Mail",
            "recipients": "None", "retention": "24 months", "measures": "Encrypted", "review_on": YEAR}  # fmt: skip
    return actions.add_processing(**{**said, **changed}, **BY)


def enter_ai(**changed: Any) -> int:
    said = {"name": "Drafting", "workflow": "outreach", "provider": "built in", "risk": RiskClass.LIMITED,
            "why": "Writes to people", "review_on": YEAR}  # fmt: skip
    return actions.add_ai_system(**{**said, **changed}, **BY)


def enter_vendor(**changed: Any) -> int:
    return actions.add_vendor(
        **{"name": "Mailer", "service": "Sends", "regions": "EU", "review_on": YEAR, **changed}, **BY
    )


def prove(vendor: int, proof: VendorProof, expires_on: date | None = None, issued_on: date = date(2026, 1, 1)) -> None:
    actions.add_vendor_document(
        vendor, proof=proof, reference="drive/7", issued_on=issued_on, expires_on=expires_on, **BY
    )


def test_a_legitimate_interest_rests_on_an_approved_assessment() -> None:
    rejected = assess(name="Other", decision=AssessmentDecision.REJECTED)
    for assessment in (None, rejected, 999):
        with pytest.raises(InvalidInput):
            process(basis=LegalBasis.LEGITIMATE_INTEREST, assessment_id=assessment)
    number = assess()
    line = process(basis=LegalBasis.LEGITIMATE_INTEREST, assessment_id=number)
    with pytest.raises(Conflict):
        actions.end_entry("assessment", number, reason="over", **BY)
    actions.end_entry("processing", line, reason="over", **BY)
    actions.end_entry("assessment", number, reason="over", **BY)
    assert Assessment.objects.get(id=number).ended_on == TODAY


def test_what_must_not_be_is_refused_and_nothing_is_kept() -> None:
    for write in (
        lambda: assess(balancing=" "), lambda: assess(review_on=TODAY), lambda: process(retention=""),
        lambda: enter_ai(risk=RiskClass.PROHIBITED), lambda: enter_ai(risk=RiskClass.HIGH, oversight=" "),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            write()
    assert not any(model.objects.exists() for model in (Assessment, ProcessingActivity, AiSystem, LedgerEntry))
    enter_ai(risk=RiskClass.PROHIBITED, is_in_use=False)


def test_a_change_is_a_new_line_after_the_old_one_ended() -> None:
    number = enter_vendor()
    with pytest.raises(Conflict):
        enter_vendor()
    with pytest.raises(InvalidInput):
        actions.end_entry("vendor", number, reason=" ", **BY)
    actions.end_entry("vendor", number, reason="moved", **BY)
    with pytest.raises(Conflict):
        actions.end_entry("vendor", number, reason="moved", **BY)
    with pytest.raises(NotFound):
        actions.end_entry("vendor", 999, reason="moved", **BY)
    enter_vendor()
    assert [entry.action for entry in queries.entries_about(f"vendor:{number}")] == [
        "compliance.vendor_added",
        "compliance.vendor_ended",
    ]
    assert Vendor.objects.count() == 2


def test_alarms_name_what_is_missing_late_and_soon(django_assert_max_num_queries: Any) -> None:
    vendor = enter_vendor()
    prove(vendor, VendorProof.SOC2, TODAY - timedelta(days=1))
    prove(vendor, VendorProof.DPA)
    prove(vendor, VendorProof.SUBPROCESSORS, TODAY + timedelta(days=30))
    prove(vendor, VendorProof.TRAINING_OPT_OUT, TODAY - timedelta(days=400), date(2025, 1, 1))
    prove(vendor, VendorProof.TRAINING_OPT_OUT, YEAR)
    enter_vendor(name="Stationer", sees_personal_data=False)
    assess(decided_on=TODAY - timedelta(days=400), review_on=TODAY - timedelta(days=30))
    enter_ai(review_on=TODAY + timedelta(days=60))
    process(review_on=TODAY + timedelta(days=61))
    with django_assert_max_num_queries(15):
        found = queries.alarms(today=TODAY)
    assert [(one.register, one.text, one.is_late) for one in found] == [
        ("vendor_proof", "deletion at the end is missing", True),
        ("assessment", "is to be reviewed", True),
        ("vendor_proof", "SOC 2 ends", True),
        ("vendor_proof", "list of sub-processors ends", False),
        ("ai_system", "is to be reviewed", False),
    ]


def test_only_reviewers_write_registers(company: Company) -> None:
    said = {"name": "Mailer", "service": "Sends", "regions": "EU", "review_on": YEAR, "now": NOW}
    for who in ("seller", "manager", "executive"):
        with pytest.raises(NotAllowed):
            actions.add_vendor(**said, actor=company.actor(who))
    actions.add_vendor(**said, actor=company.actor("compliance"))
    row = queries.list_register("vendor")[0]
    assert row.recorded_by.name == company.actor("compliance").name
