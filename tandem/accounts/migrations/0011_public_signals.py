"""What the world outside says about companies."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_remarks")]
    operations = []  # type: ignore[var-annotated]
