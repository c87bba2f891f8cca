"""Tables of searches, lists and runs of the pipeline."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0001_ranking")]
    operations = []  # type: ignore[var-annotated]
