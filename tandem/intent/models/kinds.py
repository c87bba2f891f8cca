"""How signals count here: versions of a customer's own weights, half-lives, names of events and what is left out."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q


class KindOrigin(models.TextChoices):
    """Person: typed in. Learned: estimated from own outcomes."""

    PERSON = "person"
    LEARNED = "learned"


class KindSetting(models.Model):
    """One version. The one adopted last counts; without any, the kinds that come with the product do."""

    rules = models.JSONField(help_text="Kinds, names of events, own addresses: domain.kind_rules.")
    origin = models.CharField(max_length=8, choices=KindOrigin.choices)
    reason = models.CharField(max_length=300)
    evidence = models.JSONField(default=dict, help_text="Of learned weights: how they did on later weeks.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, help_text="Actor name.")
    adopted_at = models.DateTimeField(null=True, help_text="Last time somebody put it in force. None: never.")
    adopted_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(adopted_at=None) | ~Q(adopted_by=""), name="kinds_adopted_by_somebody")
        ]
        indexes = [Index(fields=["-adopted_at"], name="kinds_in_force")]
