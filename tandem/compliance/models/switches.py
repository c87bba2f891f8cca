"""Switches, quiet periods and the limits of the kill criteria."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from tandem.compliance.contracts.switches import SwitchScope
from tandem.compliance.models.addressed import choices, known


class Switch(models.Model):
    """Something that may not leave. Never deleted: lifted."""

    scope = models.CharField(max_length=10, choices=choices(SwitchScope))
    key = models.CharField(max_length=253, default="", blank=True)
    reason = models.CharField(max_length=300)
    thrown_at = models.DateTimeField()
    thrown_by = models.ForeignKey(
        "access.Person", null=True, on_delete=models.PROTECT, related_name="+", help_text="None: software."
    )
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    lifted_why = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["scope", "key"], condition=Q(lifted_at=None), name="one_thrown_switch_of_a_kind"),
            CheckConstraint(condition=known("scope", SwitchScope), name="switch_scope_is_known"),
            CheckConstraint(condition=~Q(reason=""), name="switch_has_a_reason"),
            CheckConstraint(
                condition=Q(scope="global", key="") | (~Q(scope="global") & ~Q(key="")), name="switch_has_its_key"
            ),
            CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("thrown_at")), name="switch_is_lifted_after_thrown"
            ),
        ]
        indexes = [Index(fields=["scope", "key"], name="switch_standing", condition=Q(lifted_at=None))]


class QuietPeriod(models.Model):
    """Days on which an industry, a place or an account is left alone. Edited by people; ended, not deleted."""

    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()
    is_yearly = models.BooleanField(default=False, help_text="The same days every year.")
    industries = models.JSONField(default=list, blank=True)
    places = models.JSONField(default=list, blank=True)
    accounts = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=200, default="", blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="quiet_period_ends_after_it_starts")
        ]


class Dispute(models.Model):
    """A legal dispute with an account: while it stands, nothing but what a contract needs goes there."""

    account = models.CharField(max_length=120, help_text='"account:3".')
    reason = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    closed_why = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["account"], condition=Q(closed_at=None), name="one_open_dispute_an_account"),
            CheckConstraint(condition=~Q(account="") & ~Q(reason=""), name="dispute_names_account_and_reason"),
        ]


class KillLimits(models.Model):
    """The one set of limits in force (`contracts.switches.KillSettings`)."""

    days_between_touches = models.PositiveSmallIntegerField(null=True, default=3)
    objection_days = models.PositiveSmallIntegerField(null=True, default=365)
    review_above = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    four_eyes_above = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    stop_on_open_deal = models.BooleanField(default=True)
    stop_on_legal_dispute = models.BooleanField(default=True)

    class Meta:
        constraints = [CheckConstraint(condition=Q(id=1), name="one_set_of_kill_limits")]
