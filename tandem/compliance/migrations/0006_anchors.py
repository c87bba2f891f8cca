"""Tables of anchors and streams."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0005_gate")]
    operations = [
        migrations.CreateModel(
            name='Anchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('target', models.CharField(blank=True, help_text='Folder, address, URL or host:port.', max_length=500)),
                ('is_on', models.BooleanField(default=True)),
                ('added_at', models.DateTimeField()),
                ('error', models.CharField(blank=True, help_text='Of the last try; empty: it worked.', max_length=500)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Tries in a row that failed.')),
                ('next_due_at', models.DateTimeField(help_text='None: with the next night or minute.', null=True)),
                ('kind', models.CharField(choices=[('file', 'file'), ('mail', 'mail'), ('git', 'git'), ('webhook', 'webhook')], max_length=8)),
                ('anchored_at', models.DateTimeField(help_text='None: nothing has arrived yet.', null=True)),
                ('anchored_number', models.BigIntegerField(help_text='Number of the entry in the last checkpoint there.', null=True)),
                ('kept_as', models.CharField(blank=True, help_text='File, Message-ID, commit or status.', max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name='LedgerStream',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('target', models.CharField(blank=True, help_text='Folder, address, URL or host:port.', max_length=500)),
                ('is_on', models.BooleanField(default=True)),
                ('added_at', models.DateTimeField()),
                ('error', models.CharField(blank=True, help_text='Of the last try; empty: it worked.', max_length=500)),
                ('failures', models.PositiveIntegerField(default=0, help_text='Tries in a row that failed.')),
                ('next_due_at', models.DateTimeField(help_text='None: with the next night or minute.', null=True)),
                ('kind', models.CharField(choices=[('syslog_tcp', 'syslog tcp'), ('syslog_tls', 'syslog tls'), ('syslog_udp', 'syslog udp'), ('webhook', 'webhook'), ('shell', 'shell')], max_length=12)),
                ('format', models.CharField(choices=[('ecs', 'ecs'), ('raw', 'raw')], max_length=4)),
                ('cursor', models.BigIntegerField(default=0, help_text='Number of the last entry handed over; 0: none.')),
                ('sent_at', models.DateTimeField(help_text='None: nothing has been handed over yet.', null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="anchor",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["file", "mail", "git", "webhook"])), name="anchor_kind_is_known"),
        ),
        migrations.AddConstraint(
            model_name="anchor",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("anchored_at", None), ("anchored_number", None)), models.Q(("anchored_at__isnull", False), ("anchored_number__gte", 1)), _connector="OR"), name="anchor_knows_what_arrived"),
        ),
        migrations.AddConstraint(
            model_name="ledgerstream",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["syslog_tcp", "syslog_tls", "syslog_udp", "webhook", "shell"])), name="stream_kind_is_known"),
        ),
        migrations.AddConstraint(
            model_name="ledgerstream",
            constraint=models.CheckConstraint(condition=models.Q(("format__in", ["ecs", "raw"])), name="stream_format_is_known"),
        ),
        migrations.AddConstraint(
            model_name="ledgerstream",
            constraint=models.CheckConstraint(condition=models.Q(("cursor__gte", 0)), name="stream_cursor_is_a_number"),
        ),
    ]
