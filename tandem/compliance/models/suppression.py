"""The one suppression registry, over all channels and senders."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from tandem.compliance.contracts import AddressKind, Channel, Purpose, SuppressionReason
from tandem.compliance.models.addressed import Addressed, choices, known


class Suppression(Addressed):
    """Somebody not to be contacted. Never deleted (triggers), only superseded by a later permission with proof."""

    channel = models.CharField(max_length=8, choices=choices(Channel), default=Channel.ALL.value)
    purpose = models.CharField(max_length=12, choices=choices(Purpose), default=Purpose.ANY.value)
    reason = models.CharField(max_length=12, choices=choices(SuppressionReason))
    at = models.DateTimeField(help_text="When the person, the law or the mail server said it.")
    superseded_at = models.DateTimeField(null=True, help_text="None: it holds.")
    permission = models.CharField(max_length=300, blank=True, default="", help_text="Proof of the later permission.")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["key_hash", "kind", "key_id", "channel", "purpose", "reason"],
                condition=Q(superseded_at=None),
                name="one_standing_suppression_of_a_kind",
            ),
            CheckConstraint(condition=known("kind", AddressKind), name="suppression_kind_is_known"),
            CheckConstraint(condition=known("channel", Channel), name="suppression_channel_is_known"),
            CheckConstraint(condition=known("purpose", Purpose), name="suppression_purpose_is_known"),
            CheckConstraint(condition=known("reason", SuppressionReason), name="suppression_reason_is_known"),
            CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="suppression_is_not_of_the_future"),
            CheckConstraint(
                condition=Q(superseded_at=None, permission="") | (Q(superseded_at__gte=F("at")) & ~Q(permission="")),
                name="suppression_ends_with_proof_only",
            ),
            CheckConstraint(
                condition=~Q(reason=SuppressionReason.LEGAL.value) | Q(superseded_at=None),
                name="legal_suppression_never_ends",
            ),
            CheckConstraint(
                condition=~Q(reason=SuppressionReason.ERASED.value) | Q(address="", subject=""),
                name="erased_suppression_keeps_only_its_hash",
            ),
        ]
        indexes = [
            Index(fields=["key_hash"], name="suppression_standing", condition=Q(superseded_at=None)),
            Index(fields=["-at"], name="suppression_by_day"),
            Index(fields=["subject"], name="suppression_by_subject", condition=Q(superseded_at=None) & ~Q(subject="")),
        ]
