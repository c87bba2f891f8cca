"""Tables of review."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("engagement", "0003_drafting")]

    operations = []
