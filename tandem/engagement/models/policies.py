"""Written policies of autopilot, the cases they are tested with, what they said of messages, and stops of growth."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q, UniqueConstraint

from tandem.engagement.domain.policy_rules import PolicyState


class OutreachPolicy(models.Model):
    """What software may send for a campaign without anybody approving it, version by version."""

    campaign = models.ForeignKey("engagement.Campaign", on_delete=models.CASCADE, related_name="policies")
    number = models.PositiveIntegerField(help_text="From 1, without gaps.")
    rules = models.JSONField(help_text="As `domain.policy_rules.Policy`.")
    state = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in PolicyState], default=PolicyState.DRAFT.value
    )
    note = models.CharField(max_length=300, default="", blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    in_force_at = models.DateTimeField(null=True, help_text="None: never.")
    in_force_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    retired_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, default="", blank=True, help_text="Why it was retired or paused.")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign", "number"], name="one_policy_per_number"),
            UniqueConstraint(
                fields=["campaign"], condition=Q(state=PolicyState.IN_FORCE.value), name="one_policy_in_force"
            ),
            UniqueConstraint(fields=["campaign"], condition=Q(state=PolicyState.DRAFT.value), name="one_policy_draft"),
        ]


class PolicyTest(models.Model):
    """A case that a campaign's policy must judge as said before it may go into force."""

    campaign = models.ForeignKey("engagement.Campaign", on_delete=models.CASCADE, related_name="policy_tests")
    name = models.CharField(max_length=120)
    facts = models.JSONField(help_text="As `domain.policy_rules.MessageFacts`.")
    breaches = models.JSONField(default=list, help_text="Rules it must break; empty: it may leave.")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        constraints = [UniqueConstraint(fields=["campaign", "name"], name="one_policy_test_per_name")]


class PolicyJudgement(models.Model):
    """What the policy in force said of a message the last time it was asked. The monitor counts these."""

    touch = models.OneToOneField("engagement.Touch", on_delete=models.CASCADE, related_name="judgement")
    policy = models.ForeignKey(OutreachPolicy, on_delete=models.CASCADE, related_name="judgements")
    breaches = models.JSONField(default=list, help_text="In words; empty: inside the policy.")
    judged_at = models.DateTimeField()

    class Meta:
        indexes = [Index(fields=["policy", "judged_at"], name="judgement_by_policy")]


class GrowthStop(models.Model):
    """A campaign takes nobody new in and no further autonomy, because a warning said so, until a person lifts it."""

    campaign = models.ForeignKey("engagement.Campaign", on_delete=models.CASCADE, related_name="growth_stops")
    rule = models.CharField(max_length=40)
    why = models.CharField(max_length=500)
    figures = models.JSONField(default=dict)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, help_text="None: it stands.")
    lifted_by = models.ForeignKey("access.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    lifted_why = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign"], condition=Q(lifted_at=None), name="one_standing_growth_stop")
        ]
