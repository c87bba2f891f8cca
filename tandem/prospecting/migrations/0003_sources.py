"""Tables of sources outside, their calls and verified addresses."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_public_signals"),
        ("prospecting", "0002_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ObservedAccuracy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_key", models.CharField(max_length=60)),
                ("measure", models.CharField(help_text="domain.accuracy.Measure value.", max_length=20)),
                ("hits", models.PositiveIntegerField()),
                ("n", models.PositiveIntegerField()),
                ("measured_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source_key", "measure"), name="one_accuracy_per_source_and_measure"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hits__lte", models.F("n"))), name="accuracy_hits_are_among_n"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.SlugField(help_text='Of `domain.providers`, e.g. "apollo".', max_length=40, unique=True),
                ),
                ("is_on", models.BooleanField(default=False)),
                ("sealed_key", models.TextField(default="", help_text="By `core.secrets`; never shown again.")),
                ("key_hint", models.CharField(default="", help_text="The key's last characters.", max_length=8)),
                (
                    "base_address",
                    models.CharField(default="", help_text="Empty: the provider's usual one.", max_length=300),
                ),
                ("prices", models.JSONField(default=dict, help_text="Kind of call to price as decimal text.")),
                ("currency", models.CharField(default="USD", max_length=3)),
                (
                    "monthly_budget",
                    models.DecimalField(decimal_places=2, help_text="None: no bound.", max_digits=12, null=True),
                ),
                ("vendor_name", models.CharField(default="", help_text="In the register of vendors.", max_length=200)),
                (
                    "contact",
                    models.CharField(default="", help_text="Mail address told in the User-Agent.", max_length=254),
                ),
                (
                    "token_hash",
                    models.CharField(default="", help_text="Of the token with which it calls us.", max_length=64),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("key_refused", "Key Refused"),
                            ("no_credit", "No Credit"),
                            ("throttled", "Throttled"),
                            ("failing", "Failing"),
                        ],
                        default="ready",
                        max_length=12,
                    ),
                ),
                ("state_note", models.CharField(default="", max_length=300)),
                (
                    "paused_until",
                    models.DateTimeField(help_text="Asked again from then on. None: at any time.", null=True),
                ),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("monthly_budget", None), ("monthly_budget__gte", 0), _connector="OR"),
                        name="budget_is_not_negative",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WaterfallRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=30, unique=True)),
                ("providers", models.JSONField(help_text="Keys, the first asked first.")),
                ("enough", models.PositiveSmallIntegerField(default=1, help_text="Sources that must tell the field.")),
                ("set_at", models.DateTimeField()),
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
        ),
        migrations.CreateModel(
            name="AddressCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "address_hash",
                    models.CharField(help_text="Keyed; the address itself stands in accounts.", max_length=64),
                ),
                ("verifier", models.CharField(help_text='Provider\'s key, or "built-in".', max_length=40)),
                (
                    "result",
                    models.CharField(
                        choices=[("ok", "Ok"), ("bad", "Bad"), ("risky", "Risky"), ("unknown", "Unknown")], max_length=7
                    ),
                ),
                ("is_weak", models.BooleanField(help_text="The mail server was not asked.")),
                ("raw", models.CharField(default="", help_text="The verifier's own word.", max_length=60)),
                ("reasons", models.JSONField(default=list)),
                ("chance", models.FloatField(help_text="Of taking mail on the day of the check, 0 to 1.")),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("checked_at", models.DateTimeField()),
                ("retry_at", models.DateTimeField(help_text="For unknown ones, once. None: not by itself.", null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.contact"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["contact"], name="check_by_contact")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("address_hash", "verifier"), name="one_check_per_address_and_verifier"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("chance__gte", 0), ("chance__lte", 1)), name="check_chance_is_a_share"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FieldObservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=60)),
                ("field", models.CharField(max_length=30)),
                ("has_value", models.BooleanField()),
                ("observed_at", models.DateTimeField()),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="prospecting.provideraccount"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subject", "field"], name="observation_by_subject")],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "subject", "field"), name="one_observation_per_field")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="domain.providers.CallKind value.", max_length=20)),
                ("request_key", models.CharField(help_text="Hash of the question, hex.", max_length=64)),
                (
                    "round",
                    models.PositiveIntegerField(default=1, help_text="Counts up when an answer has become too old."),
                ),
                (
                    "subject",
                    models.CharField(
                        default="", help_text='"account:3", "contact:12"; empty: a search.', max_length=60
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("answered", "Answered"),
                            ("missed", "Missed"),
                            ("failed", "Failed"),
                            ("uncertain", "Uncertain"),
                        ],
                        default="asked",
                        max_length=9,
                    ),
                ),
                (
                    "claim",
                    models.CharField(help_text="Of whoever asks: only they may write how it ended.", max_length=32),
                ),
                ("price", models.DecimalField(decimal_places=4, max_digits=12)),
                ("currency", models.CharField(max_length=3)),
                ("records", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("error_code", models.CharField(default="", max_length=60)),
                ("error", models.CharField(default="", max_length=400)),
                (
                    "answer",
                    models.TextField(default="", help_text="Sealed rows until they are brought in; then empty."),
                ),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("good_until", models.DateTimeField(help_text="Not asked again before. None: at any time.", null=True)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="prospecting.provideraccount"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["provider", "-asked_at"], name="call_by_provider"),
                    models.Index(
                        condition=models.Q(("answer", ""), _negated=True), fields=["id"], name="call_to_bring_in"
                    ),
                    models.Index(fields=["subject"], name="call_by_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "request_key", "round"), name="one_charge_per_question_and_round"
                    ),
                    models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="call_price_is_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, unique=True)),
                (
                    "table",
                    models.CharField(
                        help_text="Short hash of the table's address: limits are a table's.", max_length=16
                    ),
                ),
                ("subject", models.CharField(max_length=60)),
                (
                    "sent_at",
                    models.DateTimeField(help_text="None: not confirmed, so it may not have arrived.", null=True),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answer_hash",
                    models.CharField(
                        default="", help_text="Of the last answer: repeats change nothing.", max_length=64
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="prospecting.provideraccount"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["provider", "table"], name="row_by_table")],
            },
        ),
        migrations.CreateModel(
            name="WatchedPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="domain.providers.PlaceKind value.", max_length=12)),
                (
                    "place",
                    models.CharField(help_text="Address, or the board's or organisation's name.", max_length=500),
                ),
                ("is_on", models.BooleanField(default=True)),
                ("etag", models.CharField(default="", max_length=200)),
                ("last_modified", models.CharField(default="", max_length=60)),
                ("content_hash", models.CharField(default="", max_length=64)),
                ("next_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(help_text="None: never yet.", null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0, help_text="In a row.")),
                (
                    "note",
                    models.CharField(
                        default="", help_text="Why it failed or is not read; empty: all is well.", max_length=400
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["is_on", "next_at"], name="watch_due")],
                "constraints": [models.UniqueConstraint(fields=("kind", "place"), name="one_watch_per_place")],
            },
        ),
    ]
