"""The source that people's corrections belong to."""

from datetime import UTC, datetime

from django.db import migrations


def seed(apps, schema_editor):
    apps.get_model("accounts", "Source").objects.get_or_create(
        key="corrections",
        defaults={
            "name": "Corrections by people",
            "kind": "correction",
            "system": "tandem",
            "created_at": datetime.now(UTC),
        },
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
