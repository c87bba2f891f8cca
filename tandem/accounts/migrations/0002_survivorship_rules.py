"""The survivorship rules a new installation starts with, and the source that people's corrections belong to."""

from datetime import UTC, datetime

from django.db import migrations

from tandem.accounts.domain.survivorship import DEFAULT_RULES


def seed(apps, schema_editor):
    rules = apps.get_model("accounts", "SurvivorshipRule")
    for entity, field, strategies, rank in DEFAULT_RULES:
        rules.objects.get_or_create(
            entity=entity.value, field=field, defaults={"strategies": list(strategies), "source_rank": list(rank)}
        )
    apps.get_model("accounts", "Source").objects.get_or_create(
        key="corrections",
        defaults={
            "name": "Corrections by people",
            "kind": "correction",
            "system": "tandem",
            "created_at": datetime.now(UTC),
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("accounts", "SurvivorshipRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(seed, unseed)]
