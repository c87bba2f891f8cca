"""Tables of review."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagement", "0003_drafting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[("as_is", "as_is"), ("edited", "edited"), ("rejected", "rejected")], max_length=8
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("wrong_fact", "wrong_fact"),
                            ("too_generic", "too_generic"),
                            ("tone", "tone"),
                            ("wrong_offer", "wrong_offer"),
                            ("wrong_person", "wrong_person"),
                            ("bad_timing", "bad_timing"),
                            ("other", "other"),
                        ],
                        default="",
                        help_text="Why it was rejected; empty: it was not.",
                        max_length=16,
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("is_sent_back", models.BooleanField(default=False, help_text="Rejected, and to be written anew.")),
                (
                    "is_last_word",
                    models.BooleanField(default=True, help_text="False: a second person had to approve as well."),
                ),
                (
                    "seconds",
                    models.FloatField(help_text="On the reviewer's screen before the answer, idle time capped."),
                ),
                (
                    "edit_distance",
                    models.FloatField(
                        help_text="Share of characters changed from what software wrote, 0 to 1. None: a rejection.",
                        null=True,
                    ),
                ),
                ("batch", models.CharField(blank=True, default="", help_text="Empty: decided alone.", max_length=32)),
                (
                    "approval",
                    models.PositiveBigIntegerField(
                        help_text="The gate's record of the answer. None: the gate was never asked about the text.",
                        null=True,
                    ),
                ),
                ("reviewed_at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(help_text="None: it stands.", null=True)),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="engagement.draft"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "written",
                    models.ForeignKey(
                        help_text="What software wrote first, where it was edited. None: not edited.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="engagement.draft",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["reviewer", "-reviewed_at"], name="review_by_reviewer"),
                    models.Index(fields=["-reviewed_at"], name="review_by_day"),
                    models.Index(
                        condition=models.Q(("batch", ""), _negated=True), fields=["batch"], name="review_by_batch"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_back_at", None)),
                        fields=("draft", "reviewer"),
                        name="one_standing_review_per_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("action", "rejected"), models.Q(("reason", ""), _negated=True)),
                            models.Q(models.Q(("action", "rejected"), _negated=True), ("reason", "")),
                            _connector="OR",
                        ),
                        name="a_rejection_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Showing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shown_at", models.DateTimeField()),
                (
                    "shown_with",
                    models.PositiveSmallIntegerField(default=1, help_text="Drafts on the page; a batch shows many."),
                ),
                (
                    "seconds",
                    models.FloatField(help_text="How long, idle time capped. None: still on the screen.", null=True),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="showings", to="engagement.draft"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["reviewer", "shown_at"], name="showing_by_reviewer")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("seconds", None)),
                        fields=("draft", "reviewer"),
                        name="a_draft_is_on_a_screen_once",
                    )
                ],
            },
        ),
    ]
