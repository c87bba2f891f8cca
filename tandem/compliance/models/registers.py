"""Registers that a supervisory authority asks for. A change is a new row; the old one ends."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from tandem.compliance.contracts.registers import AssessmentDecision, LegalBasis, RiskClass, VendorProof
from tandem.compliance.models.addressed import choices, known


class Registered(models.Model):
    """What every register's rows have in common."""

    name = models.CharField(max_length=200)
    review_on = models.DateField(help_text="The day on which it is to be looked at again.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    ended_on = models.DateField(null=True, help_text="None: it holds.")

    class Meta:
        abstract = True


class Assessment(Registered):
    """A legitimate-interest assessment: GDPR Article 6(1)(f), its three tests and who decided."""

    purpose = models.TextField(help_text="The interest, and whose it is.")
    necessity = models.TextField(help_text="Why nothing milder does.")
    balancing = models.TextField(help_text="The person's interests, what they expect, the safeguards.")
    decision = models.CharField(max_length=8, choices=choices(AssessmentDecision))
    approver = models.CharField(max_length=200)
    decided_on = models.DateField()

    class Meta:
        constraints = [
            CheckConstraint(
                condition=~Q(purpose="") & ~Q(necessity="") & ~Q(balancing="") & ~Q(approver=""),
                name="assessment_has_all_three_tests",
            ),
            CheckConstraint(condition=Q(review_on__gt=F("decided_on")), name="assessment_is_reviewed_after_decision"),
            CheckConstraint(condition=known("decision", AssessmentDecision), name="assessment_decision_is_known"),
            UniqueConstraint(fields=["name"], condition=Q(ended_on=None), name="one_standing_assessment_of_a_name"),
        ]


class ProcessingActivity(Registered):
    """A line of the register of processing: GDPR Article 30(1)."""

    purpose = models.TextField()
    basis = models.CharField(max_length=20, choices=choices(LegalBasis))
    people = models.TextField(help_text="Categories of people.")
    data = models.TextField(help_text="Categories of data.")
    recipients = models.TextField(help_text="Who receives it.")
    transfers = models.TextField(blank=True, default="", help_text="To which countries, under which mechanism.")
    retention = models.TextField(help_text="When it is erased.")
    measures = models.TextField(help_text="How it is kept safe.")
    assessment = models.ForeignKey("compliance.Assessment", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("basis", LegalBasis), name="processing_basis_is_known"),
            CheckConstraint(
                condition=~Q(basis=LegalBasis.LEGITIMATE_INTEREST.value) | Q(assessment__isnull=False),
                name="legitimate_interest_has_its_assessment",
            ),
            UniqueConstraint(fields=["name"], condition=Q(ended_on=None), name="one_standing_processing_of_a_name"),
        ]


class AiSystem(Registered):
    """An AI system at work in a workflow: its class under the EU AI Act and who can stop it."""

    workflow = models.CharField(max_length=100)
    provider = models.CharField(max_length=200)
    risk = models.CharField(max_length=10, choices=choices(RiskClass))
    why = models.TextField(help_text="Why this class.")
    oversight = models.TextField(blank=True, default="", help_text="Who watches, and how they stop or overrule it.")
    disclosure = models.TextField(blank=True, default="", help_text="How people learn that it is an AI.")
    is_in_use = models.BooleanField(default=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=known("risk", RiskClass), name="ai_risk_is_known"),
            CheckConstraint(
                condition=~Q(risk=RiskClass.PROHIBITED.value) | Q(is_in_use=False), name="prohibited_ai_is_not_in_use"
            ),
            CheckConstraint(
                condition=~Q(risk=RiskClass.HIGH.value) | ~Q(oversight=""), name="high_risk_ai_has_human_oversight"
            ),
            UniqueConstraint(
                fields=["workflow", "name"], condition=Q(ended_on=None), name="one_standing_ai_system_of_a_name"
            ),
        ]


class Vendor(Registered):
    """Somebody outside who sees the company's data."""

    service = models.CharField(max_length=300)
    regions = models.CharField(max_length=100, help_text="Where the data lies.")
    sees_personal_data = models.BooleanField(default=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["name"], condition=Q(ended_on=None), name="one_standing_vendor_of_a_name")
        ]


class VendorDocument(models.Model):
    """A proof that a vendor gave: the latest of its kind stands."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="documents")
    proof = models.CharField(max_length=16, choices=choices(VendorProof))
    reference = models.CharField(max_length=300, help_text="Where the document lies.")
    issued_on = models.DateField()
    expires_on = models.DateField(null=True, help_text="None: no end.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=known("proof", VendorProof), name="vendor_proof_is_known"),
            CheckConstraint(condition=~Q(reference=""), name="vendor_proof_can_be_looked_up"),
            CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gt=F("issued_on")), name="vendor_proof_ends_after_issue"
            ),
        ]
