"""Tables of the foundation: background jobs, their periodic slots, exchange rates, and answers to repeatable writes."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint


class JobState(models.TextChoices):
    """Waiting (also: claimed, until the lease runs out), done, or dead after its last try."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class Job(models.Model):
    """One piece of background work. Claimed with a lease and a token; finished only by the token's holder."""

    task = models.CharField(max_length=100, help_text="Registered name, room.verb.")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.WAITING)
    next_due_at = models.DateTimeField(null=True, help_text="When it may be claimed. None: over.")
    claim = models.CharField(max_length=32, null=True, help_text="Fence token of the present holder. None: free.")
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    max_tries = models.PositiveIntegerField(default=5)
    unique_key = models.CharField(
        max_length=200, null=True, help_text="At most one job ever per key; a periodic slot is one. None: no limit."
    )
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(null=True)
    progress_note = models.CharField(max_length=200, default="")
    error = models.TextField(default="", help_text="What the last failed try said, for a person.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["unique_key"], name="one_job_per_unique_key"),
            CheckConstraint(
                condition=Q(state=JobState.WAITING) | Q(next_due_at=None), name="finished_job_is_never_due"
            ),
        ]
        indexes = [
            Index(fields=["next_due_at"], condition=Q(state=JobState.WAITING), name="job_due"),
            Index(fields=["task", "-id"], name="job_by_task"),
        ]


class ExchangeRate(models.Model):
    """How many units of `quote` one unit of `base` bought on a day."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.CharField(max_length=100)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["base", "quote", "on"], name="one_rate_per_pair_and_day"),
            CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_is_positive"),
        ]


class KeptAnswer(models.Model):
    """What a write under an idempotency key was answered; the same call again gets the same answer."""

    actor_kind = models.CharField(max_length=6, help_text="person or agent: keys of different callers never meet.")
    actor_id = models.BigIntegerField()
    key = models.CharField(max_length=100, help_text="As the caller chose it.")
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, address and body, hex.")
    body = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["actor_kind", "actor_id", "key"], name="one_answer_per_key")]
        indexes = [Index(fields=["created_at"], name="answer_age")]
