"""Tables of prompts, evals, quality and the division of work."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0001_runs"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="EvalGate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=80, unique=True)),
                ("schema_ok", models.FloatField()),
                ("guards_ok", models.FloatField()),
                ("expectations_ok", models.FloatField()),
                ("changed_by", models.CharField(max_length=200)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guards_ok__gt", 0),
                            ("guards_ok__lte", 1),
                            ("schema_ok__gt", 0),
                            ("schema_ok__lte", 1),
                            ("expectations_ok__gt", 0),
                            ("expectations_ok__lte", 1),
                        ),
                        name="gate_thresholds_are_shares",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvalRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=80)),
                ("engine", models.CharField(help_text='"built-in" or "provider:model".', max_length=120)),
                ("tier", models.CharField(max_length=8)),
                (
                    "kind",
                    models.CharField(choices=[("gate", "gate"), ("drift", "drift"), ("live", "live")], max_length=8),
                ),
                ("prompt_hash", models.CharField(max_length=64)),
                ("set_hash", models.CharField(help_text="SHA-256 of the frozen set's bytes.", max_length=64)),
                ("cases", models.PositiveIntegerField()),
                ("schema_ok", models.FloatField(help_text="Share of cases, 0 to 1.")),
                ("guards_ok", models.FloatField(help_text="Share of cases, 0 to 1.")),
                ("expectations_ok", models.FloatField(help_text="Share of cases, 0 to 1.")),
                ("mean_words", models.FloatField(default=0)),
                ("seconds", models.FloatField(default=0)),
                ("cost", models.DecimalField(decimal_places=6, default=0, help_text="US dollars.", max_digits=12)),
                ("is_passed", models.BooleanField(help_text="Every figure reached the task's gate.")),
                ("gate", models.JSONField(help_text="The thresholds it was held against.")),
                ("asked_by_kind", models.CharField(max_length=6)),
                ("asked_by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["task", "engine", "-at"], name="eval_by_task")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["gate", "drift", "live"])), name="eval_kind_is_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("cases__gt", 0)), name="eval_has_cases"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guards_ok__gte", 0),
                            ("guards_ok__lte", 1),
                            ("schema_ok__gte", 0),
                            ("schema_ok__lte", 1),
                            ("expectations_ok__gte", 0),
                            ("expectations_ok__lte", 1),
                        ),
                        name="eval_shares_are_shares",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvalCaseResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="Line in the set, from 1.")),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("schema_ok", models.BooleanField()),
                ("guards_ok", models.BooleanField()),
                ("expectations_ok", models.BooleanField()),
                ("words", models.PositiveIntegerField(default=0)),
                ("wrong", models.JSONField(default=list, help_text="[{guard, span, message}] of what did not hold.")),
                (
                    "output",
                    models.JSONField(
                        help_text="What the engine answered; None: nothing that fits the schema.", null=True
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="results", to="agents.evalrun"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "number"), name="one_result_a_case")],
            },
        ),
        migrations.CreateModel(
            name="PromptVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=80)),
                ("number", models.PositiveIntegerField(help_text="From 1 within the task; 0 is the packaged text.")),
                ("text", models.TextField()),
                ("hash", models.CharField(help_text="SHA-256 of the text.", max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("live", "live"), ("retired", "retired")], max_length=8
                    ),
                ),
                ("author_name", models.CharField(max_length=200)),
                ("note", models.CharField(blank=True, default="", help_text="Why it was written.", max_length=300)),
                ("created_at", models.DateTimeField()),
                ("live_from", models.DateTimeField(help_text="When it last went live; None: never yet.", null=True)),
                (
                    "author",
                    models.ForeignKey(
                        help_text="None: software.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["task", "hash"], name="prompt_by_hash")],
                "constraints": [
                    models.UniqueConstraint(fields=("task", "number"), name="prompt_number_is_unique_in_its_task"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")), fields=("task",), name="one_live_prompt_a_task"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "live", "retired"])), name="prompt_state_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "live"), _negated=True), ("live_from__isnull", False), _connector="OR"
                        ),
                        name="live_prompt_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="prompt_says_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ToolRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tool", models.CharField(max_length=80)),
                ("agent_id", models.BigIntegerField()),
                ("agent_name", models.CharField(max_length=200)),
                ("subject", models.CharField(help_text='What it is about, e.g. "account:42".', max_length=120)),
                ("input", models.JSONField()),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(help_text="None: it waits.", null=True)),
                ("is_yes", models.BooleanField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("answer", models.CharField(blank=True, default="", help_text="What came of it.", max_length=300)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("decided_at", None)), fields=["-asked_at"], name="tool_requests_waiting"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("is_yes", None)),
                            models.Q(
                                ("decided_at__isnull", False), ("decided_by__isnull", False), ("is_yes__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="tool_request_is_decided_whole",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkDivision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        help_text='"negotiation_judgement", or a task\'s name.', max_length=80, unique=True
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("owner", models.CharField(choices=[("ai", "ai"), ("human", "human")], max_length=5)),
                ("why", models.CharField(max_length=300)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("owner__in", ["ai", "human"])), name="work_owner_is_known"
                    )
                ],
            },
        ),
    ]
