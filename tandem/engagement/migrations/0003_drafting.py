"""Tables of voice, norms and drafting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagement", "0002_sequences")]

    operations = [
        migrations.CreateModel(
            name="NormChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=8)),
                ("number", models.PositiveIntegerField(help_text="From 1, without gaps.")),
                (
                    "values",
                    models.JSONField(
                        help_text="As `domain.norms.checked_overrides` reads it; empty: back to the pack."
                    ),
                ),
                ("note", models.CharField(default="", max_length=300)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("language", "number"), name="one_norm_change_per_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="VoiceProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=8)),
                (
                    "field",
                    models.CharField(help_text="Which list of the guide: forbidden, preferred ...", max_length=20),
                ),
                ("entry", models.CharField(help_text="The word or beginning.", max_length=120)),
                (
                    "instead",
                    models.CharField(
                        default="", help_text="What people wrote in its place; empty: nothing.", max_length=120
                    ),
                ),
                ("because", models.CharField(max_length=300)),
                ("drafts", models.JSONField(default=list, help_text="Ids of the drafts that speak for it.")),
                ("state", models.CharField(default="open", help_text="open, taken or declined.", max_length=8)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("language", "field", "entry"),
                        name="one_open_proposal_per_entry",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "open")),
                            models.Q(("decided_at__isnull", False), ("state__in", ["taken", "declined"])),
                            _connector="OR",
                        ),
                        name="decided_proposal_has_its_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VoiceVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(help_text="Tag of the norm packs: en-US, de.", max_length=8)),
                (
                    "number",
                    models.PositiveIntegerField(help_text="From 1, without gaps; 0 is the guide of the product."),
                ),
                ("document", models.JSONField(help_text="As `domain.voice.read_guide` reads it.")),
                ("note", models.CharField(default="", help_text="Why it was changed.", max_length=300)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("language", "number"), name="one_voice_version_per_number")
                ],
            },
        ),
    ]
