"""Events that arrive over HTTP: the keys they come with, and the spool in which they wait to be landed."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q, UniqueConstraint


class WriteKey(models.Model):
    """Lets one program send events. Only the SHA-256 of it is kept."""

    name = models.CharField(max_length=80, unique=True, help_text="E.g. Website, Product.")
    source = models.SlugField(max_length=60, help_text="Key of the source its events land under.")
    prefix = models.CharField(max_length=12, help_text="First characters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256, hex.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True, help_text="None: may send.")
    last_seen_at = models.DateTimeField(null=True)
    received = models.PositiveBigIntegerField(default=0)
    repeated = models.PositiveBigIntegerField(default=0, help_text="Came again with a message id that was known.")
    refused = models.PositiveBigIntegerField(default=0)


class EventState(models.TextChoices):
    """Waiting; landed (a signal now); kept (landed, and needed to know whom later events are of)."""

    WAITING = "waiting"
    LANDED = "landed"
    KEPT = "kept"


class ReceivedEvent(models.Model):
    """One call as it came, until it is landed; then its message id alone, to know it if it comes again."""

    key = models.ForeignKey(WriteKey, on_delete=models.PROTECT, related_name="events")
    message_id = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=EventState.choices, default=EventState.WAITING)
    landed_at = models.DateTimeField(null=True)
    call = models.JSONField(null=True, help_text="The call, with its corrected moment. None: landed and let go.")

    class Meta:
        constraints = [UniqueConstraint(fields=["message_id"], name="one_received_event_per_message_id")]
        indexes = [
            Index(fields=["key", "id"], condition=Q(state="waiting"), name="event_waiting"),
            Index(fields=["key", "id"], condition=Q(state="kept"), name="event_kept"),
            Index(fields=["received_at"], name="event_received"),
        ]
