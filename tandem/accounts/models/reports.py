"""Findings that take longer to work out than a page may take, kept until the next night."""

from __future__ import annotations

from django.db import models
from django.db.models import UniqueConstraint


class StoredReport(models.Model):
    """The last result of one reckoning over all data."""

    key = models.SlugField(max_length=60, help_text='What was worked out, e.g. "sufficiency".')
    computed_at = models.DateTimeField()
    body = models.JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["key"], name="one_report_per_key")]
