"""Policies of autopilot with their cases and judgements, and stops of growth."""

import django.db.models.deletion
from django.db import migrations, models


def key() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("engagement", "0001_core")]

    operations = [
        migrations.CreateModel(
            name="OutreachPolicy",
            fields=[
                ("id", key()),
                ("number", models.PositiveIntegerField(help_text="From 1, without gaps.")),
                ("rules", models.JSONField(help_text="As `domain.policy_rules.Policy`.")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("in_force", "in_force"), ("retired", "retired")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("in_force_at", models.DateTimeField(help_text="None: never.", null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "why",
                    models.CharField(blank=True, default="", help_text="Why it was retired or paused.", max_length=300),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="policies", to="engagement.campaign"
                    ),
                ),
                (
                    "in_force_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="access.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "number"), name="one_policy_per_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_force")), fields=("campaign",), name="one_policy_in_force"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")), fields=("campaign",), name="one_policy_draft"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyTest",
            fields=[
                ("id", key()),
                ("name", models.CharField(max_length=120)),
                ("facts", models.JSONField(help_text="As `domain.policy_rules.MessageFacts`.")),
                (
                    "breaches",
                    models.JSONField(default=list, help_text="Rules it must break; empty: it may leave."),
                ),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policy_tests",
                        to="engagement.campaign",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "name"), name="one_policy_test_per_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyJudgement",
            fields=[
                ("id", key()),
                ("breaches", models.JSONField(default=list, help_text="In words; empty: inside the policy.")),
                ("judged_at", models.DateTimeField()),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judgements",
                        to="engagement.outreachpolicy",
                    ),
                ),
                (
                    "touch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judgement", to="engagement.touch"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["policy", "judged_at"], name="judgement_by_policy")]},
        ),
        migrations.CreateModel(
            name="GrowthStop",
            fields=[
                ("id", key()),
                ("rule", models.CharField(max_length=40)),
                ("why", models.CharField(max_length=500)),
                ("figures", models.JSONField(default=dict)),
                ("since", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(help_text="None: it stands.", null=True)),
                ("lifted_why", models.CharField(blank=True, default="", max_length=300)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="growth_stops",
                        to="engagement.campaign",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="access.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("campaign",), name="one_standing_growth_stop"
                    ),
                ],
            },
        ),
    ]
