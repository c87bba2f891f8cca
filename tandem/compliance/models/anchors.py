"""Tables of what leaves the house as proof: anchors of checkpoints, and streams of entries with their place."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q

from tandem.compliance.contracts.anchors import AnchorKind, StreamFormat, StreamKind
from tandem.compliance.models.addressed import choices, known


class Outlet(models.Model):
    """What anchors and streams have in common: where to, and how the last tries went."""

    name = models.CharField(max_length=80, unique=True)
    target = models.CharField(max_length=500, blank=True, help_text="Folder, address, URL or host:port.")
    is_on = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    error = models.CharField(max_length=500, blank=True, help_text="Of the last try; empty: it worked.")
    failures = models.PositiveIntegerField(default=0, help_text="Tries in a row that failed.")
    next_due_at = models.DateTimeField(null=True, help_text="None: with the next night or minute.")

    class Meta:
        abstract = True


class Anchor(Outlet):
    """A place outside that keeps signed checkpoints."""

    kind = models.CharField(max_length=8, choices=choices(AnchorKind))
    anchored_at = models.DateTimeField(null=True, help_text="None: nothing has arrived yet.")
    anchored_number = models.BigIntegerField(null=True, help_text="Number of the entry in the last checkpoint there.")
    kept_as = models.CharField(max_length=500, blank=True, help_text="File, Message-ID, commit or status.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("kind", AnchorKind), name="anchor_kind_is_known"),
            CheckConstraint(
                condition=Q(anchored_at=None, anchored_number=None)
                | Q(anchored_at__isnull=False, anchored_number__gte=1),
                name="anchor_knows_what_arrived",
            ),
        ]


class LedgerStream(Outlet):
    """A receiver of the ledger's entries, and the last one it was handed."""

    kind = models.CharField(max_length=12, choices=choices(StreamKind))
    format = models.CharField(max_length=4, choices=choices(StreamFormat))
    cursor = models.BigIntegerField(default=0, help_text="Number of the last entry handed over; 0: none.")
    sent_at = models.DateTimeField(null=True, help_text="None: nothing has been handed over yet.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("kind", StreamKind), name="stream_kind_is_known"),
            CheckConstraint(condition=known("format", StreamFormat), name="stream_format_is_known"),
            CheckConstraint(condition=Q(cursor__gte=0), name="stream_cursor_is_a_number"),
        ]
