"""Settings of disclosure, version by version, and what was found when rules changed."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.compliance.contracts.disclosure import DisclosureKind
from tandem.compliance.models.addressed import choices, known


class DisclosureSetting(models.Model):
    """One version of what an installation says, or whether it says it, for a place, campaign and language."""

    kind = models.CharField(max_length=12, choices=choices(DisclosureKind))
    place = models.CharField(max_length=8, blank=True, default="", help_text='"DE", "US-TX", "EEA"; empty: everywhere.')
    campaign = models.CharField(max_length=120, blank=True, default="", help_text="Empty: all campaigns.")
    language = models.CharField(max_length=5, blank=True, default="", help_text='"de", "en-GB"; empty: all.')
    version = models.PositiveIntegerField(help_text="Counts from 1 for each kind, place, campaign and language.")
    is_on = models.BooleanField(null=True, help_text="None: as the table of rules says.")
    text = models.TextField(blank=True, default="", help_text="Empty: the product's own words.")
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, help_text="None: it stands.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("kind", DisclosureKind), name="disclosure_kind_is_known"),
            CheckConstraint(condition=~Q(reason=""), name="disclosure_is_set_for_a_reason"),
            CheckConstraint(condition=Q(text="") | ~Q(language=""), name="disclosure_text_has_a_language"),
            UniqueConstraint(
                fields=["kind", "place", "campaign", "language", "version"], name="one_disclosure_a_version"
            ),
            UniqueConstraint(
                fields=["kind", "place", "campaign", "language"],
                condition=Q(superseded_at=None),
                name="one_standing_disclosure",
            ),
        ]
        indexes = [Index(fields=["-set_at"], name="disclosure_by_day")]


class RuleImpact(models.Model):
    """One comparison of rules over the installation's contacts: asked for, then worked out in the background."""

    question = models.JSONField(help_text="What is compared with what: dates, or own packs with the product's.")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.BigIntegerField(null=True, help_text="Id of the job that works it out.")
    done_at = models.DateTimeField(null=True, help_text="None: not yet.")
    rules_version = models.CharField(max_length=200, blank=True, default="")
    found = models.JSONField(null=True, help_text="Counts, and the first changes one by one. None: not yet.")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(done_at=None, found=None) | Q(done_at__isnull=False, found__isnull=False),
                name="impact_is_found_when_done",
            )
        ]
        indexes = [Index(fields=["-asked_at"], name="impact_by_day")]
