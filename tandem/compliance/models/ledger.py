"""The table of the ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q

from tandem.core.actors import ActorKind


class LedgerEntry(models.Model):
    """One line of the hash chain. Triggers forbid update, delete and out-of-chain insert on both databases."""

    number = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 ... without a gap.")
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=6, choices=[(kind.value, kind.value) for kind in ActorKind])
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    facts = models.TextField(help_text="Canonical JSON (sorted keys, no spaces), as hashed.")
    previous_hash = models.CharField(
        max_length=64, unique=True, help_text="Hash of the entry before; zeros for the first."
    )
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__gte=1), name="ledger_numbers_start_at_one"),
            CheckConstraint(
                condition=Q(actor_kind__in=[kind.value for kind in ActorKind]), name="ledger_actor_kind_is_known"
            ),
        ]
        indexes = [
            Index(fields=["subject", "number"], name="ledger_by_subject"),
            Index(fields=["actor_kind", "actor_id", "number"], name="ledger_by_actor"),
        ]
