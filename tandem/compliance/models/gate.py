"""What the gate decided, let out and saw leave."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from tandem.compliance.contracts.decisions import Outcome
from tandem.compliance.contracts.gate import ClearanceState, Mode, Road
from tandem.compliance.models.addressed import choices, known
from tandem.core.actors import ActorKind


class GateDecision(models.Model):
    """One answer of the gate with all it rested on. Holds no address: only its keyed hash."""

    decided_at = models.DateTimeField()
    touch = models.CharField(max_length=120, help_text='Key of the step: "enrollment:5:step:2".')
    message_key = models.CharField(max_length=120, help_text='Message-ID, or road and touch; ledger "message:<key>".')
    channel = models.CharField(max_length=16, choices=choices(Road))
    purpose = models.CharField(max_length=24)
    mode = models.CharField(max_length=8, choices=choices(Mode))
    campaign = models.CharField(max_length=120, default="", blank=True)
    place = models.CharField(max_length=12, default="", blank=True, help_text="First candidate of the place.")
    recipient_hash = models.CharField(max_length=32, help_text="Keyed hash of the address.")
    key_id = models.CharField(max_length=8)
    subject = models.CharField(max_length=120, default="", blank=True)
    account = models.CharField(max_length=120, default="", blank=True)
    owner = models.ForeignKey(
        "access.Person",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Whose contact; None: nobody's.",
    )
    sender_domain = models.CharField(max_length=253, default="", blank=True)
    actor_kind = models.CharField(max_length=6, choices=choices(ActorKind))
    actor_id = models.BigIntegerField()
    message_hash = models.CharField(max_length=64, help_text="SHA-256 of the bytes.")
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of what the recipient reads.")
    outcome = models.CharField(max_length=8, choices=choices(Outcome))
    hold_until = models.DateTimeField(null=True)
    basis = models.CharField(max_length=300, default="", blank=True)
    rules_version = models.CharField(max_length=40)
    facts = models.JSONField(help_text="The request as decided, without addresses and texts.")
    decision = models.JSONField(help_text="As the shell contract prints it.")

    class Meta:
        constraints = [
            CheckConstraint(condition=known("channel", Road), name="gate_channel_is_known"),
            CheckConstraint(condition=known("outcome", Outcome), name="gate_outcome_is_known"),
            CheckConstraint(
                condition=~Q(outcome=Outcome.ALLOW.value) | ~Q(basis=""), name="nothing_is_allowed_without_basis"
            ),
        ]
        indexes = [
            Index(fields=["subject", "-decided_at"], name="gate_by_subject"),
            Index(fields=["campaign", "-decided_at"], name="gate_by_campaign"),
            Index(fields=["touch"], name="gate_by_touch"),
            Index(fields=["message_key"], name="gate_by_message"),
            Index(fields=["recipient_hash"], name="gate_by_recipient"),
            Index(fields=["-decided_at"], name="gate_by_day"),
            Index(fields=["owner", "-decided_at"], name="gate_by_owner"),
            Index(fields=["-decided_at"], name="gate_waiting", condition=Q(outcome="review")),
        ]


class Clearance(models.Model):
    """Leave to go out once, bound to bytes, recipient, channel and time."""

    decision = models.ForeignKey(GateDecision, on_delete=models.PROTECT, related_name="clearances")
    token = models.CharField(max_length=43, unique=True)
    state = models.CharField(max_length=10, choices=choices(ClearanceState), default=ClearanceState.ISSUED.value)
    channel = models.CharField(max_length=16, choices=choices(Road))
    touch = models.CharField(max_length=120)
    recipient_hash = models.CharField(max_length=32)
    subject = models.CharField(max_length=120, default="", blank=True)
    account = models.CharField(max_length=120, default="", blank=True)
    message_hash = models.CharField(max_length=64)
    message_key = models.CharField(max_length=120, help_text="As in the decision; fixed before sending.")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True, help_text="When the other side took it.")
    reference = models.CharField(max_length=200, default="", blank=True, help_text="The other side's receipt.")
    reason = models.CharField(max_length=300, default="", blank=True, help_text="Why it was refused or is void.")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["touch"],
                condition=Q(state__in=["claimed", "departed", "uncertain"]),
                name="a_touch_leaves_once",
            ),
            CheckConstraint(condition=known("state", ClearanceState), name="clearance_state_is_known"),
            CheckConstraint(
                condition=~Q(state__in=["claimed", "departed", "uncertain"]) | Q(claimed_at__lt=F("expires_at")),
                name="clearance_is_claimed_in_time",
            ),
            CheckConstraint(
                condition=Q(state="departed", departed_at__isnull=False) | (~Q(state="departed") & Q(departed_at=None)),
                name="departed_has_its_moment",
            ),
        ]
        indexes = [
            Index(fields=["recipient_hash", "-claimed_at"], name="clearance_by_recipient"),
            Index(fields=["subject", "-claimed_at"], name="clearance_by_subject"),
            Index(fields=["account", "-claimed_at"], name="clearance_by_account"),
            Index(fields=["message_key"], name="clearance_by_message"),
            Index(fields=["state", "-claimed_at"], name="clearance_by_state"),
        ]


class MessageCopy(models.Model):
    """The very bytes that wait for a person or left, compressed; after retention or an erasure only the hash stays."""

    message_hash = models.CharField(max_length=64, unique=True)
    recipient_hash = models.CharField(max_length=32)
    subject = models.CharField(max_length=120, default="", blank=True)
    content = models.BinaryField(null=True, help_text="zlib; None: removed.")
    size = models.PositiveIntegerField(help_text="Bytes before compression.")
    kept_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_why = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(content=None, removed_at__isnull=False) | Q(content__isnull=False, removed_at=None),
                name="copy_is_there_or_removed",
            )
        ]
        indexes = [
            Index(fields=["recipient_hash"], name="copy_by_recipient"),
            Index(fields=["subject"], name="copy_by_subject"),
            Index(fields=["kept_at"], name="copy_by_day", condition=Q(removed_at=None)),
        ]


class Approval(models.Model):
    """A person's yes or no to one exact text to one recipient."""

    content_hash = models.CharField(max_length=64)
    touch = models.CharField(max_length=120)
    is_yes = models.BooleanField()
    person = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=300, default="", blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["content_hash", "touch", "person"],
                condition=Q(withdrawn_at=None),
                name="one_standing_approval_a_person",
            )
        ]
        indexes = [Index(fields=["content_hash"], name="approval_by_content")]
