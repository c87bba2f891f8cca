"""What people read and what they said to it."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.engagement.domain.review import RejectReason, ReviewAction


class Showing(models.Model):
    """One draft on one person's screen, from the moment it was shown to the next one. It measures reading."""

    draft = models.ForeignKey("engagement.Draft", on_delete=models.CASCADE, related_name="showings")
    reviewer = models.ForeignKey("access.Person", on_delete=models.CASCADE, related_name="+")
    shown_at = models.DateTimeField()
    shown_with = models.PositiveSmallIntegerField(default=1, help_text="Drafts on the page; a batch shows many.")
    seconds = models.FloatField(null=True, help_text="How long, idle time capped. None: still on the screen.")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["draft", "reviewer"], condition=Q(seconds=None), name="a_draft_is_on_a_screen_once"
            )
        ]
        indexes = [Index(fields=["reviewer", "shown_at"], name="showing_by_reviewer")]


class Review(models.Model):
    """One person's answer to one draft. Taken back: it stays, and counts no more."""

    draft = models.ForeignKey("engagement.Draft", on_delete=models.CASCADE, related_name="reviews")
    written = models.ForeignKey(
        "engagement.Draft", null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="What software wrote first, where it was edited. None: not edited.",
    )  # fmt: skip
    reviewer = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=8, choices=[(one.value, one.value) for one in ReviewAction])
    reason = models.CharField(
        max_length=16, choices=[(one.value, one.value) for one in RejectReason], default="", blank=True,
        help_text="Why it was rejected; empty: it was not.",
    )  # fmt: skip
    note = models.CharField(max_length=300, default="", blank=True)
    is_sent_back = models.BooleanField(default=False, help_text="Rejected, and to be written anew.")
    is_last_word = models.BooleanField(default=True, help_text="False: a second person had to approve as well.")
    seconds = models.FloatField(help_text="On the reviewer's screen before the answer, idle time capped.")
    edit_distance = models.FloatField(
        null=True, help_text="Share of characters changed from what software wrote, 0 to 1. None: a rejection."
    )
    batch = models.CharField(max_length=32, default="", blank=True, help_text="Empty: decided alone.")
    approval = models.PositiveBigIntegerField(
        null=True, help_text="The gate's record of the answer. None: the gate was never asked about the text."
    )
    reviewed_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, help_text="None: it stands.")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["draft", "reviewer"], condition=Q(taken_back_at=None), name="one_standing_review_per_person"
            ),
            CheckConstraint(
                condition=(Q(action=ReviewAction.REJECTED.value) & ~Q(reason=""))
                | (~Q(action=ReviewAction.REJECTED.value) & Q(reason="")),
                name="a_rejection_has_a_reason",
            ),
        ]
        indexes = [
            Index(fields=["reviewer", "-reviewed_at"], name="review_by_reviewer"),
            Index(fields=["-reviewed_at"], name="review_by_day"),
            Index(fields=["batch"], name="review_by_batch", condition=~Q(batch="")),
        ]
