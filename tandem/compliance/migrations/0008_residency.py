"""Tables of residency."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0007_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="RollupFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("installation", models.CharField(max_length=100, unique=True)),
                ("as_of", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("threshold", models.PositiveSmallIntegerField()),
                ("tree", models.JSONField()),
                ("merged_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PartnerInstallation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("regions", models.CharField(help_text="Whose data it keeps, by comma.", max_length=120)),
                ("address", models.CharField(blank=True, default="", max_length=300)),
                ("public_key", models.CharField(help_text="With which it is written to and known.", max_length=120)),
                ("recorded_at", models.DateTimeField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "recorded_by",
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
            name="PutAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_sha256", models.CharField(max_length=64)),
                ("entity", models.CharField(max_length=24)),
                ("source_key", models.CharField(max_length=60)),
                ("row_number", models.PositiveIntegerField()),
                ("row_hash", models.CharField(max_length=32)),
                (
                    "region",
                    models.CharField(
                        choices=[
                            ("eea", "eea"),
                            ("uk", "uk"),
                            ("ch", "ch"),
                            ("br", "br"),
                            ("kr", "kr"),
                            ("jp", "jp"),
                            ("ca", "ca"),
                            ("au", "au"),
                            ("nz", "nz"),
                            ("sg", "sg"),
                            ("in", "in"),
                            ("us", "us"),
                            ("rest", "rest"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("seen_at", models.DateTimeField()),
                ("handed_over_at", models.DateTimeField(null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="compliance.partnerinstallation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RegionMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "email"),
                            ("phone", "phone"),
                            ("domain", "domain"),
                            ("company", "company"),
                            ("name", "name"),
                            ("key", "key"),
                        ],
                        max_length=8,
                    ),
                ),
                ("key_hash", models.CharField(max_length=32)),
                (
                    "region",
                    models.CharField(
                        choices=[
                            ("eea", "eea"),
                            ("uk", "uk"),
                            ("ch", "ch"),
                            ("br", "br"),
                            ("kr", "kr"),
                            ("jp", "jp"),
                            ("ca", "ca"),
                            ("au", "au"),
                            ("nz", "nz"),
                            ("sg", "sg"),
                            ("in", "in"),
                            ("us", "us"),
                            ("rest", "rest"),
                        ],
                        max_length=8,
                    ),
                ),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "region"], name="mark_by_region")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key_hash"), name="one_region_mark"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["email", "phone", "domain", "company", "name", "key"])),
                        name="mark_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "region__in",
                                ["eea", "uk", "ch", "br", "kr", "jp", "ca", "au", "nz", "sg", "in", "us", "rest"],
                            )
                        ),
                        name="mark_region_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegionPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "region",
                    models.CharField(
                        choices=[
                            ("eea", "eea"),
                            ("uk", "uk"),
                            ("ch", "ch"),
                            ("br", "br"),
                            ("kr", "kr"),
                            ("jp", "jp"),
                            ("ca", "ca"),
                            ("au", "au"),
                            ("nz", "nz"),
                            ("sg", "sg"),
                            ("in", "in"),
                            ("us", "us"),
                            ("rest", "rest"),
                        ],
                        max_length=8,
                        unique=True,
                    ),
                ),
                ("stores_here", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
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
            name="TransferMechanism",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("scc", "scc"),
                            ("uk_addendum", "uk addendum"),
                            ("idta", "idta"),
                            ("bcr", "bcr"),
                            ("br_scc", "br scc"),
                            ("contract", "contract"),
                            ("consent", "consent"),
                            ("none", "none"),
                        ],
                        max_length=12,
                    ),
                ),
                ("module", models.PositiveSmallIntegerField(help_text="1 to 4 of the EU clauses.", null=True)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("eea", "eea"),
                            ("uk", "uk"),
                            ("ch", "ch"),
                            ("br", "br"),
                            ("kr", "kr"),
                            ("jp", "jp"),
                            ("ca", "ca"),
                            ("au", "au"),
                            ("nz", "nz"),
                            ("sg", "sg"),
                            ("in", "in"),
                            ("us", "us"),
                            ("rest", "rest"),
                        ],
                        max_length=8,
                    ),
                ),
                ("destination_key", models.CharField(max_length=60)),
                ("reference", models.CharField(help_text="Where the signed document lies.", max_length=300)),
                ("starts_on", models.DateField()),
                ("expires_on", models.DateField(help_text="Last day; None: no end.", null=True)),
                (
                    "assessed_until",
                    models.DateField(
                        help_text="When the transfer impact assessment is to be looked at again; None: there is none.",
                        null=True,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "recorded_by",
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
            name="DataDestination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="Short name by which code and the shell call it.", max_length=60)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("database", "database"),
                            ("warehouse", "warehouse"),
                            ("model_endpoint", "model endpoint"),
                            ("vendor", "vendor"),
                            ("export", "export"),
                            ("backup", "backup"),
                            ("siem", "siem"),
                            ("anchor", "anchor"),
                            ("mail", "mail"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "places",
                    models.CharField(
                        blank=True, help_text="Countries, or EEA, by comma; empty: not known.", max_length=120
                    ),
                ),
                ("address", models.CharField(blank=True, default="", max_length=300)),
                ("kinds_of_data", models.CharField(blank=True, default="", max_length=300)),
                ("has_personal_data", models.BooleanField(default=True)),
                ("opts_out_of_training", models.BooleanField(help_text="None: not on record.", null=True)),
                (
                    "certified_for",
                    models.CharField(blank=True, default="", help_text="Origins by comma: eea,uk,ch.", max_length=20),
                ),
                (
                    "certified_until",
                    models.DateField(help_text="Last day of a Data Privacy Framework certification.", null=True),
                ),
                ("recorded_at", models.DateTimeField()),
                ("ended_on", models.DateField(help_text="None: it is in use.", null=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compliance.vendor"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "database",
                                    "warehouse",
                                    "model_endpoint",
                                    "vendor",
                                    "export",
                                    "backup",
                                    "siem",
                                    "anchor",
                                    "mail",
                                ],
                            )
                        ),
                        name="destination_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("key", ""), _negated=True), models.Q(("name", ""), _negated=True)),
                        name="destination_has_a_name",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on", None)),
                        fields=("key",),
                        name="one_standing_destination_of_a_key",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="partnerinstallation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on", None)), fields=("name",), name="one_standing_partner_of_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerinstallation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("regions", ""), _negated=True), models.Q(("public_key", ""), _negated=True)
                ),
                name="partner_has_regions_and_key",
            ),
        ),
        migrations.AddIndex(
            model_name="putaside",
            index=models.Index(fields=["region", "handed_over_at"], name="row_put_aside_by_region"),
        ),
        migrations.AddConstraint(
            model_name="putaside",
            constraint=models.UniqueConstraint(
                fields=("file_sha256", "entity", "source_key", "row_number"), name="one_row_put_aside"
            ),
        ),
        migrations.AddConstraint(
            model_name="putaside",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("region__in", ["eea", "uk", "ch", "br", "kr", "jp", "ca", "au", "nz", "sg", "in", "us", "rest"])
                ),
                name="row_put_aside_region_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="regionpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("region__in", ["eea", "uk", "ch", "br", "kr", "jp", "ca", "au", "nz", "sg", "in", "us", "rest"])
                ),
                name="policy_region_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfermechanism",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["scc", "uk_addendum", "idta", "bcr", "br_scc", "contract", "consent", "none"])
                ),
                name="mechanism_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfermechanism",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("origin__in", ["eea", "uk", "ch", "br", "kr", "jp", "ca", "au", "nz", "sg", "in", "us", "rest"])
                ),
                name="mechanism_origin_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfermechanism",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True), name="mechanism_can_be_looked_up"
            ),
        ),
        migrations.AddConstraint(
            model_name="transfermechanism",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_on", None), ("expires_on__gte", models.F("starts_on")), _connector="OR"),
                name="mechanism_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfermechanism",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("module", None), models.Q(("kind", "scc"), ("module__gte", 1), ("module__lte", 4)), _connector="OR"
                ),
                name="only_scc_have_modules",
            ),
        ),
    ]
