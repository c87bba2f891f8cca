"""Tables of ideal customers and the weekly ranking."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intent", "0001_intent"), ("agents", "0001_runs"), ("accounts", "0011_public_signals")]
    operations = [
        migrations.CreateModel(
            name="RankingReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.SlugField(help_text='What was worked out, e.g. "backtest".', max_length=60, unique=True),
                ),
                ("computed_at", models.DateTimeField()),
                ("body", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="IcpVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="From 1, without gaps.", unique=True)),
                ("body", models.JSONField(help_text="The document, as its JSON Schema says.")),
                ("hash", models.CharField(help_text="SHA-256 of the canonical JSON.", max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("live", "live"), ("retired", "retired")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(default="", help_text="Why it was made or changed.", max_length=300)),
                ("author_id", models.PositiveBigIntegerField(default=0, help_text="The person; 0: Tandem itself.")),
                ("author_name", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("published_by", models.CharField(default="", max_length=200)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "valid_until",
                    models.DateField(help_text="Last day, a quarter after it went live. None: a draft.", null=True),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")), fields=("state",), name="one_live_icp"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")), fields=("state",), name="one_draft_icp"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "draft"),
                            models.Q(("published_at__isnull", False), ("valid_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="published_icp_has_a_day_it_ends",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RankRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.CharField(help_text="ISO week, 2026-W48.", max_length=8, unique=True)),
                ("ranked_at", models.DateTimeField()),
                ("intent_day", models.DateField(help_text="The day whose intent scores were taken.")),
                ("currency", models.CharField(max_length=3)),
                ("accounts", models.PositiveIntegerField()),
                ("excluded", models.PositiveIntegerField()),
                (
                    "model",
                    models.JSONField(
                        help_text="Chance at full marks with its numbers, floor of intent, values by segment."
                    ),
                ),
                ("capacities", models.JSONField(help_text="By owner's id: capacity and the load it comes from.")),
                (
                    "icp",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="prospecting.icpversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountRank",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.CharField(max_length=8)),
                ("fit", models.FloatField()),
                ("intent", models.FloatField()),
                ("capacity", models.FloatField()),
                (
                    "chance",
                    models.FloatField(help_text="Of a deal that opens within four weeks and is won, at full marks."),
                ),
                ("value", models.DecimalField(decimal_places=2, help_text="Value if won.", max_digits=20)),
                ("expected_value", models.DecimalField(decimal_places=2, max_digits=20)),
                (
                    "low",
                    models.DecimalField(
                        decimal_places=2, help_text="80% interval of the expected value.", max_digits=20
                    ),
                ),
                ("high", models.DecimalField(decimal_places=2, max_digits=20)),
                ("place", models.PositiveIntegerField(help_text="In its owner's book; 1 is first.")),
                ("excluded_by", models.CharField(default="", help_text="Empty: not excluded.", max_length=120)),
                ("parts", models.JSONField(help_text="What fit and intent rest on, as they were that night.")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "suggested_owner",
                    models.ForeignKey(
                        help_text="For accounts nobody owns.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ranks", to="prospecting.rankrun"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["week", "owner", "place"], name="rank_book"),
                    models.Index(fields=["week", "-expected_value"], name="rank_week_value"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("week", "account"), name="one_rank_per_week_and_account"),
                    models.CheckConstraint(
                        condition=models.Q(("fit__gte", 0), ("fit__lte", 1)), name="rank_fit_in_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("intent__gte", 0), ("intent__lte", 1)), name="rank_intent_in_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__gte", 0), ("capacity__lte", 1)), name="rank_capacity_in_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("excluded_by", ""), ("expected_value", 0), _connector="OR"),
                        name="excluded_rank_is_worth_nothing",
                    ),
                ],
            },
        ),
    ]
