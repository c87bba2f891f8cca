"""Tables of the inbox, replies and their clock."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_postal_address"),
        ("accounts", "0011_public_signals"),
        ("engagement", "0006_domains"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("written_at", models.DateTimeField()),
                ("written_by", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="InboundEffect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("suppress", "suppress"),
                            ("stop", "stop"),
                            ("pause", "pause"),
                            ("address", "address"),
                            ("propose", "propose"),
                            ("alarm", "alarm"),
                            ("ask", "ask"),
                            ("answer", "answer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("rule", models.CharField(help_text="Key of the rule that asked for it.", max_length=40)),
                ("inputs", models.JSONField(default=dict, help_text="What the rule saw; no words of the message.")),
                ("told", models.CharField(help_text="What was done, in a sentence.", max_length=300)),
                (
                    "before",
                    models.JSONField(default=dict, help_text="What is needed to take it back; empty: it can't be."),
                ),
                ("done_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(help_text="None: it stands.", null=True)),
                ("undone_by", models.CharField(default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="MailboxCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("folder", models.CharField(max_length=200)),
                (
                    "uid_validity",
                    models.BigIntegerField(
                        help_text="When the server changes it, all is read again; known mail is known."
                    ),
                ),
                ("last_uid", models.BigIntegerField(default=0)),
                ("read_at", models.DateTimeField(help_text="Last look that ended. None: none did.", null=True)),
                (
                    "skipped",
                    models.JSONField(
                        default=list, help_text="Mail that could not be taken: uid, why. The newest hundred."
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        default="", help_text="Why the last look failed; empty: it did not.", max_length=300
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RedirectProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(default="", max_length=200)),
                ("email", models.CharField(default="", max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("confirmed", "confirmed"), ("declined", "declined")],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReplyTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(help_text="Why a person must see it.", max_length=200)),
                ("started_at", models.DateTimeField(help_text="When the message came in: the clock runs from here.")),
                ("minutes", models.PositiveSmallIntegerField(help_text="Business minutes until it is late.")),
                ("escalate_at", models.DateTimeField(help_text="When the manager is told, before it is late.")),
                ("due_at", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(help_text="None: not yet, or never needed.", null=True)),
                (
                    "breached_at",
                    models.DateTimeField(help_text="Written down as late. None: in time so far.", null=True),
                ),
                (
                    "taken_at",
                    models.DateTimeField(help_text="A person took it: the clock stopped. None: it runs.", null=True),
                ),
                (
                    "business_minutes",
                    models.FloatField(help_text="Open minutes until the clock stopped. None: it runs.", null=True),
                ),
                ("handed_at", models.DateTimeField(null=True)),
                ("handed_why", models.CharField(default="", max_length=300)),
                ("closed_at", models.DateTimeField(help_text="Answered, or nothing to answer. None: open.", null=True)),
                (
                    "closed_as",
                    models.CharField(
                        choices=[("answered", "answered"), ("done", "done"), ("relabelled", "relabelled")],
                        default="",
                        help_text="Empty: open.",
                        max_length=12,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WorkCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("time_zone", models.CharField(help_text="IANA name.", max_length=64)),
                (
                    "country",
                    models.CharField(
                        default="", help_text="Whose public holidays are free; empty: none are.", max_length=2
                    ),
                ),
                ("region", models.CharField(default="", max_length=20)),
                (
                    "working_hours",
                    models.JSONField(default=dict, help_text='Weekday 0-6 to a list of ["HH:MM", "HH:MM"] spans.'),
                ),
                ("closed_on", models.JSONField(default=list, help_text="Further days off, ISO dates.")),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=200)),
            ],
        ),
        migrations.AddIndex(
            model_name="inbound",
            index=models.Index(condition=models.Q(("handled_at", None)), fields=["id"], name="inbound_to_handle"),
        ),
        migrations.AddIndex(
            model_name="inbound",
            index=models.Index(fields=["message_id"], name="inbound_by_message_id"),
        ),
        migrations.AddConstraint(
            model_name="inbound",
            constraint=models.UniqueConstraint(
                condition=models.Q(("mailbox", None)),
                fields=("channel", "content_hash"),
                name="one_row_per_message_without_mailbox",
            ),
        ),
        migrations.AddField(
            model_name="cover",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="cover",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="inboundeffect",
            name="inbound",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="effects", to="engagement.inbound"
            ),
        ),
        migrations.AddField(
            model_name="mailboxcursor",
            name="mailbox",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="cursors", to="engagement.mailbox"
            ),
        ),
        migrations.AddField(
            model_name="redirectproposal",
            name="contact",
            field=models.ForeignKey(
                help_text="Who that is, where we know them. None: nobody here yet.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.contact",
            ),
        ),
        migrations.AddField(
            model_name="redirectproposal",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="redirectproposal",
            name="inbound",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="redirect", to="engagement.inbound"
            ),
        ),
        migrations.AddField(
            model_name="replytask",
            name="escalated_to",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="replytask",
            name="handed_to",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="replytask",
            name="inbound",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="task", to="engagement.inbound"
            ),
        ),
        migrations.AddField(
            model_name="replytask",
            name="owner",
            field=models.ForeignKey(
                help_text="None: nobody is known.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="replytask",
            name="taken_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="workcalendar",
            name="team",
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.team"),
        ),
        migrations.AddField(
            model_name="replytask",
            name="calendar",
            field=models.ForeignKey(
                help_text="None: the organisation's hours.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="engagement.workcalendar",
            ),
        ),
        migrations.AddIndex(
            model_name="cover",
            index=models.Index(fields=["person", "last_day"], name="cover_of_person"),
        ),
        migrations.AddConstraint(
            model_name="cover",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="a_cover_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="cover",
            constraint=models.CheckConstraint(
                condition=models.Q(("person", models.F("by")), _negated=True), name="nobody_covers_for_themselves"
            ),
        ),
        migrations.AddIndex(
            model_name="inboundeffect",
            index=models.Index(fields=["done_at"], name="inbound_effect_by_day"),
        ),
        migrations.AddConstraint(
            model_name="inboundeffect",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("inbound", "kind", "rule"),
                name="one_standing_effect_per_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailboxcursor",
            constraint=models.UniqueConstraint(fields=("mailbox", "folder"), name="one_cursor_per_folder"),
        ),
        migrations.AddIndex(
            model_name="replytask",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("taken_at", None)),
                fields=["escalate_at"],
                name="reply_task_running",
            ),
        ),
        migrations.AddIndex(
            model_name="replytask",
            index=models.Index(fields=["owner", "closed_at"], name="reply_task_of_owner"),
        ),
        migrations.AddIndex(
            model_name="replytask",
            index=models.Index(fields=["started_at"], name="reply_task_by_day"),
        ),
        migrations.AddConstraint(
            model_name="replytask",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gte", models.F("escalate_at"))), name="escalation_comes_before_breach"
            ),
        ),
        migrations.AddConstraint(
            model_name="replytask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_as", ""), ("closed_at", None)),
                    models.Q(("closed_at__isnull", False), models.Q(("closed_as", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_closed_task_says_how",
            ),
        ),
    ]
