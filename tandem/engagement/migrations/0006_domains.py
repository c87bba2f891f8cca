"""Tables of sending domains and their reputation."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagement", "0005_sending")]

    operations = [
        migrations.AddField(
            model_name="sendingdomain",
            name="judged_from",
            field=models.DateField(
                help_text="First day whose counts its reputation is judged by: when somebody resumed it. None: all.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="DmarcReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reporter", models.CharField(help_text="Who reports, as it calls itself.", max_length=200)),
                ("report_id", models.CharField(max_length=255)),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "policy",
                    models.JSONField(default=dict, help_text="The policy the receiver saw: p, sp, adkim, aspf, pct."),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dmarc_reports",
                        to="engagement.sendingdomain",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DmarcRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source_ip", models.GenericIPAddressField()),
                ("count", models.PositiveIntegerField()),
                (
                    "disposition",
                    models.CharField(help_text="What the receiver did: none, quarantine, reject.", max_length=10),
                ),
                ("is_dkim_aligned", models.BooleanField()),
                ("is_spf_aligned", models.BooleanField()),
                ("header_from", models.CharField(max_length=253)),
                ("dkim", models.JSONField(default=list, help_text="Each signature: domain, selector, result.")),
                ("spf", models.JSONField(default=list, help_text="Each look: domain, result.")),
                (
                    "overrides",
                    models.JSONField(
                        default=list, help_text="Why the receiver did otherwise than asked; empty: it did not."
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="engagement.dmarcreport"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DomainCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verdict", models.CharField(help_text="As `domain.domain_findings.Verdict`.", max_length=9)),
                (
                    "findings",
                    models.JSONField(help_text="As `domain.domain_findings.Finding`, in the order of the check."),
                ),
                ("checked_at", models.DateTimeField()),
                ("checked_by", models.CharField(max_length=200)),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="engagement.sendingdomain",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecipientDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="Lower case, IDNA.", max_length=253, unique=True)),
                (
                    "provider",
                    models.CharField(
                        default="", help_text="Key of `providers.toml`; empty: not known yet.", max_length=24
                    ),
                ),
                ("looked_at", models.DateTimeField(help_text="Last look at its MX entries. None: never.", null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["looked_at"], name="recipient_domain_to_look_at")],
            },
        ),
        migrations.CreateModel(
            name="SenderDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "recipient_domain",
                    models.CharField(default="", help_text="Empty: not told, as in some reports.", max_length=253),
                ),
                (
                    "provider",
                    models.CharField(
                        default="", help_text="Key of `providers.toml`; empty: not known yet.", max_length=24
                    ),
                ),
                ("sent", models.PositiveIntegerField(default=0)),
                ("bounced_hard", models.PositiveIntegerField(default=0)),
                ("bounced_soft", models.PositiveIntegerField(default=0)),
                ("complained", models.PositiveIntegerField(default=0)),
                ("unsubscribed", models.PositiveIntegerField(default=0)),
                ("replied", models.PositiveIntegerField(default=0)),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="engagement.mailbox"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="dmarcreport",
            index=models.Index(fields=["domain", "begins_at"], name="dmarc_report_by_day"),
        ),
        migrations.AddConstraint(
            model_name="dmarcreport",
            constraint=models.UniqueConstraint(
                fields=("domain", "reporter", "report_id"), name="one_dmarc_report_per_reporter_and_id"
            ),
        ),
        migrations.AddIndex(
            model_name="domaincheck",
            index=models.Index(fields=["domain", "-checked_at"], name="domain_check_latest"),
        ),
        migrations.AddIndex(
            model_name="senderday",
            index=models.Index(fields=["day", "mailbox"], name="sender_day_by_day"),
        ),
        migrations.AddIndex(
            model_name="senderday",
            index=models.Index(
                condition=models.Q(("provider", "")), fields=["recipient_domain"], name="sender_day_without_provider"
            ),
        ),
        migrations.AddConstraint(
            model_name="senderday",
            constraint=models.UniqueConstraint(
                fields=("mailbox", "day", "recipient_domain"), name="one_sender_day_per_recipient_domain"
            ),
        ),
    ]
