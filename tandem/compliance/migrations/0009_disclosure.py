"""Tables of disclosure settings, and of what a change of rules does."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0008_residency"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="DisclosureSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opening", "opening"),
                            ("footer", "footer"),
                            ("spoken", "spoken"),
                            ("recording", "recording"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        blank=True, default="", help_text='"DE", "US-TX", "EEA"; empty: everywhere.', max_length=8
                    ),
                ),
                (
                    "campaign",
                    models.CharField(blank=True, default="", help_text="Empty: all campaigns.", max_length=120),
                ),
                (
                    "language",
                    models.CharField(blank=True, default="", help_text='"de", "en-GB"; empty: all.', max_length=5),
                ),
                (
                    "version",
                    models.PositiveIntegerField(help_text="Counts from 1 for each kind, place, campaign and language."),
                ),
                ("is_on", models.BooleanField(help_text="None: as the table of rules says.", null=True)),
                ("text", models.TextField(blank=True, default="", help_text="Empty: the product's own words.")),
                ("reason", models.CharField(max_length=300)),
                ("set_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(help_text="None: it stands.", null=True)),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-set_at"], name="disclosure_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["opening", "footer", "spoken", "recording"])),
                        name="disclosure_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="disclosure_is_set_for_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), models.Q(("language", ""), _negated=True), _connector="OR"),
                        name="disclosure_text_has_a_language",
                    ),
                    models.UniqueConstraint(
                        fields=("kind", "place", "campaign", "language", "version"), name="one_disclosure_a_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at", None)),
                        fields=("kind", "place", "campaign", "language"),
                        name="one_standing_disclosure",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleImpact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "question",
                    models.JSONField(help_text="What is compared with what: dates, or own packs with the product's."),
                ),
                ("asked_at", models.DateTimeField()),
                ("job", models.BigIntegerField(help_text="Id of the job that works it out.", null=True)),
                ("done_at", models.DateTimeField(help_text="None: not yet.", null=True)),
                ("rules_version", models.CharField(blank=True, default="", max_length=200)),
                (
                    "found",
                    models.JSONField(help_text="Counts, and the first changes one by one. None: not yet.", null=True),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-asked_at"], name="impact_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("found", None)),
                            models.Q(("done_at__isnull", False), ("found__isnull", False)),
                            _connector="OR",
                        ),
                        name="impact_is_found_when_done",
                    )
                ],
            },
        ),
    ]
