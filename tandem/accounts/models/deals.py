"""Deals and what belongs to them: history, people, products, sellers' calls, quotas, renewals."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.accounts.contracts import CallKind, Motion

MOTIONS = [(motion.value, motion.value) for motion in Motion]


class Product(models.Model):
    """Something we sell, as a source lists it."""

    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=255)
    family = models.CharField(max_length=120, default="")
    list_price = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, default="")
    is_listed = models.BooleanField(default=True, help_text="False: only ever named by deals, in no product file.")

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "key"], name="one_product_per_source_key")]


class Competitor(models.Model):
    """Somebody we meet in deals."""

    name = models.CharField(max_length=120, unique=True)
    domain = models.CharField(max_length=253, default="")
    aliases = models.JSONField(default=list)


class Opportunity(models.Model):
    """A deal."""

    name = models.CharField(max_length=255)
    account = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.SET_NULL,
        related_name="opportunities",
        help_text="None: the source names no account (unassigned).",
    )
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    motion = models.CharField(max_length=10, choices=MOTIONS, default=Motion.NEW)
    stage = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, default="", help_text="ISO 4217; empty: the source does not say.")
    probability = models.FloatField(null=True, help_text="As the CRM says, 0 to 1.")
    forecast_category = models.CharField(
        max_length=20,
        default="",
        help_text="omitted, pipeline, best_case, most_likely, commit, closed; empty: unknown.",
    )
    close_on = models.DateField(null=True, help_text="Expected, or actual once closed.")
    is_closed = models.BooleanField(default=False)
    is_won = models.BooleanField(default=False)
    closed_on = models.DateField(null=True)
    lost_reason = models.CharField(max_length=255, default="")
    competitor = models.ForeignKey(Competitor, null=True, on_delete=models.SET_NULL, related_name="+")
    next_step = models.CharField(max_length=255, default="")
    lead_source = models.CharField(max_length=80, default="")
    stage_since = models.DateTimeField(null=True)
    opened_on = models.DateField(null=True)
    last_activity_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(is_closed=True) | Q(is_won=False), name="won_deal_is_closed")]
        indexes = [
            Index(fields=["owner", "is_closed", "close_on"], name="deal_owner_open"),
            Index(fields=["is_closed", "close_on"], name="deal_open"),
            Index(fields=["account", "is_closed"], name="deal_account"),
        ]


class OpportunityChange(models.Model):
    """One field of one deal took a new value at a moment: the full history."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(
        max_length=40, help_text="Canonical field: stage, amount, close_on, forecast_category, owner ..."
    )
    old = models.CharField(max_length=255, null=True, help_text="Canonical text. None: empty or not told.")
    new = models.CharField(max_length=255, null=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=200, default="", help_text="Name or key as the source tells it.")
    origin = models.CharField(max_length=20, help_text="field_history, stage_history, snapshot, correction.")
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["opportunity", "field", "at", "new"], name="one_change_row"),
            UniqueConstraint(fields=["opportunity", "field", "at"], condition=Q(new=None), name="one_emptying_row"),
        ]
        indexes = [Index(fields=["at"], name="change_at")]


class OpportunitySnapshot(models.Model):
    """A deal as a source showed it at a moment. Differences between neighbours make the changes of origin snapshot."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="snapshots")
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    at = models.DateTimeField()
    shown = models.JSONField(help_text="Canonical field to canonical text, for the fields that were filled.")
    by = models.CharField(max_length=200, default="", help_text="Name or key as the source tells it.")

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "key"], name="one_snapshot_per_source_key")]
        indexes = [Index(fields=["opportunity", "source", "at"], name="snapshot_of_deal")]


class OpportunityContact(models.Model):
    """A person's part in a deal, as a source names it."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="people")
    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="deals")
    role = models.CharField(max_length=80, default="")
    is_primary = models.BooleanField(default=False)
    is_of_own_row = models.BooleanField(
        default=False, help_text="Only the deal's own row names the person; goes when it no longer does."
    )

    class Meta:
        constraints = [UniqueConstraint(fields=["opportunity", "contact"], name="one_part_per_person_and_deal")]


class OpportunityProduct(models.Model):
    """A product line of a deal."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=12, decimal_places=2, default=1)
    unit_price = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=2, null=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["opportunity", "key"], name="one_line_per_key")]


class SellerCall(models.Model):
    """What a seller said a quarter (or one deal) will bring, and when. Later calls are later rows."""

    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    opportunity = models.ForeignKey(
        Opportunity, null=True, on_delete=models.CASCADE, related_name="calls", help_text="None: the seller's total."
    )
    period_starts_on = models.DateField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in CallKind])
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "key"], name="one_call_per_source_key")]
        indexes = [Index(fields=["person", "period_starts_on", "at"], name="call_by_person")]


class Quota(models.Model):
    """What a seller is to bring in a period."""

    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="Last day, included.")
    motion = models.CharField(max_length=10, default="", help_text="Empty: all motions.")
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    currency = models.CharField(max_length=3)
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["person", "starts_on", "motion"], name="one_quota_per_period")]


class Renewal(models.Model):
    """A contract that ends on a day."""

    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="renewals")
    opportunity = models.ForeignKey(Opportunity, null=True, on_delete=models.SET_NULL, related_name="+")
    product = models.ForeignKey(Product, null=True, on_delete=models.SET_NULL, related_name="+")
    ends_on = models.DateField()
    amount = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, default="")
    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "key"], name="one_renewal_per_source_key")]
