"""What in the registers needs a hand is told on Today and once in the ledger, again as its day comes nearer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tandem.compliance import actions, queries
from tandem.compliance.contracts import LineState, VendorProof
from tandem.compliance.domain.vendor_checklist import Evidence, checklist
from tandem.compliance.models import LedgerEntry
from tandem.core.actors import built_in_agent
from tandem.core.errors import NotAllowed
from tests.company import Company

WORKER = built_in_agent("worker", "worker")
NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
TODAY = NOW.date()
pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    entries = LedgerEntry.objects.filter(action="compliance.alarm_raised").order_by("number")
    return [(entry.subject, entry.facts) for entry in entries]


@pytest.fixture
def vendor(db: None) -> int:
    """A vendor with every proof, whose SOC 2 ends in 90 days."""
    number = actions.add_vendor(
        name="Mailer", service="Sends", regions="EU", review_on=TODAY + timedelta(days=900), actor=WORKER, now=NOW
    )
    for proof in (VendorProof.DPA, VendorProof.SUBPROCESSORS, VendorProof.TRAINING_OPT_OUT, VendorProof.DELETION):
        actions.add_vendor_document(number, proof=proof, reference="x", issued_on=TODAY, actor=WORKER, now=NOW)
    actions.add_vendor_document(
        number, proof=VendorProof.SOC2, reference="drive/7", issued_on=TODAY, expires_on=TODAY + timedelta(days=90),
        actor=WORKER, now=NOW,
    )  # fmt: skip
    return number


def test_a_proof_that_ends_is_told_at_sixty_thirty_and_seven_days_and_when_it_has_ended(vendor: int) -> None:
    rung = [
        day for day in range(100) if actions.raise_alarms(actor=WORKER, today=TODAY + timedelta(days=day))
    ]  # fmt: skip
    assert rung == [30, 60, 83, 91]
    assert {subject for subject, _ in told()} == {f"vendor_proof:{vendor}"}
    assert ['"within_days":60' in told()[0][1], '"within_days":0' in told()[3][1]] == [True, True]


def test_a_missing_proof_is_told_once(db: None) -> None:
    actions.add_vendor(name="Mailer", service="x", regions="EU", review_on=date(2029, 1, 1), actor=WORKER, now=NOW)
    assert actions.raise_alarms(actor=WORKER, today=TODAY) == 5
    assert actions.raise_alarms(actor=WORKER, today=TODAY + timedelta(days=1)) == 0


def test_a_do_not_call_register_is_told_when_its_last_look_is_too_old(db: None) -> None:
    for register, days in (("us_national", 40), ("uk_tps", 22), ("ca_dncl", 1)):
        actions.record_screening(
            "+12015550100", register=register, is_listed=False, screened_at=NOW - timedelta(days=days), source="x",
            actor=WORKER, now=NOW,
        )  # fmt: skip
    found = queries.alarms(today=TODAY)
    assert [(one.name, one.is_late, one.due_on) for one in found] == [
        ("us_national", True, date(2026, 11, 15)), ("uk_tps", False, date(2026, 11, 30)),
    ]  # fmt: skip
    assert found[0].text == "was last screened 40 days ago and counts for 31"
    assert actions.raise_alarms(actor=WORKER, today=TODAY) == 2
    assert actions.raise_alarms(actor=WORKER, today=TODAY) == 0


def test_nobody_without_sight_of_the_registers_raises_alarms(vendor: int) -> None:
    with pytest.raises(NotAllowed):
        actions.raise_alarms(actor=built_in_agent("x"), today=TODAY)


def test_today_shows_alarms_to_compliance_and_revops_alone(
    company: Company, client_of: Callable[..., Client], vendor: int
) -> None:
    actions.add_vendor(name="Dialler", service="x", regions="US", review_on=date(2029, 1, 1), actor=WORKER, now=NOW)
    for role, sees in (("compliance", True), ("revops", True), ("manager", False), ("seller", False)):
        assert ('hx-get="/compliance/alarms?few=1"' in client_of(role).get("/").content.decode()) is sees, role
        answer = client_of(role).get("/compliance/alarms")
        assert ("Dialler" in answer.content.decode()) is sees, role
        assert ("6 things" in answer.content.decode()) is sees, role


def test_the_checklist_names_each_gap_and_what_closed_it(vendor: int) -> None:
    lines = {line.proof: line for line in queries.vendor_checklist(vendor, today=TODAY)}
    assert len(lines) == len(VendorProof)
    assert lines[VendorProof.SOC2].reference == "drive/7"
    assert {proof for proof, line in lines.items() if line.is_gap} == {
        VendorProof.ISO27001, VendorProof.CASL, VendorProof.TCPA, VendorProof.ESCALATION_CAP, VendorProof.PORTABILITY,
        VendorProof.SUBSTITUTION, VendorProof.UPTIME, VendorProof.INCIDENTS,
    }  # fmt: skip
    later = {line.proof: line for line in queries.vendor_checklist(vendor, today=TODAY + timedelta(days=91))}
    assert later[VendorProof.SOC2].state is LineState.ENDED
    actions.add_vendor_document(
        vendor, proof=VendorProof.ESCALATION_CAP, reference="contract 4.2", issued_on=TODAY, actor=WORKER, now=NOW
    )
    kept = {line.proof: line for line in queries.vendor_checklist(vendor, today=TODAY)}[VendorProof.ESCALATION_CAP]
    assert (kept.state, kept.reference) == (LineState.SHOWN, "contract 4.2")


def test_an_end_counts_from_the_day_after() -> None:
    shown: dict[VendorProof, Any] = {VendorProof.DPA: Evidence(reference="x", expires_on=TODAY)}
    state = {line.proof: line.state for line in checklist(shown, today=TODAY)}[VendorProof.DPA]
    after = {line.proof: line.state for line in checklist(shown, today=TODAY + timedelta(days=1))}[VendorProof.DPA]
    assert (state, after) == (LineState.SHOWN, LineState.ENDED)
