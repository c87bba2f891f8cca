"""Tables of scores, kinds and received events."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_public_signals"), ("access", "0002_postal_address")]
    operations = [
        migrations.CreateModel(
            name="WriteKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="E.g. Website, Product.", max_length=80, unique=True)),
                ("source", models.SlugField(help_text="Key of the source its events land under.", max_length=60)),
                ("prefix", models.CharField(help_text="First characters, to tell keys apart.", max_length=12)),
                ("digest", models.CharField(help_text="SHA-256, hex.", max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("revoked_at", models.DateTimeField(help_text="None: may send.", null=True)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("received", models.PositiveBigIntegerField(default=0)),
                (
                    "repeated",
                    models.PositiveBigIntegerField(default=0, help_text="Came again with a message id that was known."),
                ),
                ("refused", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="KindSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(help_text="Kinds, names of events, own addresses: domain.kind_rules.")),
                ("origin", models.CharField(choices=[("person", "Person"), ("learned", "Learned")], max_length=8)),
                ("reason", models.CharField(max_length=300)),
                (
                    "evidence",
                    models.JSONField(default=dict, help_text="Of learned weights: how they did on later weeks."),
                ),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(help_text="Actor name.", max_length=200)),
                (
                    "adopted_at",
                    models.DateTimeField(help_text="Last time somebody put it in force. None: never.", null=True),
                ),
                ("adopted_by", models.CharField(default="", max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["-adopted_at"], name="kinds_in_force")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("adopted_at", None), models.Q(("adopted_by", ""), _negated=True), _connector="OR"
                        ),
                        name="kinds_adopted_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IntentRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="The company's day it was made for.")),
                ("as_of", models.DateTimeField(help_text="Signals after this moment did not count.")),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("rules_hash", models.CharField(help_text="Of the rules by which signals counted.", max_length=32)),
                (
                    "sift_hash",
                    models.CharField(help_text="Of the rules by which signals were left out.", max_length=32),
                ),
                (
                    "loads",
                    models.JSONField(default=dict, help_text="Load id to its rows, of all signals that were read."),
                ),
                (
                    "last_activity_id",
                    models.BigIntegerField(default=0, help_text="Touches of the CRM up to this one were read."),
                ),
                (
                    "counts",
                    models.JSONField(default=dict, help_text="Signals, new ones, accounts, left out by reason."),
                ),
                ("seconds", models.FloatField(default=0.0)),
                ("error", models.TextField(default="")),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "base",
                    models.ForeignKey(
                        help_text="Whose sums were carried on. None: all signals were read.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="intent.intentrun",
                    ),
                ),
                (
                    "kinds",
                    models.ForeignKey(
                        help_text="None: built in.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intent.kindsetting",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceivedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=100)),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("landed", "Landed"), ("kept", "Kept")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("landed_at", models.DateTimeField(null=True)),
                (
                    "call",
                    models.JSONField(
                        help_text="The call, with its corrected moment. None: landed and let go.", null=True
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="intent.writekey"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountIntent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.FloatField()),
                ("surge", models.FloatField(help_text="None: fewer than four whole weeks are known.", null=True)),
                ("percentile", models.FloatField(help_text="Share of scored accounts below, ties half: 0 to 1.")),
                (
                    "kinds",
                    models.JSONField(
                        help_text="[[kind, points], ...] after saturation, most first; they sum to the score."
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="accounts", to="intent.intentrun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account", "run"], name="intent_of_account")],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "account"), name="one_intent_per_run_and_account"),
                    models.CheckConstraint(condition=models.Q(("score__gte", 0)), name="intent_score_is_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("percentile__gte", 0), ("percentile__lte", 1)),
                        name="intent_percentile_is_a_share",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="intentrun",
            index=models.Index(fields=["state", "-day", "-id"], name="intent_run_latest"),
        ),
        migrations.AddConstraint(
            model_name="intentrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True), ("finished_at__isnull", False), _connector="OR"
                ),
                name="intent_run_done_has_end",
            ),
        ),
        migrations.AddIndex(
            model_name="receivedevent",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["key", "id"], name="event_waiting"),
        ),
        migrations.AddIndex(
            model_name="receivedevent",
            index=models.Index(condition=models.Q(("state", "kept")), fields=["key", "id"], name="event_kept"),
        ),
        migrations.AddIndex(
            model_name="receivedevent",
            index=models.Index(fields=["received_at"], name="event_received"),
        ),
        migrations.AddConstraint(
            model_name="receivedevent",
            constraint=models.UniqueConstraint(fields=("message_id",), name="one_received_event_per_message_id"),
        ),
    ]
