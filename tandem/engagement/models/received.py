"""Mail and messages that came in."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from tandem.engagement.contracts import MailKind, ReplyLabel


class Inbound(models.Model):
    """One message that came in, what it was read as, and what it answers. The bytes are kept as they came."""

    channel = models.CharField(max_length=16, default="email")
    mailbox = models.ForeignKey("engagement.Mailbox", null=True, on_delete=models.SET_NULL, related_name="+")
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the bytes, hex: the same mail comes in once.")
    message_id = models.CharField(max_length=255, default="")
    sender = models.CharField(max_length=254, default="", help_text="Address or number it came from.")
    sender_name = models.CharField(max_length=200, default="")
    subject = models.CharField(max_length=300, default="")
    content = models.BinaryField(help_text="zlib; emptied when the person is erased.")
    touch = models.ForeignKey(
        "engagement.Touch", null=True, on_delete=models.SET_NULL, related_name="replies",
        help_text="The touch it answers. None: none of ours.",
    )  # fmt: skip
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in MailKind])
    label = models.CharField(
        max_length=16,
        choices=[(r.value, r.value) for r in ReplyLabel],
        default="",
        help_text="Empty: a person must say.",
    )
    confidence = models.FloatField(default=0.0)
    to_human = models.BooleanField(default=True)
    evidence = models.TextField(default="")
    new_text = models.TextField(default="")
    language = models.CharField(max_length=8, default="")
    reading = models.JSONField(
        default=dict, help_text="The rest of what was read: bounce, returns_on, redirect, engine."
    )
    labelled_by = models.CharField(max_length=200, default="", help_text="A person who corrected it; empty: nobody.")
    received_at = models.DateTimeField()
    read_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, help_text="Its consequences are drawn. None: not yet.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["channel", "mailbox", "content_hash"], name="one_row_per_mail"),
            UniqueConstraint(
                fields=["channel", "content_hash"],
                condition=Q(mailbox=None),
                name="one_row_per_message_without_mailbox",
            ),
        ]
        indexes = [
            Index(fields=["received_at"], name="inbound_by_day"),
            Index(fields=["contact", "received_at"], name="inbound_of_contact"),
            Index(fields=["to_human", "handled_at"], name="inbound_for_people"),
            Index(fields=["id"], condition=Q(handled_at=None), name="inbound_to_handle"),
            Index(fields=["message_id"], name="inbound_by_message_id"),
        ]
