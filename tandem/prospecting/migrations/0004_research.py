"""Tables of facts, briefs, rationales and stakeholders."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_public_signals"),
        ("prospecting", "0003_sources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Brief",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sections",
                    models.JSONField(
                        help_text='[{"section", "claims": [{"text", "evidence_ids"}], "nothing"}], all nine.'
                    ),
                ),
                ("engine", models.CharField(max_length=120)),
                ("prompt_hash", models.CharField(max_length=64)),
                ("run_id", models.BigIntegerField()),
                ("input_hash", models.CharField(max_length=64)),
                ("first_made_at", models.DateTimeField(help_text="Since then the account has had a brief.")),
                ("made_at", models.DateTimeField()),
                (
                    "expires_at",
                    models.DateTimeField(help_text="When the first of its facts expires, at the latest after 30 days."),
                ),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FactSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sections",
                    models.JSONField(help_text='[{"section", "claims": [{"text", "evidence_ids"}]}], all four.'),
                ),
                (
                    "left_out",
                    models.JSONField(
                        default=list,
                        help_text='Pieces kept out as personal, without their words: [{"evidence_id", "because"}].',
                    ),
                ),
                ("engine", models.CharField(max_length=120)),
                ("prompt_hash", models.CharField(max_length=64)),
                ("run_id", models.BigIntegerField()),
                ("input_hash", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.contact"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(help_text='Whom it is about: "account:3", "contact:9".', max_length=40)),
                (
                    "kind",
                    models.CharField(
                        help_text='What sort of thing: "funding_round", "email", "employees".', max_length=40
                    ),
                ),
                (
                    "section",
                    models.CharField(help_text="Where it stands in the brief or the fact sheet.", max_length=24),
                ),
                ("statement", models.TextField(help_text="Our sentence that rests on it.")),
                ("quote", models.TextField(help_text="The words of the source.")),
                ("evidence_id", models.CharField(help_text='As claims cite it: "signal:news/4711".', max_length=200)),
                ("source", models.CharField(max_length=120)),
                ("url", models.TextField(default="")),
                ("said_at", models.DateTimeField(help_text="None: the source does not say when.", null=True)),
                (
                    "expires_at",
                    models.DateTimeField(help_text="None: holds until the source says otherwise.", null=True),
                ),
                ("found_at", models.DateTimeField(help_text="When research first took it up.")),
                (
                    "account",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        help_text="None: of the account.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.contact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-said_at"], name="fact_of_account"),
                    models.Index(fields=["contact", "section"], name="fact_of_contact"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "evidence_id"), name="one_fact_per_subject_and_evidence"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quote", ""), _negated=True), name="fact_has_the_words_of_its_source"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("motion", models.CharField(help_text="How the company is likely to buy.", max_length=24)),
                ("motion_because", models.CharField(max_length=300)),
                ("because", models.CharField(max_length=400)),
                ("plan", models.JSONField(help_text='[{"contact_id", "role", "because"}], in the order of writing.')),
                ("missing", models.JSONField(help_text='Roles nobody fills: [{"role", "risk"}].')),
                ("threads", models.PositiveIntegerField(help_text="People who took part in the last 180 days.")),
                ("is_single_threaded", models.BooleanField()),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        help_text="None: nobody usable.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.contact",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["is_single_threaded"], name="single_threaded_accounts")],
            },
        ),
        migrations.CreateModel(
            name="Rationale",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verdict", models.CharField(choices=[("fits", "fits"), ("pass", "pass")], max_length=4)),
                ("claims", models.JSONField(help_text='[{"text", "evidence_ids"}], in their order.')),
                ("signal_ids", models.JSONField(default=list, help_text="Those of the evidence that are signals.")),
                (
                    "icp_version",
                    models.PositiveIntegerField(help_text="Of the ideal customer profile; 0: there was none."),
                ),
                ("engine", models.CharField(max_length=120)),
                ("prompt_hash", models.CharField(max_length=64)),
                ("run_id", models.BigIntegerField(help_text="Of the AI task; 0: not recorded.")),
                (
                    "input_hash",
                    models.CharField(help_text="Of what it was made from: the same gives no new one.", max_length=64),
                ),
                ("created_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(help_text="None: stands.", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account", "-created_at"], name="rationale_of_account")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)), fields=("account",), name="one_standing_rationale"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stakeholder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("champion", "champion"),
                            ("economic_buyer", "economic_buyer"),
                            ("technical_buyer", "technical_buyer"),
                            ("user", "user"),
                            ("blocker", "blocker"),
                        ],
                        max_length=16,
                    ),
                ),
                ("confidence", models.FloatField(help_text="Probability of the role among the five, 0 to 1.")),
                ("roles", models.JSONField(help_text="Probability of each role; they add up to 1.")),
                (
                    "evidence",
                    models.JSONField(
                        help_text='[{"kind", "because", "evidence_ids", "role", "times"}], strongest first.'
                    ),
                ),
                (
                    "touches",
                    models.PositiveIntegerField(
                        default=0, help_text="Mails from them, calls and meetings in 24 months."
                    ),
                ),
                ("last_touch_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(help_text="None: inferred.", null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.contact"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("account", "contact"), name="one_part_per_account_and_person"),
                    models.CheckConstraint(
                        condition=models.Q(("confidence__gte", 0), ("confidence__lte", 1)),
                        name="role_confidence_is_a_share",
                    ),
                ],
            },
        ),
    ]
