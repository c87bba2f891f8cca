"""Texts of touches."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, UniqueConstraint

from tandem.engagement.contracts import DraftState


class Draft(models.Model):
    """One text for one touch, with what it rests on. A change is a new draft; the one before is replaced."""

    touch = models.ForeignKey("engagement.Touch", on_delete=models.CASCADE, related_name="drafts")
    number = models.PositiveSmallIntegerField(help_text="From 1.")
    state = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in DraftState], default=DraftState.PROPOSED.value
    )
    subject = models.CharField(max_length=200, default="", help_text="Empty on channels without one.")
    body = models.TextField(help_text="What the recipient reads, without the footer that laws ask for.")
    language = models.CharField(max_length=8)
    opening_fact = models.CharField(
        max_length=200, default="", help_text="Evidence id that the first sentence rests on."
    )
    facts = models.JSONField(
        default=list,
        help_text="List of {id, text, source, url, date, start, end}: what is used, and where in the body.",
    )
    violations = models.JSONField(default=list, help_text="As `contracts.Violation`; empty: none.")
    is_by_ai = models.BooleanField(default=True, help_text="False: a person wrote or rewrote it.")
    engine = models.CharField(max_length=120, default="", help_text="Engine of the run; empty: a person.")
    run = models.PositiveBigIntegerField(null=True, help_text="Run of the AI task. None: a person wrote it.")
    content_hash = models.CharField(
        max_length=64, default="", help_text="What an approval is bound to; empty: not asked."
    )
    decision = models.PositiveBigIntegerField(null=True, help_text="The gate's decision about this text.")
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["touch", "number"], name="one_draft_per_number")]
        indexes = [Index(fields=["state", "written_at"], name="draft_by_state")]
