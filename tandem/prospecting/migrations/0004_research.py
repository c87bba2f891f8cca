"""Tables of facts, briefs, rationales and stakeholders."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0003_sources")]
    operations = []  # type: ignore[var-annotated]
