"""Answers to writes under an idempotency key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_job_by_task")]

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor_kind", models.CharField(help_text="person or agent: keys of different callers never meet.", max_length=6)),
                ("actor_id", models.BigIntegerField()),
                ("key", models.CharField(help_text="As the caller chose it.", max_length=100)),
                ("request_hash", models.CharField(help_text="SHA-256 of method, address and body, hex.", max_length=64)),
                ("body", models.JSONField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="answer_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("actor_kind", "actor_id", "key"), name="one_answer_per_key")
                ],
            },
        ),
    ]
