"""Plans of touches, who is in them, and each touch with its due time."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from tandem.compliance.contracts.gate import Mode, Road
from tandem.engagement.contracts import AHEAD, Arm, CampaignState, EnrollmentState, TouchState


class Sequence(models.Model):
    """A plan of four to seven touches. What it holds is in its versions."""

    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=24, default="cold_outreach", help_text="As the gate asks it.")
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    archived_at = models.DateTimeField(null=True, help_text="None: in use.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["name"], condition=Q(archived_at=None), name="one_sequence_in_use_per_name")
        ]


class SequenceVersion(models.Model):
    """The steps of a plan from this version on. Never changed once published."""

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(help_text="From 1, without gaps.")
    steps = models.JSONField(help_text="List of steps as `domain.plans` reads them.")
    note = models.CharField(max_length=300, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    published_at = models.DateTimeField(null=True, help_text="None: still being written; nobody can be enrolled.")

    class Meta:
        constraints = [UniqueConstraint(fields=["sequence", "number"], name="one_sequence_version_per_number")]


class Campaign(models.Model):
    """Why we talk to a set of people: plan, mode, whose it is, and what it may cost."""

    name = models.CharField(max_length=120)
    version = models.ForeignKey(SequenceVersion, on_delete=models.PROTECT, related_name="campaigns")
    mode = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Mode], default=Mode.EVERY.value)
    state = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in CampaignState], default=CampaignState.DRAFT.value
    )
    segment = models.CharField(max_length=120, default="", help_text="Name of the segment; empty: all.")
    message = models.TextField(default="", help_text="What we offer this segment, in a sentence or two of our own.")
    owner = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    sponsor = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    arms = models.JSONField(default=dict, help_text="Arm to share of enrollments; empty: no experiment.")
    value_threshold = models.DecimalField(
        max_digits=16, decimal_places=2, null=True,
        help_text="Accounts worth more need two approvals, in any mode. None: the organisation's own.",
    )  # fmt: skip
    new_per_day = models.PositiveIntegerField(default=50, help_text="First touches a day, at most.")
    cost = models.DecimalField(max_digits=16, decimal_places=2, null=True, help_text="Of the programme, a month.")
    currency = models.CharField(max_length=3, default="")
    autonomy_since = models.DateTimeField(
        null=True, help_text="Opted in to anything but approval of each. None: never."
    )
    autonomy_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=300, default="", help_text="Why it is in its state, e.g. paused by a warning.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["name"], condition=Q(ended_at=None), name="one_open_campaign_per_name"),
            CheckConstraint(
                condition=Q(mode=Mode.EVERY.value) | Q(autonomy_since__isnull=False), name="autonomy_was_opted_in"
            ),
        ]


class CampaignTarget(models.Model):
    """Somebody a person chose for a campaign. Where a person picks whom, nobody else can be enrolled."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="targets")
    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="+")
    chosen_by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["campaign", "contact"], name="one_target_per_contact")]


class Enrollment(models.Model):
    """One person in one campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="enrollments")
    contact = models.ForeignKey("accounts.Contact", on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    seller = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    mailbox = models.ForeignKey(
        "engagement.Mailbox", null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The one sender of the whole thread. None: not chosen yet.",
    )  # fmt: skip
    arm = models.CharField(max_length=12, choices=[(a.value, a.value) for a in Arm], default=Arm.HYBRID.value)
    state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in EnrollmentState], default=EnrollmentState.ACTIVE.value
    )
    why = models.CharField(max_length=300, default="", help_text="Why it is in its state.")
    paused_until = models.DateTimeField(null=True, help_text="None: not paused, or until somebody resumes it.")
    language = models.CharField(max_length=8, default="")
    time_zone = models.CharField(max_length=64, default="", help_text="Empty: not known.")
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["campaign", "contact"], name="one_enrollment_per_contact")]
        indexes = [
            Index(fields=["contact", "state"], name="enrollment_of_contact"),
            Index(fields=["account", "state"], name="enrollment_of_account"),
            Index(fields=["state", "paused_until"], name="enrollment_to_resume"),
        ]


class Touch(models.Model):
    """One message, call or task to one person, of a plan or in answer to them. Leaves at most once."""

    key = models.CharField(
        max_length=64, unique=True, help_text="What the gate knows it by: enrollment:5:step:2, or reply:17."
    )
    enrollment = models.ForeignKey(
        Enrollment,
        null=True,
        on_delete=models.CASCADE,
        related_name="touches",
        help_text="None: a reply outside any plan.",
    )
    answers = models.ForeignKey(
        "engagement.Inbound", null=True, on_delete=models.SET_NULL, related_name="answered_by",
        help_text="The mail it answers. None: a step of a plan.",
    )  # fmt: skip
    contact = models.ForeignKey("accounts.Contact", null=True, on_delete=models.CASCADE, related_name="+")
    step = models.PositiveSmallIntegerField(null=True, help_text="None: not of a plan.")
    variant = models.CharField(max_length=40, default="")
    channel = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Road])
    mode = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Mode], default=Mode.EVERY.value)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in TouchState], default=TouchState.PLANNED.value
    )
    why = models.CharField(max_length=300, default="", help_text="Why it is in its state or waits.")
    due_at = models.DateTimeField()
    mailbox = models.ForeignKey("engagement.Mailbox", null=True, on_delete=models.SET_NULL, related_name="+")
    message_id = models.CharField(max_length=255, null=True, unique=True, help_text="Fixed before anything leaves.")
    decision = models.PositiveBigIntegerField(null=True, help_text="The gate's latest decision. None: not asked yet.")
    claim = models.CharField(max_length=36, default="", help_text="Token of the worker that holds it; empty: nobody.")
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, help_text="When it left, or was done by hand.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["enrollment", "step"], condition=Q(enrollment__isnull=False, step__isnull=False),
                name="one_touch_per_step",
            ),
        ]  # fmt: skip
        indexes = [
            Index(fields=["due_at", "state"], condition=Q(state__in=[s.value for s in AHEAD]), name="touch_ahead"),
            Index(fields=["contact", "sent_at"], name="touch_of_contact"),
            Index(fields=["mailbox", "sent_at"], name="touch_of_mailbox"),
            Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="touch_held"),
        ]
