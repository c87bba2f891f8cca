"""What a team does with its outreach every morning: packs, what is tuned, decisions, and soft noes that were heard."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q, UniqueConstraint


class SoftNoHeard(models.Model):
    """A soft no and what it changed of a plan; both can be taken back."""

    enrollment = models.ForeignKey("engagement.Enrollment", on_delete=models.CASCADE, related_name="soft_noes")
    kind = models.CharField(max_length=8, help_text="As `domain.soft_no.SoftNo`.")
    inbound = models.ForeignKey(
        "engagement.Inbound", null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: silence."
    )
    evidence = models.TextField(default="", help_text="The words it rests on; empty: silence, or erased.")
    before = models.JSONField(help_text="Touches ahead as they were: id, due_at, state.")
    after = models.JSONField(help_text="The same as they are by it.")
    heard_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, help_text="None: it stands.")
    taken_back_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["enrollment", "kind"], condition=Q(taken_back_at=None), name="one_standing_soft_no_per_kind"
            )
        ]
        indexes = [Index(fields=["heard_at"], name="soft_no_by_day")]


class HuddlePack(models.Model):
    """What the team reads together in the morning: yesterday as it was known when the pack was made."""

    day = models.DateField(unique=True, help_text="The day it is about.")
    content = models.JSONField(help_text="As `domain.huddle.Pack`.")
    made_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True, help_text="When the team went through it. None: not yet.")
    held_by = models.CharField(max_length=200, default="")


class TuningItem(models.Model):
    """Something a huddle decided to change, who does it, and what came of it."""

    pack = models.ForeignKey(HuddlePack, null=True, on_delete=models.SET_NULL, related_name="items")
    campaign = models.ForeignKey("engagement.Campaign", null=True, on_delete=models.SET_NULL, related_name="+")
    what = models.CharField(max_length=300)
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    measure = models.CharField(max_length=24, help_text="The outcome it should move, as `domain.outcomes.Measure`.")
    state = models.CharField(max_length=8, default="open", help_text="open, done, dropped.")
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    due_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, default="", help_text="Why it was dropped, or what was done.")

    class Meta:
        indexes = [Index(fields=["state", "due_on"], name="tuning_items_open")]


class OutreachDecision(models.Model):
    """A line of the decision log: what was decided about the programme, by whom, on which figures."""

    campaign = models.ForeignKey("engagement.Campaign", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_on = models.DateField()
    what = models.CharField(max_length=300)
    why = models.TextField(default="")
    figures = models.JSONField(default=dict, help_text="Outcomes as they stood, by measure: hits, n.")
    decided_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    class Meta:
        indexes = [Index(fields=["decided_on"], name="outreach_decision_by_day")]


class OutreachSpend(models.Model):
    """What the programme cost in a month, by what: people, tools, data, models."""

    campaign = models.ForeignKey(
        "engagement.Campaign",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="None: of all campaigns.",
    )
    month = models.DateField(help_text="First day of the month.")
    kind = models.CharField(max_length=24)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["campaign", "month", "kind"], name="one_spend_per_month_and_kind")]
