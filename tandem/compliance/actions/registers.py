"""Writes of the registers: enter, end, and the proofs of a vendor. A change is a new line; the old one ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from tandem.access.actions import require, require_reason
from tandem.compliance.actions.ledger import append
from tandem.compliance.contracts import AssessmentDecision, LegalBasis, RiskClass, VendorProof
from tandem.compliance.models import AiSystem, Assessment, ProcessingActivity, Vendor, VendorDocument
from tandem.core.actors import Actor
from tandem.core.errors import Conflict, InvalidInput, NotFound

REGISTERS: Mapping[str, type[models.Model]] = {
    "assessment": Assessment,
    "processing": ProcessingActivity,
    "ai_system": AiSystem,
    "vendor": Vendor,
}


def add_assessment(
    *,
    name: str,
    purpose: str,
    necessity: str,
    balancing: str,
    decision: AssessmentDecision,
    approver: str,
    decided_on: date,
    review_on: date,
    actor: Actor,
    now: datetime,
) -> int:
    """Enter a legitimate-interest assessment with its three tests. Returns its id.

    Raises NotAllowed without "register.manage", InvalidInput when a test or the approver is missing or the review does
    not follow the decision, Conflict when one of this name stands.
    """
    texts = {"name": name, "purpose": purpose, "necessity": necessity, "balancing": balancing, "approver": approver}
    if not decided_on < review_on:
        raise InvalidInput("The review is not after the decision.", hint="Set it at most a year later.")
    return _enter("assessment", {**_filled(texts), "decision": decision.value, "decided_on": decided_on,
                                 "review_on": review_on}, actor=actor, now=now)  # fmt: skip


def add_processing(
    *,
    name: str,
    purpose: str,
    basis: LegalBasis,
    people: str,
    data: str,
    recipients: str,
    retention: str,
    measures: str,
    review_on: date,
    actor: Actor,
    now: datetime,
    transfers: str = "",
    assessment_id: int | None = None,
) -> int:
    """Enter a line of the register of processing (GDPR Article 30). Returns its id.

    assessment_id : the standing, approved assessment; needed where the basis is a legitimate interest

    Raises NotAllowed without "register.manage", InvalidInput when something is missing, Conflict for a standing name.
    """
    texts = {"name": name, "purpose": purpose, "people": people, "data": data, "recipients": recipients,
             "retention": retention, "measures": measures}  # fmt: skip
    if basis is LegalBasis.LEGITIMATE_INTEREST or assessment_id is not None:
        approved = Assessment.objects.filter(
            id=assessment_id or 0, ended_on=None, decision=AssessmentDecision.APPROVED.value
        ).exists()
        if not approved:
            raise InvalidInput(
                "A legitimate interest needs its approved assessment, and only a standing one can be named.",
                hint="Enter the assessment first, then choose it.",
            )
    fields = {"basis": basis.value, "transfers": transfers.strip(), "review_on": review_on}
    return _enter("processing", {**_filled(texts), **fields, "assessment_id": assessment_id}, actor=actor, now=now)


def add_ai_system(
    *,
    name: str,
    workflow: str,
    provider: str,
    risk: RiskClass,
    why: str,
    review_on: date,
    actor: Actor,
    now: datetime,
    oversight: str = "",
    disclosure: str = "",
    is_in_use: bool = True,
) -> int:
    """Enter an AI system at work in a workflow, with its class under the EU AI Act. Returns its id.

    Raises NotAllowed without "register.manage", InvalidInput for a prohibited system in use or a high-risk one without
    human oversight, Conflict when one of this name stands for the workflow.
    """
    if risk is RiskClass.PROHIBITED and is_in_use:
        raise InvalidInput("A prohibited AI system can't be in use.", hint="Stop it, and enter it as not in use.")
    if risk is RiskClass.HIGH and not oversight.strip():
        raise InvalidInput(
            "A high-risk AI system needs human oversight.", hint="Say who watches it and how they stop or overrule it."
        )
    texts = _filled({"name": name, "workflow": workflow, "provider": provider, "why": why})
    fields = {"risk": risk.value, "oversight": oversight.strip(), "disclosure": disclosure.strip(),
              "is_in_use": is_in_use, "review_on": review_on}  # fmt: skip
    return _enter("ai_system", {**texts, **fields}, actor=actor, now=now)


def add_vendor(
    *,
    name: str,
    service: str,
    regions: str,
    review_on: date,
    actor: Actor,
    now: datetime,
    sees_personal_data: bool = True,
) -> int:
    """Enter a vendor; its proofs follow. Returns its id.

    Raises NotAllowed without "register.manage", InvalidInput when something is missing, Conflict for a standing name.
    """
    fields = {"sees_personal_data": sees_personal_data, "review_on": review_on}
    texts = _filled({"name": name, "service": service, "regions": regions})
    return _enter("vendor", {**texts, **fields}, actor=actor, now=now)


def add_vendor_document(
    vendor_id: int,
    *,
    proof: VendorProof,
    reference: str,
    issued_on: date,
    actor: Actor,
    now: datetime,
    expires_on: date | None = None,
) -> int:
    """Keep a vendor's proof; of each kind the latest stands. Returns its id.

    Raises NotAllowed without "register.manage", NotFound, InvalidInput without a reference or with an end before issue.
    """
    require(actor, "register.manage")
    if expires_on is not None and expires_on <= issued_on:
        raise InvalidInput("The document ends before it was issued.", hint="Check the two days.")
    texts = _filled({"reference": reference})
    if not Vendor.objects.filter(id=vendor_id, ended_on=None).exists():
        raise NotFound(f"There is no vendor {vendor_id} at work.")
    with transaction.atomic():
        row = VendorDocument.objects.create(
            vendor_id=vendor_id, proof=proof.value, issued_on=issued_on, expires_on=expires_on, recorded_at=now, **texts
        )
        facts = {"proof": proof.value, "expires_on": expires_on.isoformat() if expires_on else None}
        append(actor=actor, action="compliance.vendor_proof_added", subject=f"vendor:{vendor_id}", facts=facts)
    return row.id


def end_entry(register: str, entry_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let a line of a register end today; it stays to be read.

    register : "assessment", "processing", "ai_system" or "vendor"

    Raises NotAllowed without "register.manage", InvalidInput without a reason, NotFound, Conflict when it has ended or
    a standing line of processing rests on the assessment.
    """
    require(actor, "register.manage")
    reason = require_reason(reason)
    rows = REGISTERS[register]._default_manager.filter(id=entry_id)
    if not rows.exists():
        raise NotFound(f"There is no {register.replace('_', ' ')} {entry_id}.")
    if register == "assessment" and ProcessingActivity.objects.filter(assessment=entry_id, ended_on=None).exists():
        raise Conflict(
            "A line of the processing register rests on this assessment.", hint="End that line, or give it another."
        )
    with transaction.atomic():
        if not rows.filter(ended_on=None).update(ended_on=now.date()):
            raise Conflict("It has ended already.", hint="Reload the page.")
        append(actor=actor, action=f"compliance.{register}_ended", subject=f"{register}:{entry_id}",
               facts={"reason": reason})  # fmt: skip


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts without blanks around them. Raises InvalidInput when one is empty."""
    stripped = {name: text.strip() for name, text in texts.items()}
    missing = [name for name, text in stripped.items() if not text]
    if missing:
        raise InvalidInput(f"{', '.join(missing).capitalize()} can't be empty.", hint="Fill in every field.")
    return stripped


def _enter(register: str, fields: Mapping[str, Any], *, actor: Actor, now: datetime) -> int:
    require(actor, "register.manage")
    by = None if actor.is_agent else actor.id
    try:
        with transaction.atomic():
            row: Any = REGISTERS[register]._default_manager.create(**fields, recorded_at=now, recorded_by_id=by)
            append(actor=actor, action=f"compliance.{register}_added", subject=f"{register}:{row.id}",
                   facts={"name": fields["name"], "review_on": fields["review_on"].isoformat()})  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            f"{fields['name']} stands in the register already.", hint="End the old line first, or give another name."
        ) from error
    return int(row.id)
