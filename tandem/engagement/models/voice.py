"""The voice guide in versions, what edits propose for it, and an organisation's own norms."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class VoiceVersion(models.Model):
    """The voice guide of one language from this version on. Never changed; the highest number is in force."""

    language = models.CharField(max_length=8, help_text="Tag of the norm packs: en-US, de.")
    number = models.PositiveIntegerField(help_text="From 1, without gaps; 0 is the guide of the product.")
    document = models.JSONField(help_text="As `domain.voice.read_guide` reads it.")
    note = models.CharField(max_length=300, default="", help_text="Why it was changed.")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["language", "number"], name="one_voice_version_per_number")]


class VoiceProposal(models.Model):
    """A change of the guide that edits of people speak for. Somebody takes it or declines it."""

    language = models.CharField(max_length=8)
    field = models.CharField(max_length=20, help_text="Which list of the guide: forbidden, preferred ...")
    entry = models.CharField(max_length=120, help_text="The word or beginning.")
    instead = models.CharField(max_length=120, default="", help_text="What people wrote in its place; empty: nothing.")
    because = models.CharField(max_length=300)
    drafts = models.JSONField(default=list, help_text="Ids of the drafts that speak for it.")
    state = models.CharField(max_length=8, default="open", help_text="open, taken or declined.")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["language", "field", "entry"], condition=Q(state="open"), name="one_open_proposal_per_entry"
            ),
            CheckConstraint(
                condition=Q(state="open", decided_at=None)
                | Q(state__in=["taken", "declined"], decided_at__isnull=False),
                name="decided_proposal_has_its_moment",
            ),
        ]


class NormChange(models.Model):
    """What an organisation wants otherwise in the norms of a language. The highest number is in force."""

    language = models.CharField(max_length=8)
    number = models.PositiveIntegerField(help_text="From 1, without gaps.")
    values = models.JSONField(help_text="As `domain.norms.checked_overrides` reads it; empty: back to the pack.")
    note = models.CharField(max_length=300, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["language", "number"], name="one_norm_change_per_number")]
