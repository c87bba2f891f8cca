"""What the nightly runs left: each run with what it rested on, each account's score of each day that is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint


class RunState(models.TextChoices):
    """Running (may have been killed), done, failed."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class IntentRun(models.Model):
    """One reckoning of all accounts. What it names is enough to reckon it again."""

    day = models.DateField(help_text="The company's day it was made for.")
    as_of = models.DateTimeField(help_text="Signals after this moment did not count.")
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    kinds = models.ForeignKey(
        "intent.KindSetting", null=True, on_delete=models.PROTECT, related_name="+", help_text="None: built in."
    )
    rules_hash = models.CharField(max_length=32, help_text="Of the rules by which signals counted.")
    sift_hash = models.CharField(max_length=32, help_text="Of the rules by which signals were left out.")
    loads = models.JSONField(default=dict, help_text="Load id to its rows, of all signals that were read.")
    last_activity_id = models.BigIntegerField(default=0, help_text="Touches of the CRM up to this one were read.")
    base = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+",
                             help_text="Whose sums were carried on. None: all signals were read.")  # fmt: skip
    counts = models.JSONField(default=dict, help_text="Signals, new ones, accounts, left out by reason.")
    seconds = models.FloatField(default=0.0)
    error = models.TextField(default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(state="done") | Q(finished_at__isnull=False), name="intent_run_done_has_end")
        ]
        indexes = [Index(fields=["state", "-day", "-id"], name="intent_run_latest")]


class AccountIntent(models.Model):
    """One account as one run left it."""

    run = models.ForeignKey(IntentRun, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    surge = models.FloatField(null=True, help_text="None: fewer than four whole weeks are known.")
    percentile = models.FloatField(help_text="Share of scored accounts below, ties half: 0 to 1.")
    kinds = models.JSONField(help_text="[[kind, points], ...] after saturation, most first; they sum to the score.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["run", "account"], name="one_intent_per_run_and_account"),
            CheckConstraint(condition=Q(score__gte=0), name="intent_score_is_not_negative"),
            CheckConstraint(condition=Q(percentile__gte=0, percentile__lte=1), name="intent_percentile_is_a_share"),
        ]
        indexes = [Index(fields=["account", "run"], name="intent_of_account")]
