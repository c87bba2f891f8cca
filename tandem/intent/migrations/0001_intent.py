"""Tables of scores, kinds and received events."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_public_signals"), ("access", "0002_postal_address")]
    operations = []  # type: ignore[var-annotated]
