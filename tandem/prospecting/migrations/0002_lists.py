"""Tables of searches, lists and runs of the pipeline."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0001_ranking")]
    operations = [
        migrations.CreateModel(
            name="ProspectList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("signals", "Signals"),
                            ("firmographic", "Firmographic"),
                            ("file", "File"),
                            ("hand", "Hand"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "condition",
                    models.JSONField(help_text="That found its first accounts. None: no search did.", null=True),
                ),
                (
                    "as_of",
                    models.DateTimeField(help_text="The moment the search was asked of. None: no search.", null=True),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("archived_at", models.DateTimeField(help_text="None: in use.", null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PipelineRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("list_version", models.PositiveIntegerField()),
                (
                    "phase",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
                        default="running",
                        max_length=7,
                    ),
                ),
                (
                    "job_id",
                    models.BigIntegerField(
                        help_text="Of the background work that carries it. None: not begun.", null=True
                    ),
                ),
                ("started_by", models.JSONField(help_text="The actor on whose behalf it runs.")),
                ("started_by_name", models.CharField(max_length=200)),
                ("allowance", models.PositiveIntegerField(help_text="At most so many accounts become ready.")),
                ("notes", models.JSONField(default=list, help_text="What a reader should know of the run, in words.")),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "prospect_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="prospecting.prospectlist"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("candidate", "Candidate"),
                            ("excluded", "Excluded"),
                            ("passed", "Passed"),
                            ("held", "Held"),
                            ("deferred", "Deferred"),
                            ("ready", "Ready"),
                        ],
                        default="candidate",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(default="", help_text="Why it is in its state, in words.", max_length=400)),
                ("because", models.TextField(default="", help_text="What made the search find it, in words.")),
                ("evidence_ids", models.JSONField(default=list, help_text="That the search rested on.")),
                ("quality", models.FloatField(help_text="Of its rationale, 0 to 1. None: not measured.", null=True)),
                (
                    "contact_ids",
                    models.JSONField(default=list, help_text="Usable and allowed contacts, the opening one first."),
                ),
                ("added_by", models.CharField(max_length=200)),
                ("added_at", models.DateTimeField()),
                ("added_in", models.PositiveIntegerField(help_text="Version of the list.")),
                ("removed_in", models.PositiveIntegerField(help_text="None: it is on the list.", null=True)),
                ("removed_why", models.CharField(default="", max_length=200)),
                ("ready_at", models.DateTimeField(help_text="When it became ready. None: it is not.", null=True)),
                ("taken_at", models.DateTimeField(help_text="When engagement took it. None: not yet.", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "prospect_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="prospecting.prospectlist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("archived_at", models.DateTimeField(help_text="None: in use.", null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        help_text="None: an agent made it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="From 1, without gaps.")),
                ("condition", models.JSONField(help_text="As `domain.conditions` reads it.")),
                (
                    "sentence",
                    models.CharField(
                        default="", help_text="What somebody typed; empty: built by hand.", max_length=500
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                (
                    "search",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="prospecting.savedsearch",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="prospectlist",
            name="search_version",
            field=models.ForeignKey(
                help_text="None: not from a saved one.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="prospecting.searchversion",
            ),
        ),
        migrations.CreateModel(
            name="PipelineRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(help_text="domain.pipeline.Stage value.", max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("moving", "Moving"),
                            ("failed", "Failed"),
                            ("excluded", "Excluded"),
                            ("passed", "Passed"),
                            ("held", "Held"),
                            ("deferred", "Deferred"),
                            ("ready", "Ready"),
                        ],
                        default="moving",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=400)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Of its present stage.")),
                (
                    "facts",
                    models.JSONField(
                        default=dict, help_text="What stages found: fit, value, quality, contacts, owner."
                    ),
                ),
                ("updated_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="prospecting.listentry"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="prospecting.pipelinerun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "state", "stage"], name="pipeline_row_by_stage")],
                "constraints": [models.UniqueConstraint(fields=("run", "account"), name="one_row_per_run_and_account")],
            },
        ),
        migrations.AddConstraint(
            model_name="pipelinerun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("phase", "running")), fields=("prospect_list",), name="one_run_at_a_time_per_list"
            ),
        ),
        migrations.AddIndex(
            model_name="listentry",
            index=models.Index(fields=["account", "state"], name="list_entry_by_account"),
        ),
        migrations.AddIndex(
            model_name="listentry",
            index=models.Index(fields=["state", "taken_at"], name="list_entry_ready"),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_in", None)),
                fields=("prospect_list", "account"),
                name="account_once_on_a_list",
            ),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("removed_in", None), ("removed_in__gt", models.F("added_in")), _connector="OR"),
                name="entry_goes_after_it_came",
            ),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ready"), _negated=True), ("ready_at__isnull", False), _connector="OR"
                ),
                name="ready_entry_has_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)), fields=("name",), name="one_search_in_use_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="searchversion",
            constraint=models.UniqueConstraint(fields=("search", "number"), name="one_search_version_per_number"),
        ),
        migrations.AddConstraint(
            model_name="prospectlist",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)), fields=("name",), name="one_list_in_use_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="prospectlist",
            constraint=models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="list_version_from_one"),
        ),
        migrations.CreateModel(
            name="ListTimeBaseline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hours", models.DecimalField(decimal_places=1, help_text="Of one seller in one week.", max_digits=4)),
                ("accounts", models.PositiveIntegerField(help_text="That came of those hours.")),
                ("measured_on", models.DateField()),
                (
                    "method",
                    models.CharField(
                        help_text="How it was measured, in words: time sheets, a survey.", max_length=200
                    ),
                ),
                ("entered_by", models.CharField(max_length=200)),
                ("entered_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("hours__gt", 0)), name="list_time_is_above_zero"),
                    models.CheckConstraint(
                        condition=models.Q(("accounts__gte", 1)), name="list_time_brought_an_account"
                    ),
                ],
            },
        ),
    ]
