"""Tables of sources outside, their calls and verified addresses."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prospecting", "0002_lists")]
    operations = []  # type: ignore[var-annotated]
