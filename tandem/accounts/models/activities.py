"""What happened with a customer: mail, calls, meetings, messages, tasks. Append-only facts from sources."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from tandem.accounts.contracts import ActivityKind


class Activity(models.Model):
    """One touch, synchronous or not."""

    source = models.ForeignKey("accounts.Source", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255, help_text="The source's id: CRM id, Message-ID, meeting id.")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ActivityKind])
    is_inbound = models.BooleanField(null=True, help_text="From the customer. None: no direction (meeting, task).")
    at = models.DateTimeField()
    duration_seconds = models.PositiveIntegerField(null=True)
    subject = models.CharField(max_length=400, default="")
    body = models.TextField(
        default="", help_text="New text only, without quotes and signature where that could be told."
    )
    thread_key = models.CharField(max_length=255, default="")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="activities")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="activities")
    opportunity = models.ForeignKey(
        "accounts.Opportunity", null=True, on_delete=models.SET_NULL, related_name="activities"
    )
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    details = models.JSONField(default=dict)
    loose = models.JSONField(
        null=True,
        help_text='What the source names and nobody knows yet: {"account_key": ...}, addresses. None: all is linked.',
    )
    row_hash = models.CharField(max_length=32)

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "key"], name="one_activity_per_source_key")]
        indexes = [
            Index(fields=["account", "-at"], name="activity_account"),
            Index(fields=["contact", "-at"], name="activity_contact"),
            Index(fields=["opportunity", "-at"], name="activity_deal"),
            Index(fields=["-at"], name="activity_at"),
            Index(fields=["id"], condition=Q(loose__isnull=False), name="activity_loose"),
        ]


class ActivityParticipant(models.Model):
    """Somebody who took part, known to us or not."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="participants")
    address = models.CharField(max_length=254, help_text="Mail address, phone or handle as told.")
    name = models.CharField(max_length=200, default="")
    role = models.CharField(max_length=12, default="", help_text="from, to, cc, organizer, attendee.")
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    person = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["activity", "address", "role"], name="one_participant_row")]
