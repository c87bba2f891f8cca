"""Tables of the gate: decisions, clearances, copies, approvals; switches, quiet periods, limits."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0004_suppression_stays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GateDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("decided_at", models.DateTimeField()),
                ("touch", models.CharField(help_text='Key of the step: "enrollment:5:step:2".', max_length=120)),
                (
                    "message_key",
                    models.CharField(
                        help_text='Message-ID, or road and touch; ledger "message:<key>".', max_length=120
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "email"),
                            ("sms", "sms"),
                            ("whatsapp", "whatsapp"),
                            ("linkedin", "linkedin"),
                            ("phone_manual", "phone manual"),
                            ("phone_ai", "phone ai"),
                            ("voicemail_ai", "voicemail ai"),
                            ("recording", "recording"),
                            ("crm_write", "crm write"),
                            ("export", "export"),
                            ("tool", "tool"),
                        ],
                        max_length=16,
                    ),
                ),
                ("purpose", models.CharField(max_length=24)),
                (
                    "mode",
                    models.CharField(
                        choices=[("every", "every"), ("policy", "policy"), ("targets", "targets")], max_length=8
                    ),
                ),
                ("campaign", models.CharField(blank=True, default="", max_length=120)),
                (
                    "place",
                    models.CharField(blank=True, default="", help_text="First candidate of the place.", max_length=12),
                ),
                ("recipient_hash", models.CharField(help_text="Keyed hash of the address.", max_length=32)),
                ("key_id", models.CharField(max_length=8)),
                ("subject", models.CharField(blank=True, default="", max_length=120)),
                ("account", models.CharField(blank=True, default="", max_length=120)),
                ("sender_domain", models.CharField(blank=True, default="", max_length=253)),
                ("actor_kind", models.CharField(choices=[("person", "person"), ("agent", "agent")], max_length=6)),
                ("actor_id", models.BigIntegerField()),
                ("message_hash", models.CharField(help_text="SHA-256 of the bytes.", max_length=64)),
                ("content_hash", models.CharField(help_text="SHA-256 of what the recipient reads.", max_length=64)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("allow", "allow"), ("hold", "hold"), ("review", "review"), ("block", "block")],
                        max_length=8,
                    ),
                ),
                ("hold_until", models.DateTimeField(null=True)),
                ("basis", models.CharField(blank=True, default="", max_length=300)),
                ("rules_version", models.CharField(max_length=40)),
                ("facts", models.JSONField(help_text="The request as decided, without addresses and texts.")),
                ("decision", models.JSONField(help_text="As the shell contract prints it.")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "-decided_at"], name="gate_by_subject"),
                    models.Index(fields=["campaign", "-decided_at"], name="gate_by_campaign"),
                    models.Index(fields=["touch"], name="gate_by_touch"),
                    models.Index(fields=["recipient_hash"], name="gate_by_recipient"),
                    models.Index(fields=["-decided_at"], name="gate_by_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "channel__in",
                                [
                                    "email",
                                    "sms",
                                    "whatsapp",
                                    "linkedin",
                                    "phone_manual",
                                    "phone_ai",
                                    "voicemail_ai",
                                    "recording",
                                    "crm_write",
                                    "export",
                                    "tool",
                                ],
                            )
                        ),
                        name="gate_channel_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["allow", "hold", "review", "block"])),
                        name="gate_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "allow"), _negated=True),
                            models.Q(("basis", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="nothing_is_allowed_without_basis",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=43, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "issued"),
                            ("claimed", "claimed"),
                            ("departed", "departed"),
                            ("refused", "refused"),
                            ("uncertain", "uncertain"),
                            ("void", "void"),
                        ],
                        default="issued",
                        max_length=10,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "email"),
                            ("sms", "sms"),
                            ("whatsapp", "whatsapp"),
                            ("linkedin", "linkedin"),
                            ("phone_manual", "phone manual"),
                            ("phone_ai", "phone ai"),
                            ("voicemail_ai", "voicemail ai"),
                            ("recording", "recording"),
                            ("crm_write", "crm write"),
                            ("export", "export"),
                            ("tool", "tool"),
                        ],
                        max_length=16,
                    ),
                ),
                ("touch", models.CharField(max_length=120)),
                ("recipient_hash", models.CharField(max_length=32)),
                ("subject", models.CharField(blank=True, default="", max_length=120)),
                ("account", models.CharField(blank=True, default="", max_length=120)),
                ("message_hash", models.CharField(max_length=64)),
                (
                    "message_key",
                    models.CharField(help_text="As in the decision; fixed before sending.", max_length=120),
                ),
                (
                    "reference",
                    models.CharField(blank=True, default="", help_text="The other side's receipt.", max_length=200),
                ),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("departed_at", models.DateTimeField(help_text="When the other side took it.", null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True, default="", help_text="Why it was refused or is void.", max_length=300
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearances",
                        to="compliance.gatedecision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KillLimits",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days_between_touches", models.PositiveSmallIntegerField(default=3, null=True)),
                ("objection_days", models.PositiveSmallIntegerField(default=365, null=True)),
                ("review_above", models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ("four_eyes_above", models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ("stop_on_open_deal", models.BooleanField(default=True)),
                ("stop_on_legal_dispute", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_set_of_kill_limits")],
            },
        ),
        migrations.CreateModel(
            name="MessageCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_hash", models.CharField(max_length=64, unique=True)),
                ("recipient_hash", models.CharField(max_length=32)),
                ("subject", models.CharField(blank=True, default="", max_length=120)),
                ("content", models.BinaryField(help_text="zlib; None: removed.", null=True)),
                ("size", models.PositiveIntegerField(help_text="Bytes before compression.")),
                ("kept_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_why", models.CharField(blank=True, default="", max_length=120)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["recipient_hash"], name="copy_by_recipient"),
                    models.Index(fields=["subject"], name="copy_by_subject"),
                    models.Index(condition=models.Q(("removed_at", None)), fields=["kept_at"], name="copy_by_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("content", None), ("removed_at__isnull", False)),
                            models.Q(("content__isnull", False), ("removed_at", None)),
                            _connector="OR",
                        ),
                        name="copy_is_there_or_removed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuietPeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("is_yearly", models.BooleanField(default=False, help_text="The same days every year.")),
                ("industries", models.JSONField(blank=True, default=list)),
                ("places", models.JSONField(blank=True, default=list)),
                ("accounts", models.JSONField(blank=True, default=list)),
                ("source", models.CharField(blank=True, default="", max_length=200)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="quiet_period_ends_after_it_starts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Switch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("global", "global"),
                            ("agent", "agent"),
                            ("domain", "domain"),
                            ("campaign", "campaign"),
                            ("region", "region"),
                            ("channel", "channel"),
                        ],
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(blank=True, default="", max_length=253)),
                ("reason", models.CharField(max_length=300)),
                ("thrown_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_why", models.CharField(blank=True, default="", max_length=300)),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "thrown_by",
                    models.ForeignKey(
                        help_text="None: software.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_hash", models.CharField(max_length=64)),
                ("touch", models.CharField(max_length=120)),
                ("is_yes", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, default="", max_length=300)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["content_hash"], name="approval_by_content")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("content_hash", "touch", "person"),
                        name="one_standing_approval_a_person",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="clearance",
            index=models.Index(fields=["recipient_hash", "-claimed_at"], name="clearance_by_recipient"),
        ),
        migrations.AddIndex(
            model_name="clearance",
            index=models.Index(fields=["subject", "-claimed_at"], name="clearance_by_subject"),
        ),
        migrations.AddIndex(
            model_name="clearance",
            index=models.Index(fields=["account", "-claimed_at"], name="clearance_by_account"),
        ),
        migrations.AddIndex(
            model_name="clearance",
            index=models.Index(fields=["message_key"], name="clearance_by_message"),
        ),
        migrations.AddIndex(
            model_name="clearance",
            index=models.Index(fields=["state", "-claimed_at"], name="clearance_by_state"),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["claimed", "departed", "uncertain"])),
                fields=("touch",),
                name="a_touch_leaves_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["issued", "claimed", "departed", "refused", "uncertain", "void"])),
                name="clearance_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["claimed", "departed", "uncertain"]), _negated=True),
                    ("claimed_at__lt", models.F("expires_at")),
                    _connector="OR",
                ),
                name="clearance_is_claimed_in_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("departed_at__isnull", False), ("state", "departed")),
                    models.Q(models.Q(("state", "departed"), _negated=True), ("departed_at", None)),
                    _connector="OR",
                ),
                name="departed_has_its_moment",
            ),
        ),
        migrations.AddIndex(
            model_name="switch",
            index=models.Index(
                condition=models.Q(("lifted_at", None)), fields=["scope", "key"], name="switch_standing"
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)), fields=("scope", "key"), name="one_thrown_switch_of_a_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["global", "agent", "domain", "campaign", "region", "channel"])),
                name="switch_scope_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="switch_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("key", ""), ("scope", "global")),
                    models.Q(models.Q(("scope", "global"), _negated=True), models.Q(("key", ""), _negated=True)),
                    _connector="OR",
                ),
                name="switch_has_its_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.CheckConstraint(
                condition=models.Q(("lifted_at", None), ("lifted_at__gte", models.F("thrown_at")), _connector="OR"),
                name="switch_is_lifted_after_thrown",
            ),
        ),
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(
                condition=models.Q(("superseded_at", None), models.Q(("subject", ""), _negated=True)),
                fields=["subject"],
                name="suppression_by_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="gatedecision",
            index=models.Index(fields=["message_key"], name="gate_by_message"),
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(help_text='"account:3".', max_length=120)),
                ("reason", models.CharField(max_length=300)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_why", models.CharField(blank=True, default="", max_length=300)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("account",), name="one_open_dispute_an_account"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="dispute_names_account_and_reason",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="gatedecision",
            name="owner",
            field=models.ForeignKey(
                help_text="Whose contact; None: nobody's.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="gatedecision",
            index=models.Index(fields=["owner", "-decided_at"], name="gate_by_owner"),
        ),
        migrations.AddIndex(
            model_name="gatedecision",
            index=models.Index(condition=models.Q(("outcome", "review")), fields=["-decided_at"], name="gate_waiting"),
        ),
    ]
