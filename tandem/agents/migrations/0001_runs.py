"""Tables of runs, budgets and endpoints of AI tasks."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_public_signals"), ("compliance", "0010_recording_sessions"), ("access", "0002_postal_address")]
    operations = []  # type: ignore[var-annotated]
