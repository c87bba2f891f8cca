"""Work that comes out of what came in: people's clocks, what software did by itself, and how far a mailbox is read."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from tandem.engagement.domain.consequences import EffectKind
from tandem.engagement.domain.reply_work import CloseReason, RedirectState


class WorkCalendar(models.Model):
    """When a team answers: its hours, its holidays, its own days off."""

    team = models.OneToOneField("access.Team", on_delete=models.CASCADE, related_name="+")
    time_zone = models.CharField(max_length=64, help_text="IANA name.")
    country = models.CharField(max_length=2, default="", help_text="Whose public holidays are free; empty: none are.")
    region = models.CharField(max_length=20, default="")
    working_hours = models.JSONField(default=dict, help_text='Weekday 0-6 to a list of ["HH:MM", "HH:MM"] spans.')
    closed_on = models.JSONField(default=list, help_text="Further days off, ISO dates.")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)


class Cover(models.Model):
    """Somebody is away, and who answers in their place."""

    person = models.ForeignKey("access.Person", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey("access.Person", on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="a_cover_ends_after_it_begins"),
            CheckConstraint(condition=~Q(person=F("by")), name="nobody_covers_for_themselves"),
        ]
        indexes = [Index(fields=["person", "last_day"], name="cover_of_person")]


class ReplyTask(models.Model):
    """One message that a person must answer, with the clock that runs until somebody takes it."""

    inbound = models.OneToOneField("engagement.Inbound", on_delete=models.CASCADE, related_name="task")
    owner = models.ForeignKey(
        "access.Person", null=True, on_delete=models.SET_NULL, related_name="+", help_text="None: nobody is known."
    )
    why = models.CharField(max_length=200, help_text="Why a person must see it.")
    calendar = models.ForeignKey(
        WorkCalendar,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="None: the organisation's hours.",
    )
    started_at = models.DateTimeField(help_text="When the message came in: the clock runs from here.")
    minutes = models.PositiveSmallIntegerField(help_text="Business minutes until it is late.")
    escalate_at = models.DateTimeField(help_text="When the manager is told, before it is late.")
    due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, help_text="None: not yet, or never needed.")
    escalated_to = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    breached_at = models.DateTimeField(null=True, help_text="Written down as late. None: in time so far.")
    taken_at = models.DateTimeField(null=True, help_text="A person took it: the clock stopped. None: it runs.")
    taken_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    business_minutes = models.FloatField(null=True, help_text="Open minutes until the clock stopped. None: it runs.")
    handed_to = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    handed_at = models.DateTimeField(null=True)
    handed_why = models.CharField(max_length=300, default="")
    closed_at = models.DateTimeField(null=True, help_text="Answered, or nothing to answer. None: open.")
    closed_as = models.CharField(
        max_length=12, choices=[(one.value, one.value) for one in CloseReason], default="", help_text="Empty: open."
    )

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(due_at__gte=F("escalate_at")), name="escalation_comes_before_breach"),
            CheckConstraint(
                condition=Q(closed_at=None, closed_as="") | (Q(closed_at__isnull=False) & ~Q(closed_as="")),
                name="a_closed_task_says_how",
            ),
        ]
        indexes = [
            Index(fields=["escalate_at"], condition=Q(taken_at=None, closed_at=None), name="reply_task_running"),
            Index(fields=["owner", "closed_at"], name="reply_task_of_owner"),
            Index(fields=["started_at"], name="reply_task_by_day"),
        ]


class InboundEffect(models.Model):
    """One thing that followed from a message by a rule, with its inputs; what can be taken back says how."""

    inbound = models.ForeignKey("engagement.Inbound", on_delete=models.CASCADE, related_name="effects")
    kind = models.CharField(max_length=16, choices=[(one.value, one.value) for one in EffectKind])
    rule = models.CharField(max_length=40, help_text="Key of the rule that asked for it.")
    inputs = models.JSONField(default=dict, help_text="What the rule saw; no words of the message.")
    told = models.CharField(max_length=300, help_text="What was done, in a sentence.")
    before = models.JSONField(default=dict, help_text="What is needed to take it back; empty: it can't be.")
    done_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, help_text="None: it stands.")
    undone_by = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["inbound", "kind", "rule"], condition=Q(undone_at=None), name="one_standing_effect_per_rule"
            )
        ]
        indexes = [Index(fields=["done_at"], name="inbound_effect_by_day")]


class RedirectProposal(models.Model):
    """Somebody to write to instead, as a reply names them. Nobody is enrolled by it."""

    inbound = models.OneToOneField("engagement.Inbound", on_delete=models.CASCADE, related_name="redirect")
    name = models.CharField(max_length=200, default="")
    email = models.CharField(max_length=254, default="")
    contact = models.ForeignKey(
        "accounts.Contact", null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Who that is, where we know them. None: nobody here yet.",
    )  # fmt: skip
    state = models.CharField(
        max_length=9, choices=[(one.value, one.value) for one in RedirectState], default=RedirectState.OPEN.value
    )
    decided_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)


class MailboxCursor(models.Model):
    """How far a folder of a mailbox is read: the next look begins behind it."""

    mailbox = models.ForeignKey("engagement.Mailbox", on_delete=models.CASCADE, related_name="cursors")
    folder = models.CharField(max_length=200)
    uid_validity = models.BigIntegerField(
        help_text="When the server changes it, all is read again; known mail is known."
    )
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, help_text="Last look that ended. None: none did.")
    skipped = models.JSONField(default=list, help_text="Mail that could not be taken: uid, why. The newest hundred.")
    why = models.CharField(max_length=300, default="", help_text="Why the last look failed; empty: it did not.")

    class Meta:
        constraints = [UniqueConstraint(fields=["mailbox", "folder"], name="one_cursor_per_folder")]
