"""Tables of ideal customers and the weekly ranking."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intent", "0001_intent"), ("agents", "0001_runs")]
    operations = []  # type: ignore[var-annotated]
