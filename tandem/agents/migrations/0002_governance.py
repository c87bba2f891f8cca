"""Tables of prompts, evals, quality and the division of work."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agents", "0001_runs")]
    operations = []  # type: ignore[var-annotated]
