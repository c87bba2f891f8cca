"""Ideal customer profiles by version, and the weekly ranking of accounts with the parts that made it."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

DRAFT, LIVE, RETIRED = "draft", "live", "retired"
ICP_STATES = [(state, state) for state in (DRAFT, LIVE, RETIRED)]


class IcpVersion(models.Model):
    """One version of the ideal customer profile. What was live once is never changed again."""

    number = models.PositiveIntegerField(unique=True, help_text="From 1, without gaps.")
    body = models.JSONField(help_text="The document, as its JSON Schema says.")
    hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON.")
    state = models.CharField(max_length=8, choices=ICP_STATES, default=DRAFT)
    note = models.CharField(max_length=300, default="", help_text="Why it was made or changed.")
    author_id = models.PositiveBigIntegerField(default=0, help_text="The person; 0: Tandem itself.")
    author_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=200, default="")
    retired_at = models.DateTimeField(null=True)
    valid_until = models.DateField(null=True, help_text="Last day, a quarter after it went live. None: a draft.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["state"], condition=Q(state=LIVE), name="one_live_icp"),
            UniqueConstraint(fields=["state"], condition=Q(state=DRAFT), name="one_draft_icp"),
            CheckConstraint(
                condition=Q(state=DRAFT) | Q(published_at__isnull=False, valid_until__isnull=False),
                name="published_icp_has_a_day_it_ends",
            ),
        ]


class RankRun(models.Model):
    """The ranking of one week, as its last night left it: what held for all accounts of it."""

    week = models.CharField(max_length=8, unique=True, help_text="ISO week, 2026-W48.")
    ranked_at = models.DateTimeField()
    intent_day = models.DateField(help_text="The day whose intent scores were taken.")
    icp = models.ForeignKey(IcpVersion, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    accounts = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField()
    model = models.JSONField(help_text="Chance at full marks with its numbers, floor of intent, values by segment.")
    capacities = models.JSONField(help_text="By owner's id: capacity and the load it comes from.")


class AccountRank(models.Model):
    """One account in one week."""

    run = models.ForeignKey(RankRun, on_delete=models.CASCADE, related_name="ranks")
    week = models.CharField(max_length=8)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    suggested_owner = models.ForeignKey(
        "access.Person", null=True, on_delete=models.SET_NULL, related_name="+", help_text="For accounts nobody owns."
    )
    fit = models.FloatField()
    intent = models.FloatField()
    capacity = models.FloatField()
    chance = models.FloatField(help_text="Of a deal that opens within four weeks and is won, at full marks.")
    value = models.DecimalField(max_digits=20, decimal_places=2, help_text="Value if won.")
    expected_value = models.DecimalField(max_digits=20, decimal_places=2)
    low = models.DecimalField(max_digits=20, decimal_places=2, help_text="80% interval of the expected value.")
    high = models.DecimalField(max_digits=20, decimal_places=2)
    place = models.PositiveIntegerField(help_text="In its owner's book; 1 is first.")
    excluded_by = models.CharField(max_length=120, default="", help_text="Empty: not excluded.")
    parts = models.JSONField(help_text="What fit and intent rest on, as they were that night.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["week", "account"], name="one_rank_per_week_and_account"),
            CheckConstraint(condition=Q(fit__gte=0, fit__lte=1), name="rank_fit_in_range"),
            CheckConstraint(condition=Q(intent__gte=0, intent__lte=1), name="rank_intent_in_range"),
            CheckConstraint(condition=Q(capacity__gte=0, capacity__lte=1), name="rank_capacity_in_range"),
            CheckConstraint(condition=Q(excluded_by="") | Q(expected_value=0), name="excluded_rank_is_worth_nothing"),
        ]
        indexes = [
            Index(fields=["week", "owner", "place"], name="rank_book"),
            Index(fields=["week", "-expected_value"], name="rank_week_value"),
        ]


class RankingReport(models.Model):
    """The last result of one reckoning about the ranking: how it did afterwards, who works which accounts first."""

    key = models.SlugField(max_length=60, unique=True, help_text='What was worked out, e.g. "backtest".')
    computed_at = models.DateTimeField()
    body = models.JSONField()
