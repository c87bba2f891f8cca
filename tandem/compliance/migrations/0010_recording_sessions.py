"""Tables of recorded conversations, and the lines of a vendor's checklist."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0009_disclosure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordingErasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(max_length=200)),
                ("since", models.DateTimeField(help_text="Everything kept from here on goes.")),
                ("asked_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(help_text="None: not deleted yet.", null=True)),
                (
                    "proof",
                    models.CharField(blank=True, default="", help_text="What shows that it is gone.", max_length=300),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecordingParticipant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                (
                    "key_hash",
                    models.CharField(
                        blank=True, default="", help_text="Of the address; empty: none known.", max_length=32
                    ),
                ),
                ("key_id", models.CharField(blank=True, default="", max_length=8)),
                ("address", models.CharField(blank=True, default="", max_length=254)),
                ("subject", models.CharField(blank=True, default="", max_length=120)),
                ("locations", models.JSONField(default=list, help_text="Candidates of the place; empty: not known.")),
                ("is_host", models.BooleanField(default=False)),
                ("joined_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(help_text="None: there.", null=True)),
                (
                    "answer",
                    models.CharField(
                        choices=[("granted", "granted"), ("declined", "declined"), ("unknown", "unknown")],
                        default="unknown",
                        help_text="What somebody without a known address said.",
                        max_length=8,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("wording", models.TextField(blank=True, default="")),
                ("proof", models.CharField(blank=True, default="", max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="RecordingSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "meeting",
                    models.CharField(help_text="The meeting's id in the calendar or the recorder.", max_length=120),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("recording", "recording"), ("transcript", "transcript"), ("analysis", "analysis")],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("recording", "recording"), ("paused", "paused"), ("closed", "closed")], max_length=9
                    ),
                ),
                (
                    "revision",
                    models.PositiveIntegerField(
                        default=0, help_text="Decisions so far; a permit of an older one is void."
                    ),
                ),
                (
                    "everybody_agrees",
                    models.BooleanField(help_text="Everybody is asked, also where one party would be enough."),
                ),
                (
                    "announced_text",
                    models.CharField(blank=True, default="", help_text="Id of the text read out.", max_length=120),
                ),
                ("announced_at", models.DateTimeField(help_text="None: not announced yet.", null=True)),
                ("decision", models.JSONField(default=dict, help_text="The latest decision, with rules and versions.")),
                ("opened_at", models.DateTimeField()),
                ("recorded_from", models.DateTimeField(help_text="When it was first allowed. None: never.", null=True)),
                ("used_at", models.DateTimeField(help_text="When a permit was last shown and found good.", null=True)),
                ("closed_at", models.DateTimeField(help_text="None: it goes on.", null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="vendordocument",
            name="vendor_proof_is_known",
        ),
        migrations.AlterField(
            model_name="vendordocument",
            name="proof",
            field=models.CharField(
                choices=[
                    ("soc2", "soc2"),
                    ("iso27001", "iso27001"),
                    ("dpa", "dpa"),
                    ("subprocessors", "subprocessors"),
                    ("training_opt_out", "training opt out"),
                    ("deletion", "deletion"),
                    ("escalation_cap", "escalation cap"),
                    ("portability", "portability"),
                    ("substitution", "substitution"),
                    ("uptime", "uptime"),
                    ("incidents", "incidents"),
                    ("casl", "casl"),
                    ("tcpa", "tcpa"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="vendordocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "proof__in",
                        [
                            "soc2",
                            "iso27001",
                            "dpa",
                            "subprocessors",
                            "training_opt_out",
                            "deletion",
                            "escalation_cap",
                            "portability",
                            "substitution",
                            "uptime",
                            "incidents",
                            "casl",
                            "tcpa",
                        ],
                    )
                ),
                name="vendor_proof_is_known",
            ),
        ),
        migrations.AddField(
            model_name="recordingsession",
            name="opened_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="recordingparticipant",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="participants",
                to="compliance.recordingsession",
            ),
        ),
        migrations.AddField(
            model_name="recordingerasure",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="compliance.recordingsession"
            ),
        ),
        migrations.AddIndex(
            model_name="recordingsession",
            index=models.Index(fields=["meeting", "-opened_at"], name="session_by_meeting"),
        ),
        migrations.AddIndex(
            model_name="recordingsession",
            index=models.Index(fields=["-opened_at"], name="session_by_day"),
        ),
        migrations.AddConstraint(
            model_name="recordingsession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("meeting",), name="one_open_session_of_a_meeting"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["recording", "paused", "closed"])), name="session_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["recording", "transcript", "analysis"])),
                name="session_scope_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at", None)),
                    _connector="OR",
                ),
                name="closed_session_has_its_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("announced_at", None), ("announced_text", "")),
                    models.Q(("announced_at__isnull", False), models.Q(("announced_text", ""), _negated=True)),
                    _connector="OR",
                ),
                name="announcement_names_its_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "recording"), _negated=True), ("recorded_from__isnull", False), _connector="OR"
                ),
                name="recording_session_has_its_beginning",
            ),
        ),
        migrations.AddIndex(
            model_name="recordingparticipant",
            index=models.Index(
                condition=models.Q(("key_hash", ""), _negated=True), fields=["key_hash"], name="recorded_by_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordingparticipant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", "unknown"), ("answered_at", None)),
                    models.Q(
                        ("answer__in", ["granted", "declined", "unknown"]),
                        ("answered_at__isnull", False),
                        models.Q(("proof", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="spoken_answer_has_proof",
            ),
        ),
        migrations.AddIndex(
            model_name="recordingerasure",
            index=models.Index(condition=models.Q(("done_at", None)), fields=["asked_at"], name="erasure_open"),
        ),
        migrations.AddConstraint(
            model_name="recordingerasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("proof", "")),
                    models.Q(("done_at__isnull", False), models.Q(("proof", ""), _negated=True)),
                    _connector="OR",
                ),
                name="recording_is_erased_with_proof",
            ),
        ),
    ]
