"""Tables of people's rights: requests, what was done in every store, limits, retention, holds, notices."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("compliance", "0006_anchors"),
    ]

    # fmt: off
    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(choices=[("person", "person"), ("account", "account"), ("everything",
                    "everything")], max_length=10)),
                ("subject", models.CharField(blank=True, default="", help_text='"contact:12", "account:3"; or empty.',
                    max_length=120)),
                ("key_hash", models.CharField(blank=True, default="", help_text="Of the person's address; or empty.",
                    max_length=32)),
                ("key_id", models.CharField(blank=True, default="", max_length=8)),
                ("name", models.CharField(help_text="The matter, without names of people.", max_length=200)),
                ("reason", models.TextField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(help_text="The last day. None: until it is lifted.", null=True)),
                ("set_at", models.DateTimeField()),
                ("set_by", models.CharField(max_length=200)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.CharField(blank=True, default="", max_length=200)),
                ("lifted_why", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("lifted_at", None)), fields=["scope"], name="hold_standing")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["person", "account", "everything"])),
                        name="hold_scope_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key_hash", ""), ("scope", "everything"), ("subject", "")),
                            models.Q(("key_hash", ""), ("scope", "account"), ("subject__startswith", "account:")),
                            models.Q(
                                ("scope", "person"),
                                models.Q(
                                    models.Q(("subject", ""), _negated=True),
                                    models.Q(("key_hash", ""), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="hold_says_whom_it_keeps",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                        name="hold_ends_after_it_began",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="hold_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_why", "")),
                            models.Q(("lifted_at__isnull", False), models.Q(("lifted_why", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="hold_is_lifted_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RightsRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("access", "access"), ("portability", "portability"),
                    ("correction", "correction"), ("deletion", "deletion"), ("objection", "objection"), ("automation",
                    "automation"), ("restriction", "restriction"), ("explanation", "explanation")], max_length=12)),
                ("state", models.CharField(choices=[("received", "received"), ("identity_checked",
                    "identity checked"), ("in_work", "in work"), ("held", "held"), ("done", "done"), ("refused",
                    "refused")], default="received", max_length=16)),
                ("road", models.CharField(choices=[("form", "form"), ("public page", "public page"), ("api", "api"),
                    ("shell", "shell")], help_text="How it came in.", max_length=12)),
                ("person",
                    models.JSONField(help_text='{"emails", "phones", "names", "subjects"}; empty lists once erased.')),
                ("note", models.TextField(blank=True, default="", help_text="What the person wrote.")),
                ("changes", models.JSONField(default=dict, help_text="Correction: field to new value.")),
                ("places", models.CharField(blank=True, default="", help_text='"DE,US-CA"; empty: unknown.',
                    max_length=60)),
                ("received_at", models.DateTimeField()),
                ("due_on", models.DateField(help_text="The last day for the answer, as it stands.")),
                ("confirm_by",
                    models.DateField(help_text="The last day to confirm receipt. None: no law asks for it.",
                    null=True)),
                ("clock", models.JSONField(default=list, help_text="Deadlines with place, rule, version and source.")),
                ("confirmed_at", models.DateTimeField(help_text="When the person was told that it came in.",
                    null=True)),
                ("asked_at", models.DateTimeField(help_text="When proof of identity was asked for.", null=True)),
                ("paused_days", models.PositiveSmallIntegerField(default=0,
                    help_text="Days that proof of identity was waited for.")),
                ("proof", models.CharField(blank=True, choices=[("link", "link"), ("reply", "reply"), ("call_back",
                    "call back"), ("document", "document"), ("not_needed", "not needed")], default="",
                    max_length=12)),
                ("proved_at", models.DateTimeField(null=True)),
                ("proved_by", models.CharField(blank=True, default="", help_text="Name of the person, or the link.",
                    max_length=200)),
                ("extended_at", models.DateTimeField(null=True)),
                ("extended_why", models.CharField(blank=True, default="", max_length=300)),
                ("begun_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("refused_why", models.CharField(blank=True, default="", max_length=300)),
                ("refused_law", models.CharField(blank=True, default="", max_length=200)),
                ("outcome", models.JSONField(default=dict,
                    help_text="What came of it: counts, suppressions, the crawl's findings.")),
                ("held_by", models.ForeignKey(help_text="None: not held.", null=True,
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compliance.legalhold")),
                ("recorded_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="RightsPackage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.CharField(blank=True, help_text="Name below the rights folder; empty: removed.",
                    max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField(help_text="Bytes.")),
                ("items", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                ("keep_until", models.DateTimeField()),
                ("fetched_at", models.DateTimeField(null=True)),
                ("fetched_by", models.CharField(blank=True, default="", max_length=200)),
                ("removed_at", models.DateTimeField(null=True)),
                ("request", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="package",
                    to="compliance.rightsrequest")),
            ],
        ),
        migrations.CreateModel(
            name="RequestWork",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("store",
                    models.CharField(help_text='Name of the store; "suppression", "crawl" and the like for the desk.',
                    max_length=80)),
                ("title", models.CharField(max_length=120)),
                ("deed", models.CharField(help_text="collect, correct, erase, suppress, limit, pack, explain, crawl",
                    max_length=16)),
                ("state", models.CharField(choices=[("waiting", "waiting"), ("done", "done"), ("failed", "failed")],
                    default="waiting", max_length=8)),
                ("count", models.PositiveIntegerField(help_text="Rows or files. None: not done.", null=True)),
                ("told", models.CharField(blank=True, default="", help_text="What happened, in words, without names.",
                    max_length=300)),
                ("finished_at", models.DateTimeField(null=True)),
                ("request", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="work",
                    to="compliance.rightsrequest")),
            ],
        ),
        migrations.CreateModel(
            name="RequestKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("email", "email"), ("phone", "phone"), ("domain", "domain"),
                    ("account", "account")], max_length=8)),
                ("key_hash", models.CharField(max_length=32)),
                ("key_id", models.CharField(max_length=8)),
                ("request", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="keys",
                    to="compliance.rightsrequest")),
            ],
        ),
        migrations.CreateModel(
            name="DecisionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=80, unique=True)),
                ("is_material", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("set_at", models.DateTimeField()),
                ("set_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="decision_rule_has_a_reason"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeGiven",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("email", "email"), ("phone", "phone"), ("domain", "domain"),
                    ("account", "account")], max_length=8)),
                ("key_hash", models.CharField(help_text="Keyed hash of the normal form, 128 bits in hex.",
                    max_length=32)),
                ("key_id", models.CharField(help_text="Which key it was made with.", max_length=8)),
                ("address", models.CharField(blank=True, default="",
                    help_text="Normal form; empty: only the hash is kept.", max_length=254)),
                ("subject", models.CharField(blank=True, default="",
                    help_text='Whom it concerns, as another room names them: "contact:12".', max_length=120)),
                ("source", models.CharField(help_text="Where it comes from: a file, a form, a page, a tool.",
                    max_length=200)),
                ("evidence", models.CharField(blank=True, default="", help_text="Where the proof can be looked up.",
                    max_length=300)),
                ("recorded_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("how", models.CharField(help_text="By the first message, a letter, a page.", max_length=100)),
                ("recorded_by", models.ForeignKey(help_text="None: software.", null=True,
                    on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "at"], name="notice_by_subject"),
                    models.Index(fields=["key_hash", "at"], name="notice_by_address"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("evidence", ""), _negated=True), name="notice_has_evidence"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("at__lte", models.F("recorded_at"))), name="notice_is_not_of_the_future"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("email", "email"), ("phone", "phone"), ("domain", "domain"),
                    ("account", "account")], max_length=8)),
                ("key_hash", models.CharField(help_text="Keyed hash of the normal form, 128 bits in hex.",
                    max_length=32)),
                ("key_id", models.CharField(help_text="Which key it was made with.", max_length=8)),
                ("address", models.CharField(blank=True, default="",
                    help_text="Normal form; empty: only the hash is kept.", max_length=254)),
                ("subject", models.CharField(blank=True, default="",
                    help_text='Whom it concerns, as another room names them: "contact:12".', max_length=120)),
                ("source", models.CharField(help_text="Where it comes from: a file, a form, a page, a tool.",
                    max_length=200)),
                ("evidence", models.CharField(blank=True, default="", help_text="Where the proof can be looked up.",
                    max_length=300)),
                ("recorded_at", models.DateTimeField()),
                ("limit", models.CharField(choices=[("automation", "automation"), ("restriction", "restriction")],
                    max_length=12)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="None: it holds.", null=True)),
                ("ended_why", models.CharField(blank=True, default="", max_length=300)),
                ("recorded_by", models.ForeignKey(help_text="None: software.", null=True,
                    on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["key_hash", "limit"], name="limit_by_address"),
                    models.Index(fields=["subject", "limit"], name="limit_by_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("limit__in", ["automation", "restriction"])), name="limit_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_why", "")),
                            models.Q(("ended_at__gte", models.F("at")), models.Q(("ended_why", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="limit_ends_for_a_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("limit", "kind", "key_hash"),
                        name="one_standing_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(help_text="Name of the kind of data as its store registered it.",
                    max_length=80)),
                ("months", models.PositiveSmallIntegerField()),
                ("basis", models.CharField(help_text="Rule or reason.", max_length=300)),
                ("set_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="None: in force.", null=True)),
                ("set_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("kind",), name="one_schedule_of_a_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("months__gte", 1), ("months__lte", 1200)), name="schedule_has_a_length"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis", ""), _negated=True), name="schedule_has_a_basis"
                    ),
                ],
            },
        ),
        migrations.AddIndex(model_name="rightsrequest", index=models.Index(fields=["state", "due_on"],
            name="request_by_due")),
        migrations.AddIndex(model_name="rightsrequest", index=models.Index(fields=["-received_at"],
            name="request_by_receipt")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["access", "portability", "correction",
            "deletion", "objection", "automation", "restriction", "explanation"])), name="request_kind_is_known")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["received", "identity_checked",
            "in_work", "held", "done", "refused"])), name="request_state_is_known")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(("road__in", ["form", "public page", "api",
            "shell"])), name="request_road_is_known")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("state__in", ["identity_checked",
            "in_work", "held", "done"]), _negated=True), models.Q(models.Q(("proof", ""), _negated=True),
            ("proved_at__isnull", False)), _connector="OR"), name="request_is_carried_out_for_a_proved_person")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("proof", "not_needed"), _negated=True),
            ("kind__in", ["objection", "automation"]), _connector="OR"), name="only_rights_at_once_need_no_proof")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("finished_at__gte",
            models.F("received_at")), ("state__in", ["done", "refused"])), models.Q(models.Q(("state__in", ["done",
            "refused"]), _negated=True), ("finished_at", None)), _connector="OR"),
            name="request_that_is_over_has_its_end")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("state", "refused"),
            models.Q(("refused_why", ""), _negated=True), models.Q(("refused_law", ""), _negated=True)),
            models.Q(models.Q(("state", "refused"), _negated=True), ("refused_law", ""), ("refused_why", "")),
            _connector="OR"), name="refusal_names_reason_and_law")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("extended_at", None), ("extended_why",
            "")), models.Q(("extended_at__isnull", False), models.Q(("extended_why", ""), _negated=True)),
            _connector="OR"), name="extension_has_its_reason")),
        migrations.AddConstraint(model_name="rightsrequest",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("held_by__isnull", False), ("state",
            "held")), models.Q(models.Q(("state", "held"), _negated=True), ("held_by", None)), _connector="OR"),
            name="held_request_names_its_hold")),
        migrations.AddConstraint(model_name="rightspackage",
            constraint=models.CheckConstraint(condition=models.Q(("keep_until__gt", models.F("made_at"))),
            name="package_is_kept_for_a_time")),
        migrations.AddConstraint(model_name="rightspackage",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("removed_at", None), models.Q(("file", ""),
            _negated=True)), models.Q(("file", ""), ("removed_at__isnull", False)), _connector="OR"),
            name="removed_package_has_no_file")),
        migrations.AddConstraint(model_name="requestwork", constraint=models.UniqueConstraint(fields=("request",
            "store", "deed"), name="one_work_of_a_store")),
        migrations.AddConstraint(model_name="requestwork",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "done", "failed"])),
            name="work_state_is_known")),
        migrations.AddConstraint(model_name="requestwork",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("count__isnull", False),
            ("finished_at__isnull", False), ("state", "done")), models.Q(("state", "done"), _negated=True),
            _connector="OR"), name="done_work_is_counted")),
        migrations.AddIndex(model_name="requestkey", index=models.Index(fields=["key_hash"],
            name="request_key_by_hash")),
        migrations.AddConstraint(model_name="requestkey", constraint=models.UniqueConstraint(fields=("request",
            "kind", "key_hash"), name="one_request_key")),
    ]
